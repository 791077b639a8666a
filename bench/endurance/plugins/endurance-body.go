// The plugins of the endurance bench that Kong's SDK for Go cannot have: one that sees each chunk of a body and gives back
// another one, and one of the headers. Built with ours alone.
package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/server"
)

type body struct{}

// BodyFilter copies: the same chunk would not be sent back.
func (body) BodyFilter(_ *pdk.PDK, chunk []byte, _ bool) []byte {
	return bytes.Clone(chunk)
}

type headers struct{}

func (headers) HeaderFilter(kong *pdk.PDK) {
	_ = kong.Response.SetHeader("x-filtered", "yes")
}

func main() {
	err := server.Serve(
		server.Plugin{Name: "endurance-body", New: func() interface{} { return &body{} }, Version: "1.0.0", Priority: 10},
		server.Plugin{Name: "endurance-headers", New: func() interface{} { return &headers{} }, Version: "1.0.0", Priority: 10},
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
