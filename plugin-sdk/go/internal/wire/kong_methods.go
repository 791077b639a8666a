package wire

// The 74 functions of the PDK that ProtoBuf:1 can name, each with the message of its arguments and that of its result.

import (
	"errors"
	"strings"
)

// ErrNotInKongProtocol is a function that ProtoBuf:1 has no message for: only the native protocol can ask for it.
var ErrNotInKongProtocol = errors.New("no function of ProtoBuf:1")

// kongMultimapMax is how many headers or arguments are asked for where the plugin names no maximum: the protocol has no way to
// leave it out, and a gateway refuses 0.
const kongMultimapMax = 100

// kongFunctions has the functions by the messages of argument and result; a name stands for "kong." and itself.
var kongFunctions = map[string]string{
	"Empty String": "client.get_ip client.get_forwarded_ip log.serialize nginx.get_tls1_version_str nginx.get_subsystem " +
		"node.get_id request.get_scheme request.get_host request.get_forwarded_scheme request.get_forwarded_host " +
		"request.get_method request.get_path request.get_path_with_query request.get_raw_query response.get_source",
	"Empty Int": "client.get_port client.get_forwarded_port request.get_port request.get_forwarded_port response.get_status " +
		"service.response.get_status",
	"Empty Number":                  "nginx.req_start_time request.get_http_version",
	"Empty AuthenticatedCredential": "client.get_credential",
	"Empty Consumer":                "client.get_consumer",
	"Empty MemoryStats":             "node.get_memory_stats",
	"Empty RawBodyResult":           "request.get_raw_body",
	"Empty UriCapturesResult":       "request.get_uri_captures",
	"Empty Route":                   "router.get_route",
	"Empty Service":                 "router.get_service",
	"Empty ByteString":              "service.response.get_raw_body",
	"ConsumerSpec Consumer":         "client.load_consumer",
	"AuthenticateArgs Empty":        "client.authenticate",
	"Bool String":                   "client.get_protocol",
	"String Value":                  "ctx.shared.get nginx.get_ctx",
	"String Bool":                   "ip.is_trusted service.set_upstream",
	"String String": "nginx.get_var request.get_query_arg request.get_header response.get_header " +
		"service.response.get_header",
	"String Empty": "response.clear_header service.request.set_scheme service.request.set_path " +
		"service.request.set_raw_query service.request.set_method service.request.clear_header",
	"KV Empty": "ctx.shared.set log.set_serialize_value response.set_header response.add_header " +
		"service.request.set_header service.request.add_header",
	"KV String":        "nginx.set_ctx",
	"ListValue Empty":  "log.alert log.crit log.err log.warn log.notice log.info log.debug",
	"Int Struct":       "request.get_query request.get_headers response.get_headers service.response.get_headers",
	"Int Empty":        "response.set_status",
	"Struct Empty":     "response.set_headers service.request.set_query service.request.set_headers",
	"ExitArgs Empty":   "response.exit",
	"Target Empty":     "service.set_target",
	"ByteString Empty": "service.request.set_raw_body",
}

type kongMethod struct{ argument, result string }

var kongMethods = func() map[string]kongMethod {
	methods := map[string]kongMethod{}
	for types, names := range kongFunctions {
		argument, result, _ := strings.Cut(types, " ")
		for _, name := range strings.Fields(names) {
			methods["kong."+name] = kongMethod{argument, result}
		}
	}
	return methods
}()

// AppendKongArguments appends the message of a function's arguments, values as of Normalize. Arguments that the message has no
// place for are left out. The error is ErrNotInKongProtocol.
func AppendKongArguments(b []byte, method string, args []any) ([]byte, error) {
	known, ok := kongMethods[method]
	if !ok {
		return b, ErrNotInKongProtocol
	}
	switch known.argument {
	case "Empty":
		return b, nil
	case "String", "ByteString":
		return appendText(b, 1, textOfValue(argumentAt(args, 0))), nil
	case "KV":
		b = appendText(b, 1, textOfValue(argumentAt(args, 0)))
		if argumentAt(args, 1) == nil {
			return b, nil // a null would arrive as a text
		}
		return appendKongField(b, 2, args[1]), nil
	case "ListValue":
		return appendKongList(b, args), nil
	case "Struct":
		return appendKongStruct(b, argumentAt(args, 0)), nil
	case "Bool":
		truth, _ := argumentAt(args, 0).(bool)
		return appendBool(b, 1, truth), nil
	case "Int":
		if known.result == "Struct" && len(args) == 0 {
			return appendKongInt(b, kongMultimapMax), nil
		}
		return appendKongInt(b, intOfValue(argumentAt(args, 0))), nil
	}
	fields := map[string]any{}
	for i, field := range kongShapes[known.argument] {
		fields[field.name] = argumentAt(args, i)
	}
	return appendKongShape(b, known.argument, fields), nil
}

func argumentAt(args []any, i int) any {
	if i < len(args) {
		return args[i]
	}
	return nil
}
