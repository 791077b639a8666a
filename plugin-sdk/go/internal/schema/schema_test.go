package schema

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

type record struct {
	Must string `json:"must" required:"true"`
	May  *int   `json:"may_be,omitempty"`
}

type everything struct {
	Word    string            `json:"word" one_of:"a,b" default:"a" description:"which"`
	Count   int               `json:"count" between:"1,10" default:"3"`
	Small   uint32            `json:"small"`
	Ratio   float64           `default:"0.5" gt:"0"`
	On      bool              `json:"on" default:"true"`
	List    []string          `json:"list" len_min:"1" one_of:"x,y" default:"x,y" elements_match:"^.$"`
	Table   map[string]int    `json:"table" default:"{\"k\":1}"`
	Record  record            `json:"record"`
	Pointer *string           `json:"pointer" referenceable:"true" encrypted:"true"`
	Left    string            `json:"-"`
	Wide    int64             // go-pdk knows no int64
	Any     interface{}       // nor this
	Deep    map[string][]bool `json:"deep"`
	hidden  string
}

func TestSchema(t *testing.T) {
	document, err := Of("p", reflect.TypeOf(&everything{}))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"fields":[{"config":{"fields":[
{"word":{"default":"a","description":"which","one_of":["a","b"],"type":"string"}},
{"count":{"between":[1,10],"default":3,"type":"integer"}},
{"small":{"between":[0,2147483648],"type":"integer"}},
{"ratio":{"default":0.5,"gt":0,"type":"number"}},
{"on":{"default":true,"type":"boolean"}},
{"list":{"default":["x","y"],"elements":{"match":"^.$","one_of":["x","y"],"type":"string"},"len_min":1,"type":"array"}},
{"table":{"default":{"k":1},"keys":{"type":"string"},"type":"map","values":{"type":"integer"}}},
{"record":{"fields":[{"must":{"required":true,"type":"string"}},{"may_be":{"type":"integer"}}],"type":"record"}},
{"pointer":{"encrypted":true,"referenceable":true,"type":"string"}},
{"deep":{"keys":{"type":"string"},"type":"map","values":{"elements":{"type":"boolean"},"type":"array"}}}
],"type":"record"}}],"name":"p"}`
	if got := string(document); got != strings.ReplaceAll(want, "\n", "") {
		t.Errorf("got\n%s", got)
	}
}

func TestTagsThatCannotBeRead(t *testing.T) {
	for _, config := range []any{
		struct {
			A int `between:"1"`
		}{}, struct {
			A string `required:"perhaps"`
		}{},
		struct {
			A string `len_min:"few"`
		}{}, struct {
			A int `one_of:"1,b"`
		}{}, 7, "text",
	} {
		if _, err := Of("p", reflect.TypeOf(config)); err == nil {
			t.Errorf("%#v has a schema", config)
		}
	}
	type loop struct{ Next *loop }
	if _, err := Of("p", reflect.TypeOf(loop{})); err == nil {
		t.Error("a type in itself has a schema")
	}
}

// Goal: a plugin whose struct another library fills from the same tag keeps its schema, and the default that both can read.
func TestDefaultsOfOtherLibraries(t *testing.T) {
	type inner struct {
		Level string `json:"level" default:"info"`
	}
	type config struct {
		Empty   string   `json:"empty" default:""`
		Number  int      `json:"number" default:"a few"`
		Half    int      `json:"half" default:"0.5"`
		Switch  bool     `json:"switch" default:"${ON}"`
		Codes   []int    `json:"codes" default:"[200, 301]"`
		Words   []string `json:"words" default:"[\"a\"]"`
		Mixed   []int    `json:"mixed" default:"[\"a\"]"`
		Record  inner    `json:"record" default:"{}"`
		Timeout string   `json:"timeout" default:"5s"`
		None    int      `json:"none" default:"null"`
	}
	document, err := Of("p", reflect.TypeOf(&config{}))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"fields":[{"config":{"fields":[
{"empty":{"type":"string"}},
{"number":{"type":"integer"}},
{"half":{"type":"integer"}},
{"switch":{"type":"boolean"}},
{"codes":{"default":[200,301],"elements":{"type":"integer"},"type":"array"}},
{"words":{"default":["a"],"elements":{"type":"string"},"type":"array"}},
{"mixed":{"elements":{"type":"integer"},"type":"array"}},
{"record":{"default":{},"fields":[{"level":{"default":"info","type":"string"}}],"type":"record"}},
{"timeout":{"default":"5s","type":"string"}},
{"none":{"type":"integer"}}
],"type":"record"}}],"name":"p"}`
	if got := string(document); got != strings.ReplaceAll(want, "\n", "") {
		t.Errorf("got\n%s", got)
	}
	filled := config{}
	if err := Fill(&filled, []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	if filled.Empty != "" || filled.Number != 0 || filled.Record.Level != "info" || len(filled.Codes) != 2 || filled.Timeout != "5s" {
		t.Errorf("%+v", filled)
	}
}

func TestFill(t *testing.T) {
	var config everything
	if err := Fill(&config, []byte(`{"on":false,"count":7,"record":{"must":"x"},"__seq__":1}`)); err != nil {
		t.Fatal(err)
	}
	if config.On || config.Count != 7 || config.Word != "a" || config.Ratio != 0.5 || config.Table["k"] != 1 || config.Record.Must != "x" {
		document, _ := json.Marshal(config)
		t.Errorf("%s", document)
	}
	if err := Fill(config, []byte(`{}`)); err == nil {
		t.Error("a struct can only be filled by its pointer")
	}
}
