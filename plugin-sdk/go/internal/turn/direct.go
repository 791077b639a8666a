package turn

// Events without a snapshot, as ProtoBuf:1 has them: every function of the PDK, a write too, is a Call, and what goes wrong with
// it is known at its line.
//
// A function that the protocol has no message for is put together from those that it has, where that gives the same; where it
// does not, it is an error of that function alone, and the handler can go on.

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand"
	"strings"
	"sync/atomic"

	"github.com/Kong/go-pdk/internal/wire"
)

// BeginDirect prepares the turn for an event of which nothing but its phase has come.
func (t *Turn) BeginDirect(link Link, phase wire.Phase) {
	t.Event = wire.Event{Phase: phase}
	t.Begin(link, 0)
	t.asksAll = true
}

// callAlone asks for one function, with the turn locked.
func (t *Turn) callAlone(method string, args []any) (value any, problem string, err error) {
	switch method {
	case "kong.log.emerg":
		method = "kong.log.alert" // the gravest that the protocol has
	case "kong.response.error":
		method, args = "kong.response.exit", errorPage(args)
	}
	value, problem, err = t.Link.Call(t, nil, method, args)
	if err != nil && !errors.Is(err, wire.ErrNotInKongProtocol) {
		t.over = err
	}
	return value, problem, err
}

// errorPage gives the arguments of an exit with a message, as kong.response.error has it in JSON.
func errorPage(args []any) []any {
	document, _ := json.Marshal(map[string]any{"message": args[1]}) // a text: nothing can go wrong
	headers := map[string]any{"Content-Type": []any{"application/json; charset=utf-8"}}
	return []any{args[0], string(document), headers}
}

// rawPath gives the path as it was sent.
func (t *Turn) rawPath() (string, error) {
	target, err := t.askText(textMethods[PathWithQuery])
	path, _, _ := strings.Cut(target, "?")
	return path, err
}

// startMs gives when the request began, in milliseconds of the epoch.
func (t *Turn) startMs() (float64, error) {
	value, _, err := t.call("kong.nginx.req_start_time", nil)
	seconds, _ := value.(float64)
	return math.Round(seconds * 1000), err
}

// contextKey is where a request carries the number that its tables of kong.ctx.plugin have here; another process has its own.
var contextKey = fmt.Sprintf("dragoman_plugin_context_%08x", rand.Uint32())

// lastContext is the number that a request was given last, by any connection of this process.
var lastContext atomic.Uint32

// findRequest gives the event its request's number, and a request that has none yet one. In certificate there is no request.
func (t *Turn) findRequest() error {
	if t.Event.Request != 0 || t.Event.Phase == wire.Certificate {
		return nil
	}
	value, _, err := t.call("kong.nginx.get_ctx", []any{contextKey})
	if err != nil {
		return err
	}
	if number, ok := value.(float64); ok && number >= 1 && number <= math.MaxUint32 {
		t.Event.Request = uint32(number)
		return nil
	}
	number := lastContext.Add(1)
	if number == 0 {
		number = lastContext.Add(1) // it has gone round: 0 means none
	}
	if err := t.write("kong.nginx.set_ctx", []any{contextKey, int64(number)}); err != nil {
		return err
	}
	t.Event.Request = number
	return nil
}
