package serve

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/bridge"
	"github.com/Kong/go-pdk/condition"
	"github.com/Kong/go-pdk/internal/fakegateway"
	"github.com/Kong/go-pdk/internal/wire"
)

// odd does what its configuration says in access.
type odd struct {
	Do string `json:"do"`
	*signals
}

// signals are between a test and the handlers of its own plugin.
type signals struct {
	released chan struct{}
	entered  chan struct{}
	results  chan error
}

func newSignals() *signals {
	return &signals{make(chan struct{}), make(chan struct{}, 8), make(chan error, 8)}
}

func (o *odd) OnStart() error {
	switch o.Do {
	case "refuse":
		return errors.New("not like this")
	case "panic at start":
		panic("not like that")
	}
	return nil
}

func (o *odd) Access(kong *pdk.PDK) {
	switch o.Do {
	case "panic":
		var table map[string]int
		table["x"] = 1
	case "goexit":
		runtime.Goexit()
	case "exit":
		kong.Response.Exit(403, []byte("no"), map[string][]string{"x-why": {"because"}})
		o.results <- kong.Response.SetHeader("x-late", "1")
	case "wait":
		o.entered <- struct{}{}
		<-o.released
	case "context":
		o.entered <- struct{}{}
		<-kong.Context().Done()
		_, err := kong.Request.GetHeader("host")
		o.results <- err
	case "ask":
		_ = kong.Response.SetHeader("x-before", "1")
		consumer, err := kong.Client.LoadConsumer("alice", true)
		if err == nil {
			err = kong.ServiceRequest.SetHeader("x-consumer", consumer.Username)
		}
		o.results <- err
	case "keep":
		table, _ := kong.Ctx.Plugin()
		table["seen"] = true
	case "log":
		_ = kong.Log.Warn("one ", 2, " ", errors.New("three"))
		o.entered <- struct{}{}
		<-o.released
	case "read":
		_, _ = kong.Request.GetHeader("X-User")
		_, _ = kong.Request.GetQueryArg("page")
		_, _ = kong.Client.GetIp()
		_, _ = kong.Request.GetForwardedPath()
		_, _ = kong.Ctx.GetSharedAny("k")
		_, _ = kong.Node.GetId()
	case "late":
		go func() {
			o.entered <- struct{}{}
			<-o.released
			_, err := kong.Request.GetHeader("host")
			o.results <- err
		}()
	}
}

func (o *odd) Conditions() []condition.On {
	if o.Do == "panic in conditions" {
		panic("nor like that")
	}
	return []condition.On{{Phases: condition.Access, If: condition.HeaderPresent("authorization")}}
}

func (o *odd) CacheKey() condition.Key { return condition.Key{condition.ByHeader("authorization")} }

func (s *signals) newOdd() any { return &odd{signals: s} }

func startOdd(t *testing.T, do string) (*fakegateway.Gateway, *signals) {
	t.Helper()
	on := newSignals()
	path, _ := serveOne(t, one("odd", on.newOdd))
	g := fakegateway.Dial(t, path)
	g.Start(1, "odd", `{"do":"`+do+`"}`)
	return g, on
}

func TestStarted(t *testing.T) {
	path, _ := serveOne(t, one("odd", newSignals().newOdd))
	g := fakegateway.Dial(t, path)
	started := g.Start(1, "odd", `{"do":""}`)
	if len(started.Conditions) != 1 || *started.Conditions[0].Condition.HeaderPresent != "authorization" || started.CacheKey == nil {
		t.Errorf("%+v", started)
	}
	for _, config := range []string{`{"do":"refuse"}`, `{"do":"panic at start"}`, `{"do":"panic in conditions"}`, `{"do":7}`, ``} {
		start := wire.Start{Instance: 2, Plugin: "odd", Config: []byte(config)}
		if config == "" {
			start.Plugin = "even"
		}
		g.Send(0, wire.TypeStart, &start)
		var failed wire.StartFailed
		g.Expect(0, wire.TypeStartFailed, &failed)
		if failed.Instance != 2 || failed.Message == "" {
			t.Errorf("%+v", failed)
		}
	}
	g.Send(0, wire.TypeStop, &wire.Stop{Instance: 1})
	g.Send(3, wire.TypeEvent, fakegateway.Access(1, 1))
	if done := g.Done(3); done.Failure != "no plugin instance 1" {
		t.Errorf("%+v", done)
	}
}

