// A plugin that does nothing, built with Kong's SDK for Go and with ours: what is left is what a call costs.
package main

import (
	"fmt"
	"os"

	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/server"
)

// Config has nothing to say.
type Config struct{}

// New makes an empty configuration, for the SDK to fill.
func New() interface{} {
	return &Config{}
}

// Access does nothing.
func (conf Config) Access(kong *pdk.PDK) {}

func main() {
	if err := server.StartServer(New, "1.0.0", 10); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
