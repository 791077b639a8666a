package wire

// The messages of ProtoBuf:1 that have named fields, read and written from a table of them: entities, and what some functions
// take. In Go each is a map by the names of the contract, with float64 for every number, as encoding/json would give it.

import (
	"encoding/binary"
	"strconv"
	"strings"
)

type kongFieldKind uint8

const (
	kongText kongFieldKind = iota
	kongInt
	kongTruth
	kongTable
	kongMessage
)

type kongField struct {
	number     int
	name       string
	kind       kongFieldKind
	isRepeated bool
	// shape names the message of a kongMessage.
	shape string
}

// kongShapes has each message as "number name type", "*" for repeated. Texts and bytes are the same on the wire.
var kongShapes = parseKongShapes(map[string]string{
	"Target":           "1 host text, 2 port int",
	"ConsumerSpec":     "1 id text, 2 by_username bool",
	"AuthenticateArgs": "1 consumer Consumer, 2 credential AuthenticatedCredential",
	"ExitArgs":         "1 status int, 2 body text, 3 headers table",
	"RawBodyResult":    "1 content text, 2 body_filepath text, 3 error text",
	"ServiceKey":       "1 id text",
	"CertificateKey":   "1 id text",
	"Route": "1 id text, 2 created_at int, 3 updated_at int, 4 name text, 5 protocols *text, 6 methods *text, 7 hosts *text, " +
		"8 paths *text, 9 headers *text, 10 https_redirect_status_code int, 11 regex_priority int, 12 strip_path bool, " +
		"13 preserve_host bool, 14 snis *text, 15 sources *text, 16 destinations *text, 17 tags *text, 18 service ServiceKey",
	"Service": "1 id text, 2 created_at int, 3 updated_at int, 4 name text, 5 retries int, 6 protocol text, 7 host text, " +
		"8 port int, 9 path text, 10 connect_timeout int, 11 write_timeout int, 12 read_timeout int, 13 tags *text, " +
		"14 client_certificate CertificateKey",
	"Consumer":                "1 id text, 2 created_at int, 3 username text, 4 custom_id text, 5 tags *text",
	"AuthenticatedCredential": "1 id text, 2 consumer_id text",
	"DictStats":               "1 allocated_slabs int, 2 capacity int",
	"LuaSharedDicts":          "1 kong DictStats, 2 kong_db_cache DictStats",
	"WorkerLuaVm":             "1 http_allocated_gc int, 2 pid int",
	"MemoryStats":             "1 lua_shared_dicts LuaSharedDicts, 2 workers_lua_vms *WorkerLuaVm",
})

func parseKongShapes(texts map[string]string) map[string][]kongField {
	kinds := map[string]kongFieldKind{"text": kongText, "int": kongInt, "bool": kongTruth, "table": kongTable}
	shapes := map[string][]kongField{}
	for name, text := range texts {
		for _, one := range strings.Split(text, ", ") {
			words := strings.Fields(one)
			number, _ := strconv.Atoi(words[0])
			kind, isRepeated := strings.CutPrefix(words[2], "*")
			field := kongField{number: number, name: words[1], isRepeated: isRepeated, shape: kind}
			var isKnown bool
			if field.kind, isKnown = kinds[kind]; !isKnown {
				field.kind = kongMessage
			}
			shapes[name] = append(shapes[name], field)
		}
	}
	return shapes
}

// appendKongShape appends a message. Fields that are not there, or of another type, are left out.
func appendKongShape(b []byte, shape string, fields map[string]any) []byte {
	for i := range kongShapes[shape] {
		field := &kongShapes[shape][i]
		value := fields[field.name]
		list, isList := value.([]any)
		switch {
		case !field.isRepeated:
			b = field.append(b, value)
		case isList:
			for _, item := range list {
				if field.kind == kongMessage {
					b = field.append(b, item)
				} else {
					b = appendPresentText(b, field.number, textOfValue(item))
				}
			}
		}
	}
	return b
}

func (f *kongField) append(b []byte, value any) []byte {
	switch f.kind {
	case kongText:
		return appendText(b, f.number, textOfValue(value))
	case kongInt:
		return appendUint(b, f.number, uint64(intOfValue(value)))
	case kongTruth:
		truth, _ := value.(bool)
		return appendBool(b, f.number, truth)
	}
	table, isTable := value.(map[string]any)
	if !isTable {
		return b
	}
	b, start := beginNested(b, f.number)
	if f.kind == kongTable {
		return endNested(appendKongStruct(b, table), start)
	}
	return endNested(appendKongShape(b, f.shape, table), start)
}

// decodeKongShape reads a message: the fields that were sent.
func decodeKongShape(shape, data string) (map[string]any, error) {
	table := map[string]any{}
	r := reader{data: data}
	for number, wireType := r.next(); number != 0; number, wireType = r.next() {
		field := kongFieldOf(shape, number)
		if field == nil {
			r.skip(wireType)
			continue
		}
		value, err := field.decode(&r, wireType)
		if err != nil {
			return nil, err
		}
		if field.isRepeated {
			list, _ := table[field.name].([]any)
			value = append(list, value)
		}
		table[field.name] = value
	}
	if r.bad {
		return nil, ErrMalformed
	}
	return table, nil
}

func kongFieldOf(shape string, number int) *kongField {
	fields := kongShapes[shape]
	for i := range fields {
		if fields[i].number == number {
			return &fields[i]
		}
	}
	return nil
}

func (f *kongField) decode(r *reader, wireType int) (any, error) {
	isNumber := f.kind == kongInt || f.kind == kongTruth
	if isNumber != (wireType == wireVarint) || (!isNumber && wireType != wireBytes) {
		return nil, ErrMalformed
	}
	switch f.kind {
	case kongInt:
		return float64(int64(r.uvarint())), nil
	case kongTruth:
		return r.uvarint() != 0, nil
	case kongText:
		return r.text(), nil
	case kongTable:
		return decodeKongStruct(r.text(), valueDepthMax)
	}
	return decodeKongShape(f.shape, r.text())
}

// textOfValue gives the text of an argument: "" for what has none.
func textOfValue(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

func intOfValue(value any) int64 {
	switch v := value.(type) {
	case int64:
		return v
	case float64:
		return int64(v)
	}
	return 0
}

// appendKongInt appends field 1 of Int and Number alike; 0 is not written.
func appendKongInt(b []byte, value int64) []byte {
	if value == 0 {
		return b
	}
	return binary.AppendUvarint(appendTag(b, 1, wireVarint), uint64(value))
}