func TestPanicIsOneFailedEvent(t *testing.T) {
	g, _ := startOdd(t, "panic")
	for stream := uint32(1); stream < 3; stream++ {
		g.Send(stream, wire.TypeEvent, fakegateway.Access(1, stream))
		var line wire.LogLine
		g.Expect(stream, wire.TypeLog, &line)
		if line.Level != "err" || line.Plugin != "odd" || !strings.Contains(line.Message, "events_test.go") {
			t.Errorf("%+v", line)
		}
		if done := g.Done(stream); !strings.Contains(done.Failure, "nil map") || done.Ran != 1 {
			t.Errorf("%+v", done)
		}
	}
}

func TestGoexitIsOneFailedEvent(t *testing.T) {
	g, _ := startOdd(t, "goexit")
	for stream := uint32(1); stream < 4; stream++ {
		g.Send(stream, wire.TypeEvent, fakegateway.Access(1, stream))
		if done := g.Done(stream); done.Failure != "the handler ended its goroutine" {
			t.Errorf("%+v", done)
		}
	}
}

func TestExitEndsTheEvent(t *testing.T) {
	g, on := startOdd(t, "exit")
	g.Start(2, "odd", `{"do":"keep"}`)
	event := fakegateway.Access(1, 1)
	event.Instances = []uint32{1, 2}
	g.Send(1, wire.TypeEvent, event)
	done := g.Done(1)
	if done.Ran != 1 || len(done.Writes) != 1 || done.Writes[0].Name != "kong.response.exit" || done.Writes[0].Args[0] != int64(403) {
		t.Errorf("%+v", done)
	}
	if err := <-on.results; !errors.Is(err, bridge.ErrExited) {
		t.Errorf("after Exit: %v", err)
	}
}

func TestCallTakesWritesAlong(t *testing.T) {
	g, on := startOdd(t, "ask")
	g.Send(9, wire.TypeEvent, fakegateway.Access(1, 1))
	call := g.Call(9)
	if call.Method != "kong.client.load_consumer" || len(call.Writes) != 1 || call.Args[0] != "alice" || call.Args[1] != true {
		t.Fatalf("%+v", call)
	}
	g.Result(9, wire.Map{{Key: "username", Value: "Alice"}}, "")
	done := g.Done(9)
	if len(done.Writes) != 1 || done.Writes[0].Value != "Alice" || <-on.results != nil {
		t.Errorf("%+v", done)
	}
}

func TestRefusedCall(t *testing.T) {
	g, on := startOdd(t, "ask")
	g.Send(9, wire.TypeEvent, fakegateway.Access(1, 1))
	g.Call(9)
	g.Send(9, wire.TypeCancel, &wire.Cancel{Reason: wire.CancelRefused, Message: "not in this phase"})
	err := <-on.results
	var refused *bridge.Refused
	if !errors.As(err, &refused) || refused.Reason != "not in this phase" {
		t.Error(err)
	}
	if !errors.Is(err, bridge.ErrEventOver) || !errors.Is(err, io.EOF) || err.Error() != "EOF" {
		t.Error(err)
	}
	g.Send(0, wire.TypePing, &wire.Ping{Token: 5}) // no Done before the Pong
	g.Expect(0, wire.TypePong, nil)
}

func TestCancelEndsTheContext(t *testing.T) {
	g, on := startOdd(t, "context")
	g.Send(9, wire.TypeEvent, fakegateway.Access(1, 1))
	<-on.entered
	g.Send(9, wire.TypeCancel, &wire.Cancel{Reason: wire.CancelClientGone})
	<-on.results // the snapshot may still be read
	event := fakegateway.Access(1, 2)
	event.DeadlineMs = 1
	g.Send(10, wire.TypeEvent, event)
	<-on.entered
	<-on.results
	g.Done(10)
}

