package bridge

import (
	"fmt"
	"strings"

	"github.com/Kong/go-pdk/internal/message"
	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/server/kong_plugin_protocol"
)

// Ask asks for a function of the PDK by its wire name, as "kong.ctx.shared.get". args and out are messages of package
// kong_plugin_protocol or structpb's, nil for none: whichever go-pdk takes there.
//
// Any function can be asked for, also where ProtoBuf:1 has no name for it. Where the function gives no result, out stays zero.
func (b PdkBridge) Ask(method string, args interface{}, out interface{}) error {
	values, err := message.Arguments(args)
	if err != nil {
		return err
	}
	value, problem, err := b.ask(method, values)
	if err != nil {
		return err
	}
	return message.Fill(out, value, problem)
}

// ask has the ways of the functions that are no Call of an event: those that end it, and those that the event itself keeps.
func (b PdkBridge) ask(method string, values []any) (value any, problem string, err error) {
	switch {
	case method == "kong.response.exit" || method == "kong.response.error":
		b.handle.Exit(method, values...)
		return nil, "", nil
	case method == "kong.ctx.shared.set" && len(values) == 2:
		key, _ := values[0].(string)
		return nil, "", b.handle.SetShared(key, values[1])
	case method == "kong.ctx.shared.get" && len(values) == 1:
		key, _ := values[0].(string)
		value, err = b.handle.Shared(key)
		return value, "", err
	case logLevels[method] != "":
		var line strings.Builder
		for _, value := range values {
			fmt.Fprint(&line, value)
		}
		return nil, "", b.handle.Log(logLevels[method], line.String())
	}
	return b.handle.Call(method, values...)
}

// logLevels has the level of each function that writes a line.
var logLevels = map[string]string{
	"kong.log.alert": "alert", "kong.log.crit": "crit", "kong.log.err": "err", "kong.log.warn": "warn",
	"kong.log.notice": "notice", "kong.log.info": "info", "kong.log.debug": "debug",
}

// AskString is Ask for a text, "" for none.
func (b PdkBridge) AskString(method string, args interface{}) (string, error) {
	var out kong_plugin_protocol.String
	err := b.Ask(method, args, &out)
	return out.V, err
}

// AskInt is Ask for a whole number, 0 for none.
func (b PdkBridge) AskInt(method string, args interface{}) (int, error) {
	var out kong_plugin_protocol.Int
	err := b.Ask(method, args, &out)
	return int(out.V), err
}

// AskNumber is Ask for a number, 0 for none.
func (b PdkBridge) AskNumber(method string, args interface{}) (float64, error) {
	var out kong_plugin_protocol.Number
	err := b.Ask(method, args, &out)
	return out.V, err
}

// AskValue is Ask for any value: nil, bool, float64, string, []interface{} or map[string]interface{}.
func (b PdkBridge) AskValue(method string, args interface{}) (interface{}, error) {
	values, err := message.Arguments(args)
	if err != nil {
		return nil, err
	}
	value, _, err := b.ask(method, values)
	return value, err
}

// Close closes the connection of New. On the bridge of an event it does nothing: the event ends with its handler.
func (b PdkBridge) Close() error {
	if b.conn == nil {
		return nil
	}
	return b.conn.Close()
}

// StepData names a function and its arguments. go-pdk has it, and uses it no more.
type StepData struct {
	Method string
	Args   []interface{}
}

// WrapString makes the message of a text.
func WrapString(s string) *kong_plugin_protocol.String {
	return &kong_plugin_protocol.String{V: s}
}

// WrapByteString makes the message of bytes.
func WrapByteString(s []byte) *kong_plugin_protocol.ByteString {
	return &kong_plugin_protocol.ByteString{V: s}
}

// Headers is a message of headers or arguments, a structpb.Struct with go-pdk.
type Headers struct {
	table map[string]interface{}
}

// AsMap gives each name's list of values.
func (h *Headers) AsMap() map[string]interface{} {
	if h == nil {
		return nil
	}
	return h.table
}

// WrapHeaders makes the message of headers or arguments. There is no error.
func WrapHeaders(h map[string][]string) (*Headers, error) {
	table := make(map[string]interface{}, len(h))
	for name, values := range h {
		list := make([]interface{}, len(values))
		for i, value := range values {
			list[i] = value
		}
		table[name] = list
	}
	return &Headers{table}, nil
}

// UnwrapHeaders gives the headers or arguments of a message. What is neither a text nor a list is left out.
func UnwrapHeaders(st kong_plugin_protocol.Struct) map[string][]string {
	if st == nil {
		return map[string][]string{}
	}
	return turn.MultimapOf(st.AsMap())
}
