package serve

import (
	"errors"

	"github.com/Kong/go-pdk/internal/wire"
)

// errTakenOver is the end of reading in one goroutine because another does it now.
var errTakenOver = errors.New("another goroutine reads")

// input is what has been read and not been handled. It belongs to the goroutine that reads.
type input struct {
	buffer    []byte
	from, to  int
	isGreeted bool
}

// read takes frames until the connection ends, one is out of place, or another goroutine reads.
func (c *conn) read() error {
	in := &c.input
	if in.buffer == nil {
		in.buffer = make([]byte, readBytes)
	}
	for {
		needed, err := c.takeFrames()
		if err != nil {
			return err
		}
		in.makeRoom(needed)
		n, err := c.net.Read(in.buffer[in.to:])
		if err != nil {
			return err
		}
		in.to += n
	}
}

// takeFrames handles all frames that are whole; needed is how long the next one is, 0 where that is not known.
func (c *conn) takeFrames() (needed int, err error) {
	in := &c.input
	for {
		frame, taken, needed, err := wire.CutFrame(in.buffer[in.from:in.to], wire.FrameBytesMax)
		if taken == 0 || err != nil {
			return needed, err
		}
		in.from += taken
		switch {
		case !in.isGreeted:
			in.isGreeted = true
			err = c.readHello(frame)
		case frame.Type == wire.TypeEvent && in.from == in.to && c.mayInline():
			err = c.takeInline(frame)
		default:
			err = c.handle(frame)
		}
		if err != nil {
			return 0, err
		}
	}
}

// takeInline runs an event here: it is the only thing to do.
func (c *conn) takeInline(frame wire.Frame) error {
	s, err := c.takeEvent(frame)
	if err == nil && !c.runInline(s) {
		err = errTakenOver
	}
	return err
}

// makeRoom moves what is left to the front of a buffer that holds the next frame whole.
func (in *input) makeRoom(needed int) {
	left := in.to - in.from
	switch {
	case needed > len(in.buffer) || (len(in.buffer) > readBytes && max(needed, left) <= readBytes):
		larger := make([]byte, max(readBytes, needed))
		copy(larger, in.buffer[in.from:in.to])
		in.buffer = larger
	case in.from > 0:
		copy(in.buffer, in.buffer[in.from:in.to])
	}
	in.from, in.to = 0, left
}
