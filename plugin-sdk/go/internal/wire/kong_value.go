package wire

// google.protobuf.Value, Struct and ListValue, which carry what a PDK function of ProtoBuf:1 has no message for.
//
// In Go they are the values of value.go; what is decoded is as Plain gives it: float64, map[string]any.

import (
	"encoding/binary"
	"math"
	"sort"
)

// Field numbers of google.protobuf.Value.kind.
const (
	kongNull   = 1
	kongNumber = 2
	kongString = 3
	kongBool   = 4
	kongStruct = 5
	kongList   = 6
)

func appendKongValue(b []byte, value any) []byte {
	switch v := value.(type) {
	case bool:
		b = appendTag(b, kongBool, wireVarint)
		if v {
			return append(b, 1)
		}
		return append(b, 0)
	case int64:
		return appendKongNumber(b, float64(v))
	case float64:
		return appendKongNumber(b, v)
	case string:
		return appendPresentText(b, kongString, v)
	case []byte:
		return appendPresentText(b, kongString, v)
	case []any:
		b, start := beginNested(b, kongList)
		return endNested(appendKongList(b, v), start)
	case Map, map[string]any:
		b, start := beginNested(b, kongStruct)
		return endNested(appendKongStruct(b, v), start)
	}
	return append(appendTag(b, kongNull, wireVarint), 0)
}

func appendKongNumber(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(appendTag(b, kongNumber, wireFixed64), math.Float64bits(v))
}

// appendKongList appends the fields of a ListValue.
func appendKongList(b []byte, list []any) []byte {
	for _, item := range list {
		b = appendKongField(b, 1, item)
	}
	return b
}

// appendKongField appends a Value as a field.
func appendKongField(b []byte, field int, value any) []byte {
	b, start := beginNested(b, field)
	return endNested(appendKongValue(b, value), start)
}

// appendKongStruct appends the fields of a Struct: of a Map or a map[string]any, nothing for anything else.
func appendKongStruct(b []byte, table any) []byte {
	switch v := table.(type) {
	case Map:
		for _, entry := range v {
			b = appendKongEntry(b, entry.Key, entry.Value)
		}
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		for _, key := range keys {
			b = appendKongEntry(b, key, v[key])
		}
	}
	return b
}

func appendKongEntry(b []byte, key string, value any) []byte {
	b, start := beginNested(b, 1)
	b = appendText(b, 1, key)
	return endNested(appendKongField(b, 2, value), start)
}

// decodeKongValue reads a Value: nil for null and for an empty one.
func decodeKongValue(data string, depth int) (value any, err error) {
	if depth == 0 {
		return nil, ErrMalformed
	}
	r := reader{data: data}
	for field, wireType := r.next(); field != 0 && err == nil; field, wireType = r.next() {
		switch {
		case field == kongNumber && wireType == wireFixed64:
			value = math.Float64frombits(r.fixed64())
		case field == kongString && wireType == wireBytes:
			value = r.text()
		case field == kongBool && wireType == wireVarint:
			value = r.uvarint() != 0
		case field == kongStruct && wireType == wireBytes:
			value, err = decodeKongStruct(r.text(), depth-1)
		case field == kongList && wireType == wireBytes:
			value, err = decodeKongList(r.text(), depth-1)
		default:
			r.skip(wireType)
		}
	}
	if r.bad {
		err = ErrMalformed
	}
	return value, err
}

func decodeKongList(data string, depth int) ([]any, error) {
	return decodeRepeated(data, depth, decodeKongValue)
}

func decodeKongStruct(data string, depth int) (map[string]any, error) {
	entries, err := decodeRepeated(data, depth, decodeKongEntry)
	if err != nil {
		return nil, err
	}
	table := make(map[string]any, len(entries))
	for _, entry := range entries {
		table[entry.Key] = entry.Value
	}
	return table, nil
}

func decodeKongEntry(data string, depth int) (MapEntry, error) {
	return decodePair(data, depth, decodeKongValue)
}
