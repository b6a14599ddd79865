module example.com/parunner

go 1.24
