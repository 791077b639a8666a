package serve

// Reads and writes that do not tell Go's scheduler of themselves.
//
// Each system call of package net says that it may block, and where the process has slept, that wakes a thread of the runtime
// which watches over such calls: it looks again and again for a millisecond, on the CPU that the handler needs. A server that
// gets an event now and then paid that for every event, and it took longer than the event. A call on a socket that does
// not block returns within microseconds, so nobody has to watch over it; the waiting is left to the runtime's poller as ever.
//
// The thread is needed for handlers that take long: wakeWatchers makes the call that wakes it.

import (
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"
)

// rawSocket is a stream socket that does not block. One goroutine reads at a time, and one writes.
type rawSocket struct {
	net.Conn
	raw   syscall.RawConn
	in    transfer
	out   transfer
	read  func(fd uintptr) bool
	write func(fd uintptr) bool
}

// transfer is the read or the write under way.
type transfer struct {
	bytes []byte
	done  int
	errno syscall.Errno
}

func newSocket(nc net.Conn) socket {
	unix, isUnix := nc.(*net.UnixConn)
	if !isUnix {
		return nc
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return nc
	}
	s := &rawSocket{Conn: nc, raw: raw}
	s.read, s.write = s.readNow, s.writeNow
	return s
}

func (s *rawSocket) Read(into []byte) (int, error) {
	if len(into) == 0 {
		return 0, nil
	}
	s.in = transfer{bytes: into}
	err := s.raw.Read(s.read)
	t := s.in
	s.in.bytes = nil
	switch {
	case err != nil:
		return 0, err
	case t.errno != 0:
		return 0, os.NewSyscallError("read", t.errno)
	case t.done == 0:
		return 0, io.EOF
	}
	return t.done, nil
}

// Write writes all, or says why not.
func (s *rawSocket) Write(bytes []byte) (int, error) {
	if len(bytes) == 0 {
		return 0, nil
	}
	s.out = transfer{bytes: bytes}
	err := s.raw.Write(s.write)
	t := s.out
	s.out.bytes = nil
	if err == nil && t.errno != 0 {
		err = os.NewSyscallError("write", t.errno)
	}
	return t.done, err
}

// readNow reads once; false where nothing is there yet.
func (s *rawSocket) readNow(fd uintptr) bool {
	t := &s.in
	for {
		n, errno := call(syscall.SYS_READ, fd, t.bytes)
		switch errno {
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return false
		}
		t.done, t.errno = n, errno
		return true
	}
}

// writeNow writes as much as there is room for; false where some is left.
func (s *rawSocket) writeNow(fd uintptr) bool {
	t := &s.out
	for {
		n, errno := call(syscall.SYS_WRITE, fd, t.bytes[t.done:])
		switch errno {
		case 0:
			if t.done += n; t.done == len(t.bytes) {
				return true
			}
		case syscall.EINTR:
		case syscall.EAGAIN:
			return false
		default:
			t.errno = errno
			return true
		}
	}
}

// call is a system call on bytes, of which there is at least one. n is 0 where it failed.
func call(number, fd uintptr, bytes []byte) (n int, errno syscall.Errno) {
	done, _, errno := syscall.RawSyscall(number, fd, uintptr(unsafe.Pointer(&bytes[0])), uintptr(len(bytes)))
	if errno != 0 {
		return 0, errno
	}
	return int(done), 0
}

// wakeWatchers makes a system call that may block, as far as the runtime knows: whoever interrupts handlers that take long
// is awake then.
func wakeWatchers() {
	syscall.Syscall(syscall.SYS_GETPID, 0, 0, 0)
}
