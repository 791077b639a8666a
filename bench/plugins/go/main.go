// The plugin of the bench for go-pdk, built with Kong's SDK and with ours: one read and three writes in access.
package main

import (
	"fmt"
	"os"

	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/server"
)

// Config is what a plugin config may set; the schema is made from it.
type Config struct {
	A float64 `json:"a"`
}

// New makes an empty configuration, for the SDK to fill.
func New() interface{} {
	return &Config{}
}

// Access is the same in every language of the bench.
func (conf Config) Access(kong *pdk.PDK) {
	client, err := kong.Request.GetHeader("x-client-id")
	if err != nil {
		_ = kong.Log.Err("x-client-id: ", err.Error())
		return
	}
	for _, err := range []error{
		kong.ServiceRequest.SetHeader("x-user", client),
		kong.ServiceRequest.SetHeader("x-plan", "gold"),
		kong.Response.SetHeader("x-served-by", "sidecar"),
	} {
		if err != nil {
			_ = kong.Log.Err(err.Error())
		}
	}
}

func main() {
	if err := server.StartServer(New, "1.0.0", 10); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
