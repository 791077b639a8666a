package turn

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/Kong/go-pdk/internal/wire"
)

// refusing is a gateway that refuses whatever it is asked.
type refusing struct{ asked }

func (r *refusing) Call(t *Turn, writes []byte, method string, args []any) (any, string, error) {
	_, _, _ = r.asked.Call(t, writes, method, args)
	return nil, "", &Refused{Reason: "not here"}
}

func beginRefused(phase wire.Phase) (*Handle, *Turn, *refusing) {
	gateway, t := &refusing{}, New()
	t.Event = wire.Event{Phase: phase}
	t.Begin(gateway, 1)
	return NewHandle(t, "p"), t, gateway
}

// Goal: a write that the phase does not have fails at its line, and nothing after it is done. Method: each form of a write.
func TestAWriteOfAnotherPhaseFailsAtItsLine(t *testing.T) {
	writes := map[string]func(h *Handle) error{
		"response.set_header":      func(h *Handle) error { return h.WriteHeader(wire.OpResponseSetHeader, "a", "b") },
		"response.set_status":      func(h *Handle) error { return h.SetStatus(200) },
		"service.set_target":       func(h *Handle) error { return h.Write("kong.service.set_target", "h", 80) },
		"service.request.set_path": func(h *Handle) error { return h.Write("kong.service.request.set_path", "/") },
	}
	for name, write := range writes {
		for _, phase := range []wire.Phase{wire.Log, wire.Certificate, wire.Access} {
			h, turn, gateway := beginRefused(phase)
			err := write(h)
			if phase == wire.Access {
				if err != nil || len(gateway.calls) != 0 || len(turn.Writes) == 0 {
					t.Errorf("%s in access: %v, asked %v", name, err, gateway.calls)
				}
				continue
			}
			var refused *Refused
			if !errors.As(err, &refused) || !errors.Is(err, io.EOF) || err.Error() != "EOF" {
				t.Errorf("%s in %x: %v", name, phase, err)
			}
			if len(gateway.calls) != 1 || !strings.HasPrefix(gateway.calls[0], name+"[") || len(turn.Writes) != 0 {
				t.Errorf("%s in %x: asked %v", name, phase, gateway.calls)
			}
			if err := h.SetShared("k", 1); !errors.Is(err, ErrOver) || !turn.Exited() {
				t.Errorf("%s in %x: the event goes on: %v", name, phase, err)
			}
		}
	}
}

// An argument that the gateway may not take is asked for; one that it takes for certain costs no round trip.
func TestArgumentsThatMayBeRefused(t *testing.T) {
	cases := []struct {
		method string
		args   []any
		asked  bool
	}{
		{"kong.service.request.set_scheme", []any{"https"}, false},
		{"kong.service.request.set_scheme", []any{"ftp"}, true},
		{"kong.service.request.set_path", []any{"/a"}, false},
		{"kong.service.request.set_path", []any{"a"}, true},
		{"kong.service.request.set_method", []any{"PATCH"}, false},
		{"kong.service.request.set_method", []any{"BREW"}, true},
		{"kong.service.request.set_headers", []any{map[string][]string{"X-A": {"1", "2"}}}, false},
		{"kong.service.request.set_headers", []any{map[string][]string{"X A": {"1"}}}, true},
		{"kong.service.request.set_headers", []any{map[string][]string{"Host": {"a b"}}}, true},
		{"kong.response.set_headers", []any{map[string][]string{"": {"1"}}}, true},
		{"kong.service.request.set_query", []any{map[string][]string{"q": {"1"}}}, false},
		{"kong.service.set_target", []any{"h", 65_535}, false},
		{"kong.service.set_target", []any{"h", 65_536}, true},
		{"kong.service.set_retries", []any{0}, false},
		{"kong.service.set_retries", []any{-1}, true},
		{"kong.service.set_timeouts", []any{1, 2, 3}, false},
		{"kong.service.set_timeouts", []any{1, 0, 3}, true},
		{"kong.client.tls.set_client_verify", []any{"FAILED:expired"}, false},
		{"kong.client.tls.set_client_verify", []any{"yes"}, true},
		{"kong.of.another.version", []any{1}, false},
	}
	for _, c := range cases {
		h, _, gateway := beginRefused(wire.Access)
		err := h.Write(c.method, c.args...)
		if (len(gateway.calls) == 1) != c.asked || (err != nil) != c.asked {
			t.Errorf("%s%v: asked %v, %v", c.method, c.args, gateway.calls, err)
		}
	}
	h, _, gateway := beginRefused(wire.Access)
	if h.SetStatus(600) == nil || len(gateway.calls) != 1 {
		t.Errorf("status 600: asked %v", gateway.calls)
	}
}
