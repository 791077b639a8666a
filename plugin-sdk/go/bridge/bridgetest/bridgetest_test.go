package bridgetest

import (
	"net"
	"strings"
	"testing"

	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/bridge"
	"github.com/Kong/go-pdk/ctx"
	"github.com/Kong/go-pdk/internal/kongline"
	kpp "github.com/Kong/go-pdk/server/kong_plugin_protocol"
)

// The modules as plugins' tests make them: over a list of functions with their messages.
func TestModulesOverMock(t *testing.T) {
	query, _ := bridge.WrapHeaders(map[string][]string{"ref": {"wayback", "machine"}})
	kong := pdk.Init(Mock(t, []MockStep{
		{Method: "kong.client.get_consumer", Ret: &kpp.Consumer{Id: "001", Username: "Jon Doe"}},
		{Method: "kong.router.get_route", Ret: &kpp.Route{Name: "route_66", Paths: []string{"/a", "/b"}, Service: &kpp.ServiceKey{Id: "s"}}},
		{Method: "kong.request.get_header", Args: bridge.WrapString("Host"), Ret: bridge.WrapString("example.com")},
		{Method: "kong.request.get_query", Args: &kpp.Int{V: 1000}, Ret: query},
		{Method: "kong.request.get_raw_body", Ret: &kpp.RawBodyResult{Kind: &kpp.RawBodyResult_Content{Content: []byte("b\xff")}}},
		{Method: "kong.request.get_uri_captures", Ret: &kpp.UriCapturesResult{Unnamed: [][]byte{[]byte("x")}, Named: map[string][]byte{"n": []byte("y")}}},
		{Method: "kong.response.get_status", Ret: &kpp.Int{V: 404}},
		{Method: "kong.service.set_target", Args: &kpp.Target{Host: "h", Port: 80}},
		{Method: "kong.node.get_memory_stats", Ret: &kpp.MemoryStats{WorkersLuaVms: []*kpp.MemoryStats_WorkerLuaVm{{Pid: 5}, {Pid: 6}}}},
		{Method: "kong.log.info"},
		{Method: "kong.response.exit", Args: &kpp.ExitArgs{Status: 403, Body: []byte("no"), Headers: query}},
	}))
	consumer, _ := kong.Client.GetConsumer()
	route, _ := kong.Router.GetRoute()
	header, _ := kong.Request.GetHeader("Host")
	if consumer.Username != "Jon Doe" || route.Name != "route_66" || len(route.Paths) != 2 || route.Service.Id != "s" || header != "example.com" {
		t.Errorf("%+v %+v %q", consumer, route, header)
	}
	arguments, _ := kong.Request.GetQuery(1000)
	body, _ := kong.Request.GetRawBody()
	if strings.Join(arguments["ref"], " ") != "wayback machine" || string(body) != "b\xff" {
		t.Errorf("%v %q", arguments, body)
	}
	unnamed, named, _ := kong.Request.GetUriCaptures()
	status, err := kong.Response.GetStatus()
	if len(unnamed) != 1 || string(named["n"]) != "y" || status != 404 || err != nil {
		t.Errorf("%q %q %d %v", unnamed, named, status, err)
	}
	if err := kong.Service.SetTarget("h", 80); err != nil {
		t.Error(err)
	}
	if stats, err := kong.Node.GetMemoryStats(); err != nil || len(stats.WorkersLuaVms) != 2 || stats.WorkersLuaVms[1].Pid != 6 {
		t.Errorf("%+v %v", stats, err)
	}
	if err := kong.Log.Info("told"); err != nil {
		t.Error(err)
	}
	kong.Response.Exit(403, []byte("no"), map[string][]string{"ref": {"wayback", "machine"}})
}

// value is a structpb.Value by its methods.
type value struct{ kpp.Value }

func (value) AsInterface() interface{} { return "v" }

func TestAskOverMock(t *testing.T) {
	c := ctx.Ctx{PdkBridge: bridge.New(Mock(t, []MockStep{
		{Method: "kong.ctx.shared.set", Args: &kpp.KV{K: "k", V: value{}}},
		{Method: "kong.ctx.shared.get", Args: bridge.WrapString("k"), Ret: value{}},
		{Method: "kong.nginx.req_start_time", Ret: &kpp.Number{V: 1.5}},
		{Method: "kong.service.response.get_raw_body", Ret: bridge.WrapByteString([]byte("body"))},
	}))}
	if err := c.Ask("kong.ctx.shared.set", &kpp.KV{K: "k", V: value{}}, nil); err != nil {
		t.Error(err)
	}
	if v, err := c.AskValue("kong.ctx.shared.get", bridge.WrapString("k")); v != "v" || err != nil {
		t.Error(v, err)
	}
	if n, err := c.AskNumber("kong.nginx.req_start_time", nil); n != 1.5 || err != nil {
		t.Error(n, err)
	}
	var body kpp.RawBodyResult
	if err := c.Ask("kong.service.response.get_raw_body", nil, &body); string(body.GetContent()) != "body" || err != nil {
		t.Errorf("%+v %v", &body, err)
	}
	if _, err := c.AskString("kong.request.get_method", nil); err == nil {
		t.Error("asked after the last step")
	}
	if err := c.Ask("kong.log.info", 7, nil); err == nil || err.Error() != "int is no message of the PDK" {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestMockTellsWhatDiffers(t *testing.T) {
	step := MockStep{Method: "kong.request.get_header", Args: bridge.WrapString("Host")}
	for expected, asked := range map[string][]string{
		"found kong.request.get_host":     {"kong.request.get_host", ""},
		"expected arguments":              {"kong.request.get_header", "\n\x03Via"},
		"nothing is asked for: io: read/": {},
	} {
		plugin, gateway := net.Pipe()
		failed := make(chan error, 1)
		go func() { failed <- step.play(gateway) }()
		if len(asked) == 0 {
			gateway.Close()
		} else if err := kongline.Send(plugin, []byte(asked[0]), []byte(asked[1])); err != nil {
			t.Error(err)
		}
		if err := <-failed; err == nil || !strings.HasPrefix(err.Error(), expected) {
			t.Error(err)
		}
		plugin.Close()
	}
}

// echo answers every function with its name.
type echo struct {
	*testing.T
	changes chan<- string
}

func (e *echo) IsRunning() bool                        { return true }
func (e *echo) SubscribeStatusChange(ch chan<- string) { e.changes = ch }
func (e *echo) Handle(method string, _ []byte) []byte {
	e.changes <- "finished"
	return append([]byte{10, byte(len(method))}, method...)
}

func TestMockFunc(t *testing.T) {
	kong := pdk.Init(MockFunc(&echo{T: t}))
	if text, err := kong.Request.GetMethod(); text != "kong.request.get_method" || err != nil {
		t.Error(text, err)
	}
}
