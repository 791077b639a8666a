package serve

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/bridge"
	"github.com/Kong/go-pdk/internal/fakegateway"
	"github.com/Kong/go-pdk/internal/plugin"
	"github.com/Kong/go-pdk/internal/wire"
)

type fg = fakegateway.Kong

var text, number, field, join = fakegateway.Text, fakegateway.Number, fakegateway.Field, fakegateway.Join

// value gives a google.protobuf.Value with a text, as a field.
func value(field int, content string) []byte {
	return fakegateway.Field(field, fakegateway.Text(3, content))
}

// kongOdd starts a plugin that does one thing, over ProtoBuf:1.
func kongOdd(t *testing.T, do string) (g *fg, instance uint64, on *signals, path string) {
	t.Helper()
	on = newSignals()
	path, _ = serveOne(t, one("odd", on.newOdd))
	g = fakegateway.DialKong(t, path)
	return g, g.Start("odd", `{"do":"`+do+`","__seq__":7}`), on, path
}

// Goal: no byte of one protocol can be taken for the other. The first four bytes decide: as a length, those of the native
// preamble are above what ProtoBuf:1 may send, in either byte order.
func TestProtocolsCannotBeMistaken(t *testing.T) {
	first := []byte(wire.Preamble[:openingBytes])
	for _, length := range []uint32{binary.LittleEndian.Uint32(first), binary.BigEndian.Uint32(first)} {
		if length <= wire.KongFrameBytesMax {
			t.Errorf("the preamble is a frame of %d bytes", length)
		}
	}
	if _, err := wire.KongLength(first); !errors.Is(err, wire.ErrFrameLength) {
		t.Error(err)
	}
	longest := binary.LittleEndian.AppendUint32(nil, wire.KongFrameBytesMax)
	if _, err := wire.KongLength(longest); err != nil || string(longest) == wire.Preamble[:openingBytes] {
		t.Error(longest, err)
	}
}

func TestKongEvent(t *testing.T) {
	path, _ := serveOne(t, one("sidecar", newSidecar))
	g := fakegateway.DialKong(t, path)
	instance := g.Start("sidecar", `{"plan":"silver"}`)
	native := fakegateway.Dial(t, path) // at the same time, on the same socket
	native.Start(7, "sidecar", `{}`)
	for round := uint32(1); round <= 3; round++ {
		sequence := g.Event(instance, "access")
		g.Asked("kong.request.get_header", text(1, "x-client-id"), text(1, "client-42"))
		native.Send(round, wire.TypeEvent, fakegateway.Access(7, round))
		if done := native.Done(round); len(done.Writes) != 3 {
			t.Errorf("%+v", done)
		}
		g.Asked("kong.service.request.set_header", join(text(1, "x-user"), value(2, "client-42")), nil)
		g.Asked("kong.service.request.set_header", join(text(1, "x-plan"), value(2, "silver")), nil)
		g.Asked("kong.response.set_header", join(text(1, "x-served-by"), value(2, "sidecar")), nil)
		g.End(sequence)
	}
}

// An instance belongs to no connection, its number is never used again, and one that is closed is gone.
func TestKongInstances(t *testing.T) {
	g, first, _, path := kongOdd(t, "none")
	second := g.Start("odd", `{"do":"none","__seq__":7}`)
	if second == first {
		t.Error("two instances have one number")
	}
	other := fakegateway.DialKong(t, path)
	other.End(other.Event(first, "access"))
	other.Call(35, number(1, first))
	if status, err := other.Read(); err != nil || !strings.Contains(string(status), "odd") {
		t.Errorf("%q %v", status, err)
	}
	g.Event(first, "access")
	g.ExpectClosed() // the gateway takes that for an instance that is lost
	other.End(other.Event(second, "access"))
	for _, config := range []string{`{"do":"refuse"}`, `{"do":"panic at start"}`, `{"do":7}`, `{`} {
		refused := fakegateway.DialKong(t, path)
		refused.Call(33, text(1, "odd"), text(2, config))
		refused.ExpectClosed()
	}
	unknown := fakegateway.DialKong(t, path)
	unknown.Call(33, text(1, "even"), text(2, "{}"))
	unknown.ExpectClosed()
	other.End(other.Event(second, "access"))
}

// Kong never says that it needs an instance no longer where a plugin is deleted: those that are not used give way.
func TestKongInstancesAreBounded(t *testing.T) {
	var k kongInstances
	p := one("odd", newSignals().newOdd)
	first, err := k.start(p, `{"do":"none"}`)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < kongInstancesMax; i++ {
		if _, err := k.start(p, `{"do":"none"}`); err != nil {
			t.Fatal(err)
		}
	}
	first.lastEvent.Store(time.Now().Add(time.Hour).UnixNano())
	last, _ := k.start(p, `{"do":"none"}`)
	if len(k.byID) != kongInstancesMax || k.find(first.id) == nil || k.find(2) != nil || k.find(last.id) == nil {
		t.Errorf("%d instances, the first %v", len(k.byID), k.find(first.id))
	}
}

