// Package telemetry sends what a plugin wants to be seen along with the gateway's own telemetry. go-pdk has none of it.
package telemetry

import (
	"github.com/Kong/go-pdk/bridge"
)

// Telemetry holds this module's functions, as kong.Telemetry.
type Telemetry struct {
	bridge.PdkBridge
}

// Log records a line with attributes, of a plugin and its configuration. The error says why it was not taken. Phases: all.
// Asks the gateway.
func (t Telemetry) Log(plugin string, config map[string]any, kind, message string, attributes map[string]any) error {
	return bridge.Of(t.PdkBridge).AskDone("kong.telemetry.log", plugin, config, kind, message, attributes)
}
