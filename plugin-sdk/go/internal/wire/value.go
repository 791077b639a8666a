package wire

// Values of the PDK: what arguments and results are made of.
//
// In Go a value is nil, bool, int64, float64, string, []byte, []any or Map. A Map keeps the order of its entries, so that
// what was decoded encodes to the same bytes; Plain turns it into Go's own map.

import (
	"encoding/binary"
	"math"
	"sort"
	"unicode/utf8"
)

// Field numbers of Value.kind.
const (
	valueBoolean = 1
	valueInteger = 2
	valueNumber  = 3
	valueText    = 4
	valueBytes   = 5
	valueList    = 6
	valueMap     = 7
)

// integerMax is the largest number up to which every whole number is exact in a double.
const integerMax = 1 << 53

// valueDepthMax bounds how deep lists and maps may be nested in what is read.
const valueDepthMax = 100

// Map is a table with text keys, in the order of the message.
type Map []MapEntry

// MapEntry is one pair of a Map.
type MapEntry struct {
	Key   string
	Value any
}

// AppendValue appends the fields of a Value message. Types other than those above are nil; see Normalize.
func AppendValue(b []byte, value any) []byte {
	switch v := value.(type) {
	case bool:
		b = appendTag(b, valueBoolean, wireVarint)
		if v {
			return append(b, 1)
		}
		return append(b, 0)
	case int64:
		if v <= -integerMax || v >= integerMax {
			return appendNumber(b, float64(v))
		}
		return binary.AppendUvarint(appendTag(b, valueInteger, wireVarint), zigzag(v))
	case float64:
		return appendNumber(b, v)
	case string:
		if !utf8.ValidString(v) {
			return appendPresentText(b, valueBytes, v)
		}
		return appendPresentText(b, valueText, v)
	case []byte:
		return appendPresentText(b, valueBytes, v)
	case []any:
		return appendList(b, v)
	case Map:
		return appendMap(b, v)
	case map[string]any:
		return appendMap(b, sorted(v))
	}
	return b
}

// appendNumber writes a number that is whole as an integer: the gateway's language knows no difference.
func appendNumber(b []byte, v float64) []byte {
	if v == math.Trunc(v) && math.Abs(v) < integerMax && (v != 0 || !math.Signbit(v)) {
		return binary.AppendUvarint(appendTag(b, valueInteger, wireVarint), zigzag(int64(v)))
	}
	return binary.LittleEndian.AppendUint64(appendTag(b, valueNumber, wireFixed64), math.Float64bits(v))
}

func appendList(b []byte, list []any) []byte {
	b, start := beginNested(b, valueList)
	for _, item := range list {
		b = appendNestedValue(b, 1, item)
	}
	return endNested(b, start)
}

func appendMap(b []byte, entries Map) []byte {
	b, start := beginNested(b, valueMap)
	for _, entry := range entries {
		var inner int
		b, inner = beginNested(b, 1)
		b = appendText(b, 1, entry.Key)
		b = appendNestedValue(b, 2, entry.Value)
		b = endNested(b, inner)
	}
	return endNested(b, start)
}

// appendNestedValue appends a Value as a field, an empty message for nil.
func appendNestedValue(b []byte, field int, value any) []byte {
	b, start := beginNested(b, field)
	return endNested(AppendValue(b, value), start)
}

func sorted(table map[string]any) Map {
	entries := make(Map, 0, len(table))
	for key, value := range table {
		entries = append(entries, MapEntry{key, value})
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Key < entries[j].Key })
	return entries
}

// DecodeValue reads a Value message; nil for an empty one, ErrMalformed for what is none.
func DecodeValue(data string) (any, error) {
	return decodeValue(data, valueDepthMax)
}

func decodeValue(data string, depth int) (any, error) {
	if depth == 0 {
		return nil, ErrMalformed
	}
	var value any
	var err error
	r := reader{data: data}
	for field, wireType := r.next(); field != 0 && err == nil; field, wireType = r.next() {
		switch {
		case field == valueBoolean && wireType == wireVarint:
			value = r.uvarint() != 0
		case field == valueInteger && wireType == wireVarint:
			value = unzigzag(r.uvarint())
		case field == valueNumber && wireType == wireFixed64:
			value = math.Float64frombits(r.fixed64())
		case field == valueText && wireType == wireBytes:
			value = r.text()
		case field == valueBytes && wireType == wireBytes:
			value = []byte(r.text())
		case field == valueList && wireType == wireBytes:
			value, err = decodeList(r.text(), depth-1)
		case field == valueMap && wireType == wireBytes:
			value, err = decodeMap(r.text(), depth-1)
		default:
			r.skip(wireType)
		}
	}
	if r.bad {
		err = ErrMalformed
	}
	return value, err
}

func decodeList(data string, depth int) ([]any, error) {
	return decodeRepeated(data, depth, decodeValue)
}

func decodeMap(data string, depth int) (Map, error) {
	return decodeRepeated(data, depth, decodeEntry)
}

func decodeEntry(data string, depth int) (MapEntry, error) {
	return decodePair(data, depth, decodeValue)
}

// decodeRepeated reads a message with a repeated field 1 and nothing else: the elements of a list, the entries of a map. Both
// protocols have that form; they differ in what decode reads.
func decodeRepeated[T any](data string, depth int, decode func(string, int) (T, error)) ([]T, error) {
	items := []T{}
	r := reader{data: data}
	for field, wireType := r.next(); field != 0; field, wireType = r.next() {
		if field != 1 || wireType != wireBytes {
			r.skip(wireType)
			continue
		}
		item, err := decode(r.text(), depth)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	if r.bad {
		return nil, ErrMalformed
	}
	return items, nil
}

// decodePair reads a key and the Value that belongs to it.
func decodePair(data string, depth int, decode func(string, int) (any, error)) (entry MapEntry, err error) {
	r := reader{data: data}
	for field, wireType := r.next(); field != 0 && err == nil; field, wireType = r.next() {
		switch {
		case field == 1 && wireType == wireBytes:
			entry.Key = r.text()
		case field == 2 && wireType == wireBytes:
			entry.Value, err = decode(r.text(), depth)
		default:
			r.skip(wireType)
		}
	}
	if r.bad {
		err = ErrMalformed
	}
	return entry, err
}
