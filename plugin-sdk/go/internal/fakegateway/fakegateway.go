// Package fakegateway is the gateway's side of a connection, for tests: it sends frames and reads what comes.
package fakegateway

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/Kong/go-pdk/internal/wire"
)

// patience is how long a test waits for a frame.
const patience = 60 * time.Second

// Gateway is a connection to a plugin server.
type Gateway struct {
	t      testing.TB
	conn   net.Conn
	buffer []byte
	// Hello is the plugin server's.
	Hello wire.Hello
}

// Dial connects, sends the preamble and a Hello, and reads the server's.
func Dial(t testing.TB, path string) *Gateway {
	t.Helper()
	return dial(t, path, false)
}

// DialForReads is Dial of a tool that wants to know what plugins read.
func DialForReads(t testing.TB, path string) *Gateway {
	t.Helper()
	return dial(t, path, true)
}

func dial(t testing.TB, path string, wantsReads bool) *Gateway {
	t.Helper()
	g := Connect(t, path)
	g.Send(0, wire.TypeHello, &wire.Hello{
		ProtocolVersions: []uint32{1}, Software: "test", NodeID: "node-1", Hostname: "gw-1", KongVersion: "3.9.1", KongVersionNum: 3009001,
		WantsReads: wantsReads,
	})
	g.Expect(0, wire.TypeHello, &g.Hello)
	return g
}

// Connect connects and sends the preamble, nothing more.
func Connect(t testing.TB, path string) *Gateway {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	g := &Gateway{t: t, conn: conn}
	g.Raw([]byte(wire.Preamble))
	return g
}

// Raw sends bytes.
func (g *Gateway) Raw(data []byte) {
	g.t.Helper()
	if _, err := g.conn.Write(data); err != nil {
		g.t.Fatal(err)
	}
}

// Send sends a message in a frame.
func (g *Gateway) Send(stream uint32, kind wire.FrameType, message any) {
	g.t.Helper()
	g.Raw(wire.AppendFrame(nil, stream, kind, wire.Append(nil, message)))
}

// SendRaw sends the bytes of a message in a frame.
func (g *Gateway) SendRaw(stream uint32, kind wire.FrameType, message []byte) {
	g.t.Helper()
	g.Raw(wire.AppendFrame(nil, stream, kind, message))
}

// Next gives the next frame; the error is that of reading.
func (g *Gateway) Next() (wire.Frame, error) {
	g.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		frame, taken, _, err := wire.CutFrame(g.buffer, wire.FrameBytesMax)
		if err != nil {
			return frame, err
		}
		if taken > 0 {
			g.buffer = g.buffer[taken:]
			return frame, nil
		}
		chunk := make([]byte, 64<<10)
		n, err := g.conn.Read(chunk)
		if err != nil {
			return frame, err
		}
		g.buffer = append(g.buffer, chunk[:n]...)
	}
}

// Expect reads a frame of a type and stream into a message; nil for one that is not looked at.
func (g *Gateway) Expect(stream uint32, kind wire.FrameType, message any) wire.Frame {
	g.t.Helper()
	frame, err := g.Next()
	if err != nil {
		g.t.Fatalf("waiting for a frame of type %d: %v", kind, err)
	}
	if frame.Type != kind || frame.Stream != stream {
		g.t.Fatalf("got a frame of type %d on stream %d (%q), not %d on %d", frame.Type, frame.Stream, frame.Message, kind, stream)
	}
	if message != nil {
		if err := wire.Decode(string(frame.Message), message); err != nil {
			g.t.Fatal(err)
		}
	}
	return frame
}

// ExpectClosed reads until the server has closed the connection.
func (g *Gateway) ExpectClosed() {
	g.t.Helper()
	for {
		if _, err := g.Next(); err != nil {
			if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
				g.t.Fatal("the connection is not closed")
			}
			return
		}
	}
}

// Start begins a plugin config and waits until it is in force.
func (g *Gateway) Start(instance uint32, plugin, config string) wire.Started {
	g.t.Helper()
	g.Send(0, wire.TypeStart, &wire.Start{Instance: instance, Plugin: plugin, Config: []byte(config)})
	var started wire.Started
	g.Expect(0, wire.TypeStarted, &started)
	if started.Instance != instance {
		g.t.Fatalf("instance %d started, not %d", started.Instance, instance)
	}
	return started
}

// Done waits for the Done of a stream.
func (g *Gateway) Done(stream uint32) wire.Answer {
	g.t.Helper()
	frame := g.Expect(stream, wire.TypeDone, nil)
	answer, err := wire.DecodeDone(string(frame.Message))
	if err != nil {
		g.t.Fatal(err)
	}
	return answer
}

// Call waits for a Call of a stream.
func (g *Gateway) Call(stream uint32) wire.Answer {
	g.t.Helper()
	frame := g.Expect(stream, wire.TypeCall, nil)
	answer, err := wire.DecodeCall(string(frame.Message))
	if err != nil {
		g.t.Fatal(err)
	}
	return answer
}

// Result answers a Call.
func (g *Gateway) Result(stream uint32, value any, problem string) {
	g.t.Helper()
	g.SendRaw(stream, wire.TypeResult, wire.AppendResult(nil, value, problem))
}

// Access gives an access event of a small GET, as the gateway makes it.
func Access(instance, request uint32) *wire.Event {
	return &wire.Event{
		Phase: wire.Access, Instances: []uint32{instance}, Request: request, DeadlineMs: 60_000,
		ID: fmt.Sprintf("%032x", request), Method: "GET", Target: "/orders/7?page=2&debug", HTTPVersion: 11, Scheme: "http",
		Host: "api.example.com", Port: 8000,
		Headers:  "host: api.example.com\r\nuser-agent: curl/8.5.0\r\naccept: */*\r\nx-client-id: client-42\r\ncookie: a=1; b=2\r\n",
		ClientIP: "127.0.0.1", ClientPort: 51234, ForwardedIP: "127.0.0.1", ForwardedPort: 51234,
		StartMs: 1763733600123, BodyState: wire.BodyNone,
	}
}
