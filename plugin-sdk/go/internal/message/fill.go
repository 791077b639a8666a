package message

import (
	"encoding/json"
	"fmt"

	kpp "github.com/Kong/go-pdk/server/kong_plugin_protocol"
)

// Fill puts a function's result, as wire.Plain gives it, into a message; nil takes anything. What the result has not, or has in
// another type, stays zero, as it does when bytes are decoded. problem is the function's reason where there is no result.
//
// The messages of google.golang.org/protobuf are filled by the JSON that they read. The error names a type that is no message.
func Fill(out, value any, problem string) error {
	switch v := out.(type) {
	case nil:
	case *kpp.String:
		v.V, _ = value.(string)
	case *kpp.ByteString:
		text, _ := value.(string)
		v.V = []byte(text)
	case *kpp.Int:
		number, _ := value.(float64)
		v.V = int32(number)
	case *kpp.Number:
		v.V, _ = value.(float64)
	case *kpp.Bool:
		v.V, _ = value.(bool)
	case *kpp.RawBodyResult:
		fillBody(v, value, problem)
	case *kpp.UriCapturesResult:
		fillCaptures(v, value)
	case *kpp.Consumer, *kpp.Route, *kpp.Service, *kpp.AuthenticatedCredential, *kpp.MemoryStats, json.Unmarshaler:
		return fillByJSON(out, value)
	default:
		if fmt.Sprintf("%T", out) != emptyMessage {
			return fmt.Errorf("%T is no message of the PDK", out)
		}
	}
	return nil
}

func fillBody(out *kpp.RawBodyResult, value any, problem string) {
	if text, ok := value.(string); ok {
		out.Kind = &kpp.RawBodyResult_Content{Content: []byte(text)}
	} else if problem != "" {
		out.Kind = &kpp.RawBodyResult_Error{Error: problem}
	}
}

func fillCaptures(out *kpp.UriCapturesResult, value any) {
	table, _ := value.(map[string]any)
	unnamed, _ := table["unnamed"].([]any)
	for i, item := range unnamed {
		if text, ok := item.(string); ok && i > 0 { // the first is the whole match, which the message has no place for
			out.Unnamed = append(out.Unnamed, []byte(text))
		}
	}
	named, _ := table["named"].(map[string]any)
	for name, item := range named {
		if text, ok := item.(string); ok {
			if out.Named == nil {
				out.Named = map[string][]byte{}
			}
			out.Named[name] = []byte(text)
		}
	}
}

func fillByJSON(out, value any) error {
	if value == nil {
		return nil
	}
	document, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return json.Unmarshal(document, out)
}
