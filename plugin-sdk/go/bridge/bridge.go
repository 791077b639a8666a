// Package bridge ties the modules of the PDK to the event they are used in. Plugins have no need of it.
//
// go-pdk's package of this name speaks ProtoBuf:1 and shows its messages (Ask, WrapString, ...). Here a module reads a
// snapshot; what it cannot answer is asked through kong.Call, with plain Go values.
package bridge

import (
	"errors"

	"github.com/Kong/go-pdk/internal/turn"
)

// PdkBridge is embedded in every module of the PDK.
type PdkBridge struct {
	handle *turn.Handle
}

// New makes the bridge of an event.
func New(handle *turn.Handle) PdkBridge {
	return PdkBridge{handle}
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
