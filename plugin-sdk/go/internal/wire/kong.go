package wire

// ProtoBuf:1, the protocol that Kong's gateway and its own SDK for Go speak, as bytes: frames, the calls of a gateway and what
// returns. Arguments and results of PDK functions are in kong_methods.go, the messages they are made of in kong_shapes.go.
//
// The contract is proto/pluginsocket.proto. A frame is four bytes of length, little endian, and as many bytes; an empty one is
// a message, too.

import (
	"encoding/binary"
	"fmt"
)

// KongProtocol is the protocol's name in a query command's answer.
const KongProtocol = "ProtoBuf:1"

// KongLengthBytes is what stands before each payload.
const KongLengthBytes = 4

// KongFrameBytesMax is the longest payload that is taken or sent. Kong has no limit; bodies and configurations fit in here.
//
// The first four bytes of Preamble, read as a length, are far above it: so nobody who speaks ProtoBuf:1 within this limit can
// be mistaken for one who speaks the native protocol, or the other way round.
const KongFrameBytesMax = 64 << 20

// KongLength reads the length of a payload; ErrFrameLength where it is above the limit.
func KongLength(head []byte) (int, error) {
	length := binary.LittleEndian.Uint32(head)
	if length > KongFrameBytesMax {
		return 0, fmt.Errorf("%w: %d bytes", ErrFrameLength, length)
	}
	return int(length), nil
}

// BeginKongFrame appends room for the length of a payload that follows; give the returned start to EndKongFrame.
func BeginKongFrame(b []byte) (out []byte, start int) {
	return append(b, 0, 0, 0, 0), len(b)
}

// EndKongFrame fills in the length of the frame that began at start; ErrFrameLength where it is above the limit.
func EndKongFrame(b []byte, start int) ([]byte, error) {
	length := len(b) - start - KongLengthBytes
	if length > KongFrameBytesMax {
		return b[:start], fmt.Errorf("%w: %d bytes", ErrFrameLength, length)
	}
	binary.LittleEndian.PutUint32(b[start:], uint32(length))
	return b, nil
}

// KongCommand says what a gateway calls for.
type KongCommand uint8

// The commands, with their numbers in RpcCall. A gateway sends StartInstance, CloseInstance and HandleEvent.
const (
	KongGetPluginNames    KongCommand = 31
	KongGetPluginInfo     KongCommand = 32
	KongStartInstance     KongCommand = 33
	KongGetInstanceStatus KongCommand = 34
	KongCloseInstance     KongCommand = 35
	KongHandleEvent       KongCommand = 36
)

// KongCall is an RpcCall. Command is 0 where there is none that is known.
type KongCall struct {
	Sequence uint64
	Command  KongCommand
	// Instance is of GetInstanceStatus, CloseInstance and HandleEvent.
	Instance int32
	// Name is the plugin of StartInstance, the phase of HandleEvent; Config the configuration in JSON.
	Name, Config string
}

// DecodeKongCall reads an RpcCall. What it gives shares memory with data. The error is ErrMalformed.
func DecodeKongCall(data string) (call KongCall, err error) {
	r := reader{data: data}
	for field, wireType := r.next(); field != 0; field, wireType = r.next() {
		switch {
		case field == 1 && wireType == wireVarint:
			call.Sequence = r.uvarint()
		case field >= int(KongGetPluginNames) && field <= int(KongHandleEvent) && wireType == wireBytes:
			call.Command = KongCommand(field)
			if !call.decodeCommand(r.text()) {
				return call, ErrMalformed
			}
		default:
			r.skip(wireType)
		}
	}
	if r.bad {
		err = ErrMalformed
	}
	return call, err
}

// decodeCommand reads the one message of a call: all of them have a number or a text first and a text second.
func (c *KongCall) decodeCommand(data string) bool {
	r := reader{data: data}
	for field, wireType := r.next(); field != 0; field, wireType = r.next() {
		switch {
		case field == 1 && wireType == wireVarint:
			c.Instance = int32(r.uvarint())
		case field == 1 && wireType == wireBytes:
			c.Name = r.text()
		case field == 2 && wireType == wireBytes && c.Command == KongHandleEvent:
			c.Name = r.text()
		case field == 2 && wireType == wireBytes:
			c.Config = r.text()
		default:
			r.skip(wireType)
		}
	}
	return !r.bad
}

// AppendKongReturn appends an RpcReturn with nothing but its sequence: the end of an event.
func AppendKongReturn(b []byte, sequence uint64) []byte {
	return appendUint(b, 1, sequence)
}

// AppendKongStatus appends an RpcReturn with an InstanceStatus; startedAt in seconds of the epoch.
func AppendKongStatus(b []byte, sequence uint64, name string, instance int32, startedAt int64) []byte {
	b = appendUint(b, 1, sequence)
	b, start := beginNested(b, int(KongStartInstance))
	b = appendText(b, 1, name)
	b = appendUint(b, 2, uint64(int64(instance)))
	b = appendUint(b, 4, uint64(startedAt))
	return endNested(b, start)
}
