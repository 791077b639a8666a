package serve

// Handlers run by the goroutine that reads, where nothing else waits to be read: waking another goroutine, and often another
// thread, for a handler of a microsecond costs more than all the rest of an event.
//
// A handler that waits must not hold up the connection, so the reading can be taken over by another goroutine at any time:
// at once by a Call, and within two looks of the watcher for whatever else takes long. A connection whose handlers take
// long more than a few times runs them in goroutines of their own from then on.
//
// inline.turns counts up when a handler begins here and when it ends or is taken over: odd is "one runs". Who moves the
// count from odd to even is the reader.

import (
	"sync/atomic"
	"time"

	"github.com/Kong/go-pdk/internal/turn"
)

const (
	// watchInterval is how often the watcher looks for a handler that takes long.
	watchInterval = 5 * time.Millisecond
	// watchIdleMax is after how many looks without any event the watcher sleeps.
	watchIdleMax = 20
	// strikesMax is how many handlers may take long until none are run by the reader any more.
	strikesMax = 3
	// forgiveAfter is how many quick ones make up for one that took long.
	forgiveAfter = 10_000
)

type inline struct {
	turns   atomic.Uint64
	turn    atomic.Pointer[turn.Turn]
	strikes atomic.Int32
	isAwake atomic.Bool
	wake    chan struct{}
	quick   int
}

// mayInline says whether the reader may run the handlers of events.
func (c *conn) mayInline() bool {
	return c.inline.strikes.Load() < strikesMax && c.writer.running.Load() == 0
}

// runInline runs an event in the reader's goroutine; false where another goroutine reads now.
func (c *conn) runInline(s *stream) (isReader bool) {
	i := &c.inline
	i.turn.Store(s.turn)
	turns := i.turns.Add(1)
	if !i.isAwake.Load() && i.isAwake.CompareAndSwap(false, true) {
		i.wake <- struct{}{}
		wakeWatchers()
	}
	isDone := false
	defer func() {
		if !isDone && i.turns.CompareAndSwap(turns, turns+1) {
			go c.loop() // the handler has ended this goroutine
		}
	}()
	c.writer.running.Add(1)
	s.work()
	isDone = true
	if !i.turns.CompareAndSwap(turns, turns+1) {
		return false
	}
	if i.quick++; i.quick >= forgiveAfter {
		i.quick = 0
		if strikes := i.strikes.Load(); strikes > 0 && strikes < strikesMax {
			i.strikes.Add(-1)
		}
	}
	return true
}

// takeOver lets another goroutine read while the handler that began at this count goes on.
func (c *conn) takeOver(turns uint64) bool {
	if turns&1 == 0 || !c.inline.turns.CompareAndSwap(turns, turns+1) {
		return false
	}
	go c.loop()
	return true
}

// leaveReader is called before a turn waits for the gateway: somebody has to read the answer.
func (c *conn) leaveReader(t *turn.Turn) {
	turns := c.inline.turns.Load()
	if c.inline.turn.Load() == t {
		c.takeOver(turns)
	}
}

// watch looks for handlers that take long until the connection is gone.
func (c *conn) watch(gone <-chan struct{}) {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	ticker.Stop()
	var last uint64
	idleLooks := watchIdleMax
	for {
		if idleLooks >= watchIdleMax {
			ticker.Stop()
			c.inline.isAwake.Store(false)
			select {
			case <-c.inline.wake:
			case <-gone:
				return
			}
			ticker.Reset(watchInterval)
			idleLooks = 0
		}
		select {
		case <-ticker.C:
		case <-gone:
			return
		}
		turns := c.inline.turns.Load()
		switch {
		case turns != last:
			idleLooks = 0
			wakeWatchers()
		case turns&1 == 1:
			if c.takeOver(turns) {
				c.inline.strikes.Add(1)
			}
		default:
			idleLooks++
		}
		last = turns
	}
}