// A handler that waits holds up no other event, on the reader's goroutine or not.
func TestHandlersThatWait(t *testing.T) {
	g, on := startOdd(t, "wait")
	g.Start(2, "odd", `{"do":"none"}`)
	for round := uint32(0); round < 5; round++ {
		g.Send(1, wire.TypeEvent, fakegateway.Access(1, round))
		<-on.entered
		g.Send(2, wire.TypeEvent, fakegateway.Access(2, round))
		g.Done(2)
		on.released <- struct{}{}
		g.Done(1)
	}
}

func TestContextIsKept(t *testing.T) {
	g, _ := startOdd(t, "keep")
	g.Start(2, "odd", `{}`)
	g.Send(1, wire.TypeEvent, fakegateway.Access(1, 77))
	if done := g.Done(1); !done.KeepsContext {
		t.Errorf("%+v", done)
	}
	for _, want := range []bool{true, false} {
		g.Send(1, wire.TypeEvent, fakegateway.Access(2, 77))
		if done := g.Done(1); done.KeepsContext != want {
			t.Errorf("%+v, wanted %v", done, want)
		}
		g.Send(0, wire.TypeForget, &wire.Forget{Requests: []uint32{77}})
	}
}

func TestContextsAreBounded(t *testing.T) {
	var c contexts
	for i := uint32(1); i <= 3*contextsMax; i++ {
		c.get(i, "p", true)["k"] = 1
		if i%2 == 0 {
			c.forget([]uint32{i - 1})
		}
	}
	delete(c.get(3*contextsMax-2, "p", false), "k")
	if c.keeps(3*contextsMax - 2) {
		t.Error("an empty table is kept")
	}
	if len(c.tables) > contextsMax || len(c.order) > 2*contextsMax || !c.keeps(3*contextsMax) || c.keeps(2) {
		t.Errorf("%d tables, %d in order", len(c.tables), len(c.order))
	}
}

func TestLogLinesComeWhileTheHandlerWaits(t *testing.T) {
	g, on := startOdd(t, "log")
	g.Send(4, wire.TypeEvent, fakegateway.Access(1, 1))
	<-on.entered
	var line wire.LogLine
	g.Expect(4, wire.TypeLog, &line)
	if line != (wire.LogLine{Level: "warn", Message: "one 2 three", Plugin: "odd"}) {
		t.Errorf("%+v", line)
	}
	on.released <- struct{}{}
	g.Done(4)
}

func TestPDKAfterItsHandler(t *testing.T) {
	g, on := startOdd(t, "late")
	g.Send(4, wire.TypeEvent, fakegateway.Access(1, 1))
	<-on.entered
	g.Done(4)
	on.released <- struct{}{}
	if err := <-on.results; !errors.Is(err, bridge.ErrEventOver) {
		t.Error(err)
	}
}

func TestOutOfPlace(t *testing.T) {
	var on *signals
	cases := map[string]func(g *fakegateway.Gateway){
		"another protocol": func(g *fakegateway.Gateway) { g.Raw(wire.AppendFrame(nil, 1, wire.TypeEvent, nil)) },
		"a second Hello":   func(g *fakegateway.Gateway) { g.Send(0, wire.TypeHello, &wire.Hello{}) },
		"a frame too long": func(g *fakegateway.Gateway) { g.Raw([]byte{0, 0, 0, 0x7f}) },
		"no message":       func(g *fakegateway.Gateway) { g.SendRaw(1, wire.TypeEvent, []byte{0xff}) },
		"a taken stream": func(g *fakegateway.Gateway) {
			g.Send(1, wire.TypeEvent, fakegateway.Access(1, 1))
			<-on.entered
			g.Send(1, wire.TypeEvent, fakegateway.Access(1, 2))
		},
		"stream 0":         func(g *fakegateway.Gateway) { g.Send(0, wire.TypeEvent, fakegateway.Access(1, 1)) },
		"a taken instance": func(g *fakegateway.Gateway) { g.Send(0, wire.TypeStart, &wire.Start{Instance: 1, Plugin: "odd"}) },
		"a chunk in a head": func(g *fakegateway.Gateway) {
			g.Send(1, wire.TypeEvent, fakegateway.Access(1, 1))
			<-on.entered
			g.Send(1, wire.TypeChunk, &wire.Chunk{})
		},
	}
	for name, send := range cases {
		t.Run(name, func(t *testing.T) {
			on = newSignals()
			path, _ := serveOne(t, one("odd", on.newOdd))
			var g *fakegateway.Gateway
			if name == "another protocol" {
				g = fakegateway.Connect(t, path)
			} else {
				g = fakegateway.Dial(t, path)
				g.Start(1, "odd", `{"do":"context"}`)
			}
			send(g)
			g.ExpectClosed()
			fakegateway.Dial(t, path) // the server lives
		})
	}
}

