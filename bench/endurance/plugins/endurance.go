// The plugin of the endurance bench for go-pdk, built with Kong's SDK and with ours: it marks the request and the answer
// with its config's mark; the client asks for an exit or a hang by a header.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/server"
)

// Config is what a plugin config may set; the schema is made from it.
type Config struct {
	Mark   string `json:"mark"`
	WaitMs int    `json:"wait_ms"`
}

// New makes an empty configuration, for the SDK to fill.
func New() interface{} {
	return &Config{}
}

// Access is the same in every language of the bench.
func (conf Config) Access(kong *pdk.PDK) {
	if hang, _ := kong.Request.GetHeader("x-hang"); hang != "" {
		select {}
	}
	if conf.WaitMs > 0 {
		time.Sleep(time.Duration(conf.WaitMs) * time.Millisecond)
	}
	_ = kong.Response.SetHeader("x-mark", conf.Mark)
	if exit, _ := kong.Request.GetHeader("x-exit"); exit != "" {
		kong.Response.Exit(403, []byte("no"), nil)
		return
	}
	_ = kong.ServiceRequest.SetHeader("x-mark", conf.Mark)
}

// Log makes a second event of each request.
func (conf Config) Log(kong *pdk.PDK) {
	_, _ = kong.Response.GetStatus()
}

func main() {
	if err := server.StartServer(New, "1.0.0", 10); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
