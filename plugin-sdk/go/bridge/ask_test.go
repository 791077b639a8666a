package bridge_test

import (
	"encoding/json"
	"reflect"
	"testing"

	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/bridge"
	kpp "github.com/Kong/go-pdk/server/kong_plugin_protocol"
	"github.com/Kong/go-pdk/test"
)

// list and structure are structpb's messages, by their methods.
type list []interface{}

func (l list) AsSlice() []interface{} { return l }

type structure struct{ table map[string]interface{} }

func (s *structure) UnmarshalJSON(document []byte) error { return json.Unmarshal(document, &s.table) }

// asking asks by wire names, in an event.
type asking struct {
	t *testing.T
}

func (a *asking) Access(kong *pdk.PDK) {
	a.is(kong.Request.AskString("kong.request.get_method", nil))("GET")
	a.is(kong.Request.AskInt("kong.request.get_port", nil))(80)
	var headers structure
	a.is(&headers, kong.Request.Ask("kong.request.get_headers", &kpp.Int{V: 100}, &headers))(
		&structure{map[string]interface{}{"x-hi": []interface{}{"hello"}}})
	var route kpp.Route
	a.is(nil, kong.Router.Ask("kong.router.get_route", nil, &route))(nil)
	a.is(route.GetName(), nil)("route_66")
	text := &kpp.KV{K: "x-by", V: textValue("ask")}
	a.is(nil, kong.ServiceRequest.Ask("kong.service.request.set_header", text, nil))(nil)
	a.is(nil, kong.Ctx.Ask("kong.ctx.shared.set", text, nil))(nil)
	a.is(kong.Ctx.GetSharedString("x-by"))("ask")
	a.is(kong.Ctx.AskValue("kong.ctx.shared.get", bridge.WrapString("x-by")))("ask")
	a.is(nil, kong.Log.Ask("kong.log.info", list{"one ", "two"}, nil))(nil)
	a.is(nil, kong.Log.Close())(nil)
	a.is(nil, kong.Response.Ask("kong.response.exit", &kpp.ExitArgs{Status: 418, Body: []byte("tea")}, nil))(nil)
}

type textValue string

func (v textValue) AsInterface() interface{} { return string(v) }
func (v textValue) GetStringValue() string   { return string(v) }
func (v textValue) GetNumberValue() float64  { return 0 }
func (v textValue) GetBoolValue() bool       { return false }

func (a *asking) is(value interface{}, err error) func(expected interface{}) {
	return func(expected interface{}) {
		a.t.Helper()
		if err != nil || !reflect.DeepEqual(value, expected) {
			a.t.Errorf("expected %v, got %v, %v", expected, value, err)
		}
	}
}

// Goal: what plugins for go-pdk ask by wire names, with its messages, is answered in an event, beside the modules' own functions.
func TestAskInAnEvent(t *testing.T) {
	env, err := test.New(t, test.Request{Method: "GET", Url: "http://example.com/", Headers: map[string][]string{"X-Hi": {"hello"}}})
	if err != nil {
		t.Fatal(err)
	}
	env.DoAccess(&asking{t})
	if env.ClientRes.Status != 418 || string(env.ClientRes.Body) != "tea" || env.ServiceReq.Headers.Get("x-by") != "ask" {
		t.Errorf("%+v %+v", env.ClientRes, env.ServiceReq)
	}
}
