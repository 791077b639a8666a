package turn

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/Kong/go-pdk/internal/wire"
)

// asked is a gateway that notes what it is asked, and answers nothing.
type asked struct {
	calls  []string
	writes int
}

func (a *asked) Call(_ *Turn, writes []byte, method string, args []any) (any, string, error) {
	answer, err := wire.DecodeDone(string(writes))
	a.writes += len(answer.Writes)
	a.calls = append(a.calls, fmt.Sprint(strings.TrimPrefix(method, "kong."), args))
	return nil, "", err
}
func (a *asked) Log(*Turn, string, string, string)           {}
func (a *asked) Entity(uint32) *Entity                       { return nil }
func (a *asked) Context(uint32, string, bool) map[string]any { return nil }
func (a *asked) Gateway() *wire.Hello                        { return &wire.Hello{} }

func begin(event wire.Event) (*Handle, *Turn, *asked) {
	gateway, t := &asked{}, New()
	t.Event = event
	t.Begin(gateway, 1)
	return NewHandle(t, "p"), t, gateway
}

const someHeaders = "Host: a.example\r\nX-One: 1\r\nx_two:  2\r\nx-one: 11\r\nempty:\r\n"

func TestHeadersWithWrites(t *testing.T) {
	h, _, gateway := begin(wire.Event{Phase: wire.Access, Headers: someHeaders})
	check := func(name, want string) {
		t.Helper()
		if got, err := h.Header(name); got != want || err != nil {
			t.Errorf("%s is %q (%v), wanted %q", name, got, err, want)
		}
	}
	check("x_ONE", "1")
	check("X-Two", "2")
	check("empty", "")
	check("missing", "")
	h.WriteHeader(wire.OpServiceRequestAddHeader, "x-one", "111")
	check("x-one", "1")
	h.WriteHeader(wire.OpServiceRequestSetHeader, "X_One", "new")
	h.WriteHeader(wire.OpServiceRequestAddHeader, "x-one", "newer")
	check("x-one", "new")
	h.WriteHeader(wire.OpServiceRequestClearHeader, "x-two", "")
	check("x-two", "")
	h.WriteHeader(wire.OpServiceRequestAddHeader, "x-two", "again")
	check("x-two", "again")
	headers, err := h.Headers(-1)
	want := map[string][]string{"host": {"a.example"}, "x_one": {"new", "newer"}, "empty": {""}, "x-two": {"again"}}
	if !reflect.DeepEqual(headers, want) || err != nil {
		t.Errorf("%v %v", headers, err)
	}
	if len(gateway.calls) != 0 {
		t.Errorf("asked for %v", gateway.calls)
	}
	h.WriteHeader(wire.OpServiceRequestSetHeader, "odd", "line\nline")
	check("odd", "")
	h.Headers(5)
	asked := "service.request.set_header[odd line\nline] request.get_header[odd] request.get_headers[5]"
	if got := strings.Join(gateway.calls, " "); got != asked || gateway.writes != 5 {
		t.Errorf("asked for %s after %d writes", got, gateway.writes)
	}
}

func TestCookiesAreOneList(t *testing.T) {
	h, _, _ := begin(wire.Event{Phase: wire.Access, Headers: "cookie: a=1\r\nx: y\r\ncookie: b=2\r\n"})
	if value, _ := h.Header("Cookie"); value != "a=1; b=2" {
		t.Error(value)
	}
	h.WriteHeader(wire.OpServiceRequestAddHeader, "cookie", "c=3")
	if value, _ := h.Header("cookie"); value != "a=1; b=2; c=3" {
		t.Error(value)
	}
}

func TestMoreThanAHundredHeadersAreAskedFor(t *testing.T) {
	h, _, gateway := begin(wire.Event{Phase: wire.Access, Headers: strings.Repeat("a: b\r\n", headersMax+1)})
	h.Headers(-1)
	if len(gateway.calls) != 1 {
		t.Error(gateway.calls)
	}
}

