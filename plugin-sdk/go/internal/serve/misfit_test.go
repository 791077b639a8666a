package serve

import (
	"strings"
	"testing"

	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/internal/fakegateway"
	"github.com/Kong/go-pdk/internal/wire"
)

// misfit has a method that gives an error, as no handler does, one that takes something else, and a handler.
type misfit struct{}

func (misfit) Access(*pdk.PDK) error                { return nil }
func (misfit) Response(_ *pdk.PDK, _ string)        {}
func (misfit) Rewrite(kong *pdk.PDK)                { _ = kong.Log.Info("rewritten") }
func (misfit) HeaderFilter(string)                  {} // no phase of go-pdk: a method like any other
func (misfit) Certificate(kong *pdk.PDK, _ ...bool) {}

const accessMisfit = "the method Access of *serve.misfit is a func(*pdk.PDK) error; a handler is a func(*pdk.PDK), of github.com/Kong/go-pdk"

// Goal: a plugin whose author thinks that it looks at requests lets none pass. go-pdk takes a method of a phase's name for its
// handler, and each event fails.
func TestMethodThatIsNoHandler(t *testing.T) {
	path, _ := serveOne(t, one("misfit", func() any { return &misfit{} }))
	g := fakegateway.Dial(t, path)
	if phases := strings.Join(g.Hello.Plugins[0].Phases, " "); phases != "certificate rewrite access response" {
		t.Errorf("phases: %s", phases)
	}
	g.Start(7, "misfit", `{}`)
	g.Send(1, wire.TypeEvent, fakegateway.Access(7, 1))
	if done := g.Done(1); done.Failure != accessMisfit {
		t.Errorf("%+v", done)
	}
	event := fakegateway.Access(7, 2)
	event.Phase = wire.Rewrite
	g.Send(2, wire.TypeEvent, event)
	var line wire.LogLine
	g.Expect(2, wire.TypeLog, &line)
	if done := g.Done(2); done.Failure != "" {
		t.Errorf("%+v", done)
	}
}

func TestKongMethodThatIsNoHandler(t *testing.T) {
	path, _ := serveOne(t, one("misfit", func() any { return &misfit{} }))
	g := fakegateway.DialKong(t, path)
	g.Event(g.Start("misfit", `{}`), "access")
	g.Asked("kong.log.err", value(1, accessMisfit), nil)
	g.Expect([]byte(failureMethod))
	g.Expect(nil)
	g.ExpectClosed()
}
