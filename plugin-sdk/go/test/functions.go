package test

// The PDK functions that the harness knows, beyond what the snapshot answers.

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/internal/wire"
)

// getters answer calls; args have an empty text behind the last, so that the first is always there.
var getters = map[string]func(e *TestEnv, args []any) any{
	"kong.request.get_path":         func(e *TestEnv, _ []any) any { return e.url(e.ClientReq.Url).Path },
	"kong.request.get_scheme":       func(e *TestEnv, _ []any) any { return e.url(e.ClientReq.Url).Scheme },
	"kong.request.get_port":         func(e *TestEnv, _ []any) any { return int(portOf(e.url(e.ClientReq.Url))) },
	"kong.request.get_host":         func(e *TestEnv, _ []any) any { return e.url(e.ServiceReq.Url).Hostname() },
	"kong.request.get_method":       func(e *TestEnv, _ []any) any { return e.ServiceReq.Method },
	"kong.request.get_raw_query":    func(e *TestEnv, _ []any) any { return e.url(e.ServiceReq.Url).RawQuery },
	"kong.request.get_query_arg":    func(e *TestEnv, a []any) any { return first(e.url(e.ServiceReq.Url).Query()[text(a[0])]) },
	"kong.request.get_query":        func(e *TestEnv, _ []any) any { return e.url(e.ServiceReq.Url).Query() },
	"kong.request.get_header":       func(e *TestEnv, a []any) any { return first(e.ServiceReq.Headers[keyOf(e.ServiceReq.Headers, a[0])]) },
	"kong.request.get_headers":      func(e *TestEnv, _ []any) any { return LowercaseHeaders(e.ServiceReq.Headers) },
	"kong.request.get_raw_body":     func(e *TestEnv, _ []any) any { return e.ServiceReq.Body },
	"kong.request.get_uri_captures": func(*TestEnv, []any) any { return map[string]any{} },
	"kong.request.get_path_with_query": func(e *TestEnv, _ []any) any {
		return target(e.url(e.ServiceReq.Url))
	},
	"kong.response.get_status":          func(e *TestEnv, _ []any) any { return e.ClientRes.Status },
	"kong.response.get_header":          func(e *TestEnv, a []any) any { return first(e.ClientRes.Headers[keyOf(e.ClientRes.Headers, a[0])]) },
	"kong.response.get_headers":         func(e *TestEnv, _ []any) any { return LowercaseHeaders(e.ClientRes.Headers) },
	"kong.response.get_source":          func(e *TestEnv, _ []any) any { return e.source },
	"kong.service.response.get_status":  func(e *TestEnv, _ []any) any { return e.ServiceRes.Status },
	"kong.service.response.get_header":  func(e *TestEnv, a []any) any { return first(e.ServiceRes.Headers[keyOf(e.ServiceRes.Headers, a[0])]) },
	"kong.service.response.get_headers": func(e *TestEnv, _ []any) any { return LowercaseHeaders(e.ServiceRes.Headers) },
	"kong.service.response.get_raw_body": func(e *TestEnv, _ []any) any {
		return e.ServiceRes.Body
	},
	"kong.client.get_ip":             func(*TestEnv, []any) any { return clientIP },
	"kong.client.get_forwarded_ip":   func(*TestEnv, []any) any { return clientIP },
	"kong.client.get_port":           func(*TestEnv, []any) any { return clientPort },
	"kong.client.get_forwarded_port": func(*TestEnv, []any) any { return clientPort },
	"kong.client.get_protocol":       func(*TestEnv, []any) any { return "https" },
	"kong.client.load_consumer":      func(*TestEnv, []any) any { return entity(consumerNumber) },
	"kong.client.get_consumer":       func(*TestEnv, []any) any { return entity(consumerNumber) },
	"kong.client.get_credential":     func(*TestEnv, []any) any { return entity(credentialNumber) },
	"kong.router.get_route":          func(*TestEnv, []any) any { return entity(routeNumber) },
	"kong.router.get_service":        func(*TestEnv, []any) any { return entity(serviceNumber) },
	"kong.ctx.shared.get":            func(e *TestEnv, a []any) any { return e.Ctx.Store[text(a[0])] },
	"kong.ip.is_trusted":             func(*TestEnv, []any) any { return true },
	"kong.nginx.get_subsystem":       func(*TestEnv, []any) any { return "http" },
	"kong.node.get_memory_stats": func(*TestEnv, []any) any {
		return map[string]any{
			"lua_shared_dicts": map[string]any{
				"kong":          map[string]any{"allocated_slabs": 1027, "capacity": 4423543},
				"kong_db_cache": map[string]any{"allocated_slabs": 4093, "capacity": 3424875},
			},
			"workers_lua_vms": []any{
				map[string]any{"http_allocated_gc": 123456, "pid": 543}, map[string]any{"http_allocated_gc": 345678, "pid": 876},
			},
		}
	},
}

