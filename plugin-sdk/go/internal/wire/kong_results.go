package wire

// The results of the PDK functions that ProtoBuf:1 can name: read here, and written for tests of plugins.

import (
	"encoding/binary"
	"math"
)

// AppendKongResult appends the message of a function's result, values as of Normalize: what a gateway sends. It is for tests of
// plugins. The error is ErrNotInKongProtocol.
func AppendKongResult(b []byte, method string, value any) ([]byte, error) {
	known, ok := kongMethods[method]
	if !ok {
		return b, ErrNotInKongProtocol
	}
	if value == nil {
		return b, nil
	}
	switch known.result {
	case "Empty":
		return b, nil
	case "String", "ByteString":
		return appendText(b, 1, textOfValue(value)), nil
	case "Int":
		return appendKongInt(b, intOfValue(value)), nil
	case "Bool":
		truth, _ := value.(bool)
		return appendBool(b, 1, truth), nil
	case "Number":
		number, _ := value.(float64)
		return binary.LittleEndian.AppendUint64(appendTag(b, 1, wireFixed64), math.Float64bits(number)), nil
	case "Value":
		return appendKongValue(b, value), nil
	case "Struct":
		return appendKongStruct(b, value), nil
	case "UriCapturesResult":
		return appendKongCaptures(b, value), nil
	}
	if text, ok := value.(string); ok {
		return appendText(b, 1, text), nil // a body: RawBodyResult.content
	}
	table, _ := value.(map[string]any)
	return appendKongShape(b, known.result, table), nil
}

// appendKongCaptures appends what decodeKongCaptures reads.
func appendKongCaptures(b []byte, value any) []byte {
	table, _ := value.(map[string]any)
	unnamed, _ := table["unnamed"].([]any)
	for i, item := range unnamed {
		if i > 0 {
			b = appendPresentText(b, 1, textOfValue(item))
		}
	}
	named, _ := table["named"].(map[string]any)
	for key, item := range named {
		var start int
		b, start = beginNested(b, 2)
		b = endNested(appendText(appendText(b, 1, key), 2, textOfValue(item)), start)
	}
	return b
}

// DecodeKongResult reads the message of a function's result, as Plain gives values. problem is the reason where there is none.
// The error is ErrMalformed. file is the name of a file that has the result in its place, "" mostly.
func DecodeKongResult(method, data string) (value any, file, problem string, err error) {
	if data == "" {
		return nil, "", "", nil
	}
	switch result := kongMethods[method].result; result {
	case "Empty":
		return nil, "", "", nil
	case "Value":
		value, err = decodeKongValue(data, valueDepthMax)
	case "Struct":
		value, err = decodeKongStruct(data, valueDepthMax)
	case "UriCapturesResult":
		value, err = decodeKongCaptures(data)
	case "RawBodyResult":
		return decodeKongBody(data)
	case "String", "ByteString", "Int", "Bool", "Number":
		value, err = decodeKongScalar(result, data)
	default:
		value, err = decodeKongShape(result, data)
	}
	return value, "", "", err
}

func decodeKongScalar(kind, data string) (value any, err error) {
	r := reader{data: data}
	for field, wireType := r.next(); field != 0; field, wireType = r.next() {
		switch {
		case field == 1 && wireType == wireBytes && (kind == "String" || kind == "ByteString"):
			value = r.text()
		case field == 1 && wireType == wireVarint && kind == "Int":
			value = float64(int32(r.uvarint()))
		case field == 1 && wireType == wireVarint && kind == "Bool":
			value = r.uvarint() != 0
		case field == 1 && wireType == wireFixed64 && kind == "Number":
			value = math.Float64frombits(r.fixed64())
		default:
			r.skip(wireType)
		}
	}
	if r.bad {
		err = ErrMalformed
	}
	return value, err
}

func decodeKongBody(data string) (value any, file, problem string, err error) {
	table, err := decodeKongShape("RawBodyResult", data)
	if content, ok := table["content"].(string); ok {
		value = content
	}
	file, _ = table["body_filepath"].(string)
	problem, _ = table["error"].(string)
	return value, file, problem, err
}

// decodeKongCaptures gives captures as the native protocol has them: the whole match, which does not travel here, stands first.
func decodeKongCaptures(data string) (any, error) {
	unnamed, named := []any{""}, map[string]any{}
	r := reader{data: data}
	for field, wireType := r.next(); field != 0; field, wireType = r.next() {
		switch {
		case field == 1 && wireType == wireBytes:
			unnamed = append(unnamed, r.text())
		case field == 2 && wireType == wireBytes:
			pair, ok := decodeKongPair(r.text())
			if !ok {
				return nil, ErrMalformed
			}
			named[pair[0]] = pair[1]
		default:
			r.skip(wireType)
		}
	}
	if r.bad {
		return nil, ErrMalformed
	}
	return map[string]any{"unnamed": unnamed, "named": named}, nil
}

// decodeKongPair reads an entry of a map of texts.
func decodeKongPair(data string) (pair [2]string, ok bool) {
	r := reader{data: data}
	for field, wireType := r.next(); field != 0; field, wireType = r.next() {
		if wireType != wireBytes || field > 2 {
			r.skip(wireType)
			continue
		}
		pair[field-1] = r.text()
	}
	return pair, !r.bad
}
