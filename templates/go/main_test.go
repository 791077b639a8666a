package main

import (
	"testing"

	"github.com/Kong/go-pdk/test"
)

// greet runs a request through the plugin, without a gateway.
func greet(t *testing.T, url, config string) *test.TestEnv {
	t.Helper()
	env, err := test.New(t, test.Request{Method: "GET", Url: url})
	if err != nil {
		t.Fatal(err)
	}
	plugin, err := test.Configure(New, config)
	if err != nil {
		t.Fatal(err)
	}
	env.DoHttps(plugin)
	return env
}

func TestSomebodyIsGreeted(t *testing.T) {
	env := greet(t, "http://example.test/?name=ann", `{"greeting": "good morning"}`)
	if got := env.ClientRes.Headers.Get("x-greeting"); got != "good morning ann" {
		t.Errorf("the client got %q", got)
	}
	if got := env.ServiceReq.Headers.Get("x-greeted"); got != "ann" {
		t.Errorf("the Service got %q", got)
	}
}

func TestNobodyIsAStranger(t *testing.T) {
	env := greet(t, "http://example.test/", `{}`)
	if got := env.ClientRes.Headers.Get("x-greeting"); got != "hello stranger" {
		t.Errorf("the client got %q", got)
	}
}
