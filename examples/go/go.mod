module bellwether-worker-example

go 1.24
