package wire

// The golden vectors of the contract: each is decoded, compared with its JSON, and encoded again to the same bytes.

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

const vectorsFile = "../../../../proto/vectors.json"

type vector struct {
	Type  string `json:"type"`
	Shows string `json:"shows"`
	Hex   string `json:"hex"`
	JSON  any    `json:"json"`
}

// frameOverGRPC is the Frame message, which this SDK has no other use for.
type frameOverGRPC struct {
	Stream  uint32 `pb:"1"`
	Type    uint32 `pb:"2"`
	Message []byte `pb:"3"`
}

// byTags are the messages that the codec of struct tags reads and writes.
var byTags = map[string]func() any{
	"Hello": func() any { return &Hello{} }, "Draining": func() any { return &Draining{} }, "Ping": func() any { return &Ping{} },
	"Start": func() any { return &Start{} }, "Started": func() any { return &Started{} }, "StartFailed": func() any { return &StartFailed{} },
	"Stop": func() any { return &Stop{} }, "Entity": func() any { return &Entity{} }, "Event": func() any { return &Event{} },
	"Chunk": func() any { return &Chunk{} }, "Cancel": func() any { return &Cancel{} }, "Forget": func() any { return &Forget{} },
	"LogLine": func() any { return &LogLine{} }, "Frame": func() any { return &frameOverGRPC{} },
}

// byHand decode a message, give its JSON and encode it again.
var byHand = map[string]func(data string) (asJSON any, again []byte, err error){
	"Value": func(data string) (any, []byte, error) {
		value, err := DecodeValue(data)
		return valueJSON(value), AppendValue(nil, value), err
	},
	"Result": func(data string) (any, []byte, error) {
		value, problem, err := DecodeResult(data)
		out := map[string]any{}
		if value != nil {
			out["value"] = valueJSON(value)
		}
		put(out, "error", problem)
		return out, AppendResult(nil, value, problem), err
	},
	"Call": func(data string) (any, []byte, error) {
		a, err := DecodeCall(data)
		out := map[string]any{"method": a.Method}
		putWrites(out, a.Writes)
		putArgs(out, a.Args)
		return out, AppendCall(encodeWrites(WritesOfDone, a.Writes), a.Method, a.Args), err
	},
	"Done": func(data string) (any, []byte, error) {
		a, err := DecodeDone(data)
		out := map[string]any{}
		putWrites(out, a.Writes)
		put(out, "ran", float64(a.Ran))
		put(out, "failure", a.Failure)
		put(out, "keeps_context", a.KeepsContext)
		put(out, "cache_ms", float64(a.CacheMs))
		put(out, "wants_body", a.WantsBody)
		if len(a.PluginUs) > 0 {
			out["plugin_us"] = structJSON(reflect.ValueOf(a.PluginUs))
		}
		if len(a.Reads) > 0 {
			out["reads"] = structJSON(reflect.ValueOf(a.Reads))
		}
		return out, AppendReads(AppendDone(encodeWrites(WritesOfDone, a.Writes), &a.Done), ReadsOfDone, a.Reads), err
	},
	"ChunkDone": func(data string) (any, []byte, error) {
		a, err := DecodeChunkDone(data)
		out := map[string]any{}
		putWrites(out, a.Writes)
		put(out, "data", base64.StdEncoding.EncodeToString(a.Chunk.Data))
		put(out, "is_last", a.Chunk.IsLast)
		put(out, "is_unchanged", a.Chunk.IsUnchanged)
		put(out, "failure", a.Chunk.Failure)
		if len(a.Reads) > 0 {
			out["reads"] = structJSON(reflect.ValueOf(a.Reads))
		}
		again := AppendChunkDone(nil, &a.Chunk, encodeWrites(WritesOfChunkDone, a.Writes))
		return out, AppendReads(again, ReadsOfChunkDone, a.Reads), err
	},
}

func readVectors(t *testing.T) (vectors []vector) {
	t.Helper()
	document, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(document, &vectors); err != nil {
		t.Fatal(err)
	}
	return vectors
}

func TestVectors(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range readVectors(t) {
		seen[v.Type] = true
		t.Run(v.Type+" "+v.Shows, func(t *testing.T) {
			data, err := hex.DecodeString(v.Hex)
			if err != nil {
				t.Fatal(err)
			}
			var asJSON any
			var again []byte
			if decode := byHand[v.Type]; decode != nil {
				asJSON, again, err = decode(string(data))
			} else if make := byTags[v.Type]; make != nil {
				message := make()
				err = Decode(string(data), message)
				asJSON, again = structJSON(reflect.ValueOf(message).Elem()), Append(nil, message)
			} else {
				t.Fatalf("no codec for %s", v.Type)
			}
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again, data) {
				t.Errorf("encoded again\n%x\nwanted\n%x", again, data)
			}
			if got, want := canonical(t, asJSON), canonical(t, v.JSON); got != want {
				t.Errorf("as JSON\n%s\nwanted\n%s", got, want)
			}
		})
	}
	for name := range byTags {
		if !seen[name] && name != "Frame" {
			t.Errorf("no vector for %s", name)
		}
	}
}

