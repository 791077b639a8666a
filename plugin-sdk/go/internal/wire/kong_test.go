package wire

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"testing"
)

const contractFile = "../../../../proto/pluginsocket.proto"

// rpcLine has a function of the contract: its name in the comment above it, the messages of argument and result.
var rpcLine = regexp.MustCompile(`// (kong\.[\w.]+)\n(?:  //.*\n)*  rpc \w+\(([\w.]+)\) returns \(([\w.]+)\)`)

func contract(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(contractFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestKongFunctionsAreThoseOfTheContract(t *testing.T) {
	found := map[string]kongMethod{}
	for _, one := range rpcLine.FindAllStringSubmatch(contract(t), -1) {
		found[one[1]] = kongMethod{strings.TrimPrefix(one[2], "google.protobuf."), strings.TrimPrefix(one[3], "google.protobuf.")}
	}
	if len(found) != 74 || !reflect.DeepEqual(found, kongMethods) {
		t.Errorf("%d functions in the contract, %d here", len(found), len(kongMethods))
		for name, method := range kongMethods {
			if found[name] != method {
				t.Errorf("%s: %v, in the contract %v", name, method, found[name])
			}
		}
	}
}

var fieldLine = regexp.MustCompile(`^\s*(repeated )?([\w.]+) (\w+) = (\d+);`)

// The messages of the table, number by number.
func TestKongShapesAreThoseOfTheContract(t *testing.T) {
	kinds := map[string]string{
		"string": "text", "bytes": "text", "int32": "int", "int64": "int", "bool": "bool", "google.protobuf.Struct": "table",
	}
	found := map[string][]string{}
	var open []string
	for _, line := range strings.Split(contract(t), "\n") {
		words := strings.Fields(line)
		if field := fieldLine.FindStringSubmatch(line); field != nil && len(open) > 0 {
			kind, ok := kinds[field[2]]
			if !ok {
				kind = field[2]
			}
			if field[1] != "" {
				kind = "*" + kind
			}
			message := open[len(open)-1]
			found[message] = append(found[message], fmt.Sprintf("%s %s %s", field[4], field[3], kind))
		} else if len(words) > 2 && words[0] == "message" && words[2] == "{" {
			open = append(open, words[1])
		} else if len(words) == 3 && words[0] == "oneof" {
			open = append(open, open[len(open)-1])
		} else if len(words) == 1 && words[0] == "}" && len(open) > 0 {
			open = open[:len(open)-1]
		}
	}
	for name, fields := range kongShapes {
		var here []string
		for _, f := range fields {
			kind := f.shape
			if f.isRepeated {
				kind = "*" + kind
			}
			here = append(here, fmt.Sprintf("%d %s %s", f.number, f.name, kind))
		}
		sort.Strings(here)
		sort.Strings(found[name])
		if !reflect.DeepEqual(here, found[name]) {
			t.Errorf("%s: %v, in the contract %v", name, here, found[name])
		}
	}
}

func TestKongValues(t *testing.T) {
	table := map[string]any{"a": []any{"x", true, false, nil, 1.5}, "b": map[string]any{"c": float64(-3)}, "": "empty key", "l": []any{}}
	data := appendKongValue(nil, table)
	back, err := decodeKongValue(string(data), valueDepthMax)
	if err != nil || !reflect.DeepEqual(back, any(table)) {
		t.Errorf("%v %v", back, err)
	}
	deep := []byte{}
	for i := 0; i < 2*valueDepthMax; i++ {
		deep = appendPresentText(nil, kongList, appendPresentText(nil, 1, deep))
	}
	for cut := 0; cut < len(data); cut++ {
		_, _ = decodeKongValue(string(data[:cut]), valueDepthMax) // never a panic
	}
	if _, err := decodeKongValue(string(deep), valueDepthMax); err == nil {
		t.Error("nested without end")
	}
}

// What a gateway gives for each kind of result, as the native protocol would have it.
func TestKongResults(t *testing.T) {
	text, number := appendText[string], appendUint
	cases := []struct {
		method string
		data   []byte
		want   any
	}{
		{"kong.request.get_method", text(nil, 1, "GET"), "GET"},
		{"kong.request.get_method", nil, nil},
		{"kong.request.get_port", number(nil, 1, 8000), float64(8000)},
		{"kong.ip.is_trusted", number(nil, 1, 1), true},
		{"kong.request.get_http_version", append([]byte{9}, "\x9a\x99\x99\x99\x99\x99\xf1\x3f"...), 1.1},
		{"kong.ctx.shared.get", append(appendTag(nil, kongNull, wireVarint), 1), nil},
		{"kong.ctx.shared.get", appendKongValue(nil, "x"), "x"},
		{"kong.request.get_headers", appendKongEntry(nil, "a", "1"), map[string]any{"a": "1"}},
		{"kong.client.get_consumer", text(text(nil, 1, "id"), 5, "tag"), map[string]any{"id": "id", "tags": []any{"tag"}}},
		{"kong.request.get_uri_captures", text(nil, 1, "one"), map[string]any{"unnamed": []any{"", "one"}, "named": map[string]any{}}},
		{"kong.response.set_header", []byte("whatever"), nil},
	}
	for _, c := range cases {
		value, _, _, err := DecodeKongResult(c.method, string(c.data))
		if err != nil || !reflect.DeepEqual(value, c.want) {
			t.Errorf("%s: %#v %v, wanted %#v", c.method, value, err, c.want)
		}
	}
	for _, c := range cases {
		if len(c.data) > 1 && c.method != "kong.response.set_header" {
			if value, _, _, err := DecodeKongResult(c.method, string(c.data[:len(c.data)-1])); err == nil {
				t.Errorf("%s, cut: %#v", c.method, value)
			}
		}
	}
	if _, err := AppendKongArguments(nil, "kong.vault.get", nil); err != ErrNotInKongProtocol {
		t.Error(err)
	}
}
