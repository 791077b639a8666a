package main

import (
	"testing"

	"github.com/Kong/go-pdk/test"
)

func run(t *testing.T, url, config string) *test.TestEnv {
	t.Helper()
	env, err := test.New(t, test.Request{Method: "GET", Url: url})
	if err != nil {
		t.Fatal(err)
	}
	plugin, err := test.Configure(New, config)
	if err != nil {
		t.Fatal(err)
	}
	env.DoAccess(plugin)
	env.ServiceRes = test.Response{Status: 200, Body: []byte("the secret is out")}
	env.DoHeaderFilter(plugin)
	env.DoBodyFilter(plugin)
	return env
}

func TestGreeting(t *testing.T) {
	env := run(t, "http://example.test/?name=ann", `{"hide":["secret"]}`)
	if got := env.ClientRes.Headers.Get("x-greeting"); got != "hello ann" {
		t.Errorf("greeting: %q", got)
	}
	if got := string(env.ClientRes.Body); got != "the ****** is out" {
		t.Errorf("body: %q", got)
	}
}

func TestNobody(t *testing.T) {
	if env := run(t, "http://example.test/?name=nobody", `{}`); env.ClientRes.Status != 403 {
		t.Errorf("status: %d", env.ClientRes.Status)
	}
}
