package test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/bridge"
)

// guard is a plugin with every kind of function.
type guard struct {
	Message string   `json:"message" default:"hello"`
	Allowed []string `json:"allowed"`
	t       *testing.T
	err     error
}

func (g *guard) Rewrite(kong *pdk.PDK) {
	table, _ := kong.Ctx.Plugin()
	table["began"] = true
	g.err = errors.Join(g.err, kong.Ctx.SetShared("who", map[string]int{"n": 1}))
}

func (g *guard) Access(kong *pdk.PDK) {
	key, _ := kong.Request.GetHeader("X_Key")
	if key == "wrong" {
		kong.Response.Exit(401, []byte("no"), map[string][]string{"Www-Authenticate": {"Key"}})
		_, g.err = kong.Request.GetPath()
		return
	}
	if key == "ask" {
		secret, err := kong.Vault.Get("{vault://env/key}")
		g.err = errors.Join(g.err, err, kong.ServiceRequest.SetHeader("x-secret", secret))
	}
	g.err = errors.Join(g.err, kong.ServiceRequest.SetPath("/new"), kong.ServiceRequest.SetQuery(map[string][]string{"a": {"1", "2"}}),
		kong.ServiceRequest.SetHeader("x-a", "1"), kong.ServiceRequest.AddHeader("X_A", "2"), kong.ServiceRequest.SetMethod("PUT"),
		kong.ServiceRequest.SetRawBody("new body"), kong.Cache(time.Second), kong.Log.Info("path set"))
	if value, _ := kong.Request.GetHeader("x_a"); value != "1" {
		g.t.Errorf("a read after a write: %q", value)
	}
	if method, _ := kong.Request.GetMethod(); method != "PUT" {
		g.t.Errorf("the method after a write: %q", method)
	}
	if body, _ := kong.Request.GetRawBody(); string(body) != "new body" {
		g.t.Errorf("the body after a write: %q", body)
	}
	shared, _ := kong.Ctx.GetSharedAny("who")
	if table, _ := shared.(map[string]any); table["n"] != 1.0 {
		g.t.Errorf("shared: %#v", shared)
	}
}

func (g *guard) HeaderFilter(kong *pdk.PDK) {
	status, _ := kong.ServiceResponse.GetStatus()
	if status == 200 {
		g.err = errors.Join(g.err, kong.Response.SetStatus(201), kong.Response.SetHeader("x-b", g.Message), kong.Response.ClearHeader("x-a"))
	}
	if status, _ := kong.Response.GetStatus(); status != 201 {
		g.t.Errorf("the status after a write: %d", status)
	}
}

func (g *guard) BodyFilter(kong *pdk.PDK, chunk []byte, last bool) []byte {
	if !last {
		return nil
	}
	return []byte(strings.ToUpper(string(chunk)))
}

func (g *guard) Log(kong *pdk.PDK) {
	table, _ := kong.Ctx.Plugin()
	if table["began"] != true {
		g.t.Error("kong.Ctx.Plugin has lost what rewrite put there")
	}
}

