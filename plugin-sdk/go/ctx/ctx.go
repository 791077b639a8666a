// Package ctx keeps values for the life of a request: shared by all plugins, or of one plugin alone.
package ctx

import (
	"github.com/Kong/go-pdk/bridge"
	"github.com/Kong/go-pdk/internal/turn"
)

// Ctx holds this module's functions, as kong.Ctx. Phases: all with a request.
type Ctx struct {
	bridge.PdkBridge
}

// SetShared sets a value of kong.ctx.shared, which every plugin of the request sees, in whatever language it is. A value is
// nil (take it away), a bool, a number, a text, or slices, maps with text keys and structs of such; bytes become a text, in
// Base64. Written.
func (c Ctx) SetShared(k string, value interface{}) error {
	return bridge.Of(c.PdkBridge).SetShared(k, turn.BytesAsText(value))
}

// GetSharedAny gives a value of kong.ctx.shared: nil, bool, float64, string, []any or map[string]any. From the snapshot, or,
// where the table is large, asks the gateway.
func (c Ctx) GetSharedAny(k string) (interface{}, error) {
	return bridge.Of(c.PdkBridge).Shared(k)
}

// GetSharedString is GetSharedAny for a text; an error for anything else.
func (c Ctx) GetSharedString(k string) (string, error) {
	value, err := c.GetSharedAny(k)
	if err != nil {
		return "", err
	}
	if text, ok := value.(string); ok {
		return text, nil
	}
	return "", bridge.ReturnTypeError("string")
}

// GetSharedFloat is GetSharedAny for a number; an error for anything else.
func (c Ctx) GetSharedFloat(k string) (float64, error) {
	value, err := c.GetSharedAny(k)
	if err != nil {
		return 0, err
	}
	if number, ok := value.(float64); ok {
		return number, nil
	}
	return 0, bridge.ReturnTypeError("number")
}

// Plugin gives the plugin's own table for this request: what one handler puts there, the handlers of later phases find. It
// stays in this process, so values may be anything. Nil (reading it is fine, writing panics) where there is no request.
// Beyond go-pdk.
func (c Ctx) Plugin() (map[string]interface{}, error) {
	return bridge.Of(c.PdkBridge).Plugin()
}