func entity(number uint32) any {
	return (&turn.Entity{JSON: []byte(entities[number])}).Table()
}

// first gives the first of some values, nil where there is none.
func first(values []string) any {
	if len(values) == 0 {
		return nil
	}
	return values[0]
}

// keyOf gives the key of a header: one that is there and is the same to Kong ("_" is "-"), or the canonical one.
func keyOf(h http.Header, name any) string {
	key := http.CanonicalHeaderKey(text(name))
	if _, ok := h[key]; ok {
		return key
	}
	for other := range h {
		if strings.EqualFold(strings.ReplaceAll(other, "_", "-"), strings.ReplaceAll(key, "_", "-")) {
			return other
		}
	}
	return key
}

func setHeader(h http.Header, args []any, keep bool) {
	key := keyOf(h, args[0])
	if !keep {
		delete(h, key)
	}
	h[key] = append(h[key], text(args[1]))
}

func text(value any) string {
	out, _ := value.(string)
	return out
}

// setters do writes. args have two empty texts behind the last.
var setters = map[string]func(e *TestEnv, args []any){
	"kong.service.request.set_header":    func(e *TestEnv, a []any) { setHeader(e.ServiceReq.Headers, a, false) },
	"kong.service.request.add_header":    func(e *TestEnv, a []any) { setHeader(e.ServiceReq.Headers, a, true) },
	"kong.service.request.clear_header":  func(e *TestEnv, a []any) { delete(e.ServiceReq.Headers, keyOf(e.ServiceReq.Headers, a[0])) },
	"kong.service.request.set_headers":   func(e *TestEnv, a []any) { mergeHeaders(e.ServiceReq.Headers, turn.MultimapOf(a[0])) },
	"kong.service.request.set_method":    func(e *TestEnv, a []any) { e.ServiceReq.Method = text(a[0]) },
	"kong.service.request.set_raw_body":  func(e *TestEnv, a []any) { e.ServiceReq.Body = []byte(text(a[0])) },
	"kong.service.request.set_scheme":    func(e *TestEnv, a []any) { e.changeURL(func(u *url.URL) { u.Scheme = text(a[0]) }) },
	"kong.service.request.set_path":      func(e *TestEnv, a []any) { e.changeURL(func(u *url.URL) { u.Path = text(a[0]) }) },
	"kong.service.request.set_raw_query": func(e *TestEnv, a []any) { e.changeURL(func(u *url.URL) { u.RawQuery = text(a[0]) }) },
	"kong.service.request.set_query": func(e *TestEnv, a []any) {
		e.changeURL(func(u *url.URL) { u.RawQuery = url.Values(turn.MultimapOf(a[0])).Encode() })
	},
	"kong.service.request.clear_query_arg": func(e *TestEnv, a []any) {
		e.changeURL(func(u *url.URL) {
			query := u.Query()
			query.Del(text(a[0]))
			u.RawQuery = query.Encode()
		})
	},
	"kong.response.set_status":              func(e *TestEnv, a []any) { e.ClientRes.Status = int(number(a[0])) },
	"kong.response.set_header":              func(e *TestEnv, a []any) { setHeader(e.ClientRes.Headers, a, false) },
	"kong.response.add_header":              func(e *TestEnv, a []any) { setHeader(e.ClientRes.Headers, a, true) },
	"kong.response.clear_header":            func(e *TestEnv, a []any) { delete(e.ClientRes.Headers, keyOf(e.ClientRes.Headers, a[0])) },
	"kong.response.set_headers":             func(e *TestEnv, a []any) { mergeHeaders(e.ClientRes.Headers, turn.MultimapOf(a[0])) },
	"kong.response.exit":                    (*TestEnv).exit,
	"kong.response.error":                   (*TestEnv).exit,
	"kong.ctx.shared.set":                   (*TestEnv).setShared,
	"kong.client.authenticate":              ignore,
	"kong.client.tls.set_client_verify":     ignore,
	"kong.log.set_serialize_value":          ignore,
	"kong.nginx.set_ctx":                    ignore,
	"kong.service.set_upstream":             ignore,
	"kong.service.set_target":               ignore,
	"kong.service.set_retries":              ignore,
	"kong.service.set_timeouts":             ignore,
	"kong.service.set_tls_verify":           ignore,
	"kong.service.set_tls_verify_depth":     ignore,
	"kong.service.request.enable_buffering": ignore,
}

