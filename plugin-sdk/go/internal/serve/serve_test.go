package serve

import (
	"path/filepath"
	"strings"
	"testing"

	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/internal/fakegateway"
	"github.com/Kong/go-pdk/internal/plugin"
	"github.com/Kong/go-pdk/internal/wire"
)

// sidecar is the plugin of the benchmark: a read, three writes.
type sidecar struct {
	Plan string `json:"plan" default:"gold"`
}

func (s *sidecar) Access(kong *pdk.PDK) {
	id, _ := kong.Request.GetHeader("x-client-id")
	_ = kong.ServiceRequest.SetHeader("x-user", id)
	_ = kong.ServiceRequest.SetHeader("x-plan", s.Plan)
	_ = kong.Response.SetHeader("x-served-by", "sidecar")
}

// serveOne serves plugins on a socket of the test's own, until the test ends or the returned function is called.
func serveOne(t testing.TB, plugins ...*plugin.Plugin) (path string, stop func()) {
	t.Helper()
	server, err := New(plugins)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "s.sock")
	listener, remove, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	stops, stopped := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(stopped)
		if err := server.Serve(listener, stops); err != nil {
			t.Error(err)
		}
		remove()
	}()
	isStopped := false
	stop = func() {
		if !isStopped {
			isStopped = true
			stops <- "the test is over"
			<-stopped
		}
	}
	t.Cleanup(stop)
	return path, stop
}

func one(name string, constructor func() any) *plugin.Plugin {
	return &plugin.Plugin{Name: name, New: constructor, Version: "1.0.0", Priority: 10}
}

func newSidecar() any { return &sidecar{} }

func TestHelloAndEvent(t *testing.T) {
	path, _ := serveOne(t, one("sidecar", newSidecar))
	g := fakegateway.Dial(t, path)
	info := g.Hello.Plugins[0]
	if info.Name != "sidecar" || strings.Join(info.Phases, " ") != "access" || info.Priority != 10 || info.Version != "1.0.0" {
		t.Errorf("hello: %+v", info)
	}
	want := `{"fields":[{"config":{"fields":[{"plan":{"default":"gold","type":"string"}}],"type":"record"}}],"name":"sidecar"}`
	if string(info.Schema) != want {
		t.Errorf("schema: %s", info.Schema)
	}
	g.Start(7, "sidecar", `{"__seq__":3}`)
	for stream := uint32(1); stream <= 3; stream++ {
		g.Send(stream, wire.TypeEvent, fakegateway.Access(7, stream))
		done := g.Done(stream)
		if done.Failure != "" || done.Ran != 1 || len(done.Writes) != 3 || len(done.PluginUs) != 1 {
			t.Fatalf("%+v", done)
		}
		if w := done.Writes[0]; w.Op != wire.OpServiceRequestSetHeader || w.Name != "x-user" || w.Value != "client-42" {
			t.Errorf("%+v", w)
		}
		if w := done.Writes[2]; w.Op != wire.OpResponseSetHeader || w.Name != "x-served-by" || w.Value != "sidecar" {
			t.Errorf("%+v", w)
		}
	}
}
