// Package wire is the native protocol as bytes: frames, messages, values. It knows no plugin and no socket.
//
// The contract is proto/dragoman/plugin.proto. The messages of every request (Event, Done, Call, Result) are read and
// written by hand, because they are what a request costs; the others go through a small codec that reads struct tags.
package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Preamble is what a gateway sends first on a connection.
const Preamble = "DRAGOMAN"

// Version is the protocol version that this package speaks, and Protocol its name in a query command's answer.
const (
	Version  = 1
	Protocol = "Dragoman:1"
)

// HeaderBytes is the length of a frame's header: length, stream, type.
const HeaderBytes = 9

// FrameBytesMax is the longest frame that is accepted, in bytes, and what a Hello without a number means.
const FrameBytesMax = 16 << 20

// FrameType says what a frame carries.
type FrameType uint8

// Types of frames; see the contract for who sends which, and when.
const (
	TypeHello FrameType = iota + 1
	TypeStart
	TypeStarted
	TypeStartFailed
	TypeStop
	TypeEntity
	TypeForgetEntities
	TypeEvent
	TypeCall
	TypeResult
	TypeDone
	TypeChunk
	TypeChunkDone
	TypeCancel
	TypeForget
	TypeLog
	TypePing
	TypePong
	TypeDraining
)

// ErrFrameLength is a frame that is too long, or shorter than its own header: the connection is out of step.
var ErrFrameLength = errors.New("frame length out of bounds")

// Frame is one message with its address. Message aliases the reader's buffer: copy what outlives the next read.
type Frame struct {
	Stream  uint32
	Type    FrameType
	Message []byte
}

// BeginFrame appends the header of a frame whose message follows; give the returned start to EndFrame.
func BeginFrame(b []byte, stream uint32, kind FrameType) (out []byte, start int) {
	start = len(b)
	b = append(b, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, stream)
	return append(b, byte(kind)), start
}

// EndFrame fills in the length of the frame that began at start.
func EndFrame(b []byte, start int) []byte {
	binary.LittleEndian.PutUint32(b[start:], uint32(len(b)-start-4))
	return b
}

// AppendFrame appends a whole frame.
func AppendFrame(b []byte, stream uint32, kind FrameType, message []byte) []byte {
	b, start := BeginFrame(b, stream, kind)
	return EndFrame(append(b, message...), start)
}

// CutFrame takes the first frame off data.
//
// It returns the number of bytes taken, 0 where the frame is not complete; then `needed` is how many bytes of data the
// frame will take as a whole (0: not even its length is there). The error is ErrFrameLength.
func CutFrame(data []byte, bytesMax int) (frame Frame, taken, needed int, err error) {
	if len(data) < 4 {
		return Frame{}, 0, 0, nil
	}
	length := binary.LittleEndian.Uint32(data)
	if length < HeaderBytes-4 || uint64(length) > uint64(bytesMax) {
		return Frame{}, 0, 0, fmt.Errorf("%w: %d bytes", ErrFrameLength, length)
	}
	needed = int(length) + 4
	if len(data) < needed {
		return Frame{}, 0, needed, nil
	}
	frame.Stream = binary.LittleEndian.Uint32(data[4:])
	frame.Type = FrameType(data[8])
	frame.Message = data[HeaderBytes:needed]
	return frame, needed, needed, nil
}