// ignore is what has no effect that the environment shows.
func ignore(*TestEnv, []any) {}

func number(value any) float64 {
	out, _ := value.(float64)
	return out
}

func (e *TestEnv) changeURL(change func(u *url.URL)) {
	u := e.url(e.ServiceReq.Url)
	change(u)
	e.ServiceReq.Url = u.String()
}

func (e *TestEnv) setShared(args []any) {
	if args[1] == nil {
		delete(e.Ctx.Store, text(args[0]))
		return
	}
	e.Ctx.Store[text(args[0])] = args[1]
}

func (e *TestEnv) exit(args []any) {
	e.ClientRes.Status = int(number(args[0]))
	e.ClientRes.Message = http.StatusText(e.ClientRes.Status)
	e.ClientRes.Body = nil
	if body := text(args[1]); body != "" {
		e.ClientRes.Body = []byte(body)
	}
	mergeHeaders(e.ClientRes.Headers, turn.MultimapOf(args[2]))
	e.source = "exit"
	e.Finish()
}

// names of the short forms of writes.
var shortForms = map[wire.Op]string{
	wire.OpServiceRequestSetHeader:   "kong.service.request.set_header",
	wire.OpServiceRequestAddHeader:   "kong.service.request.add_header",
	wire.OpServiceRequestClearHeader: "kong.service.request.clear_header",
	wire.OpResponseSetHeader:         "kong.response.set_header",
	wire.OpResponseAddHeader:         "kong.response.add_header",
	wire.OpResponseClearHeader:       "kong.response.clear_header",
}

// apply does what a handler has written.
func (e *TestEnv) apply(writes []byte) {
	answer, err := wire.DecodeDone(string(writes))
	if err != nil {
		panic(fmt.Sprintf("the SDK's own writes: %v", err))
	}
	for _, w := range answer.Writes {
		switch w.Op {
		case wire.OpCall:
			args := make([]any, len(w.Args))
			for i, arg := range w.Args {
				args[i] = wire.Plain(arg)
			}
			if !e.write(w.Name, args) {
				e.Errorf("nobody knows %s: tell the environment with On", w.Name)
			}
		case wire.OpResponseSetStatus:
			e.ClientRes.Status = int(w.Number)
		default:
			e.write(shortForms[w.Op], []any{w.Name, w.Value})
		}
	}
}

// write does one write: the test's own way, or the model's.
func (e *TestEnv) write(method string, args []any) bool {
	if answer := e.answers[method]; answer != nil {
		_, _ = answer(args...)
		return true
	}
	setter := setters[method]
	if setter != nil {
		setter(e, append(args, "", "", ""))
	}
	return setter != nil
}