func TestKongPanicIsOneFailedEvent(t *testing.T) {
	for _, do := range []string{"panic", "goexit"} {
		g, instance, _, path := kongOdd(t, do)
		other := fakegateway.DialKong(t, path)
		for round := 0; round < 3; round++ {
			g.Event(instance, "access")
			if do == "panic" {
				g.Expect([]byte("kong.log.err"))
				trace, err := g.Read()
				if err != nil || !strings.Contains(string(trace), "events_test.go") {
					t.Errorf("%q %v", trace, err)
				}
				g.Frame(nil)
			}
			g.Expect([]byte(failureMethod))
			g.Expect(nil)
			g.ExpectClosed()
			g = fakegateway.DialKong(t, path)
		}
		other.End(other.Event(other.Start("odd", `{"do":"none"}`), "access"))
	}
}

// A phase without a handler fails the event; to close the connection would make Kong begin it again for ever.
func TestKongPhaseThatIsNotThere(t *testing.T) {
	for _, phase := range []string{"log", "header_filter", "init_worker", "nothing"} {
		g, instance, _, _ := kongOdd(t, "none")
		g.Event(instance, phase)
		g.Expect([]byte(failureMethod))
		g.Expect(nil)
		g.ExpectClosed()
	}
}

func TestKongExit(t *testing.T) {
	g, instance, on, _ := kongOdd(t, "exit")
	g.Event(instance, "access")
	g.Expect([]byte("kong.response.exit"))
	header := field(1, join(text(1, "x-why"), field(2, field(6, value(1, "because")))))
	g.Expect(join(number(1, 403), text(2, "no"), field(3, header)))
	if err := <-on.results; !errors.Is(err, bridge.ErrExited) {
		t.Errorf("after Exit: %v", err)
	}
	g.ExpectClosed() // no answer is waited for
}

// A call that the gateway refuses, or a gateway that goes away in the middle of an event, ends that event alone.
func TestKongDisconnect(t *testing.T) {
	g, instance, on, path := kongOdd(t, "ask")
	other := fakegateway.DialKong(t, path)
	quiet := other.Start("odd", `{"do":"none"}`)
	g.Event(instance, "access")
	g.Asked("kong.response.set_header", join(text(1, "x-before"), value(2, "1")), nil)
	g.Expect([]byte("kong.client.load_consumer"))
	g.Close()
	if err := <-on.results; !errors.Is(err, bridge.ErrEventOver) {
		t.Error(err)
	}
	other.End(other.Event(quiet, "access"))
}

func TestKongContextEndsWithTheConnection(t *testing.T) {
	g, instance, on, _ := kongOdd(t, "context")
	g.Event(instance, "access")
	<-on.entered
	g.Close()
	if err := <-on.results; !errors.Is(err, bridge.ErrEventOver) {
		t.Error(err)
	}
}

func TestKongGarbage(t *testing.T) {
	frame := func(payload ...byte) []byte {
		return append(binary.LittleEndian.AppendUint32(nil, uint32(len(payload))), payload...)
	}
	cases := map[string][]byte{
		"HTTP":                    []byte("GET / HTTP/1.1\r\n\r\n"),
		"MessagePack":             {0x94, 0, 1, 0xb4, 'p', 'l', 'u', 'g'},
		"a frame over the limit":  binary.LittleEndian.AppendUint32(nil, wire.KongFrameBytesMax+1),
		"a call of nothing":       frame(),
		"no protobuf":             frame(0xff, 0xff, 0xff),
		"a command that is cut":   frame(0x08, 2, 0x8a, 0x02, 9, 0x0a),
		"no such command":         frame(join(number(1, 2), field(30, nil))...),
		"half of the preamble":    []byte("DRAGGED AWAY"),
		"an unknown instance":     frame(join(number(1, 2), field(36, join(number(1, 99), text(2, "access"))))...),
		"the status of no such":   frame(join(number(1, 2), field(34, number(1, 99)))...),
		"an end of one not there": frame(join(number(1, 2), field(35, number(1, 99)))...),
	}
	g, instance, _, path := kongOdd(t, "none")
	for name, bytes := range cases {
		t.Run(name, func(t *testing.T) {
			k := fakegateway.DialKong(t, path)
			k.Raw(bytes)
			k.ExpectClosed()
			g.End(g.Event(instance, "access")) // the others live
		})
	}
}

