// Package response reads and changes the response to the client, and answers in the Service's place.
package response

import (
	"github.com/Kong/go-pdk/bridge"
	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/internal/wire"
)

// Response holds this module's functions, as kong.Response.
//
// Phases of the getters: response, header_filter, body_filter, log. Phases of the setters: rewrite, access, response,
// header_filter.
type Response struct {
	bridge.PdkBridge
}

// GetStatus gives the status that the client will get. From the snapshot.
func (r Response) GetStatus() (int, error) {
	return bridge.Of(r.PdkBridge).Number(turn.Status)
}

// GetHeader gives the first value of a header, "" where there is none. The name's case does not matter, and "_" is "-".
// From the snapshot.
func (r Response) GetHeader(name string) (string, error) {
	return bridge.Of(r.PdkBridge).ResponseHeader(name)
}

// GetHeaders gives all headers, names in lower case. max_headers: 1 to 1000, -1 for Kong's default of 100. From the snapshot
// with -1.
func (r Response) GetHeaders(max_headers int) (res map[string][]string, err error) {
	return bridge.Of(r.PdkBridge).ResponseHeaders(max_headers)
}

// GetSource tells where the response comes from: "service", "exit" (a plugin answered) or "error" (the gateway failed). From
// the snapshot.
func (r Response) GetSource() (string, error) {
	return bridge.Of(r.PdkBridge).Text(turn.ResponseSource)
}

// SetStatus sets the status, 100 to 599. Written.
func (r Response) SetStatus(status int) error {
	return bridge.Of(r.PdkBridge).SetStatus(status)
}

// SetHeader sets a header, in the place of all of its name. Written.
func (r Response) SetHeader(k string, v string) error {
	return bridge.Of(r.PdkBridge).WriteHeader(wire.OpResponseSetHeader, k, v)
}

// AddHeader adds a header, beside those of its name. Written.
func (r Response) AddHeader(k string, v string) error {
	return bridge.Of(r.PdkBridge).WriteHeader(wire.OpResponseAddHeader, k, v)
}

// ClearHeader takes away all headers of a name. Written.
func (r Response) ClearHeader(k string) error {
	return bridge.Of(r.PdkBridge).WriteHeader(wire.OpResponseClearHeader, k, "")
}

// SetHeaders sets headers, each in the place of all of its name. Written.
func (r Response) SetHeaders(headers map[string][]string) error {
	return bridge.Of(r.PdkBridge).Write("kong.response.set_headers", headers)
}

// GetRawBody gives the body as it has come so far; in the call for the last chunk, all of it.
//
// Phases: body_filter. Asks the gateway, which buffers the body for it. Beyond go-pdk; see also BodyFilter.
func (r Response) GetRawBody() ([]byte, error) {
	return bridge.Of(r.PdkBridge).AskBytes("kong.response.get_raw_body")
}

// SetRawBody replaces the body. Phases: body_filter. Written. Beyond go-pdk; see also BodyFilter.
func (r Response) SetRawBody(body []byte) error {
	return bridge.Of(r.PdkBridge).Write("kong.response.set_raw_body", body)
}

// Exit answers the request: nothing goes to the Service, and plugins after this one are passed over until the log phase.
//
// The handler goes on after Exit, so return: every PDK function gives bridge.ErrExited from here on. body nil is an
// empty one; headers may be nil. Phases: rewrite, access, response, header_filter (there without a body).
func (r Response) Exit(status int, body []byte, headers map[string][]string) {
	var table any
	if headers != nil {
		table = headers
	}
	bridge.Of(r.PdkBridge).Exit("kong.response.exit", status, string(body), table)
}

// ExitStatus is Exit with an empty body and no headers.
func (r Response) ExitStatus(status int) {
	bridge.Of(r.PdkBridge).Exit("kong.response.exit", status, "")
}

// ExitJSON is Exit with a JSON document, text that encoding/json has made. Beyond go-pdk.
func (r Response) ExitJSON(status int, document []byte) {
	r.Exit(status, document, map[string][]string{"Content-Type": {"application/json; charset=utf-8"}})
}

// Error answers the request with an error page in the format that the client accepts; message "" is the status's own text.
// As Exit, it ends the event for the plugin. Beyond go-pdk.
func (r Response) Error(status int, message string) {
	var given any // nil: the gateway's own text of the status
	if message != "" {
		given = message
	}
	bridge.Of(r.PdkBridge).Exit("kong.response.error", status, given)
}
