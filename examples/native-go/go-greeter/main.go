// go-greeter is a plugin on the native protocol: it greets by a query argument, and hides words of the Service's answers.
package main

import (
	"bytes"
	"log"

	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/condition"
	"github.com/Kong/go-pdk/server"
)

// Config is what a plugin config may set; the schema is made from it.
type Config struct {
	Greeting string   `json:"greeting" default:"hello" len_min:"1" description:"what comes before the name"`
	Hide     []string `json:"hide" description:"words that clients do not get to see"`
}

// New makes an empty configuration, for the SDK to fill.
func New() interface{} {
	return &Config{}
}

// Conditions keeps the gateway from calling access for requests that name nobody.
func (conf *Config) Conditions() []condition.On {
	return []condition.On{{Phases: condition.Access, If: condition.QueryPresent("name")}}
}

// Access runs before the request goes to the Service.
func (conf *Config) Access(kong *pdk.PDK) {
	name, _ := kong.Request.GetQueryArg("name")
	if name == "nobody" {
		kong.Response.Exit(403, []byte("nobody is not welcome\n"), nil)
		return
	}
	_ = kong.Response.SetHeader("x-greeting", conf.Greeting+" "+name)
}

// HeaderFilter runs before the client gets the headers of an answer: the body's length may change.
func (conf *Config) HeaderFilter(kong *pdk.PDK) {
	if len(conf.Hide) > 0 {
		_ = kong.Response.ClearHeader("content-length")
	}
}

// WantsBody lets answers without hidden words pass as they are.
func (conf *Config) WantsBody(kong *pdk.PDK) bool {
	return len(conf.Hide) > 0
}

// BodyFilter sees each piece of an answer's body. Words that lie across two pieces are beyond this example.
func (conf *Config) BodyFilter(kong *pdk.PDK, chunk []byte, last bool) []byte {
	for _, word := range conf.Hide {
		chunk = bytes.ReplaceAll(chunk, []byte(word), bytes.Repeat([]byte("*"), len(word)))
	}
	return chunk
}

func main() {
	if err := server.StartServer(New, "0.1.0", 10); err != nil {
		log.Fatal(err)
	}
}
