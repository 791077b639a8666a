package wire

// The primitives of the protobuf encoding: tags, varints, lengths. Reading works on a string, so that text can be handed
// on without a copy; a malformed message sets `Bad` and ends the reading, it never panics.

import "encoding/binary"

// Wire types of protobuf that the contract uses.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// AppendTag appends a field's number and wire type.
func appendTag(b []byte, field, wireType int) []byte {
	return binary.AppendUvarint(b, uint64(field<<3|wireType))
}

// appendUint appends a number; 0 is not written, as it is the default.
func appendUint(b []byte, field int, value uint64) []byte {
	if value == 0 {
		return b
	}
	return binary.AppendUvarint(appendTag(b, field, wireVarint), value)
}

func appendBool(b []byte, field int, value bool) []byte {
	if !value {
		return b
	}
	return append(appendTag(b, field, wireVarint), 1)
}

// appendText appends text or bytes; "" is not written.
func appendText[T string | []byte](b []byte, field int, value T) []byte {
	if len(value) == 0 {
		return b
	}
	return appendPresentText(b, field, value)
}

// appendPresentText appends text or bytes, "" too: members of a oneof and items of a list.
func appendPresentText[T string | []byte](b []byte, field int, value T) []byte {
	b = binary.AppendUvarint(appendTag(b, field, wireBytes), uint64(len(value)))
	return append(b, value...)
}

// beginNested appends the tag of a nested message, with room for a length of one byte; endNested fills it in.
func beginNested(b []byte, field int) (out []byte, start int) {
	b = append(appendTag(b, field, wireBytes), 0)
	return b, len(b)
}

// endNested writes the length of the message that began at start, moving it where a byte is not enough.
func endNested(b []byte, start int) []byte {
	length := len(b) - start
	if length < 0x80 {
		b[start-1] = byte(length)
		return b
	}
	var room [binary.MaxVarintLen64]byte
	size := binary.PutUvarint(room[:], uint64(length))
	b = append(b, room[:size-1]...)
	copy(b[start+size-1:], b[start:start+length])
	copy(b[start-1:], room[:size])
	return b
}

// reader walks over the fields of one message.
type reader struct {
	data string
	at   int
	bad  bool
}

// next gives the next field; field 0 is the end, or a message that cannot be read (then bad is set).
func (r *reader) next() (field, wireType int) {
	if r.bad || r.at >= len(r.data) {
		return 0, 0
	}
	tag := r.uvarint()
	if r.bad || tag>>3 == 0 || tag>>3 > 1<<29 {
		r.bad = true
		return 0, 0
	}
	return int(tag >> 3), int(tag & 7)
}

func (r *reader) uvarint() uint64 {
	var value uint64
	for shift := uint(0); shift < 64; shift += 7 {
		if r.at >= len(r.data) {
			break
		}
		c := r.data[r.at]
		r.at++
		value |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return value
		}
	}
	r.bad = true
	return 0
}

// text takes a length and as many bytes; what it gives shares memory with the message.
func (r *reader) text() string {
	length := r.uvarint()
	if r.bad || length > uint64(len(r.data)-r.at) {
		r.bad = true
		return ""
	}
	text := r.data[r.at : r.at+int(length)]
	r.at += int(length)
	return text
}

func (r *reader) fixed64() uint64 {
	if len(r.data)-r.at < 8 {
		r.bad = true
		return 0
	}
	var value uint64
	for i := 7; i >= 0; i-- {
		value = value<<8 | uint64(r.data[r.at+i])
	}
	r.at += 8
	return value
}

// skip passes over a field that is not known.
func (r *reader) skip(wireType int) {
	switch wireType {
	case wireVarint:
		r.uvarint()
	case wireFixed64:
		r.fixed64()
	case wireBytes:
		r.text()
	case wireFixed32:
		if r.at += 4; r.at > len(r.data) {
			r.bad = true
		}
	default:
		r.bad = true
	}
}

// uints adds the numbers of a repeated field, packed or not.
func (r *reader) uints(wireType int, list []uint32) []uint32 {
	if wireType == wireVarint {
		return append(list, uint32(r.uvarint()))
	}
	packed := reader{data: r.text()}
	for !packed.bad && packed.at < len(packed.data) {
		list = append(list, uint32(packed.uvarint()))
	}
	r.bad = r.bad || packed.bad
	return list
}

func zigzag(value int64) uint64   { return uint64(value<<1) ^ uint64(value>>63) }
func unzigzag(value uint64) int64 { return int64(value>>1) ^ -int64(value&1) }
