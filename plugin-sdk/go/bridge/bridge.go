// Package bridge ties the modules of the PDK to the event they are used in. Most plugins have no need of it.
//
// It has the functions of go-pdk's package of this name, which ask for a function of the PDK by its wire name with messages of
// package kong_plugin_protocol. kong.Call does the same with plain Go values.
package bridge

import (
	"errors"
	"net"

	"github.com/Kong/go-pdk/internal/kongline"
	"github.com/Kong/go-pdk/internal/turn"
)

// PdkBridge is embedded in every module of the PDK.
type PdkBridge struct {
	handle *turn.Handle
	// conn is what New was given, nil for the bridge of an event.
	conn net.Conn
}

// New makes a bridge that asks over a connection, in ProtoBuf:1: for tests, with package bridgetest or a gateway of their own.
func New(conn net.Conn) PdkBridge {
	return PdkBridge{kongline.New(conn), conn}
}

// For makes the bridge of an event.
func For(handle *turn.Handle) PdkBridge {
	return PdkBridge{handle: handle}
}

// Of gives the event of a bridge; nil for a zero PdkBridge, on which every function fails.
func Of(b PdkBridge) *turn.Handle {
	return b.handle
}

// ErrEventOver is what PDK functions give after the event: the handler has returned, or the gateway waits no longer
// (a deadline, a client that went away, a refused call).
var ErrEventOver = turn.ErrOver

// Refused is the error of a function that the gateway refuses, and of all after it: it says "EOF" as with go-pdk, where the
// connection ends at that point, and is both io.EOF and ErrEventOver to errors.Is. Reason tells why; so does the gateway's log.
type Refused = turn.Refused

// ErrExited is what PDK functions give after kong.Response.Exit or kong.Response.Error.
var ErrExited = turn.ErrExited

// ReturnTypeError is the error of a value that has another type than the function gives.
func ReturnTypeError(expected string) error {
	return errors.New("expected type: " + expected)
}