// Goal: garbage never takes the server down. Method: random bytes, alone and as the payload of a frame; the seed is printed.
func TestKongRandomBytes(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewSource(seed))
	g, instance, _, path := kongOdd(t, "none")
	for round := 0; round < 200; round++ {
		bytes := make([]byte, random.Intn(60))
		random.Read(bytes)
		k := fakegateway.DialKong(t, path)
		if round%2 == 0 {
			k.Frame(append(number(1, 2), bytes...))
		} else {
			k.Raw(bytes)
		}
		k.Close()
	}
	g.End(g.Event(instance, "access"))
}

// A call that comes byte by byte, one that stays half, and a result that is longer than any buffer.
func TestKongFramesInPieces(t *testing.T) {
	path, _ := serveOne(t, one("sidecar", newSidecar))
	half := fakegateway.DialKong(t, path)
	half.Raw([]byte{9})
	g := fakegateway.DialKong(t, path)
	instance := g.Start("sidecar", `{"plan":"x"}`)
	call := join(number(1, 500), field(36, join(number(1, instance), text(2, "access"))))
	for _, b := range append(binary.LittleEndian.AppendUint32(nil, uint32(len(call))), call...) {
		g.Raw([]byte{b})
	}
	long := strings.Repeat("x", 3*kongStepBytes)
	g.Asked("kong.request.get_header", text(1, "x-client-id"), text(1, long))
	g.Asked("kong.service.request.set_header", join(text(1, "x-user"), value(2, long)), nil)
	g.Asked("kong.service.request.set_header", join(text(1, "x-plan"), value(2, "x")), nil)
	g.Asked("kong.response.set_header", join(text(1, "x-served-by"), value(2, "sidecar")), nil)
	g.End(number(1, 500))
	half.Close()
}

// large sends more than a frame may hold.
type large struct{ result chan error }

func (l *large) Access(kong *pdk.PDK) {
	l.result <- kong.ServiceRequest.SetRawBody(strings.Repeat("x", wire.KongFrameBytesMax+1))
}

func TestKongWriteOverTheLimit(t *testing.T) {
	result := make(chan error, 1)
	path, _ := serveOne(t, one("large", func() any { return &large{result} }))
	g := fakegateway.DialKong(t, path)
	g.Event(g.Start("large", `{}`), "access")
	if err := <-result; !errors.Is(err, bridge.ErrEventOver) || !errors.Is(err, wire.ErrFrameLength) {
		t.Error(err)
	}
	g.ExpectClosed()
}

// A connection may carry nothing for as long as it likes, is drained when it is quiet, and finishes its event when it is not.
func TestKongDrain(t *testing.T) {
	on := newSignals()
	path, stop := serveOne(t, one("odd", on.newOdd))
	silent := fakegateway.DialKong(t, path)
	g, quiet := fakegateway.DialKong(t, path), fakegateway.DialKong(t, path)
	quiet.Start("odd", `{"do":"none"}`)
	sequence := g.Event(g.Start("odd", `{"do":"wait"}`), "access")
	<-on.entered
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	silent.ExpectClosed()
	quiet.ExpectClosed()
	on.released <- struct{}{}
	g.End(sequence)
	g.ExpectClosed()
	<-stopped
}

// filtering has a phase that ProtoBuf:1 does not know.
type filtering struct{}

func (*filtering) HeaderFilter(*pdk.PDK) {}

func TestKongIsNotOfferedWhatItCannotRun(t *testing.T) {
	server, err := New([]*plugin.Plugin{one("sidecar", newSidecar)})
	if err != nil || !server.SpeaksKong() {
		t.Error("a plugin of Kong's phases is for Kong too", err)
	}
	path, _ := serveOne(t, one("sidecar", newSidecar), one("filtering", func() any { return &filtering{} }))
	g := fakegateway.DialKong(t, path)
	g.Call(33, text(1, "filtering"), text(2, "{}"))
	g.ExpectClosed()
}

// A body that Kong has put into a file is read from there.
func TestKongBodyInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(path, []byte("from the disk"), 0o600); err != nil {
		t.Fatal(err)
	}
	bodies := make(chan string, 1)
	socket, _ := serveOne(t, one("reader", func() any { return &reader{bodies} }))
	g := fakegateway.DialKong(t, socket)
	instance := g.Start("reader", `{}`)
	for want, answer := range map[string][]byte{
		"from the disk": text(2, path), "as it is": text(1, "as it is"), "error: too large": text(3, "too large"), "": nil,
	} {
		sequence := g.Event(instance, "access")
		g.Asked("kong.request.get_raw_body", nil, answer)
		if got := <-bodies; got != want {
			t.Errorf("%q, not %q", got, want)
		}
		g.End(sequence)
	}
}

type reader struct{ bodies chan string }

func (r *reader) Access(kong *pdk.PDK) {
	body, err := kong.Request.GetRawBody()
	if err != nil {
		body = []byte(fmt.Sprintf("error: %v", err))
	}
	r.bodies <- string(body)
}
