package serve

import (
	"errors"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"

	"github.com/Kong/go-pdk/internal/wire"
)

// Frames of many goroutines arrive whole and each once, and drain waits for the last of them.
func TestWriter(t *testing.T) {
	const senders, each = 16, 200
	here, there := net.Pipe()
	counts := make(chan map[uint32]int)
	go func() {
		data, _ := io.ReadAll(there)
		seen := map[uint32]int{}
		for len(data) > 0 {
			frame, taken, _, err := wire.CutFrame(data, wire.FrameBytesMax)
			if err != nil || taken == 0 {
				break
			}
			seen[frame.Stream]++
			data = data[taken:]
		}
		counts <- seen
	}()
	w := newWriter(here)
	var all sync.WaitGroup
	for i := 0; i < senders; i++ {
		all.Add(1)
		go func(stream uint32) {
			defer all.Done()
			for n := 0; n < each; n++ {
				if n%3 == 0 {
					w.queue(stream, wire.TypeLog, make([]byte, n))
				} else {
					w.send(stream, wire.TypeDone, make([]byte, n))
				}
			}
		}(uint32(i))
	}
	all.Wait()
	w.queue(99, wire.TypeLog, []byte("the last"))
	w.drain()
	here.Close()
	seen := <-counts
	if seen[99] != 1 {
		t.Error("drain did not wait for what was queued")
	}
	for i := uint32(0); i < senders; i++ {
		if seen[i] != each {
			t.Errorf("%d frames of sender %d", seen[i], i)
		}
	}
}

// Whoever has more to say than the peer reads waits, and goes on when the connection ends.
func TestWriterWaitsForASlowPeer(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	w := newWriter(here)
	const senders = 3
	finished := make(chan struct{}, senders)
	for i := 0; i < senders; i++ {
		go func() {
			for sent := 0; sent < 4*waitingBytesMax; sent += 1 << 16 {
				w.send(1, wire.TypeDone, make([]byte, 1<<16))
				w.queue(1, wire.TypeLog, make([]byte, 1<<16))
			}
			finished <- struct{}{}
		}()
	}
	waiting := 0
	for waiting <= waitingBytesMax { // the others go on until that
		w.mu.Lock()
		waiting = len(w.out)
		w.mu.Unlock()
		runtime.Gosched()
	}
	if waiting > waitingBytesMax+1<<17 {
		t.Errorf("%d bytes wait", waiting)
	}
	w.close(errors.New("the connection ends"))
	here.Close()
	for i := 0; i < senders; i++ {
		<-finished
	}
}
