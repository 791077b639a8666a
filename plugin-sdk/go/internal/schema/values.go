package schema

// Values in tags, and the struct filled from a configuration with the tags' defaults.

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// listOf reads values with commas between them.
func listOf(kind, text string) ([]any, error) {
	list := []any{}
	for _, part := range strings.Split(text, ",") {
		value, err := valueOf(Field{"type": kind}, strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, nil
}

// valueOf reads the value of a tag: text as it is, everything else as JSON; a list of texts may be written with commas.
func valueOf(definition Field, text string) (any, error) {
	kind, _ := definition["type"].(string)
	switch kind {
	case "string":
		return text, nil
	case "boolean":
		truth, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no boolean", text)
		}
		return truth, nil
	case "array":
		if !strings.HasPrefix(text, "[") {
			elements, _ := definition["elements"].(Field)
			kind, _ := elements["type"].(string)
			return listOf(kind, text)
		}
	}
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return nil, fmt.Errorf("%q is no %s in JSON", text, kind)
	}
	return value, nil
}

// Fill fills a config from a configuration in JSON. What is absent keeps what the constructor gave; where that is zero, it
// gets the default of the field's tag, which a gateway has filled in already, unlike a test.
func Fill(config any, document []byte) error {
	value := reflect.ValueOf(config)
	if value.Kind() != reflect.Pointer || value.IsNil() {
		return fmt.Errorf("a constructor gives a pointer to a struct, not a %T", config)
	}
	if err := setDefaults(value.Elem(), depthMax); err != nil {
		return err
	}
	return json.Unmarshal(document, config)
}

func setDefaults(value reflect.Value, depth int) error {
	if value.Kind() != reflect.Struct || depth == 0 {
		return nil
	}
	for i := 0; i < value.NumField(); i++ {
		field := value.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		if err := setDefaults(value.Field(i), depth-1); err != nil {
			return err
		}
		if value.Field(i).IsZero() {
			if err := setDefault(value.Field(i), field.Tag); err != nil {
				return fmt.Errorf("%s: %w", field.Name, err)
			}
		}
	}
	return nil
}

func setDefault(value reflect.Value, tag reflect.StructTag) error {
	definition, err := fieldOf(value.Type(), depthMax)
	if definition == nil {
		return err
	}
	content, ok := defaultOf(definition, tag)
	if !ok {
		return nil
	}
	document, err := json.Marshal(content)
	if err != nil {
		return err
	}
	return json.Unmarshal(document, value.Addr().Interface())
}
