package serve

// What an event over ProtoBuf:1 asks of its connection, and the frames that it does so with.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/Kong/go-pdk/internal/kongline"
	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/internal/wire"
)

var _ turn.Link = (*kongConn)(nil)

// lost is turn.ErrOver in the words of what ended the event: "EOF" mostly, as go-pdk has it.
type lost struct{ cause error }

func (l lost) Error() string { return l.cause.Error() }

func (l lost) Unwrap() []error { return []error{turn.ErrOver, l.cause} }

// Call sends a function's name and its arguments and waits for the result. After an exit there is none: see handleEvent.
func (c *kongConn) Call(_ *turn.Turn, _ []byte, method string, args []any) (value any, problem string, err error) {
	b, start := wire.BeginKongFrame(c.out[:0])
	b, _ = wire.EndKongFrame(append(b, method...), start)
	b, start = wire.BeginKongFrame(b)
	if b, err = wire.AppendKongArguments(b, method, args); err != nil {
		return nil, "", fmt.Errorf("%s: %w", method, err)
	}
	if err = c.write(wire.EndKongFrame(b, start)); err != nil {
		return nil, "", lost{err}
	}
	if method == "kong.response.exit" {
		return nil, "", nil
	}
	if err = c.readFrame(); err != nil {
		return nil, "", lost{err} // refused, mostly: the gateway does not say why
	}
	value, file, problem, err := wire.DecodeKongResult(method, string(c.payload))
	if err != nil {
		return nil, "", lost{fmt.Errorf("the result of %s: %w", method, err)}
	}
	if file != "" {
		if value, err = kongline.BodyIn(file); err != nil {
			problem = err.Error()
		}
	}
	return value, problem, nil
}

// Log is not used: a line is a Call.
func (c *kongConn) Log(*turn.Turn, string, string, string) {}

// Entity gives nothing: entities are asked for.
func (c *kongConn) Entity(uint32) *turn.Entity { return nil }

// Context gives the plugin's table for a request.
func (c *kongConn) Context(request uint32, plugin string, create bool) map[string]any {
	return c.server.kongContexts.get(request, plugin, create)
}

// Gateway gives nothing: a gateway does not tell of itself.
func (c *kongConn) Gateway() *wire.Hello { return &wire.Hello{} }

// Watch ends a handler's context when the gateway has closed the connection, as it does at the event's deadline. Nobody reads
// while a handler runs, so it looks now and then, and takes nothing off.
func (c *kongConn) Watch(ctx context.Context, cancel context.CancelFunc) {
	look := time.NewTicker(kongLookInterval)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			if c.isGone() {
				cancel()
				return
			}
		}
	}
}

func (c *kongConn) isGone() bool {
	socket, ok := c.net.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return true
	}
	isGone := false
	err = raw.Control(func(fd uintptr) {
		var one [1]byte
		n, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		isGone = n == 0 && err == nil
	})
	return isGone || err != nil
}

// readFrame reads the next payload. It waits for as long as the gateway takes to begin one, and helloTime for its rest.
func (c *kongConn) readFrame() error {
	if _, err := c.in.Peek(1); err != nil {
		return err
	}
	c.limitTime(wire.KongLengthBytes)
	var head [wire.KongLengthBytes]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return inFrame(err)
	}
	length, err := wire.KongLength(head[:])
	if err != nil {
		return err
	}
	return c.readPayload(length)
}

// readPayload reads as many bytes into c.payload.
func (c *kongConn) readPayload(length int) error {
	if c.payload = c.payload[:0]; cap(c.payload) > kongKeptBytesMax {
		c.payload = nil
	}
	c.limitTime(length)
	for len(c.payload) < length {
		from := len(c.payload)
		c.payload = append(c.payload, make([]byte, min(length-from, kongStepBytes))...)
		if _, err := io.ReadFull(c.in, c.payload[from:]); err != nil {
			return inFrame(err)
		}
	}
	if c.isTimed {
		c.isTimed = false
		return c.net.SetReadDeadline(time.Time{})
	}
	return nil
}

// limitTime gives the rest of a frame a deadline where it is not here yet.
func (c *kongConn) limitTime(length int) {
	if !c.isTimed && c.in.Buffered() < length {
		c.isTimed = true
		c.net.SetReadDeadline(time.Now().Add(helloTime))
	}
}

// inFrame tells the end of a connection within a frame from that between two.
func inFrame(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// send sends a payload in a frame.
func (c *kongConn) send(payload []byte) error {
	b, start := wire.BeginKongFrame(c.out[:0])
	return c.write(wire.EndKongFrame(append(b, payload...), start))
}

// write writes what was built, unless building failed.
func (c *kongConn) write(built []byte, err error) error {
	if err != nil {
		return err
	}
	if c.out = built; cap(built) > kongKeptBytesMax {
		c.out = nil
	}
	_, err = c.net.Write(built)
	return err
}
