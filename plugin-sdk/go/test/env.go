// Package test runs a plugin without a gateway: send a request, run its handlers, look at what the Service, the client and the
// log would get. It has the API of go-pdk's package, and more.
//
//	func TestPlugin(t *testing.T) {
//		env, err := test.New(t, test.Request{
//			Method: "GET", Url: "http://example.com/?q=search", Headers: http.Header{"X-Hi": {"hello"}},
//		})
//		if err != nil {
//			t.Fatal(err)
//		}
//		env.DoHttps(&Config{Message: "hi"})
//		if got := env.ClientRes.Headers.Get("x-hello-from-go"); got != "hi" {
//			t.Error(got)
//		}
//	}
//
// DoHttp and DoHttps take a Service that echoes the request. For another one, run the phases one by one and set ServiceRes in
// between. What the harness does not know it is told with On; a call that nobody answers fails the test.
package test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Request is what the client sends, and what goes to the Service.
type Request struct {
	Method  string
	Url     string
	Headers http.Header
	Body    []byte
}

func (req Request) clone() Request {
	req.Headers = req.Headers.Clone()
	return req
}

// Validate checks the request and brings its headers into canonical form. GET has no body; POST, PUT and PATCH have one.
func (req *Request) Validate() error {
	if _, err := url.Parse(req.Url); err != nil {
		return err
	}
	req.Headers = mergeHeaders(http.Header{}, req.Headers)
	switch req.Method {
	case "GET", "HEAD":
		if len(req.Body) != 0 {
			return fmt.Errorf("%s requests must not have a body, found %q", req.Method, req.Body)
		}
	case "POST", "PUT", "PATCH":
		if len(req.Body) == 0 {
			return fmt.Errorf("%s requests must have a body", req.Method)
		}
	case "DELETE", "OPTIONS", "TRACE", "CONNECT":
	default:
		return fmt.Errorf("unsupported method %q", req.Method)
	}
	return nil
}

// ToResponse gives the answer of a Service that echoes the request.
func (req Request) ToResponse() Response {
	return Response{Status: http.StatusOK, Message: "OK", Headers: req.Headers.Clone(), Body: req.Body}
}

// Response is what the Service answers, and what the client gets.
type Response struct {
	Status  int
	Message string
	Headers http.Header
	Body    []byte
}

// merge puts what the other response has over this one.
func (res *Response) merge(other Response) {
	if other.Status != 0 {
		res.Status = other.Status
	}
	if other.Message != "" {
		res.Message = other.Message
	}
	res.Headers = mergeHeaders(res.Headers, other.Headers)
	if len(other.Body) != 0 {
		res.Body = other.Body
	}
}

// mergeHeaders sets headers over others.
func mergeHeaders(headers, over http.Header) http.Header {
	if headers == nil {
		headers = http.Header{}
	}
	for name, values := range over {
		headers.Del(name)
		for _, value := range values {
			headers.Add(name, value)
		}
	}
	return headers
}

// LowercaseHeaders gives headers with their names in lower case.
func LowercaseHeaders(h http.Header) http.Header {
	lower := make(http.Header, len(h))
	for name, values := range h {
		lower[strings.ToLower(name)] = values
	}
	return lower
}

// Ctx is kong.ctx.shared.
type Ctx struct {
	Store map[string]interface{}
}

// LogLine is a line that the plugin wrote. Beyond go-pdk.
type LogLine struct {
	Level   string
	Message string
}

// TestEnv is one request on its way through a plugin. As in go-pdk, each handler begins with the request that the client sent,
// whatever earlier ones have written to ServiceReq (its own writes it does see), and after Exit no handler runs, Log neither.
type TestEnv struct {
	ClientReq  Request
	ServiceReq Request
	ServiceRes Response
	ClientRes  Response
	Ctx        Ctx

	// Logs are the lines that the plugin wrote. Beyond go-pdk.
	Logs []LogLine
	// CacheMs is how long the answer may be used again, in milliseconds; 0 where the plugin did not call Cache. Beyond go-pdk.
	CacheMs int

	t           testing.TB
	isFinished  bool
	stateChange chan<- string
	plugin      map[string]any
	answers     map[string]Answer
	source      string
}

// Answer answers a PDK function with a value as in kong.Ctx.SetShared. An error is the second result of Kong's function.
type Answer func(args ...interface{}) (interface{}, error)

// New makes an environment for a request. The error is that of Request.Validate.
func New(t *testing.T, req Request) (env *TestEnv, err error) {
	if err := req.Validate(); err != nil {
		return nil, err
	}
	return &TestEnv{
		t:          t,
		ClientReq:  req,
		ServiceReq: req.clone(),
		ServiceRes: Response{Headers: http.Header{}},
		ClientRes:  Response{Headers: http.Header{}},
		Ctx:        Ctx{Store: map[string]interface{}{}},
		plugin:     map[string]any{},
		answers:    map[string]Answer{},
		source:     "service",
	}, nil
}

// On answers a PDK function, by its wire name, in this environment: one that the harness does not know, or knows otherwise.
// It holds for functions that ask the gateway; what the snapshot answers is set in the environment's fields. Beyond go-pdk.
func (e *TestEnv) On(method string, answer Answer) {
	e.answers[method] = answer
}

// Errorf fails the test.
func (e *TestEnv) Errorf(format string, args ...interface{}) {
	e.t.Helper()
	e.t.Errorf(format, args...)
}

// IsRunning says whether the plugin has not answered the request.
func (e *TestEnv) IsRunning() bool {
	return !e.isFinished
}

// Finish ends the request: handlers are not run any more.
func (e *TestEnv) Finish() {
	e.isFinished = true
	if e.stateChange != nil {
		e.stateChange <- "finished"
	}
}

// SubscribeStatusChange sends "finished" to a channel when the plugin answers the request.
func (e *TestEnv) SubscribeStatusChange(ch chan<- string) {
	e.stateChange = ch
}