func TestPathsAndQueries(t *testing.T) {
	cases := []struct{ target, path, asked string }{
		{"/a/b.c/d-_~?x=1", "/a/b.c/d-_~", ""}, {"/", "/", ""}, {"/a/../b", "", "request.get_path[]"}, {"/a//b", "", "request.get_path[]"},
		{"/a%20b", "", "request.get_path[]"}, {"/a.", "", "request.get_path[]"}, {"/.a", "", "request.get_path[]"}, {"/a./b", "", "request.get_path[]"},
	}
	for _, c := range cases {
		h, _, gateway := begin(wire.Event{Phase: wire.Access, Target: c.target})
		if path, _ := h.Text(Path); path != c.path || strings.Join(gateway.calls, " ") != c.asked {
			t.Errorf("%s: %q, asked %v", c.target, path, gateway.calls)
		}
	}
	queries := map[string]bool{"a=1&b=2&a=3": true, "": true, "a&b": true, "a=%20": false, "a=+": false, "a&&b": false, "=1": false, "a=1&": false,
		strings.Repeat("a&", argumentsMax) + "a": false}
	for query, isPlain := range queries {
		h, _, gateway := begin(wire.Event{Phase: wire.Access, Target: "/?" + query})
		h.QueryArg("a")
		if (len(gateway.calls) == 0) != isPlain {
			t.Errorf("%q: asked %v", query, gateway.calls)
		}
	}
	h, _, _ := begin(wire.Event{Phase: wire.Access, Target: "/?a=1&b&a=3&c="})
	args, _ := h.Query(-1)
	if !reflect.DeepEqual(args, map[string][]string{"a": {"1", "3"}, "c": {""}}) {
		t.Error(args)
	}
}

func TestWhatWritesMakeStale(t *testing.T) {
	event := wire.Event{Phase: wire.Access, Method: "GET", Target: "/?a=1", Host: "h", Headers: "a: 1\r\n", BodyState: wire.BodyNone}
	cases := []struct {
		write string
		args  []any
		reads string
	}{
		{"kong.service.request.set_method", []any{"PUT"}, "request.get_method[]"},
		{"kong.service.request.set_query", []any{map[string]any{}}, "request.get_path_with_query[] request.get_query_arg[a]"},
		{"kong.service.request.set_raw_body", []any{"x"}, "request.get_header[a] request.get_raw_body[]"},
		{"kong.service.request.set_headers", []any{map[string]any{}}, "request.get_host[] request.get_header[a]"},
		{"kong.service.request.set_path", []any{"/"}, ""},
	}
	for _, c := range cases {
		h, _, gateway := begin(event)
		if err := h.Write(c.write, c.args...); err != nil {
			t.Fatal(err)
		}
		h.Text(Host)
		h.Text(Method)
		h.Text(PathWithQuery)
		h.Header("a")
		h.QueryArg("a")
		h.Body()
		if got := strings.Join(gateway.calls, " "); got != c.reads {
			t.Errorf("after %s: %s, wanted %s", c.write, got, c.reads)
		}
	}
	h, _, gateway := begin(event)
	h.WriteHeader(wire.OpServiceRequestSetHeader, "Host", "x")
	h.Text(Host)
	if len(gateway.calls) != 1 {
		t.Error("the host after a write of Host")
	}
}

func TestNoRequestInCertificate(t *testing.T) {
	h, _, gateway := begin(wire.Event{Phase: wire.Certificate})
	h.Text(Host)
	h.Header("a")
	h.Number(ClientPort)
	h.Entity(wire.KindRoute)
	h.HTTPVersion()
	if len(gateway.calls) != 5 {
		t.Error(gateway.calls)
	}
}

func TestNothingAfterExitOrEnd(t *testing.T) {
	h, turn, _ := begin(wire.Event{Phase: wire.Access, Method: "GET"})
	h.Exit("kong.response.exit", 200)
	h.Exit("kong.response.exit", 201)
	if _, err := h.Text(Method); !errors.Is(err, ErrExited) || !turn.Exited() {
		t.Error(err)
	}
	answer, _ := wire.DecodeDone(string(turn.Writes))
	if len(answer.Writes) != 1 {
		t.Error(answer.Writes)
	}
	h.Close()
	for _, handle := range []*Handle{h, nil} {
		if _, err := handle.Text(Method); !errors.Is(err, ErrOver) {
			t.Error(err)
		}
		if handle.Context().Err() == nil {
			t.Error("the context of what is over is over")
		}
	}
}

func TestValuesThatCannotBe(t *testing.T) {
	h, _, _ := begin(wire.Event{Phase: wire.Access})
	for _, value := range []any{make(chan int), map[int]string{}, func() {}} {
		if h.SetShared("k", value) == nil {
			t.Errorf("%T", value)
		}
	}
	if err := h.SetShared("k", struct{ A []string }{[]string{"b"}}); err != nil {
		t.Error(err)
	}
	if value, _ := h.Shared("k"); !reflect.DeepEqual(value, map[string]any{"A": []any{"b"}}) {
		t.Errorf("%#v", value)
	}
}
