package turn

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/Kong/go-pdk/internal/wire"
)

// answering is a gateway without a snapshot: each function is asked for, and answered from a table.
type answering struct {
	asked
	answers map[string]any
	tables  map[uint32]map[string]any
}

func (a *answering) Call(_ *Turn, _ []byte, method string, args []any) (any, string, error) {
	name := strings.TrimPrefix(method, "kong.")
	a.calls = append(a.calls, fmt.Sprint(name, args))
	if name == "vault.get" {
		return nil, "", wire.ErrNotInKongProtocol
	}
	if name == "nginx.set_ctx" {
		a.answers["nginx.get_ctx"] = float64(args[1].(int64))
	}
	return a.answers[name], "", nil
}

func (a *answering) Context(request uint32, _ string, _ bool) map[string]any {
	if a.tables[request] == nil {
		a.tables[request] = map[string]any{}
	}
	return a.tables[request]
}

func beginDirect(answers map[string]any) (*Handle, *answering) {
	gateway, t := &answering{answers: answers, tables: map[uint32]map[string]any{}}, New()
	t.BeginDirect(gateway, wire.Response)
	return NewHandle(t, "p"), gateway
}

// Without a snapshot nothing is read here and no write is kept for later, whatever was done before.
func TestEachFunctionIsACall(t *testing.T) {
	h, gateway := beginDirect(map[string]any{
		"request.get_header": "a", "request.get_path_with_query": "/raw%20path?q", "nginx.req_start_time": 1763733600.1234,
		"service.response.get_raw_body": "body",
	})
	h.WriteHeader(wire.OpServiceRequestSetHeader, "x-a", "b")
	value, _ := h.Header("x-a")
	raw, _ := h.Text(RawPath)
	start, _ := h.StartMs()
	body, _ := h.ServiceBody()
	if value != "a" || raw != "/raw%20path" || start != 1763733600123 || string(body) != "body" {
		t.Error(value, raw, start, string(body))
	}
	h.SetStatus(204)
	h.SetShared("k", 1)
	h.Shared("k")
	h.Log("emerg", "line")
	h.Write("kong.service.set_target", "h", 80)
	want := []string{
		"service.request.set_header[x-a b]", "request.get_header[x-a]", "request.get_path_with_query[]", "nginx.req_start_time[]",
		"service.response.get_raw_body[]", "response.set_status[204]", "ctx.shared.set[k 1]", "ctx.shared.get[k]", "log.alert[line]",
		"service.set_target[h 80]",
	}
	if !reflect.DeepEqual(gateway.calls, want) {
		t.Errorf("%q", gateway.calls)
	}
}

// A function that the protocol does not have fails alone; an exit ends the event.
func TestWhatTheProtocolDoesNotHave(t *testing.T) {
	h, gateway := beginDirect(map[string]any{})
	if _, _, err := h.Call("kong.vault.get", "{vault://env/a}"); !errors.Is(err, wire.ErrNotInKongProtocol) {
		t.Error(err)
	}
	if _, err := h.Text(Method); err != nil {
		t.Error(err)
	}
	h.Exit("kong.response.error", 503, `not "now"`)
	want := `response.exit[503 {"message":"not \"now\""} map[Content-Type:[application/json; charset=utf-8]]]`
	if last := gateway.calls[len(gateway.calls)-1]; last != want {
		t.Error(last)
	}
	if _, err := h.Text(Method); !errors.Is(err, ErrExited) {
		t.Error(err)
	}
}

// kong.Ctx.Plugin is one table for all handlers of a request, found by a number that the request carries.
func TestPluginContextWithoutARequestNumber(t *testing.T) {
	h, gateway := beginDirect(map[string]any{})
	table, err := h.Plugin()
	if err != nil {
		t.Fatal(err)
	}
	table["k"] = "v"
	again := New()
	again.BeginDirect(gateway, wire.Log)
	later, _ := NewHandle(again, "p").Plugin()
	delete(gateway.answers, "nginx.get_ctx") // another request
	other := New()
	other.BeginDirect(gateway, wire.Access)
	foreign, _ := NewHandle(other, "p").Plugin()
	if later["k"] != "v" || len(foreign) != 0 {
		t.Error(later, foreign)
	}
}
