module example.com/quarantine

go 1.20
