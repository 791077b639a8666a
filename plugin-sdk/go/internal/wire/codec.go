package wire

// The codec of messages that are sent once, or once in a while: fields from struct tags, by reflection.
//
//	Name     string    `pb:"2"`         number of the field; []byte, bool, uint32, messages and lists of them likewise
//	Priority int32     `pb:"2,zigzag"`  sint32
//	Token    uint64    `pb:"1,fixed"`   fixed64
//	Present  *bool     `pb:"14"`        a member of a oneof: written where it is not nil
//
// Fields stand in ascending order in the struct, which is the only order that the contract allows.

import (
	"encoding/binary"
	"errors"
	"reflect"
	"strconv"
	"strings"
)

// ErrMalformed is a message that is no protobuf, or not the message it should be.
var ErrMalformed = errors.New("malformed message")

// Append appends the encoding of a message, given as a pointer to its struct.
func Append(b []byte, message any) []byte {
	return appendStruct(b, reflect.ValueOf(message).Elem())
}

// Decode fills the struct that message points to. Unknown fields are ignored; the error is ErrMalformed.
func Decode(data string, message any) error {
	return decodeStruct(data, reflect.ValueOf(message).Elem())
}

func tagOf(field reflect.StructField) (number int, option string) {
	text, option, _ := strings.Cut(field.Tag.Get("pb"), ",")
	number, _ = strconv.Atoi(text)
	return number, option
}

func appendStruct(b []byte, value reflect.Value) []byte {
	for i := 0; i < value.NumField(); i++ {
		number, option := tagOf(value.Type().Field(i))
		b = appendField(b, number, option, value.Field(i))
	}
	return b
}

func appendField(b []byte, number int, option string, value reflect.Value) []byte {
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() {
			return b
		}
		return appendPresent(b, number, option, value.Elem())
	case reflect.Slice:
		return appendSlice(b, number, option, value)
	case reflect.Struct:
		return appendPresent(b, number, option, value)
	default:
		if value.IsZero() {
			return b
		}
		return appendPresent(b, number, option, value)
	}
}

// appendPresent appends a field whatever its value is.
func appendPresent(b []byte, number int, option string, value reflect.Value) []byte {
	switch value.Kind() {
	case reflect.String:
		return appendPresentText(b, number, value.String())
	case reflect.Bool:
		if value.Bool() {
			return append(appendTag(b, number, wireVarint), 1)
		}
		return append(appendTag(b, number, wireVarint), 0)
	case reflect.Struct:
		b, start := beginNested(b, number)
		return endNested(appendStruct(b, value), start)
	case reflect.Int32, reflect.Int64:
		return binary.AppendUvarint(appendTag(b, number, wireVarint), zigzag(value.Int()))
	default:
		if option == "fixed" {
			return binary.LittleEndian.AppendUint64(appendTag(b, number, wireFixed64), value.Uint())
		}
		return binary.AppendUvarint(appendTag(b, number, wireVarint), value.Uint())
	}
}

func appendSlice(b []byte, number int, option string, value reflect.Value) []byte {
	switch value.Type().Elem().Kind() {
	case reflect.Uint8:
		return appendText(b, number, value.Bytes())
	case reflect.Uint32:
		if value.Len() == 0 {
			return b
		}
		b, start := beginNested(b, number)
		for i := 0; i < value.Len(); i++ {
			b = binary.AppendUvarint(b, value.Index(i).Uint())
		}
		return endNested(b, start)
	}
	for i := 0; i < value.Len(); i++ {
		b = appendPresent(b, number, option, value.Index(i))
	}
	return b
}

func decodeStruct(data string, value reflect.Value) error {
	r := reader{data: data}
	kind := value.Type()
	for {
		number, wireType := r.next()
		if number == 0 {
			break
		}
		at := fieldIndex(kind, number)
		if at < 0 {
			r.skip(wireType)
		} else if _, option := tagOf(kind.Field(at)); !decodeField(&r, wireType, option, value.Field(at)) {
			return ErrMalformed
		}
	}
	if r.bad {
		return ErrMalformed
	}
	return nil
}

func fieldIndex(kind reflect.Type, number int) int {
	for i := 0; i < kind.NumField(); i++ {
		if n, _ := tagOf(kind.Field(i)); n == number {
			return i
		}
	}
	return -1
}

// decodeField reads one occurrence of a field; false where its wire type is another one or a nested message is bad.
func decodeField(r *reader, wireType int, option string, value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() {
			value.Set(reflect.New(value.Type().Elem()))
		}
		return decodeField(r, wireType, option, value.Elem())
	case reflect.Slice:
		return decodeSlice(r, wireType, option, value)
	case reflect.String, reflect.Struct:
		if wireType != wireBytes {
			return false
		}
		if value.Kind() == reflect.Struct {
			return decodeStruct(r.text(), value) == nil
		}
		value.SetString(r.text())
		return true
	}
	if option == "fixed" {
		if wireType != wireFixed64 {
			return false
		}
		value.SetUint(r.fixed64())
		return true
	}
	if wireType != wireVarint {
		return false
	}
	setNumber(value, r.uvarint())
	return true
}

func setNumber(value reflect.Value, number uint64) {
	switch value.Kind() {
	case reflect.Bool:
		value.SetBool(number != 0)
	case reflect.Int32, reflect.Int64:
		value.SetInt(unzigzag(number))
	default:
		value.SetUint(number)
	}
}

func decodeSlice(r *reader, wireType int, option string, value reflect.Value) bool {
	switch value.Type().Elem().Kind() {
	case reflect.Uint8:
		if wireType != wireBytes {
			return false
		}
		value.SetBytes([]byte(r.text()))
		return true
	case reflect.Uint32:
		value.Set(reflect.ValueOf(r.uints(wireType, value.Interface().([]uint32))))
		return true
	}
	item := reflect.New(value.Type().Elem()).Elem()
	if !decodeField(r, wireType, option, item) {
		return false
	}
	value.Set(reflect.Append(value, item))
	return true
}
