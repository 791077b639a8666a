// go-hello is a plugin written with Kong's go-pdk, as it would run behind Kong: nothing in it knows this gateway.
package main

import (
	"fmt"
	"os"

	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/server"
)

// Config is what a plugin config may set; the schema is made from it.
type Config struct {
	Message string `json:"message"`
}

// New makes an empty configuration, for the SDK to fill.
func New() interface{} {
	return &Config{}
}

// Access runs before the request goes to the Service.
func (conf Config) Access(kong *pdk.PDK) {
	host, err := kong.Request.GetHeader("host")
	if err != nil {
		_ = kong.Log.Err("go-hello: ", err.Error())
	}
	message := conf.Message
	if message == "" {
		message = "hello"
	}
	_ = kong.Response.SetHeader("x-hello-from-go", fmt.Sprintf("Go says %s to %s", message, host))
}

// Log runs after the client has its answer.
func (conf Config) Log(kong *pdk.PDK) {
	status, err := kong.Response.GetStatus()
	if err == nil {
		_ = kong.Log.Info(fmt.Sprintf("go-hello saw status %d", status))
	}
}

func main() {
	if err := server.StartServer(New, "0.2.0", 1); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
