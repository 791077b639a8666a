package serve

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/Kong/go-pdk/internal/plugin"
	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/internal/wire"
)

// errClosed is why events end whose connection does.
var errClosed = fmt.Errorf("%w: the connection to the gateway is closed", turn.ErrOver)

// conn is a connection from one worker of a gateway. Numbers of instances, entities and requests are its own.
type conn struct {
	server   *Server
	net      socket
	writer   *writer
	contexts contexts
	gateway  wire.Hello
	inline   inline
	input    input
	gone     chan struct{}

	mu        sync.Mutex
	streams   map[uint32]*stream
	instances map[uint32]*slot
	entities  map[uint32]*turn.Entity
	draining  bool
	closed    bool
}

// slot is the place of an instance: empty while it is being started.
type slot struct {
	instance *plugin.Instance
	stopped  bool
}

func newConn(server *Server, nc net.Conn) *conn {
	s := newSocket(nc)
	return &conn{
		server: server, net: s, writer: newWriter(s), gone: make(chan struct{}),
		inline:    inline{wake: make(chan struct{}, 1)},
		streams:   map[uint32]*stream{},
		instances: map[uint32]*slot{},
		entities:  map[uint32]*turn.Entity{},
	}
}

// serve greets the gateway and speaks with it until either side ends the connection.
func (c *conn) serve() {
	if err := c.greet(); err != nil {
		c.end(err)
		return
	}
	go c.watch(c.gone)
	c.loop()
}

// loop reads until the connection ends, or until another goroutine has taken the reading over.
func (c *conn) loop() {
	if err := c.read(); err != errTakenOver {
		c.end(err)
	}
}

// end cleans up after the connection. err is why it ended, io.EOF where the gateway closed it.
func (c *conn) end(err error) {
	c.mu.Lock()
	isDrained := c.closed
	c.closed = true
	for number, s := range c.streams {
		delete(c.streams, number)
		s.turn.Cancel(errClosed)
		s.turn.Finish()
	}
	slots := c.instances
	c.instances = map[uint32]*slot{}
	c.mu.Unlock()
	c.writer.close(errClosed)
	c.net.Close()
	for _, one := range slots {
		if one.instance != nil {
			one.instance.Stop()
		}
	}
	if err != nil && !isDrained && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
		c.server.logf("connection closed: %v", err)
	}
	close(c.gone)
	c.server.forget(c)
}

// greet reads what of the preamble opening.serve has not read, and sends our Hello.
func (c *conn) greet() error {
	var rest [len(wire.Preamble) - openingBytes]byte
	if _, err := io.ReadFull(c.net, rest[:]); err != nil {
		return io.EOF
	}
	if string(rest[:]) != wire.Preamble[openingBytes:] {
		return errors.New("the peer does not speak " + wire.Protocol)
	}
	hello := wire.Hello{
		ProtocolVersions: []uint32{wire.Version}, Software: software, FrameBytesMax: wire.FrameBytesMax,
		Pid: uint32(os.Getpid()), Plugins: c.server.infos, ConcurrencyMax: eventsMax,
	}
	c.writer.send(0, wire.TypeHello, wire.Append(nil, &hello))
	return nil
}

// readHello reads the first frame, which must be a Hello with a version that we speak.
func (c *conn) readHello(frame wire.Frame) error {
	if frame.Type != wire.TypeHello {
		return fmt.Errorf("a frame of type %d before the Hello", frame.Type)
	}
	if err := wire.Decode(string(frame.Message), &c.gateway); err != nil {
		return err
	}
	c.net.SetReadDeadline(time.Time{})
	if c.gateway.FrameBytesMax != 0 {
		c.writer.mu.Lock()
		c.writer.bytesMax = int(max(c.gateway.FrameBytesMax, 64<<10))
		c.writer.mu.Unlock()
	}
	for _, version := range c.gateway.ProtocolVersions {
		if version == wire.Version {
			return nil
		}
	}
	reason := fmt.Sprintf("no version of the protocol in common: this side speaks %d", wire.Version)
	c.writer.send(0, wire.TypeDraining, wire.Append(nil, &wire.Draining{Reason: reason}))
	return errors.New(reason)
}

// drain tells the gateway that no new events are taken. The gateway closes the connection when it waits for nothing more;
// after drainGrace, so that no event crosses the end, this side does.
func (c *conn) drain(reason string) {
	c.writer.send(0, wire.TypeDraining, wire.Append(nil, &wire.Draining{Reason: reason}))
	time.AfterFunc(drainGrace, c.setDraining)
}

func (c *conn) hangUp() {
	c.net.Close()
}

func (c *conn) setDraining() {
	c.mu.Lock()
	c.draining = true
	c.mu.Unlock()
	c.closeIfDrained()
}

// closeIfDrained closes the connection once it is draining, nothing is under way and all is written.
func (c *conn) closeIfDrained() {
	c.mu.Lock()
	isOver := c.draining && len(c.streams) == 0 && !c.closed
	c.closed = c.closed || isOver
	c.mu.Unlock()
	if isOver {
		c.writer.drain()
		c.net.Close()
	}
}
