package serve

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/internal/plugin"
	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/internal/wire"
)

// errDraining is why a connection is not served any more.
var errDraining = errors.New("the plugin server stops")

// failureMethod is a name that no gateway knows, which ends an event as failed: the protocol has no message for it. To close the
// connection instead would make Kong run the event again, and again, for as long as the handler fails.
const failureMethod = "kong.plugin.failed"

// kongConn is a connection that speaks ProtoBuf:1: one call of the gateway at a time, an event runs in its goroutine.
type kongConn struct {
	server *Server
	net    net.Conn
	in     *bufio.Reader
	turn   *turn.Turn
	// payload and out are where messages are read and built.
	payload, out []byte
	// isTimed says that reading has a deadline; isHandling, that a handler runs.
	isTimed, isHandling bool

	forget             sync.Once
	mu                 sync.Mutex
	isBusy, isDraining bool
}

func newKongConn(server *Server, nc net.Conn) *kongConn {
	return &kongConn{
		server: server, net: nc, in: bufio.NewReaderSize(nc, kongReadBytes), turn: turn.New(), isBusy: true, isTimed: true,
	}
}

// serve answers calls until the connection ends; first is the length of the first frame, which has been read.
func (c *kongConn) serve(first int) {
	defer c.end() // also where a handler ends its goroutine
	err := c.readPayload(first)
	for err == nil {
		if err = c.answer(); err != nil {
			break
		}
		if err = c.rest(); err == nil {
			err = c.readFrame()
		}
		c.setBusy()
	}
	if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && !errors.Is(err, errDraining) {
		c.server.logf("connection closed: %v", err)
	}
}

func (c *kongConn) end() {
	if c.isHandling {
		c.fail()
	}
	c.turn.Finish()
	c.hangUp()
}

// rest marks the connection as one that waits for a call; errDraining where none is to come.
func (c *kongConn) rest() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isBusy = false
	if c.isDraining {
		return errDraining
	}
	return nil
}

func (c *kongConn) setBusy() {
	c.mu.Lock()
	c.isBusy = true
	c.mu.Unlock()
}

// drain closes the connection, after the call that is being answered. The gateway hears of it then, and asks elsewhere.
func (c *kongConn) drain(string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isDraining = true
	if !c.isBusy {
		c.net.Close()
	}
}

// hangUp closes the connection; a handler that still runs is left to itself.
func (c *kongConn) hangUp() {
	c.net.Close()
	c.forget.Do(func() { c.server.forget(c) })
}

// answer does what the call in c.payload asks for. An error ends the connection, which is how this protocol says every error.
func (c *kongConn) answer() error {
	call, err := wire.DecodeKongCall(string(c.payload))
	if err != nil {
		return fmt.Errorf("call: %w", err)
	}
	switch call.Command {
	case wire.KongGetPluginNames, wire.KongGetPluginInfo:
		return c.send(nil) // as go-pdk: nothing asks for them
	case wire.KongStartInstance:
		return c.startInstance(&call)
	case wire.KongHandleEvent:
		return c.handleEvent(&call)
	}
	var instance *kongInstance
	if call.Command == wire.KongCloseInstance {
		instance = c.server.kong.close(call.Instance)
	} else if call.Command == wire.KongGetInstanceStatus {
		instance = c.server.kong.find(call.Instance)
	}
	if instance == nil {
		return fmt.Errorf("call %d of instance %d, which is not there", call.Command, call.Instance)
	}
	return c.sendStatus(&call, instance)
}

func (c *kongConn) startInstance(call *wire.KongCall) error {
	p := c.server.plugins[call.Name]
	if p == nil {
		return fmt.Errorf("there is no plugin %q", call.Name)
	}
	instance, err := c.server.kong.start(p, call.Config)
	if err != nil {
		return fmt.Errorf("plugin %s: %w", p.Name, err)
	}
	return c.sendStatus(call, instance)
}

func (c *kongConn) sendStatus(call *wire.KongCall, instance *kongInstance) error {
	name, at := instance.Plugin.Name, instance.startedAt.Unix()
	return c.send(wire.AppendKongStatus(nil, call.Sequence, name, instance.id, at))
}

func (c *kongConn) handleEvent(call *wire.KongCall) error {
	instance := c.server.kong.find(call.Instance)
	if instance == nil {
		return fmt.Errorf("no plugin instance %d", call.Instance) // the gateway starts it again
	}
	instance.lastEvent.Store(time.Now().UnixNano())
	phase := plugin.KongPhase(call.Name)
	c.turn.BeginDirect(c, phase)
	defer c.turn.Finish()
	c.isHandling = true
	hasHandler := false
	failure := guard(c.turn, instance.Plugin.Name, c, func(kong *pdk.PDK) {
		hasHandler = plugin.Handle(instance.Config, phase, kong)
	})
	c.isHandling = false
	if c.turn.Exited() {
		return io.EOF // after an exit nothing is said any more; after a lost or refused call nobody hears it
	}
	if failure == "" && !hasHandler {
		c.logMisfit(instance.Config, phase)
	}
	if failure != "" || !hasHandler {
		return c.fail()
	}
	c.out = append(c.out[:0], 0, 0, 0, 0) // no name of a function: the handler has ended
	b, start := wire.BeginKongFrame(c.out)
	return c.write(wire.EndKongFrame(wire.AppendKongReturn(b, call.Sequence), start))
}

// logPanic gives the gateway's log the trace, while the gateway still answers.
func (c *kongConn) logPanic(_, trace string) {
	if !c.turn.Exited() {
		_, _, _ = c.Call(c.turn, nil, "kong.log.err", []any{trace})
	}
}

// logMisfit gives the gateway's log the reason why there is no handler, if it is a method that should be one.
func (c *kongConn) logMisfit(config any, phase wire.Phase) {
	if misfit := plugin.Misfit(config, phase); misfit != "" {
		_, _, _ = c.Call(c.turn, nil, "kong.log.err", []any{misfit})
	}
}

// fail ends the event as failed, and the connection.
func (c *kongConn) fail() error {
	b, start := wire.BeginKongFrame(c.out[:0])
	b, _ = wire.EndKongFrame(append(b, failureMethod...), start)
	b, start = wire.BeginKongFrame(b)
	if err := c.write(wire.EndKongFrame(b, start)); err != nil {
		return err
	}
	return io.EOF
}
