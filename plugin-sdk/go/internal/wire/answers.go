package wire

// What a plugin server answers to an event: writes, Done, Call, ChunkDone; and the Result of a Call.
//
// Writes are encoded when a plugin makes them, one behind the other, as field 1 of Done and Call (4 of ChunkDone): an
// answer is then a copy of bytes. DecodeWrites is for whoever plays the gateway: tests, the test harness.

import "strings"

// Op is what a Write does.
type Op uint32

// Operations of a Write; all but OpCall are short forms of frequent calls.
const (
	OpCall Op = iota
	OpServiceRequestSetHeader
	OpServiceRequestAddHeader
	OpServiceRequestClearHeader
	OpResponseSetHeader
	OpResponseAddHeader
	OpResponseClearHeader
	OpResponseSetStatus
	OpNextInstance
)

// Write is something that a plugin does, without waiting.
type Write struct {
	Op     Op
	Name   string
	Value  string
	Number uint32
	Args   []any
}

// Field numbers of the writes in their messages.
const (
	WritesOfDone      = 1
	WritesOfChunkDone = 4
)

// AppendWrite appends a write as a field of its message.
func AppendWrite(b []byte, field int, w *Write) []byte {
	b, start := beginNested(b, field)
	b = appendUint(b, 1, uint64(w.Op))
	b = appendText(b, 2, w.Name)
	b = appendText(b, 3, w.Value)
	b = appendUint(b, 4, uint64(w.Number))
	for _, arg := range w.Args {
		b = appendNestedValue(b, 5, arg)
	}
	return endNested(b, start)
}

// AppendCall appends a Call's method and arguments; the writes before it stand in b already.
func AppendCall(b []byte, method string, args []any) []byte {
	b = appendText(b, 2, method)
	for _, arg := range args {
		b = appendNestedValue(b, 3, arg)
	}
	return b
}

// Done is the end of an event, without its writes.
type Done struct {
	Ran          uint32
	Failure      string
	KeepsContext bool
	CacheMs      uint32
	WantsBody    bool
	PluginUs     []uint32
}

// AppendDone appends the fields of a Done; the writes stand in b already.
func AppendDone(b []byte, d *Done) []byte {
	b = appendUint(b, 2, uint64(d.Ran))
	b = appendText(b, 3, d.Failure)
	b = appendBool(b, 4, d.KeepsContext)
	b = appendUint(b, 5, uint64(d.CacheMs))
	b = appendBool(b, 6, d.WantsBody)
	if len(d.PluginUs) == 0 {
		return b
	}
	b, start := beginNested(b, 7)
	for _, us := range d.PluginUs {
		b = appendVarint(b, us)
	}
	return endNested(b, start)
}

func appendVarint(b []byte, value uint32) []byte {
	for value >= 0x80 {
		b = append(b, byte(value)|0x80)
		value >>= 7
	}
	return append(b, byte(value))
}

// ChunkDone is the answer to a Chunk.
type ChunkDone struct {
	Data        []byte
	IsLast      bool
	IsUnchanged bool
	Failure     string
}

// AppendChunkDone appends an answer with its writes, which were encoded with WritesOfChunkDone.
func AppendChunkDone(b []byte, d *ChunkDone, writes []byte) []byte {
	b = appendText(b, 1, d.Data)
	b = appendBool(b, 2, d.IsLast)
	b = appendBool(b, 3, d.IsUnchanged)
	b = append(b, writes...)
	return appendText(b, 5, d.Failure)
}

// Field numbers of the reads in their messages.
const (
	ReadsOfDone      = 8
	ReadsOfChunkDone = 6
)

// AppendReads appends the reads of an answer: its last fields.
func AppendReads(b []byte, field int, reads []string) []byte {
	for _, one := range reads {
		b = appendPresentText(b, field, strings.ToValidUTF8(one, "\uFFFD"))
	}
	return b
}

// DecodeResult reads the answer to a Call: its value, or why there is none ("" where there is one, or plainly nil).
func DecodeResult(data string) (value any, problem string, err error) {
	r := reader{data: data}
	for field, wireType := r.next(); field != 0 && err == nil; field, wireType = r.next() {
		switch {
		case field == 1 && wireType == wireBytes:
			value, err = DecodeValue(r.text())
		case field == 2 && wireType == wireBytes:
			problem = r.text()
		default:
			r.skip(wireType)
		}
	}
	if r.bad {
		err = ErrMalformed
	}
	return value, problem, err
}

// AppendResult appends the answer to a Call, for whoever plays the gateway.
func AppendResult(b []byte, value any, problem string) []byte {
	if value != nil {
		b = appendNestedValue(b, 1, value)
	}
	return appendText(b, 2, problem)
}
