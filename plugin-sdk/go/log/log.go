// Package log writes to the gateway's log, and reads and extends the entry of a request.
//
// A line carries the plugin's name and the request's id. It is sent at once and is never waited for.
package log

import (
	"fmt"
	"strings"

	"github.com/Kong/go-pdk/bridge"
)

// Log holds this module's functions, as kong.Log. Phases: all. Arguments are written one behind the other, without
// anything between: texts as they are, errors as their text, other values as fmt prints them.
type Log struct {
	bridge.PdkBridge
}

func (r Log) line(level string, args []interface{}) error {
	if len(args) == 1 {
		if text, ok := args[0].(string); ok {
			return bridge.Of(r.PdkBridge).Log(level, text)
		}
	}
	var b strings.Builder
	for _, arg := range args {
		switch v := arg.(type) {
		case string:
			b.WriteString(v)
		case []byte:
			b.Write(v)
		case nil:
			b.WriteString("nil")
		default:
			fmt.Fprint(&b, v)
		}
	}
	return bridge.Of(r.PdkBridge).Log(level, b.String())
}

// Emerg logs at level emerg. Beyond go-pdk.
func (r Log) Emerg(args ...interface{}) error {
	return r.line("emerg", args)
}

// Alert logs at level alert.
func (r Log) Alert(args ...interface{}) error {
	return r.line("alert", args)
}

// Crit logs at level crit.
func (r Log) Crit(args ...interface{}) error {
	return r.line("crit", args)
}

// Err logs at level err.
func (r Log) Err(args ...interface{}) error {
	return r.line("err", args)
}

// Warn logs at level warn.
func (r Log) Warn(args ...interface{}) error {
	return r.line("warn", args)
}

// Notice logs at level notice.
func (r Log) Notice(args ...interface{}) error {
	return r.line("notice", args)
}

// Info logs at level info.
func (r Log) Info(args ...interface{}) error {
	return r.line("info", args)
}

// Debug logs at level debug.
func (r Log) Debug(args ...interface{}) error {
	return r.line("debug", args)
}

// Serialize gives the entry of the request as the logging plugins write it: JSON.
//
// Phases: log. Asks the gateway.
func (r Log) Serialize() (s string, err error) {
	return bridge.Of(r.PdkBridge).AskText("kong.log.serialize")
}

// SetSerializeValue puts a value into that entry; key may have dots ("request.tenant"), nil takes it away.
//
// Phases: rewrite, access, response, header_filter, body_filter, log. Written. Beyond go-pdk.
func (r Log) SetSerializeValue(key string, value interface{}) error {
	return bridge.Of(r.PdkBridge).Write("kong.log.set_serialize_value", key, value)
}
