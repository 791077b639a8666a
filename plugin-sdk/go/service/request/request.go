// Package request changes the request that goes to the Service.
package request

import (
	"github.com/Kong/go-pdk/bridge"
	"github.com/Kong/go-pdk/internal/wire"
)

// Request holds this module's functions, as kong.ServiceRequest. Phases: rewrite and access, for all. All are written: done
// by the gateway when the handler has returned, or before the next function that asks it.
type Request struct {
	bridge.PdkBridge
}

// SetScheme sets "http" or "https".
func (r Request) SetScheme(scheme string) error {
	return bridge.Of(r.PdkBridge).Write("kong.service.request.set_scheme", scheme)
}

// SetPath sets the path; it begins with "/" and has no query.
func (r Request) SetPath(path string) error {
	return bridge.Of(r.PdkBridge).Write("kong.service.request.set_path", path)
}

// SetRawQuery sets the query as it is to be sent, without the "?".
func (r Request) SetRawQuery(query string) error {
	return bridge.Of(r.PdkBridge).Write("kong.service.request.set_raw_query", query)
}

// SetMethod sets the method, in upper case; one that nginx knows.
func (r Request) SetMethod(method string) error {
	return bridge.Of(r.PdkBridge).Write("kong.service.request.set_method", method)
}

// SetQuery sets the query's arguments; they are encoded.
func (r Request) SetQuery(query map[string][]string) error {
	return bridge.Of(r.PdkBridge).Write("kong.service.request.set_query", query)
}

// ClearQueryArg takes away all arguments of a name. Beyond go-pdk.
func (r Request) ClearQueryArg(name string) error {
	return bridge.Of(r.PdkBridge).Write("kong.service.request.clear_query_arg", name)
}

// SetHeader sets a header, in the place of all of its name.
func (r Request) SetHeader(name string, value string) error {
	return bridge.Of(r.PdkBridge).WriteHeader(wire.OpServiceRequestSetHeader, name, value)
}

// AddHeader adds a header, beside those of its name.
func (r Request) AddHeader(name string, value string) error {
	return bridge.Of(r.PdkBridge).WriteHeader(wire.OpServiceRequestAddHeader, name, value)
}

// ClearHeader takes away all headers of a name.
func (r Request) ClearHeader(name string) error {
	return bridge.Of(r.PdkBridge).WriteHeader(wire.OpServiceRequestClearHeader, name, "")
}

// SetHeaders sets headers, each in the place of all of its name.
func (r Request) SetHeaders(headers map[string][]string) error {
	return bridge.Of(r.PdkBridge).Write("kong.service.request.set_headers", headers)
}

// SetRawBody sets the body; Content-Length follows.
func (r Request) SetRawBody(body string) error {
	return bridge.Of(r.PdkBridge).Write("kong.service.request.set_raw_body", []byte(body))
}

// SetBody sets the body to arguments, encoded as mimetype says ("" is the request's Content-Type): forms and JSON. The error
// says why they cannot be. Asks the gateway. Beyond go-pdk.
func (r Request) SetBody(args map[string]interface{}, mimetype string) error {
	if mimetype == "" {
		return bridge.Of(r.PdkBridge).AskDone("kong.service.request.set_body", args)
	}
	return bridge.Of(r.PdkBridge).AskDone("kong.service.request.set_body", args, mimetype)
}

// EnableBuffering holds the Service's response back until it is whole, so that the response phase can read it. A plugin with a
// Response handler has it without asking. Beyond go-pdk.
func (r Request) EnableBuffering() error {
	return bridge.Of(r.PdkBridge).Write("kong.service.request.enable_buffering")
}

// EnableTLS makes the connection to the Service a TLS one. Phases: preread, balancer. Written. Beyond go-pdk.
func (r Request) EnableTLS() error {
	return bridge.Of(r.PdkBridge).Write("kong.service.request.enable_tls")
}
