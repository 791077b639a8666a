package serve

// A connection on which nothing has come yet, and which protocol its first bytes are of.
//
// A gateway of either kind speaks first: the native preamble, or the length of a ProtoBuf:1 frame. As a length the preamble's
// first four bytes are above wire.KongFrameBytesMax, so one look decides. A connection may stay silent for as long as the gateway
// likes: one that carries nothing is how some watch whether the process lives.

import (
	"fmt"
	"io"
	"net"
	"time"

	"github.com/Kong/go-pdk/internal/wire"
)

// openingBytes is how much decides: the length of a ProtoBuf:1 frame, half of the native preamble.
const openingBytes = wire.KongLengthBytes

type opening struct {
	server *Server
	net    net.Conn
}

// serve waits for the first bytes and hands the connection over to whoever speaks their protocol.
func (o *opening) serve() {
	var first [openingBytes]byte
	if _, err := io.ReadFull(o.net, first[:1]); err != nil {
		o.end() // it was a look whether the socket is alive
		return
	}
	o.net.SetReadDeadline(time.Now().Add(helloTime))
	if _, err := io.ReadFull(o.net, first[1:]); err != nil {
		o.end()
		return
	}
	if string(first[:]) == wire.Preamble[:openingBytes] {
		c := newConn(o.server, o.net)
		if o.server.replace(o, c) {
			c.serve()
			return
		}
	} else if err := o.serveKong(first[:]); err != nil {
		o.server.logf("connection closed: %v", err)
	} else {
		return
	}
	o.end()
}

// serveKong speaks ProtoBuf:1 until the connection ends. The error is why it cannot: the opening is still there.
func (o *opening) serveKong(first []byte) error {
	length, err := wire.KongLength(first)
	if err != nil {
		return fmt.Errorf("neither %s nor %s: %w", wire.Protocol, wire.KongProtocol, err)
	}
	if !o.server.SpeaksKong() {
		return fmt.Errorf("%s knows not every phase of the plugins here", wire.KongProtocol)
	}
	c := newKongConn(o.server, o.net)
	if !o.server.replace(o, c) {
		return errDraining
	}
	c.serve(length)
	return nil
}

func (o *opening) end() {
	o.net.Close()
	o.server.forget(o)
}

func (o *opening) drain(string) { o.net.Close() }

func (o *opening) hangUp() { o.net.Close() }
