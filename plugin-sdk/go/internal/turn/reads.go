package turn

import "github.com/Kong/go-pdk/internal/wire"

// What a plugin reads of the snapshot is noted for a gateway that asked for it (Hello.WantsReads): tools for plugin authors
// show it. For any other gateway a read costs the look at one flag.

const (
	// readsMax is how many reads of an event are noted.
	readsMax = 1000
	// readBytesMax is how much is noted of one.
	readBytesMax = 200
)

// read notes a function that was answered from the snapshot, by its wire name, with its argument or "".
func (t *Turn) read(method, arg string) {
	if t.wantsReads {
		t.noteRead(method, arg)
	}
}

func (t *Turn) noteRead(method, arg string) {
	if len(t.reads) >= readsMax {
		return
	}
	if arg != "" {
		method += " " + arg
	}
	if len(method) > readBytesMax {
		method = method[:readBytesMax]
	}
	t.reads = append(t.reads, method)
}

// AppendReads appends what was read since the last time, as fields of that number, to a message.
func (t *Turn) AppendReads(message []byte, field int) []byte {
	message = wire.AppendReads(message, field, t.reads)
	t.reads = t.reads[:0]
	return message
}
