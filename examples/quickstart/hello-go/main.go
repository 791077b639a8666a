// hello-go is a plugin written with Kong's go-pdk. It greets whoever the request names.
package main

import (
	"fmt"
	"os"

	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/server"
)

// Config is what a plugin config may set; the schema is made from it.
type Config struct {
	Greeting string `json:"greeting"`
}

// New makes an empty configuration, for the SDK to fill.
func New() interface{} {
	return &Config{}
}

// Access runs before the request goes to the Service.
func (conf Config) Access(kong *pdk.PDK) {
	name, err := kong.Request.GetHeader("x-name")
	if err != nil || name == "" {
		name = "stranger"
	}
	text := fmt.Sprintf("%s, %s, says Go in process %d", conf.Greeting, name, os.Getpid())
	if err := kong.ServiceRequest.SetHeader("x-from-go", text); err != nil {
		_ = kong.Log.Err("hello-go: ", err.Error())
	}
}

func main() {
	if err := server.StartServer(New, "1.0.0", 30); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
