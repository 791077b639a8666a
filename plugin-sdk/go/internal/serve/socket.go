package serve

import (
	"net"
	"time"
)

// socket is what a connection needs of its net.Conn. newSocket gives the cheapest one that the platform has.
type socket interface {
	Read(into []byte) (int, error)
	Write(bytes []byte) (int, error)
	SetReadDeadline(t time.Time) error
	Close() error
}

var _ socket = net.Conn(nil)
