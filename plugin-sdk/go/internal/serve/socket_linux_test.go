package serve

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	pdk "github.com/Kong/go-pdk"
	"github.com/Kong/go-pdk/internal/fakegateway"
	"github.com/Kong/go-pdk/internal/plugin"
	"github.com/Kong/go-pdk/internal/wire"
)

// pair gives the two ends of a connection; ours is the one that does without the scheduler.
func pair(t *testing.T) (ours socket, theirs net.Conn) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	theirs, err = net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	ours = newSocket(accepted)
	if _, isRaw := ours.(*rawSocket); !isRaw {
		t.Fatalf("%T", ours)
	}
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	return ours, theirs
}

// More than the kernel holds goes through in both directions at once, whatever the sizes of reads and writes.
func TestSocketCarriesAll(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	sent := make([]byte, 4<<20)
	rand.New(rand.NewSource(seed)).Read(sent)
	ours, theirs := pair(t)
	go io.Copy(theirs, theirs)
	go func() {
		random := rand.New(rand.NewSource(seed + 1))
		for rest := sent; len(rest) > 0; {
			n := min(len(rest), 1+random.Intn(1<<20))
			if done, err := ours.Write(rest[:n]); done != n || err != nil {
				t.Errorf("%d of %d bytes written: %v", done, n, err)
				ours.Close()
				return
			}
			rest = rest[n:]
		}
	}()
	got := make([]byte, len(sent))
	if n, err := io.ReadFull(ours, got); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes came back, not those that were sent: %v", n, err)
	}
}

func TestSocketEnds(t *testing.T) {
	ours, theirs := pair(t)
	theirs.Close()
	if n, err := ours.Read(make([]byte, 8)); n != 0 || err != io.EOF {
		t.Errorf("closed by the peer: %d, %v", n, err)
	}
	if _, err := ours.Write([]byte("x")); err == nil {
		t.Error("written to a peer that is gone")
	}
	ours, _ = pair(t)
	ours.SetReadDeadline(time.Now())
	if _, err := ours.Read(make([]byte, 8)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("late: %v", err)
	}
	ours.SetReadDeadline(time.Time{})
	reading := make(chan error)
	go func() {
		_, err := ours.Read(make([]byte, 8))
		reading <- err
	}()
	ours.Close()
	if err := <-reading; !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed by us: %v", err)
	}
}

// busy keeps its processor until another event releases it.
type busy struct {
	Do string `json:"do"`
}

var isReleased atomic.Bool

func (b *busy) Access(*pdk.PDK) {
	switch b.Do {
	case "release":
		isReleased.Store(true)
	case "compute":
		for !isReleased.CompareAndSwap(true, false) {
		}
	}
}

const busySocket = "DRAGOMAN_TEST_BUSY_SOCKET"

// TestServeBusy is the server of the next test, in a process of its own.
func TestServeBusy(t *testing.T) {
	path := os.Getenv(busySocket)
	if path == "" {
		t.Skip("a part of TestBusyHandlerHoldsUpNobody")
	}
	server, err := New([]*plugin.Plugin{one("busy", func() any { return &busy{} })})
	if err != nil {
		t.Fatal(err)
	}
	listener, _, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("listening\n")
	server.Serve(listener, nil)
}

// waitUntilQuiet waits until no thread of a process runs any more, not even those that only look whether there is something
// to do: their naps are 10 ms long at most.
func waitUntilQuiet(t *testing.T, pid int) {
	t.Helper()
	last, quiet := "", 0
	for end := time.Now().Add(time.Minute); quiet < 3; time.Sleep(50 * time.Millisecond) {
		switches := ""
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
		for _, task := range tasks {
			status, _ := os.ReadFile(task)
			_, after, _ := strings.Cut(string(status), "\nvoluntary_ctxt_switches:")
			switches += after
		}
		if quiet++; switches != last {
			last, quiet = switches, 0
		}
		if time.Now().After(end) {
			t.Fatal("the server never comes to rest")
		}
	}
}

// A handler that never waits does not hold up the events behind it, on one processor or several: not the first of a
// connection, for which the runtime's watchers sleep, nor one in the midst of others. The server is alone in its process,
// for any other goroutine that waits would wake them.
func TestBusyHandlerHoldsUpNobody(t *testing.T) {
	for _, processors := range []string{"1", "2"} {
		path := filepath.Join(t.TempDir(), "s.sock")
		server := exec.Command(os.Args[0], "-test.run=^TestServeBusy$")
		server.Env = append(os.Environ(), busySocket+"="+path, "GOMAXPROCS="+processors)
		output, err := server.StdoutPipe()
		if err == nil {
			err = server.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			server.Process.Kill()
			server.Wait()
		})
		if line, _ := bufio.NewReader(output).ReadString('\n'); line != "listening\n" {
			t.Fatalf("the server said %q", line)
		}
		for _, quickOnes := range []int{0, 50} {
			g := fakegateway.Dial(t, path)
			g.Start(1, "busy", `{"do":"compute"}`)
			g.Start(2, "busy", `{"do":"release"}`)
			g.Start(3, "busy", `{}`)
			waitUntilQuiet(t, server.Process.Pid)
			for i := 0; i < quickOnes; i++ {
				g.Send(1, wire.TypeEvent, fakegateway.Access(3, 1))
				g.Done(1)
			}
			g.Send(1, wire.TypeEvent, fakegateway.Access(1, 1))
			g.Send(0, wire.TypePing, &wire.Ping{Token: 1})
			g.Expect(0, wire.TypePong, nil)
			g.Send(2, wire.TypeEvent, fakegateway.Access(2, 2))
			for _, event := range []string{"one", "other"} {
				if frame, err := g.Next(); err != nil || frame.Type != wire.TypeDone {
					t.Fatalf("the %s event: %v %v", event, frame, err)
				}
			}
		}
	}
}
