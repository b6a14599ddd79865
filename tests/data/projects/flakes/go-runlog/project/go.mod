module example.com/runlog

go 1.22
