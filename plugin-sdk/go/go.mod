module github.com/Kong/go-pdk

go 1.21
