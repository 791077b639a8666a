// Package kongline is a connection over which a PDK asks in ProtoBuf:1 and nothing else: what bridge.New is given by who tests a
// plugin with a gateway of his own making. Connections of a plugin server are package serve's.
package kongline

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/Kong/go-pdk/internal/turn"
	"github.com/Kong/go-pdk/internal/wire"
)

// bodyFileBytesMax is how long a body may be that the gateway has put into a file, and names.
const bodyFileBytesMax = 256 << 20

// Line is such a connection; one function is under way at a time, which turn.Handle sees to.
type Line struct {
	net net.Conn
}

var _ turn.Link = (*Line)(nil)

// New gives a handle whose functions are all asked over the connection.
func New(conn net.Conn) *turn.Handle {
	t := turn.New()
	t.BeginDirect(&Line{conn}, 0)
	return turn.NewHandle(t, "")
}

// Call sends a function's name and its arguments, and waits for the result.
func (l *Line) Call(_ *turn.Turn, _ []byte, method string, args []any) (value any, problem string, err error) {
	arguments, err := wire.AppendKongArguments(nil, method, args)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", method, err)
	}
	if err = Send(l.net, []byte(method), arguments); err != nil {
		return nil, "", err
	}
	if method == "kong.response.exit" {
		return nil, "", l.net.Close() // nothing is said after it
	}
	result, err := Receive(l.net)
	if err != nil {
		return nil, "", err
	}
	value, file, problem, err := wire.DecodeKongResult(method, string(result))
	if err == nil && file != "" {
		if value, err = BodyIn(file); err != nil {
			return nil, err.Error(), nil
		}
	}
	return value, problem, err
}

// Send writes payloads, each in a frame.
func Send(to io.Writer, payloads ...[]byte) (err error) {
	var frames []byte
	for _, payload := range payloads {
		b, start := wire.BeginKongFrame(frames)
		if frames, err = wire.EndKongFrame(append(b, payload...), start); err != nil {
			return err
		}
	}
	_, err = to.Write(frames)
	return err
}

// Receive reads the payload of a frame.
func Receive(from io.Reader) ([]byte, error) {
	var head [wire.KongLengthBytes]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return nil, err
	}
	if _, err := wire.KongLength(head[:]); err != nil {
		return nil, err
	}
	return readAll(from, int64(binary.LittleEndian.Uint32(head[:])))
}

// readAll reads as many bytes as they come: a length alone takes no memory.
func readAll(from io.Reader, length int64) ([]byte, error) {
	payload, err := io.ReadAll(io.LimitReader(from, length))
	if err == nil && int64(len(payload)) < length {
		err = io.ErrUnexpectedEOF
	}
	return payload, err
}

// BodyIn reads a body that the gateway has put into a file, and names in its place.
func BodyIn(path string) (any, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	body, err := io.ReadAll(io.LimitReader(file, bodyFileBytesMax+1))
	if err == nil && len(body) > bodyFileBytesMax {
		err = fmt.Errorf("the body is longer than %d bytes", bodyFileBytesMax)
	}
	if err != nil {
		return nil, err
	}
	return string(body), nil
}

// Log is not used: a line is a Call.
func (l *Line) Log(*turn.Turn, string, string, string) {}

// Entity gives nothing: entities are asked for.
func (l *Line) Entity(uint32) *turn.Entity { return nil }

// Context gives nothing: there are no tables of kong.ctx.plugin.
func (l *Line) Context(uint32, string, bool) map[string]any { return nil }

// Gateway gives nothing: a gateway does not tell of itself.
func (l *Line) Gateway() *wire.Hello { return &wire.Hello{} }
