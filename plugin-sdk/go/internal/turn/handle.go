package turn

import (
	"context"
	"sync"
	"time"

	"github.com/Kong/go-pdk/internal/wire"
)

// Handle is what a handler's PDK holds of a turn. It is made anew for each handler and cut off when that has returned, so
// that a goroutine which outlives its handler gets ErrOver instead of the next request.
//
// A Call is made with the lock held: other goroutines of the handler wait for it, as one Call at a time is the contract.
type Handle struct {
	mu     sync.Mutex
	turn   *Turn
	plugin string
}

// NewHandle makes the handle of a plugin for a turn.
func NewHandle(t *Turn, plugin string) *Handle {
	return &Handle{turn: t, plugin: plugin}
}

// Close cuts the handle off; it waits until a PDK function that is under way in another goroutine has ended.
func (h *Handle) Close() {
	h.mu.Lock()
	h.turn = nil
	h.mu.Unlock()
}

// use gives the turn, locked; the error is ErrOver, ErrExited or what refused a call. A nil handle is one without a gateway.
func (h *Handle) use() (*Turn, error) {
	if h == nil {
		return nil, ErrOver
	}
	h.mu.Lock()
	t := h.turn
	if t == nil {
		h.mu.Unlock()
		return nil, ErrOver
	}
	if t.over != nil {
		err := t.over
		h.mu.Unlock()
		return nil, err
	}
	return t, nil
}

// Call asks the gateway for any function of the PDK by its wire name, as "kong.vault.get".
//
// value is as wire.Plain makes it, problem the second result of Kong's function. An error means that the event is over.
func (h *Handle) Call(method string, args ...any) (value any, problem string, err error) {
	t, err := h.use()
	if err != nil {
		return nil, "", err
	}
	defer h.mu.Unlock()
	for i, arg := range args {
		if args[i], err = wire.Normalize(arg); err != nil {
			return nil, "", err
		}
	}
	return t.call(method, args)
}

// call asks the gateway with the turn locked.
func (t *Turn) call(method string, args []any) (value any, problem string, err error) {
	if t.asksAll {
		return t.callAlone(method, args)
	}
	if r := rules[method]; r != nil {
		t.stale |= r.stale
	}
	writes := t.Writes
	if t.WritesField != wire.WritesOfDone {
		writes = renumbered(writes)
	}
	value, problem, err = t.Link.Call(t, writes, method, args)
	t.Writes = t.Writes[:0]
	if err != nil {
		t.over = err
		return nil, "", err
	}
	return wire.Plain(value), problem, nil
}

// renumbered gives writes of a ChunkDone as those of a Call: their tag is one byte, but for the number of the field.
func renumbered(writes []byte) []byte {
	var answer []byte
	list, err := wire.SplitWrites(writes)
	if err != nil {
		return nil
	}
	for _, one := range list {
		answer = wire.AppendRawWrite(answer, wire.WritesOfDone, one)
	}
	return answer
}

// Write does something that has no result; the gateway does it with the answer of the event, or before the next call. What it
// may refuse it is asked for at once: see rules.go.
func (h *Handle) Write(method string, args ...any) error {
	t, err := h.use()
	if err != nil {
		return err
	}
	defer h.mu.Unlock()
	return t.write(method, args)
}

func (t *Turn) write(method string, args []any) (err error) {
	for i, arg := range args {
		if args[i], err = wire.Normalize(arg); err != nil {
			return err
		}
	}
	if t.asksAll {
		_, _, err = t.callAlone(method, args)
		return err
	}
	if r := rules[method]; r != nil {
		if !t.isCertain(r, args) {
			_, _, err = t.call(method, args)
			return err
		}
		t.stale |= r.stale
	}
	t.Writes = wire.AppendWrite(t.Writes, t.WritesField, &wire.Write{Name: method, Args: args})
	return nil
}

// Exit records an answer to the request and ends the event for the plugin.
func (h *Handle) Exit(method string, args ...any) {
	t, err := h.use()
	if err != nil {
		return
	}
	defer h.mu.Unlock()
	if t.write(method, args) == nil {
		t.over = ErrExited
	}
}

// Log writes a line to the gateway's log, at once.
func (h *Handle) Log(level, message string) error {
	t, err := h.use()
	if err != nil {
		return err
	}
	defer h.mu.Unlock()
	if t.asksAll {
		return t.write("kong.log."+level, []any{message})
	}
	t.Link.Log(t, level, message, h.plugin)
	return nil
}

// Cache lets the gateway use the answer of this event again for d; at most some 49 days.
func (h *Handle) Cache(d time.Duration) error {
	t, err := h.use()
	if err != nil {
		return err
	}
	defer h.mu.Unlock()
	t.CacheMs = uint32(min(max(d.Milliseconds(), 0), 1<<32-1))
	return nil
}

// EndBody makes the chunk that the handler gives back the last of the body.
func (h *Handle) EndBody() error {
	t, err := h.use()
	if err != nil {
		return err
	}
	defer h.mu.Unlock()
	t.EndsBody = true
	return nil
}

// Context gives a context that ends with the event: at its deadline, when the gateway cancels it, when the handler returns.
func (h *Handle) Context() context.Context {
	t, err := h.use()
	if err != nil {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(err)
		return ctx
	}
	defer h.mu.Unlock()
	return t.context()
}

func (t *Turn) context() context.Context {
	t.cancelMu.Lock()
	defer t.cancelMu.Unlock()
	if t.ctx != nil {
		return t.ctx
	}
	if t.Event.DeadlineMs > 0 {
		t.ctx, t.cancel = context.WithTimeout(context.Background(), time.Duration(t.Event.DeadlineMs)*time.Millisecond)
	} else {
		t.ctx, t.cancel = context.WithCancel(context.Background())
	}
	if link, ok := t.Link.(watcher); ok {
		go link.Watch(t.ctx, t.cancel)
	}
	if t.canceled != nil {
		t.cancel()
	}
	return t.ctx
}

// watcher is a link that does not hear of the end of its connection while a handler runs, unless it looks.
type watcher interface {
	// Watch ends the context when the connection does; it returns with the context.
	Watch(ctx context.Context, cancel context.CancelFunc)
}

// Gateway gives what the gateway told of itself, for the function of that wire name.
func (h *Handle) Gateway(method string) (*wire.Hello, error) {
	t, err := h.use()
	if err != nil {
		return nil, err
	}
	defer h.mu.Unlock()
	t.read(method, "")
	return t.Link.Gateway(), nil
}
