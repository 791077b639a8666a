// my-plugin greets whoever a request names, and tells the Service who that is.
package main

import (
	"log"

	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/server"
)

// Config is what a plugin config may set; its schema is made from it.
type Config struct {
	Greeting string `json:"greeting" default:"hello" len_min:"1" description:"what comes before the name"`
}

// New makes an empty configuration, for the SDK to fill.
func New() interface{} {
	return &Config{}
}

// Access runs before a request goes to the Service.
func (conf *Config) Access(kong *pdk.PDK) {
	name, err := kong.Request.GetQueryArg("name")
	if err != nil || name == "" {
		name = "stranger"
	}
	_ = kong.ServiceRequest.SetHeader("x-greeted", name)
	_ = kong.Response.SetHeader("x-greeting", conf.Greeting+" "+name)
}

// Log runs when the client has its answer.
func (conf *Config) Log(kong *pdk.PDK) {
	status, _ := kong.Response.GetStatus()
	_ = kong.Log.Debug("answered with ", status)
}

func main() {
	if err := server.StartServer(New, "0.1.0", 10); err != nil {
		log.Fatal(err)
	}
}
