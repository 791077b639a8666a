// Package turn is one event under way: the snapshot of the request, what the plugin has written, and what it may ask.
//
// The public packages (request, response, ...) are thin: each function of the PDK names a field of the snapshot, a write
// or a call here. Getters are answered from the snapshot; a write is encoded at once, kept beside the snapshot so that
// later getters show it, and sent with the answer; what neither can do is asked of the gateway, while the handler waits.
package turn

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/Kong/go-pdk/internal/wire"
)

// ErrOver is what PDK functions give after the event: the handler has returned, or the gateway waits no longer.
var ErrOver = errors.New("the event is over")

// ErrExited is what PDK functions give after kong.Response.Exit or Error.
var ErrExited = errors.New("the plugin has answered the request: nothing can be done after Exit")

// Refused is ErrOver for a function that the gateway refuses, in go-pdk's words: io.EOF, as its connection ends there.
type Refused struct {
	// Reason is the gateway's, as "function cannot be called in log phase (only in: rewrite, access)".
	Reason string
}

// Error gives the text that go-pdk has for it.
func (r *Refused) Error() string { return io.EOF.Error() }

// Is makes it both ErrOver and io.EOF.
func (r *Refused) Is(target error) bool { return target == ErrOver || target == io.EOF }

// Link is where an event came from: a connection to a gateway, or the test harness.
type Link interface {
	// Call asks the gateway. writes are encoded Writes (field 1) that are done first. problem is why there is no value;
	// an error means that the event is over.
	Call(t *Turn, writes []byte, method string, args []any) (value any, problem string, err error)
	// Log writes a line at once.
	Log(t *Turn, level, message, plugin string)
	// Entity gives what was sent under a number; nil for a number that is not known.
	Entity(number uint32) *Entity
	// Context is kong.ctx.plugin of a request and plugin; create makes one where there is none.
	Context(request uint32, plugin string, create bool) map[string]any
	// Gateway is the Hello of the gateway: node id, hostname, version.
	Gateway() *wire.Hello
}

// Turn is one event. While a handler runs, its Handle guards all of this but what Cancel touches; before and after, its owner
// does, who runs one handler at a time.
type Turn struct {
	Event  wire.Event
	Link   Link
	Stream uint32
	// Writes are the Writes so far, encoded as fields of WritesField's number.
	Writes      []byte
	WritesField int
	// CacheMs is what the plugin asked for with Cache.
	CacheMs uint32
	// EndsBody says that the plugin ended the body with the chunk it gives back.
	EndsBody bool
	// asksAll says that there is no snapshot: every function is a Call, writes too. See direct.go.
	asksAll bool

	stale       stale
	status      uint32
	requestOps  []headerOp
	responseOps []headerOp
	shared      map[string]any
	sharedRead  bool
	wantsReads  bool
	reads       []string
	over        error

	cancelMu sync.Mutex
	canceled error
	ctx      context.Context
	cancel   context.CancelFunc
	// Replies takes the answer to a Call; its owner puts it there. One place: a turn has one Call at a time.
	Replies chan Reply
}

// Reply is what ends the waiting for a Call.
type Reply struct {
	Value   any
	Problem string
	Err     error
}

// New makes a turn that can be used for many events, one after the other.
func New() *Turn {
	return &Turn{Replies: make(chan Reply, 1)}
}

// Begin prepares the turn for the event that was decoded into it.
func (t *Turn) Begin(link Link, stream uint32) {
	t.Link, t.Stream, t.WritesField = link, stream, wire.WritesOfDone
	t.Writes = t.Writes[:0]
	t.CacheMs, t.EndsBody, t.asksAll = 0, false, false
	t.stale, t.status, t.over = 0, t.Event.Status, nil
	t.requestOps, t.responseOps = t.requestOps[:0], t.responseOps[:0]
	t.shared, t.sharedRead = nil, false
	t.wantsReads, t.reads = link.Gateway().WantsReads, t.reads[:0]
	t.canceled, t.ctx, t.cancel = nil, nil, nil
	select {
	case <-t.Replies:
	default:
	}
}

// Cancel ends the event from outside: whoever waits for an answer or on the context gets err.
func (t *Turn) Cancel(err error) {
	t.cancelMu.Lock()
	if t.canceled == nil {
		t.canceled = err
	}
	cancel := t.cancel
	t.cancelMu.Unlock()
	if cancel != nil {
		cancel()
	}
	select {
	case t.Replies <- Reply{Err: err}:
	default:
	}
}

// Canceled gives the reason of a Cancel, nil while there was none.
func (t *Turn) Canceled() error {
	t.cancelMu.Lock()
	defer t.cancelMu.Unlock()
	return t.canceled
}

// Exited says whether the plugin has answered the request, or a refused call has ended the event.
func (t *Turn) Exited() bool {
	return t.over != nil
}

// Finish releases the context that the plugin may have asked for.
func (t *Turn) Finish() {
	t.cancelMu.Lock()
	cancel := t.cancel
	t.cancelMu.Unlock()
	if cancel != nil {
		cancel()
	}
}

// NextInstance marks where the writes of the next plugin config begin.
func (t *Turn) NextInstance() {
	t.Writes = wire.AppendWrite(t.Writes, t.WritesField, &wire.Write{Op: wire.OpNextInstance})
}