func TestNoVersionInCommon(t *testing.T) {
	path, _ := serveOne(t, one("odd", newSignals().newOdd))
	g := fakegateway.Connect(t, path)
	g.Send(0, wire.TypeHello, &wire.Hello{ProtocolVersions: []uint32{9}})
	g.Expect(0, wire.TypeHello, nil)
	var draining wire.Draining
	g.Expect(0, wire.TypeDraining, &draining)
	g.ExpectClosed()
}

func TestUnknownFramesAreDropped(t *testing.T) {
	g, _ := startOdd(t, "none")
	g.SendRaw(3, 99, []byte("?"))
	g.Result(3, "late", "")
	g.Send(3, wire.TypeCancel, &wire.Cancel{})
	g.Send(3, wire.TypeChunk, &wire.Chunk{})
	g.Send(0, wire.TypePing, &wire.Ping{Token: 1})
	g.Expect(0, wire.TypePong, nil)
}

// A frame that comes byte by byte, and one longer than the read buffer.
func TestFramesInPieces(t *testing.T) {
	g, _ := startOdd(t, "none")
	event := fakegateway.Access(1, 1)
	for _, b := range wire.AppendFrame(nil, 5, wire.TypeEvent, wire.Append(nil, event)) {
		g.Raw([]byte{b})
	}
	g.Done(5)
	event.Body, event.BodyState = strings.Repeat("x", 3*readBytes), wire.BodyHere
	for stream := uint32(1); stream < 4; stream++ {
		g.Send(stream, wire.TypeEvent, event)
		g.Done(stream)
	}
}

func TestDrain(t *testing.T) {
	on := newSignals()
	path, stop := serveOne(t, one("odd", on.newOdd))
	g := fakegateway.Dial(t, path)
	g.Start(1, "odd", `{"do":"wait"}`)
	g.Send(1, wire.TypeEvent, fakegateway.Access(1, 1))
	<-on.entered
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	var draining wire.Draining
	g.Expect(0, wire.TypeDraining, &draining)
	if draining.Reason != "the test is over" {
		t.Error(draining)
	}
	time.AfterFunc(drainGrace+drainGrace/2, func() { on.released <- struct{}{} })
	g.Done(1)
	g.ExpectClosed()
	<-stopped
}

// readsOf runs an event of a plugin that reads, on a connection that asks for reads or does not.
func readsOf(t *testing.T, g *fakegateway.Gateway) []string {
	t.Helper()
	g.Start(1, "odd", `{"do":"read"}`)
	g.Send(1, wire.TypeEvent, fakegateway.Access(1, 7))
	if call := g.Call(1); call.Method != "kong.request.get_forwarded_path" {
		t.Fatalf("%+v", call)
	}
	g.Result(1, "/", "")
	return g.Done(1).Reads
}

func TestReadsAreNamedToWhoAsks(t *testing.T) {
	path, _ := serveOne(t, one("odd", newSignals().newOdd))
	want := "kong.request.get_header X-User,kong.request.get_query_arg page,kong.client.get_ip,kong.ctx.shared.get k,kong.node.get_id"
	if got := strings.Join(readsOf(t, fakegateway.DialForReads(t, path)), ","); got != want {
		t.Errorf("%q, not %q", got, want)
	}
	if got := readsOf(t, fakegateway.Dial(t, path)); got != nil {
		t.Errorf("nobody asked for %q", got)
	}
}
