package serve

import (
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Kong/go-pdk/internal/wire"
)

// writer gathers frames and writes them together: whoever finds nobody writing writes, for all.
type writer struct {
	conn io.Writer
	// running counts the handlers that run: where there are others, their answers are worth a moment's wait.
	running atomic.Int32

	mu       sync.Mutex
	drained  sync.Cond
	out      []byte
	spare    []byte
	writing  bool
	isTimed  bool
	timer    *time.Timer
	err      error
	bytesMax int
}

func newWriter(conn io.Writer) *writer {
	w := &writer{conn: conn, bytesMax: wire.FrameBytesMax}
	w.drained.L = &w.mu
	return w
}

// fits says whether the peer takes a message of this length.
func (w *writer) fits(message int) bool {
	return message+wire.HeaderBytes-4 <= w.bytesMax
}

// send appends a frame and writes it, or leaves it to whoever is writing. It waits while too much is waiting.
func (w *writer) send(stream uint32, kind wire.FrameType, message []byte) {
	w.mu.Lock()
	for len(w.out) > waitingBytesMax && w.err == nil {
		w.drained.Wait()
	}
	if w.err != nil {
		w.mu.Unlock()
		return
	}
	w.out = wire.AppendFrame(w.out, stream, kind, message)
	if w.writing {
		w.mu.Unlock()
		return
	}
	w.writing = true
	w.mu.Unlock()
	w.flush()
}

// queue appends a frame that goes with the next one, or by itself after a moment.
func (w *writer) queue(stream uint32, kind wire.FrameType, message []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.out) > waitingBytesMax && w.err == nil {
		if !w.writing {
			w.writing = true
			go w.flush()
		}
		w.drained.Wait()
	}
	if w.err != nil {
		return
	}
	w.out = wire.AppendFrame(w.out, stream, kind, message)
	if w.writing || w.isTimed {
		return
	}
	w.isTimed = true
	if w.timer == nil {
		w.timer = time.AfterFunc(logDelay, w.flushLate)
	} else {
		w.timer.Reset(logDelay)
	}
}

func (w *writer) flushLate() {
	w.mu.Lock()
	w.isTimed = false
	if w.writing || len(w.out) == 0 {
		w.mu.Unlock()
		return
	}
	w.writing = true
	w.mu.Unlock()
	w.flush()
}

// flush writes until nothing is left; the caller has set writing.
func (w *writer) flush() {
	if w.running.Load() > 1 {
		runtime.Gosched()
	}
	for {
		w.mu.Lock()
		batch := w.out
		if len(batch) == 0 || w.err != nil {
			w.writing = false
			w.drained.Broadcast()
			w.mu.Unlock()
			return
		}
		w.out = w.spare[:0]
		w.spare = nil
		w.drained.Broadcast()
		w.mu.Unlock()
		_, err := w.conn.Write(batch)
		w.mu.Lock()
		if cap(batch) <= waitingBytesMax {
			w.spare = batch
		}
		if err != nil {
			w.fail(err)
		}
		w.mu.Unlock()
	}
}

// drain waits until all is written.
func (w *writer) drain() {
	w.flushLate()
	w.mu.Lock()
	for (w.writing || len(w.out) > 0) && w.err == nil {
		w.drained.Wait()
	}
	w.mu.Unlock()
}

// fail ends the writing: what waits is dropped, whoever waits goes on. The caller holds the lock.
func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
	w.out = nil
	w.drained.Broadcast()
}

// close ends the writing from outside.
func (w *writer) close(err error) {
	w.mu.Lock()
	w.fail(err)
	if w.timer != nil {
		w.timer.Stop()
	}
	w.mu.Unlock()
}
