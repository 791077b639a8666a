// Package kong_plugin_protocol has the messages that functions of the PDK take and give in ProtoBuf:1, as Go structs, for plugins
// that call functions by their wire name (kong.Ctx.Ask) or test with package bridgetest. Others have no need of it.
//
// In go-pdk they are generated, and need google.golang.org/protobuf. Here they are structs and no more, so that no plugin has to
// load that module: what google.golang.org/protobuf makes (structpb) is taken by its methods. The messages between gateway and
// plugin server are not here: the server is not a plugin's to write.
package kong_plugin_protocol

// Value is a structpb.Value, or anything else with its methods.
type Value interface {
	AsInterface() interface{}
	GetStringValue() string
	GetNumberValue() float64
	GetBoolValue() bool
}

// Struct is a structpb.Struct, or anything else that gives a map.
type Struct interface {
	AsMap() map[string]interface{}
}

// String is a text.
type String struct {
	V string
}

// ByteString is bytes: a body.
type ByteString struct {
	V []byte
}

// Int is a whole number.
type Int struct {
	V int32
}

// Number is any number.
type Number struct {
	V float64
}

// Bool is a truth.
type Bool struct {
	V bool
}

// KV is a key and a value: of a header, of kong.ctx.shared.
type KV struct {
	K string
	V Value
}

// Target is what kong.service.set_target takes.
type Target struct {
	Host string
	Port int32
}

// ConsumerSpec is what kong.client.load_consumer takes.
type ConsumerSpec struct {
	Id         string
	ByUsername bool
}

// AuthenticateArgs is what kong.client.authenticate takes; either may be nil.
type AuthenticateArgs struct {
	Consumer   *Consumer
	Credential *AuthenticatedCredential
}

// ExitArgs is what kong.response.exit takes.
type ExitArgs struct {
	Status  int32
	Body    []byte
	Headers Struct
}

// RawBodyResult is a request's body, the name of a file that has it, or why there is none.
type RawBodyResult struct {
	Kind isRawBodyResult_Kind
}

// UriCapturesResult is what the groups of a route's path matched, without the whole match.
type UriCapturesResult struct {
	Unnamed [][]byte
	Named   map[string][]byte
}

type isRawBodyResult_Kind interface{ isRawBodyResult_Kind() }

// RawBodyResult_Content is the body itself.
type RawBodyResult_Content struct{ Content []byte }

// RawBodyResult_BodyFilepath names a file that has the body.
type RawBodyResult_BodyFilepath struct{ BodyFilepath string }

// RawBodyResult_Error is why there is no body.
type RawBodyResult_Error struct{ Error string }

func (*RawBodyResult_Content) isRawBodyResult_Kind()      {}
func (*RawBodyResult_BodyFilepath) isRawBodyResult_Kind() {}
func (*RawBodyResult_Error) isRawBodyResult_Kind()        {}
