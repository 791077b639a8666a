// Package nginx reads what Kong takes from nginx: variables, the request's own table, the subsystem.
package nginx

import (
	"github.com/Kong/go-pdk/bridge"
	"github.com/Kong/go-pdk/internal/turn"
)

// Nginx holds this module's functions, as kong.Nginx. All of them ask the gateway, but SetCtx, which is written.
type Nginx struct {
	bridge.PdkBridge
}

// GetVar gives one of nginx's variables, as far as the gateway has it: "request_id", "upstream_addr", ...; "" for one that it
// has not, or that is not set. Phases: all with a request.
func (n Nginx) GetVar(k string) (string, error) {
	return bridge.Of(n.PdkBridge).AskText("kong.nginx.get_var", k)
}

// GetTLS1VersionStr gives the TLS version of the client's connection, as "TLSv1.3"; "" without TLS. Phases: all with a request.
func (n Nginx) GetTLS1VersionStr() (string, error) {
	return bridge.Of(n.PdkBridge).AskText("kong.nginx.get_tls1_version_str")
}

// SetCtx sets a value in the request's own table (ngx.ctx). Values as in kong.Ctx.SetShared. Phases: all with a request.
func (n Nginx) SetCtx(k string, v interface{}) error {
	return bridge.Of(n.PdkBridge).Write("kong.nginx.set_ctx", k, turn.BytesAsText(v))
}

// GetCtxAny gives a value of the request's own table: nil, bool, float64, string, []any or map[string]any. Phases: all with a
// request.
func (n Nginx) GetCtxAny(k string) (interface{}, error) {
	value, _, err := bridge.Of(n.PdkBridge).Call("kong.nginx.get_ctx", k)
	return value, err
}

// GetCtxString is GetCtxAny for a text; "" for anything else.
func (n Nginx) GetCtxString(k string) (string, error) {
	value, err := n.GetCtxAny(k)
	text, _ := value.(string)
	return text, err
}

// GetCtxFloat is GetCtxAny for a number; 0 for anything else.
func (n Nginx) GetCtxFloat(k string) (float64, error) {
	value, err := n.GetCtxAny(k)
	number, _ := value.(float64)
	return number, err
}

// GetCtxInt is GetCtxAny for a whole number; 0 for what is no number, and without what stands behind the point.
func (n Nginx) GetCtxInt(k string) (int, error) {
	number, err := n.GetCtxFloat(k)
	return int(number), err
}

// ReqStartTime gives when the request began, in seconds of the epoch with milliseconds. Phases: all with a request.
func (n Nginx) ReqStartTime() (float64, error) {
	return bridge.Of(n.PdkBridge).AskNumber("kong.nginx.req_start_time")
}

// GetSubsystem gives "http" or "stream". Phases: all.
func (n Nginx) GetSubsystem() (string, error) {
	return bridge.Of(n.PdkBridge).AskText("kong.nginx.get_subsystem")
}

// GetStatistics gives the counters of connections and requests. Phases: all. Beyond go-pdk.
func (n Nginx) GetStatistics() (map[string]interface{}, error) {
	return bridge.Of(n.PdkBridge).AskTable("kong.nginx.get_statistics")
}
