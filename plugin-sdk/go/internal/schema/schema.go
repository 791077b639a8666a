// Package schema makes Kong's schema of a Go struct, and fills that struct from a configuration.
//
// Types and names are derived as go-pdk does: string, bool, int (integer), uint (integer from 0), float (number), slice
// (array), map, struct (record), pointers as what they point to; a field's name is its json tag, or its own in lower case.
// Fields of other types and unexported ones are not part of the configuration. Beyond go-pdk, which ignores them:
//
//	Level  string   `json:"level" default:"info" one_of:"debug,info,warn"`
//	Rate   int      `json:"rate" required:"true" between:"1,1000"`
//	Hosts  []string `json:"hosts" len_min:"1" elements_match:"^[a-z.]+$"`
//	Secret string   `json:"secret" referenceable:"true" encrypted:"true" description:"what it is for"`
//
// A default that is no value of its field is not looked at: the tag belongs to other libraries, too.
package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// Field is the definition of one field, as Kong has it.
type Field map[string]any

// uintMax is the upper bound that go-pdk gives to unsigned numbers.
const uintMax = 2147483648

// depthMax bounds records in records: a type that holds itself has no schema.
const depthMax = 32

// Of gives the schema of a plugin, as JSON. The error names the field whose tag cannot be read.
func Of(name string, config reflect.Type) ([]byte, error) {
	record, err := fieldOf(config, depthMax)
	if err != nil {
		return nil, err
	}
	if record == nil || record["type"] != "record" {
		return nil, fmt.Errorf("the configuration of a plugin is a struct, not a %s", config)
	}
	return json.Marshal(map[string]any{"name": name, "fields": []Field{{"config": record}}})
}

// fieldOf gives the definition of a type; nil for one that a configuration cannot have.
func fieldOf(t reflect.Type, depth int) (Field, error) {
	switch t.Kind() {
	case reflect.String:
		return Field{"type": "string"}, nil
	case reflect.Bool:
		return Field{"type": "boolean"}, nil
	case reflect.Int, reflect.Int32:
		return Field{"type": "integer"}, nil
	case reflect.Uint, reflect.Uint32:
		return Field{"type": "integer", "between": []int{0, uintMax}}, nil
	case reflect.Float32, reflect.Float64:
		return Field{"type": "number"}, nil
	case reflect.Pointer:
		return fieldOf(t.Elem(), depth)
	case reflect.Slice:
		elements, err := fieldOf(t.Elem(), depth)
		if elements == nil {
			return nil, err
		}
		return Field{"type": "array", "elements": elements}, nil
	case reflect.Map:
		return mapOf(t, depth)
	case reflect.Struct:
		return recordOf(t, depth-1)
	}
	return nil, nil
}

func mapOf(t reflect.Type, depth int) (Field, error) {
	keys, err := fieldOf(t.Key(), depth)
	if keys == nil {
		return nil, err
	}
	values, err := fieldOf(t.Elem(), depth)
	if values == nil {
		return nil, err
	}
	return Field{"type": "map", "keys": keys, "values": values}, nil
}

func recordOf(t reflect.Type, depth int) (Field, error) {
	if depth == 0 {
		return nil, fmt.Errorf("%s: records nested too deeply, or in themselves", t)
	}
	fields := []Field{}
	for i := 0; i < t.NumField(); i++ {
		field := t.Field(i)
		name := nameOf(field)
		if !field.IsExported() || name == "-" {
			continue
		}
		definition, err := fieldOf(field.Type, depth)
		if err == nil && definition != nil {
			err = addTags(definition, field.Tag)
		}
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name(), field.Name, err)
		}
		if definition != nil {
			fields = append(fields, Field{name: definition})
		}
	}
	return Field{"type": "record", "fields": fields}, nil
}

// nameOf gives the name that a field has in a configuration; "-" for one that is left out.
func nameOf(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if name == "" {
		return strings.ToLower(field.Name)
	}
	return name
}

// addTags adds what the tags say beyond the type.
func addTags(definition Field, tag reflect.StructTag) error {
	for _, key := range []string{"required", "referenceable", "encrypted", "unique", "auto"} {
		if text, ok := tag.Lookup(key); ok {
			truth, err := strconv.ParseBool(text)
			if err != nil {
				return fmt.Errorf("%s:%q is neither true nor false", key, text)
			}
			definition[key] = truth
		}
	}
	for _, key := range []string{"match", "starts_with", "description"} {
		if text, ok := tag.Lookup(key); ok {
			definition[key] = text
		}
	}
	for _, key := range []string{"len_min", "len_max", "len_eq", "gt"} {
		if text, ok := tag.Lookup(key); ok {
			number, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return fmt.Errorf("%s:%q is no number", key, text)
			}
			definition[key] = number
		}
	}
	return addValueTags(definition, tag)
}

func addValueTags(definition Field, tag reflect.StructTag) (err error) {
	if text, ok := tag.Lookup("between"); ok {
		limits, err := listOf("number", text)
		if err != nil || len(limits) != 2 {
			return fmt.Errorf("between:%q is no two numbers", text)
		}
		definition["between"] = limits
	}
	target := definition
	if elements, ok := definition["elements"].(Field); ok {
		target = elements
		if text, ok := tag.Lookup("elements_match"); ok {
			elements["match"] = text
		}
	}
	if text, ok := tag.Lookup("one_of"); ok {
		if target["one_of"], err = listOf(target["type"].(string), text); err != nil {
			return err
		}
	}
	if value, ok := defaultOf(definition, tag); ok {
		definition["default"] = value
	}
	return nil
}

// defaultOf gives the default that a tag names. Other libraries read the same tag from the same structs, and write what they
// like into it: what is no value of the type is theirs, and so is an empty one, which Kong would refuse as a text.
func defaultOf(definition Field, tag reflect.StructTag) (any, bool) {
	text, ok := tag.Lookup("default")
	if !ok || text == "" {
		return nil, false
	}
	value, err := valueOf(definition, text)
	return value, err == nil && isOf(definition, value)
}

// isOf tells whether a value read from JSON has the type of a field.
func isOf(definition Field, value any) bool {
	switch value := value.(type) {
	case string:
		return definition["type"] == "string"
	case bool:
		return definition["type"] == "boolean"
	case float64:
		return definition["type"] == "number" || (definition["type"] == "integer" && value == math.Trunc(value))
	case []any:
		elements, _ := definition["elements"].(Field)
		return definition["type"] == "array" && allOf(elements, value)
	case map[string]any:
		return definition["type"] == "map" || definition["type"] == "record"
	}
	return false
}

func allOf(elements Field, values []any) bool {
	for _, value := range values {
		if !isOf(elements, value) {
			return false
		}
	}
	return true
}
