package wire

// Between the values of the wire and the values that Go programs have.

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Plain turns a decoded value into what encoding/json would give: numbers are float64, bytes are text, tables are maps.
func Plain(value any) any {
	switch v := value.(type) {
	case int64:
		return float64(v)
	case []byte:
		return string(v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = Plain(item)
		}
		return list
	case Map:
		table := make(map[string]any, len(v))
		for _, entry := range v {
			table[entry.Key] = Plain(entry.Value)
		}
		return table
	case map[string]any:
		table := make(map[string]any, len(v))
		for key, item := range v {
			table[key] = Plain(item)
		}
		return table
	}
	return value
}

// Normalize turns what a plugin gives into a value that AppendValue knows. Numbers, texts, bytes, slices, maps with text
// keys and pointers to them are themselves; errors and Stringers are their text; structs are what encoding/json makes of them.
func Normalize(value any) (any, error) {
	switch v := value.(type) {
	case nil, bool, int64, float64, string, []byte:
		return value, nil
	case int:
		return int64(v), nil
	case error:
		return v.Error(), nil
	case time.Duration:
		return v.String(), nil
	case json.Number:
		return v.Float64()
	case Map:
		return v, nil
	}
	return normalizeReflected(reflect.ValueOf(value))
}

func normalizeReflected(value reflect.Value) (any, error) {
	switch value.Kind() {
	case reflect.Bool:
		return value.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return value.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return float64(value.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return value.Float(), nil
	case reflect.String:
		return value.String(), nil
	case reflect.Pointer, reflect.Interface:
		if value.IsNil() {
			return nil, nil
		}
		if stringer, ok := value.Interface().(fmt.Stringer); ok {
			return stringer.String(), nil
		}
		return Normalize(value.Elem().Interface())
	case reflect.Slice, reflect.Array:
		return normalizeList(value)
	case reflect.Map:
		return normalizeMap(value)
	case reflect.Struct:
		return normalizeStruct(value)
	}
	return nil, fmt.Errorf("a %s is no value of the PDK", value.Type())
}

func normalizeList(value reflect.Value) (any, error) {
	if value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Uint8 {
		return value.Bytes(), nil
	}
	list := make([]any, value.Len())
	for i := range list {
		item, err := Normalize(value.Index(i).Interface())
		if err != nil {
			return nil, err
		}
		list[i] = item
	}
	return list, nil
}

func normalizeMap(value reflect.Value) (any, error) {
	if value.Type().Key().Kind() != reflect.String {
		return nil, fmt.Errorf("a %s is no value of the PDK: keys must be text", value.Type())
	}
	table := make(map[string]any, value.Len())
	for pairs := value.MapRange(); pairs.Next(); {
		item, err := Normalize(pairs.Value().Interface())
		if err != nil {
			return nil, err
		}
		table[pairs.Key().String()] = item
	}
	return table, nil
}

func normalizeStruct(value reflect.Value) (any, error) {
	if stringer, ok := value.Interface().(fmt.Stringer); ok {
		return stringer.String(), nil
	}
	document, err := json.Marshal(value.Interface())
	if err != nil {
		return nil, err
	}
	var generic any
	err = json.Unmarshal(document, &generic)
	return generic, err
}
