package fakegateway

// Kong's side of a connection over ProtoBuf:1. Messages are written and read here with the standard library alone, so that
// tests hold the server to the contract and not to its own codec.

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"testing"
	"time"
)

// Kong is a connection that speaks ProtoBuf:1.
type Kong struct {
	t        testing.TB
	conn     net.Conn
	sequence uint64
}

// DialKong connects; the first to speak is the caller.
func DialKong(t testing.TB, path string) *Kong {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &Kong{t: t, conn: conn, sequence: 1}
}

// Close ends the connection.
func (k *Kong) Close() { k.conn.Close() }

// Raw sends bytes.
func (k *Kong) Raw(data []byte) {
	k.t.Helper()
	if _, err := k.conn.Write(data); err != nil {
		k.t.Fatal(err)
	}
}

// Frame sends a payload in a frame.
func (k *Kong) Frame(payload []byte) {
	k.t.Helper()
	k.Raw(append(binary.LittleEndian.AppendUint32(nil, uint32(len(payload))), payload...))
}

// Read gives the payload of the next frame; the error is that of reading.
func (k *Kong) Read() ([]byte, error) {
	k.conn.SetReadDeadline(time.Now().Add(patience))
	var head [4]byte
	if _, err := io.ReadFull(k.conn, head[:]); err != nil {
		return nil, err
	}
	payload := make([]byte, binary.LittleEndian.Uint32(head[:]))
	_, err := io.ReadFull(k.conn, payload)
	return payload, err
}

// Expect reads a frame that must hold this.
func (k *Kong) Expect(payload []byte) {
	k.t.Helper()
	got, err := k.Read()
	if err != nil {
		k.t.Fatalf("waiting for %q: %v", payload, err)
	}
	if string(got) != string(payload) {
		k.t.Fatalf("got %q, not %q", got, payload)
	}
}

// ExpectClosed reads until the server has closed the connection.
func (k *Kong) ExpectClosed() {
	k.t.Helper()
	for {
		if _, err := k.Read(); err != nil {
			if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
				k.t.Fatal("the connection is not closed")
			}
			return
		}
	}
}

// Field gives a field of bytes: its tag, its length, what it holds.
func Field(number int, value []byte) []byte {
	b := binary.AppendUvarint(nil, uint64(number<<3|2))
	return append(binary.AppendUvarint(b, uint64(len(value))), value...)
}

// Text is a Field of text.
func Text(number int, value string) []byte { return Field(number, []byte(value)) }

// Number gives a field with a number.
func Number(number int, value uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(number<<3)), value)
}

// Join puts fields together.
func Join(fields ...[]byte) (message []byte) {
	for _, field := range fields {
		message = append(message, field...)
	}
	return message
}

// Call sends a command of the gateway, an RpcCall, and gives what its answer begins with.
func (k *Kong) Call(command int, fields ...[]byte) (sequence []byte) {
	k.t.Helper()
	k.sequence++
	sequence = Number(1, k.sequence)
	k.Frame(Join(sequence, Field(command, Join(fields...))))
	return sequence
}

// Start begins a plugin config and gives its instance's number.
func (k *Kong) Start(plugin, config string) uint64 {
	k.t.Helper()
	sequence := k.Call(33, Text(1, plugin), Text(2, config))
	answer, err := k.Read()
	if err != nil {
		k.t.Fatalf("starting %s: %v", plugin, err)
	}
	number, err := statusOf(answer, sequence)
	if err != nil {
		k.t.Fatalf("starting %s: %v", plugin, err)
	}
	return number
}

// statusOf reads the number out of an RpcReturn with an InstanceStatus, which begins with a name.
func statusOf(answer, sequence []byte) (uint64, error) {
	rest, ok := cut(answer, sequence)
	if ok {
		rest, ok = cut(rest, []byte{0x8a, 0x02}) // field 33
	}
	if !ok || len(rest) < 3 || rest[1] != 0x0a {
		return 0, fmt.Errorf("no status of an instance: %q", answer)
	}
	name := int(rest[2])
	if len(rest) < 5+name || rest[3+name] != 0x10 {
		return 0, fmt.Errorf("no number of an instance: %q", answer)
	}
	number, size := binary.Uvarint(rest[4+name:])
	if size <= 0 {
		return 0, fmt.Errorf("no number of an instance: %q", answer)
	}
	return number, nil
}

func cut(data, prefix []byte) (rest []byte, ok bool) {
	if len(data) < len(prefix) || string(data[:len(prefix)]) != string(prefix) {
		return data, false
	}
	return data[len(prefix):], true
}

// Event begins an event; End gives its end once all calls are answered.
func (k *Kong) Event(instance uint64, phase string) (sequence []byte) {
	k.t.Helper()
	return k.Call(36, Number(1, instance), Text(2, phase))
}

// End expects that the handler has ended well.
func (k *Kong) End(sequence []byte) {
	k.t.Helper()
	k.Expect(nil)
	k.Expect(sequence)
}

// Asked expects the call of a PDK function with these arguments and answers it.
func (k *Kong) Asked(method string, arguments, answer []byte) {
	k.t.Helper()
	k.Expect([]byte(method))
	k.Expect(arguments)
	k.Frame(answer)
}
