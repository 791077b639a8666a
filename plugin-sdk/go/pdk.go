// Package pdk is Kong's Plugin Development Kit for Go, on Dragoman's native protocol. Its API is that of
// github.com/Kong/go-pdk v0.11.2, so a plugin moves with one replace line in its go.mod.
//
// A plugin is a type with its configuration as fields, and a method for each phase that it takes part in:
//
//	func (conf *Config) Access(kong *pdk.PDK) { ... }
//
// The PDK's functions are those of the modules: kong.Request.GetHeader, kong.Response.SetHeader, ... Each says in its
// documentation in which phases it works and what it costs: "from the snapshot" and "written" are done here, in less than a
// microsecond; "asks the gateway" is a round trip. A function that the gateway refuses ends the event: it and all after it
// give an error ("EOF", as in go-pdk; bridge.Refused has the reason).
//
// A PDK belongs to the call of one handler. It may be used by several goroutines of it, but not after it has returned:
// then every function gives bridge.ErrEventOver.
package pdk

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/Kong/go-pdk/bridge"
	"github.com/Kong/go-pdk/client"
	"github.com/Kong/go-pdk/ctx"
	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/ip"
	"github.com/Kong/go-pdk/log"
	"github.com/Kong/go-pdk/nginx"
	"github.com/Kong/go-pdk/node"
	"github.com/Kong/go-pdk/request"
	"github.com/Kong/go-pdk/response"
	"github.com/Kong/go-pdk/router"
	"github.com/Kong/go-pdk/service"
	service_request "github.com/Kong/go-pdk/service/request"
	service_response "github.com/Kong/go-pdk/service/response"
	"github.com/Kong/go-pdk/telemetry"
	"github.com/Kong/go-pdk/vault"
)

// PDK is what a handler is given: the modules, and what concerns the event as a whole.
type PDK struct {
	Client          client.Client
	Ctx             ctx.Ctx
	Log             log.Log
	Nginx           nginx.Nginx
	Request         request.Request
	Response        response.Response
	Router          router.Router
	IP              ip.Ip
	Node            node.Node
	Service         service.Service
	ServiceRequest  service_request.Request
	ServiceResponse service_response.Response

	// Beyond go-pdk.
	ClientTLS client.TLS
	Vault     vault.Vault
	Telemetry telemetry.Telemetry

	handle *turn.Handle
}

// New makes the PDK of an event; the server and the test harness do it.
func New(handle *turn.Handle) *PDK {
	return of(bridge.For(handle))
}

// Init makes a PDK that asks over a connection, in ProtoBuf:1: for tests, as bridge.New.
func Init(conn net.Conn) *PDK {
	return of(bridge.New(conn))
}

func of(b bridge.PdkBridge) *PDK {
	return &PDK{
		Client:          client.Client{PdkBridge: b},
		Ctx:             ctx.Ctx{PdkBridge: b},
		Log:             log.Log{PdkBridge: b},
		Nginx:           nginx.Nginx{PdkBridge: b},
		Request:         request.Request{PdkBridge: b},
		Response:        response.Response{PdkBridge: b},
		Router:          router.Router{PdkBridge: b},
		IP:              ip.Ip{PdkBridge: b},
		Node:            node.Node{PdkBridge: b},
		Service:         service.Service{PdkBridge: b},
		ServiceRequest:  service_request.Request{PdkBridge: b},
		ServiceResponse: service_response.Response{PdkBridge: b},
		ClientTLS:       client.TLS{PdkBridge: b},
		Vault:           vault.Vault{PdkBridge: b},
		Telemetry:       telemetry.Telemetry{PdkBridge: b},
		handle:          bridge.Of(b),
	}
}

// Context ends with the event: at the gateway's deadline, when the client is gone or the gateway waits no longer, and when
// the handler has returned. Give it to whatever the handler waits for.
func (k *PDK) Context() context.Context {
	return k.handle.Context()
}

// Cache lets the gateway give this answer (writes and Exit included) again to requests with the same CacheKey, for d; see
// condition.Key. Phases: rewrite, access.
func (k *PDK) Cache(d time.Duration) error {
	return k.handle.Cache(d)
}

// EndBody makes what a BodyFilter returns the end of the body: what the Service still sends is dropped.
func (k *PDK) EndBody() error {
	return k.handle.EndBody()
}

// Call asks the gateway for any function of the PDK by its wire name, as "kong.plugin.get_id": what has no method here.
//
// Arguments are values as in kong.Ctx.SetShared. The result is nil, bool, float64, string, []any or map[string]any; where it
// is nil and Kong's function gave a reason, that is the error.
func (k *PDK) Call(method string, args ...interface{}) (interface{}, error) {
	value, problem, err := k.handle.Call(method, args...)
	if err == nil && value == nil && problem != "" {
		err = errors.New(problem)
	}
	return value, err
}

// Version gives the version of Kong that the gateway stands for, as "3.9.1", and as a number, 3009001. Known from the
// connection.
func (k *PDK) Version() (text string, number int, err error) {
	gateway, err := k.handle.Gateway("kong.version")
	if err != nil {
		return "", 0, err
	}
	return gateway.KongVersion, int(gateway.KongVersionNum), nil
}

// PluginID gives the id of the plugin config that the handler runs for; "" where there is none. Asks the gateway.
func (k *PDK) PluginID() (string, error) {
	return k.handle.AskText("kong.plugin.get_id")
}

// ClusterID gives the id of the cluster; "" without a database. Asks the gateway.
func (k *PDK) ClusterID() (string, error) {
	return k.handle.AskText("kong.cluster.get_id")
}
