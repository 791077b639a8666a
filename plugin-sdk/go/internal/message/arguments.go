// Package message stands between the messages of package kong_plugin_protocol, or of google.golang.org/protobuf, and the values
// that PDK functions take and give here. Only Ask and package bridgetest need it; the SDK itself has no messages.
package message

import (
	"encoding/json"
	"fmt"

	kpp "github.com/Kong/go-pdk/server/kong_plugin_protocol"
)

// What structpb's messages have, by method: this module does not depend on theirs.
type (
	valueMessage  interface{ AsInterface() interface{} }
	structMessage interface{ AsMap() map[string]interface{} }
	listMessage   interface{ AsSlice() []interface{} }
)

// emptyMessage is how fmt names google.protobuf.Empty.
const emptyMessage = "*emptypb.Empty"

// Arguments gives the arguments of a function from its message, nil for none. A list is that many arguments, as the functions of
// kong.log take them. The error names a type that is no message of the PDK.
func Arguments(args any) ([]any, error) {
	switch v := args.(type) {
	case nil:
		return nil, nil
	case *kpp.KV:
		return []any{v.GetK(), valueOf(v.GetV())}, nil
	case *kpp.Target:
		return []any{v.GetHost(), v.GetPort()}, nil
	case *kpp.ConsumerSpec:
		return []any{v.GetId(), v.GetByUsername()}, nil
	case *kpp.AuthenticateArgs:
		consumer, err := tableOf(v.GetConsumer(), v.GetConsumer() == nil)
		if err != nil {
			return nil, err
		}
		credential, err := tableOf(v.GetCredential(), v.GetCredential() == nil)
		return []any{consumer, credential}, err
	case *kpp.ExitArgs:
		var headers any
		if v.GetHeaders() != nil {
			headers = v.GetHeaders().AsMap()
		}
		return []any{v.GetStatus(), string(v.GetBody()), headers}, nil
	case listMessage:
		return v.AsSlice(), nil
	}
	if fmt.Sprintf("%T", args) == emptyMessage {
		return nil, nil
	}
	value, err := Result(args)
	return []any{value}, err
}

// Result gives what a function gives from its message. The error names a type that is no message of the PDK.
func Result(result any) (any, error) {
	switch v := result.(type) {
	case nil:
		return nil, nil
	case *kpp.String:
		return v.GetV(), nil
	case *kpp.ByteString:
		return string(v.GetV()), nil
	case *kpp.Int:
		return float64(v.GetV()), nil
	case *kpp.Number:
		return v.GetV(), nil
	case *kpp.Bool:
		return v.GetV(), nil
	case *kpp.RawBodyResult:
		return map[string]any{
			"content": string(v.GetContent()), "body_filepath": v.GetBodyFilepath(), "error": v.GetError(),
		}, nil
	case *kpp.UriCapturesResult:
		return captures(v), nil
	case *kpp.Consumer, *kpp.Route, *kpp.Service, *kpp.AuthenticatedCredential, *kpp.MemoryStats:
		return tableOf(v, false)
	case structMessage:
		return v.AsMap(), nil
	case valueMessage:
		return v.AsInterface(), nil
	}
	return nil, fmt.Errorf("%T is no message of the PDK", result)
}

// valueOf gives the value of a structpb.Value, nil for none.
func valueOf(value kpp.Value) any {
	if value == nil {
		return nil
	}
	return value.AsInterface()
}

// tableOf gives an entity as a table, nil for none.
func tableOf(entity any, isNil bool) (any, error) {
	if isNil {
		return nil, nil
	}
	document, err := json.Marshal(entity)
	if err != nil {
		return nil, err
	}
	var table map[string]any
	err = json.Unmarshal(document, &table)
	return table, err
}

// captures gives a route's captures as the gateway does, with a place for the whole match in front.
func captures(result *kpp.UriCapturesResult) map[string]any {
	unnamed, named := []any{""}, map[string]any{}
	for _, text := range result.GetUnnamed() {
		unnamed = append(unnamed, string(text))
	}
	for name, text := range result.GetNamed() {
		named[name] = string(text)
	}
	return map[string]any{"unnamed": unnamed, "named": named}
}
