// Package response reads what the Service answered, before plugins have changed it.
package response

import (
	"github.com/Kong/go-pdk/bridge"
	"github.com/Kong/go-pdk/internal/turn"
)

// Response holds this module's functions, as kong.ServiceResponse. Phases: response, header_filter, body_filter, log.
// Where the Service gave no answer, what it would have is zero.
type Response struct {
	bridge.PdkBridge
}

// GetStatus gives the Service's status, 0 where it gave none. From the snapshot.
func (r Response) GetStatus() (i int, err error) {
	return bridge.Of(r.PdkBridge).Number(turn.ServiceStatus)
}

// GetHeaders gives the Service's headers, names in lower case. max_headers: 1 to 1000, -1 for Kong's default of 100. Asks the
// gateway.
func (r Response) GetHeaders(max_headers int) (map[string][]string, error) {
	return bridge.Of(r.PdkBridge).AskMultimap("kong.service.response.get_headers", max_headers)
}

// GetHeader gives the first value of a header, "" where there is none. Asks the gateway.
func (r Response) GetHeader(name string) (string, error) {
	return bridge.Of(r.PdkBridge).AskText("kong.service.response.get_header", name)
}

// GetRawBody gives the Service's body. Phases: response, log. From the snapshot where it is small, else asks the gateway.
func (r Response) GetRawBody() ([]byte, error) {
	return bridge.Of(r.PdkBridge).ServiceBody()
}

// GetBody gives the Service's body as a table, read as mimetype says ("" is its Content-Type); max_args -1 is Kong's default of
// 100. The error says why there is no table. Phases: response, log. Asks the gateway. Beyond go-pdk.
func (r Response) GetBody(mimetype string, max_args int) (map[string]interface{}, error) {
	var kind, maximum any
	if mimetype != "" {
		kind = mimetype
	}
	if max_args != -1 {
		maximum = max_args
	}
	return bridge.Of(r.PdkBridge).AskTable("kong.service.response.get_body", kind, maximum)
}