func newEnv(t *testing.T, headers http.Header) *TestEnv {
	t.Helper()
	env, err := New(t, Request{Method: "POST", Url: "http://example.com:81/old?q=1", Headers: headers, Body: []byte("body")})
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func TestRequestOnItsWay(t *testing.T) {
	env := newEnv(t, http.Header{"x-key": {"right"}})
	config := &guard{t: t, Message: "hi"}
	env.DoHttps(config)
	if config.err != nil {
		t.Fatal(config.err)
	}
	if env.ServiceReq.Url != "http://example.com:81/new?a=1&a=2" || env.ServiceReq.Method != "PUT" || string(env.ServiceReq.Body) != "new body" {
		t.Errorf("to the Service: %+v", env.ServiceReq)
	}
	if env.ClientRes.Status != 201 || env.ClientRes.Headers.Get("x-b") != "hi" || env.ClientRes.Headers.Get("x-a") != "" {
		t.Errorf("to the client: %+v", env.ClientRes)
	}
	if string(env.ClientRes.Body) != "NEW BODY" || env.CacheMs != 1000 {
		t.Errorf("%q, %d ms", env.ClientRes.Body, env.CacheMs)
	}
	if len(env.Logs) != 1 || env.Logs[0] != (LogLine{"info", "path set"}) {
		t.Errorf("%+v", env.Logs)
	}
}

func TestExit(t *testing.T) {
	env := newEnv(t, http.Header{"x-key": {"wrong"}})
	changes := make(chan string, 1)
	env.SubscribeStatusChange(changes)
	config := &guard{t: t}
	env.DoHttp(config)
	if env.ClientRes.Status != 401 || string(env.ClientRes.Body) != "no" || env.ClientRes.Headers.Get("www-authenticate") != "Key" {
		t.Errorf("%+v", env.ClientRes)
	}
	if env.IsRunning() || <-changes != "finished" || !errors.Is(config.err, bridge.ErrExited) {
		t.Errorf("running %v, %v", env.IsRunning(), config.err)
	}
}

func TestAnswersOfTheTest(t *testing.T) {
	env := newEnv(t, http.Header{"x-key": {"ask"}})
	env.On("kong.vault.get", func(args ...any) (any, error) {
		if args[0] != "{vault://env/key}" {
			return nil, errors.New("no such secret")
		}
		return "s3cret", nil
	})
	config := &guard{t: t}
	env.Ctx.Store["who"] = map[string]any{"n": 1.0}
	env.DoAccess(config)
	if config.err != nil || env.ServiceReq.Headers.Get("x-secret") != "s3cret" {
		t.Errorf("%v, %+v", config.err, env.ServiceReq.Headers)
	}
}

func TestConfigure(t *testing.T) {
	config, err := Configure(func() any { return &guard{} }, `{"allowed":["a"],"__seq__":4}`)
	if err != nil {
		t.Fatal(err)
	}
	if g := config.(*guard); g.Message != "hello" || len(g.Allowed) != 1 {
		t.Errorf("%+v", g)
	}
	if _, err := Configure(func() any { return &guard{} }, `{"allowed":7}`); err == nil {
		t.Error("a number is no list")
	}
}

func TestRequestsThatAreNone(t *testing.T) {
	for _, req := range []Request{{Method: "GET", Body: []byte("x")}, {Method: "POST"}, {Method: "nope"}, {Method: "GET", Url: "%zz"}} {
		if _, err := New(t, req); err == nil {
			t.Errorf("%+v", req)
		}
	}
}

// noting is a test that notes its failures in the place of failing.
type noting struct {
	testing.TB
	failures []string
}

func (n *noting) Errorf(format string, args ...any) {
	n.failures = append(n.failures, fmt.Sprintf(format, args...))
}

// astray writes what the log phase does not have.
type astray struct{ err error }

func (a *astray) Log(kong *pdk.PDK) { a.err = kong.Response.SetStatus(201) }

func TestAFunctionOfAnotherPhaseFailsTheTest(t *testing.T) {
	env := newEnv(t, nil)
	notes := &noting{TB: t}
	env.t = notes
	config := &astray{}
	env.DoLog(config)
	var refused *bridge.Refused
	if !errors.As(config.err, &refused) || len(notes.failures) != 1 || !strings.Contains(notes.failures[0], "kong.response.set_status") {
		t.Errorf("%v, %q", config.err, notes.failures)
	}
}

// sharing keeps bytes, which go-pdk writes as a text in Base64.
type sharing struct{}

func (sharing) Access(kong *pdk.PDK) {
	_ = kong.Ctx.SetShared("bytes", []byte("bytes"))
	_ = kong.Ctx.SetShared("table", map[string]interface{}{"list": []interface{}{[]byte("bytes"), 1}})
	text, err := kong.Ctx.GetSharedString("bytes")
	_ = kong.Response.SetHeader("x-text", fmt.Sprint(text, err))
}

func TestSharedBytesAreBase64(t *testing.T) {
	env, err := New(t, Request{Method: "GET", Url: "http://example.com/"})
	if err != nil {
		t.Fatal(err)
	}
	env.DoAccess(sharing{})
	expected := map[string]interface{}{
		"bytes": "Ynl0ZXM=", "table": map[string]interface{}{"list": []interface{}{"Ynl0ZXM=", 1.0}},
	}
	if !reflect.DeepEqual(env.Ctx.Store, expected) || env.ClientRes.Headers.Get("x-text") != "Ynl0ZXM=<nil>" {
		t.Errorf("%v %v", env.Ctx.Store, env.ClientRes.Headers)
	}
}