// The event is read by hand where it counts: both readers must agree.
func TestEventByHand(t *testing.T) {
	for _, v := range readVectors(t) {
		if v.Type != "Event" {
			continue
		}
		data, _ := hex.DecodeString(v.Hex)
		var fast, slow Event
		if err := fast.Decode(string(data)); err != nil {
			t.Fatal(err)
		}
		if err := Decode(string(data), &slow); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%+v", fast) != fmt.Sprintf("%+v", slow) {
			t.Errorf("%s:\n%+v\n%+v", v.Shows, fast, slow)
		}
	}
}

func canonical(t *testing.T, value any) string {
	document, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(document)
}

func put(out map[string]any, key string, value any) {
	if !reflect.ValueOf(value).IsZero() {
		out[key] = value
	}
}

func putArgs(out map[string]any, args []any) {
	var list []any
	for _, arg := range args {
		list = append(list, valueJSON(arg))
	}
	if list != nil {
		out["args"] = list
	}
}

func putWrites(out map[string]any, writes []Write) {
	var list []any
	for _, w := range writes {
		one := map[string]any{}
		put(one, "op", enumNames["Op"][w.Op])
		if w.Op == OpCall {
			delete(one, "op")
		}
		put(one, "name", base64.StdEncoding.EncodeToString([]byte(w.Name)))
		put(one, "value", base64.StdEncoding.EncodeToString([]byte(w.Value)))
		put(one, "number", float64(w.Number))
		putArgs(one, w.Args)
		list = append(list, one)
	}
	if list != nil {
		out["writes"] = list
	}
}

func encodeWrites(field int, writes []Write) (b []byte) {
	for i := range writes {
		b = AppendWrite(b, field, &writes[i])
	}
	return b
}

func valueJSON(value any) any {
	switch v := value.(type) {
	case bool:
		return map[string]any{"boolean": v}
	case int64:
		return map[string]any{"integer": strconv.FormatInt(v, 10)}
	case float64:
		return map[string]any{"number": v}
	case string:
		return map[string]any{"text": v}
	case []byte:
		return map[string]any{"bytes": base64.StdEncoding.EncodeToString(v)}
	case []any:
		list := map[string]any{}
		for _, item := range v {
			old, _ := list["list"].([]any)
			list["list"] = append(old, valueJSON(item))
		}
		return map[string]any{"list": list}
	case Map:
		table := map[string]any{}
		for _, entry := range v {
			one := map[string]any{"value": valueJSON(entry.Value)}
			put(one, "key", entry.Key)
			old, _ := table["entries"].([]any)
			table["entries"] = append(old, one)
		}
		return map[string]any{"map": table}
	}
	return map[string]any{}
}

var enumNames = map[string]map[any]string{
	"EntityKind":   {KindRoute: "ROUTE", KindService: "SERVICE", KindConsumer: "CONSUMER", KindCredential: "CREDENTIAL"},
	"CacheKind":    {CacheMethod: "METHOD", CacheHeader: "HEADER", CacheRoute: "ROUTE", CacheQuery: "QUERY"},
	"BodyState":    {BodyNone: "BODY_NONE", BodyHere: "BODY_HERE"},
	"Source":       {SourceService: "SERVICE", SourceExit: "EXIT", SourceError: "ERROR"},
	"CancelReason": {CancelDeadline: "DEADLINE", CancelRefused: "REFUSED"},
	"Op": {OpServiceRequestSetHeader: "SERVICE_REQUEST_SET_HEADER", OpResponseSetHeader: "RESPONSE_SET_HEADER",
		OpResponseClearHeader: "RESPONSE_CLEAR_HEADER", OpResponseSetStatus: "RESPONSE_SET_STATUS", OpNextInstance: "NEXT_INSTANCE"},
}

// bytesFields are texts here and bytes in the contract.
const bytesFields = " target host headers forwarded_host body shared response_headers response_body "

// structJSON gives protobuf's JSON of a message, with the names of the contract.
func structJSON(value reflect.Value) any {
	if names := enumNames[value.Type().Name()]; names != nil {
		return names[value.Interface()]
	}
	switch value.Kind() {
	case reflect.Pointer:
		return structJSON(value.Elem())
	case reflect.Struct:
		out := map[string]any{}
		for i := 0; i < value.NumField(); i++ {
			field, name := value.Field(i), snake(value.Type().Field(i).Name)
			if field.IsZero() || field.Kind() == reflect.Slice && field.Len() == 0 {
				continue
			}
			out[name] = structJSON(field)
			if value.Type() == reflect.TypeOf(Event{}) && strings.Contains(bytesFields, " "+name+" ") {
				out[name] = base64.StdEncoding.EncodeToString([]byte(field.String()))
			}
		}
		return out
	case reflect.Slice:
		if value.Type().Elem().Kind() == reflect.Uint8 {
			return base64.StdEncoding.EncodeToString(value.Bytes())
		}
		list := []any{}
		for i := 0; i < value.Len(); i++ {
			list = append(list, structJSON(value.Index(i)))
		}
		return list
	case reflect.Uint64:
		return strconv.FormatUint(value.Uint(), 10)
	}
	return value.Interface()
}

// snake gives the contract's name of a field: ForwardedIP is forwarded_ip.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		isStart := i > 0 && unicode.IsUpper(r) && !unicode.IsUpper(rune(name[i-1]))
		if isStart {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.ReplaceAll(b.String(), "httpversion", "http_version")
}
