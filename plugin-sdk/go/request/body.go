package request

import (
	"github.com/Kong/go-pdk/bridge"
)

// GetRawBody gives the body, empty where there is none. The error says why the gateway cannot give it, as for a body that is
// larger than client_body_buffer_size.
//
// Phases: rewrite, access, response, log. From the snapshot where the body has arrived with it, else asks the gateway.
func (r Request) GetRawBody() ([]byte, error) {
	return bridge.Of(r.PdkBridge).Body()
}

// GetBody gives the body as a table, read by its Content-Type: forms and JSON. mimetype "" is what the request says;
// max_args -1 is Kong's default of 100. The error says why there is no table.
//
// Phases: rewrite, access, response, log. Asks the gateway. Beyond go-pdk.
func (r Request) GetBody(mimetype string, max_args int) (map[string]interface{}, error) {
	var kind, maximum any
	if mimetype != "" {
		kind = mimetype
	}
	if max_args != -1 {
		maximum = max_args
	}
	return bridge.Of(r.PdkBridge).AskTable("kong.request.get_body", kind, maximum)
}

// GetStartTime gives when the request began, in milliseconds of the epoch. From the snapshot. Beyond go-pdk.
func (r Request) GetStartTime() (float64, error) {
	return bridge.Of(r.PdkBridge).StartMs()
}

// GetUriCaptures gives what the groups of the route's path matched: those in order, from the first, and the named ones.
//
// Phases: access, response, header_filter, body_filter, log. Asks the gateway.
func (r Request) GetUriCaptures() ([][]byte, map[string][]byte, error) {
	value, _, err := bridge.Of(r.PdkBridge).Call("kong.request.get_uri_captures")
	if err != nil {
		return nil, nil, err
	}
	table, _ := value.(map[string]any)
	var unnamed [][]byte
	list, _ := table["unnamed"].([]any)
	for i, item := range list {
		text, ok := item.(string)
		if !ok {
			break // a group that took no part: what is behind it does not arrive with go-pdk, either
		}
		if i > 0 { // the first is the whole match
			unnamed = append(unnamed, []byte(text))
		}
	}
	var named map[string][]byte
	for key, item := range tableIn(table, "named") {
		if text, ok := item.(string); ok {
			if named == nil {
				named = map[string][]byte{}
			}
			named[key] = []byte(text)
		}
	}
	return unnamed, named, nil
}

func tableIn(table map[string]any, key string) map[string]any {
	inner, _ := table[key].(map[string]any)
	return inner
}
