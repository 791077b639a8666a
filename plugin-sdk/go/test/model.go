package test

// The gateway as the harness plays it: what a snapshot holds, what writes do, and where calls are answered.

import (
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/internal/wire"
)

// Addresses and ids that go-pdk's harness gives, too.
const (
	clientIP   = "10.10.10.1"
	clientPort = 443
	nodeID     = "a9777ac2-57e6-482b-a3c4-ef3d6ca41a1f"
)

// Numbers of the entities in the snapshot.
const (
	routeNumber = iota + 1
	serviceNumber
	consumerNumber
	credentialNumber
)

var entities = map[uint32]string{
	routeNumber:      `{"id":"001:002","name":"route_66","protocols":["http","tcp"],"paths":["/v0/left","/v1/this"]}`,
	serviceNumber:    `{"id":"003:004","name":"self_service","protocol":"http","path":"/v0/left"}`,
	consumerNumber:   `{"id":"001","username":"Jon Doe"}`,
	credentialNumber: `{"id":"000:00","consumer_id":"000:01"}`,
}

// fillEvent makes the snapshot.
func (e *TestEnv) fillEvent(event *wire.Event, phase wire.Phase) {
	u := e.url(e.ClientReq.Url)
	h := e.ClientReq.Headers
	*event = wire.Event{
		Phase: phase, Instances: []uint32{1}, Request: requestNumber, ID: strings.Repeat("0", 31) + "1",
		Method: e.ClientReq.Method, Target: target(u), HTTPVersion: 11, Scheme: u.Scheme, Host: u.Hostname(), Port: portOf(u),
		Headers: lines(h), ClientIP: clientIP, ClientPort: clientPort, ForwardedIP: clientIP, ForwardedPort: clientPort,
		ForwardedScheme: h.Get("X-Forwarded-Proto"), ForwardedHost: h.Get("X-Forwarded-Host"),
		Route: routeNumber, Service: serviceNumber, Consumer: consumerNumber, Credential: credentialNumber,
		BodyState: wire.BodyHere, Body: string(e.ClientReq.Body), SharedIsPartial: true,
	}
	if port, err := strconv.ParseUint(h.Get("X-Forwarded-Port"), 10, 16); err == nil {
		event.ForwardedRequestPort = uint32(port)
	}
	switch phase {
	case wire.Response, wire.HeaderFilter, wire.BodyFilter, wire.Log:
		event.Status, event.ResponseHeaders = uint32(e.ClientRes.Status), lines(e.ClientRes.Headers)
		event.Source, event.ServiceStatus = wire.SourceService, uint32(e.ServiceRes.Status)
		event.ResponseBodyState, event.ResponseBody = wire.BodyHere, string(e.ServiceRes.Body)
	}
}

func (e *TestEnv) url(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		e.Errorf("%v", err)
		return &url.URL{}
	}
	return u
}

func target(u *url.URL) string {
	if u.RawQuery == "" {
		return u.EscapedPath()
	}
	return u.EscapedPath() + "?" + u.RawQuery
}

func portOf(u *url.URL) uint32 {
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint32(port)
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}

// lines writes headers as a snapshot has them, in the order of their names.
func lines(h http.Header) string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	sort.Strings(names)
	var b strings.Builder
	for _, name := range names {
		for _, value := range h[name] {
			fmt.Fprintf(&b, "%s: %s\r\n", strings.ToLower(name), value)
		}
	}
	return b.String()
}

// link is the environment in the place of a connection.
type link struct {
	env *TestEnv
}

// Call answers from the test's own table, or from the model.
func (l link) Call(t *turn.Turn, writes []byte, method string, args []any) (any, string, error) {
	l.env.apply(writes)
	plain := make([]any, len(args))
	for i, arg := range args {
		plain[i] = wire.Plain(arg)
	}
	if answer := l.env.answers[method]; answer != nil {
		value, err := answer(plain...)
		if err != nil {
			return nil, err.Error(), nil
		}
		value, err = wire.Normalize(value)
		return value, "", err
	}
	if getter := getters[method]; getter != nil {
		value, err := wire.Normalize(getter(l.env, append(plain, "")))
		return value, "", err
	}
	if turn.IsRefusedIn(t.Event.Phase, method) {
		l.env.Errorf("%s cannot be called in this phase", method)
		return nil, "", &turn.Refused{Reason: method + " cannot be called in this phase"}
	}
	if l.env.write(method, plain) {
		return true, "", nil
	}
	l.env.Errorf("nobody answers %s: tell the environment with On", method)
	return nil, "", fmt.Errorf("%w: nobody answers %s", turn.ErrOver, method)
}

// Log keeps the line.
func (l link) Log(_ *turn.Turn, level, message, _ string) {
	l.env.Logs = append(l.env.Logs, LogLine{level, message})
	l.env.t.Logf("Log (%s): %s", level, message)
}

// Entity gives the route, Service, consumer and credential of every environment.
func (l link) Entity(number uint32) *turn.Entity {
	return &turn.Entity{JSON: []byte(entities[number])}
}

// Context gives kong.Ctx.Plugin.
func (l link) Context(uint32, string, bool) map[string]any {
	return l.env.plugin
}

// Gateway gives a node that go-pdk's harness gives, too.
func (l link) Gateway() *wire.Hello {
	return &wire.Hello{NodeID: nodeID, Hostname: "localhost", KongVersion: "3.9.1", KongVersionNum: 3009001}
}
