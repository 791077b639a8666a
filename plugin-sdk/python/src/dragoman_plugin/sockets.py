"""The sockets of a server: one poller that the leading thread asks, connections that any thread writes to.

A connection's output is collected while the leader works and written in one call before it waits again (writing after
every eighth answer was tried: 5 to 11 % more events, and 6 to 15 % more CPU of the gateway for each); other threads write
at once. What the peer does not take waits, up to a limit: beyond it the connection is not read any more.
"""

from __future__ import annotations

import socket
import threading
from collections import deque
from typing import Callable, Protocol

from .readiness import READ, WRITE, make_poller
from .wake_pipe import WakePipe

#: Bytes read in one call.
READ_BYTES = 256 * 1024
#: Bytes that wait to be written; a connection with more is not read until they are gone.
PENDING_BYTES_MAX = 4 * 1024 * 1024
#: Connections at a time; more are closed at once.
CONNECTIONS_MAX = 1024
_BACKLOG = 512


class Receiver(Protocol):
    """Who reads a connection."""

    def received(self, data: bytes) -> None:
        """Bytes came; an exception closes the connection."""

    def closed(self) -> None:
        """The connection is gone; called once."""


class Link:
    """A connected socket with its output."""

    def __init__(self, connected: socket.socket, sockets: Sockets) -> None:
        self._socket = connected
        self._sockets = sockets
        self._out: deque[bytes] = deque()
        self._rest = b""
        self._mutex = threading.Lock()
        self.receiver: Receiver | None = None
        self.is_closed = False
        #: It is among `Sockets.unflushed`.
        self.is_queued = False

    def fileno(self) -> int:
        """For the selector; -1 when it is closed."""
        return self._socket.fileno()

    def write(self, data: bytes, is_urgent: bool) -> None:
        """Queue bytes; urgent ones, and all before them, are written now."""
        if is_urgent:
            self._out.append(data)
            self.flush()
        else:
            self.queue(data)

    def queue(self, data: bytes) -> None:
        """Queue bytes from a thread of the crew, which flushes before it waits for anything."""
        self._out.append(data)
        if not self.is_queued:
            self.is_queued = True
            self._sockets.unflushed.append(self)

    def flush(self) -> None:
        """Write what waits, as much as the peer takes."""
        with self._mutex:
            out = self._out
            if self.is_closed or not (out or self._rest):
                return
            data = out.popleft() if len(out) == 1 and not self._rest else self._joined()
            try:
                sent = self._socket.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError:
                self._rest = b""
                return  # reading says that it is gone
            had_rest = bool(self._rest)
            self._rest = data[sent:] if sent < len(data) else b""
        if self._rest or had_rest:
            self._sockets.watch(self, len(self._rest))

    def _joined(self) -> bytes:
        parts = [self._rest]
        while self._out:
            parts.append(self._out.popleft())
        return b"".join(parts)

    def read(self) -> None:
        """Read once and hand it on; closes at the end of the stream and on errors."""
        try:
            data = self._socket.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data or self.receiver is None:
            self.close()
            return
        try:
            self.receiver.received(data)
        except Exception as cause:
            self._sockets.failed(cause)
            self.close()

    def close(self) -> None:
        """Close, after what can be written at once; a second time does nothing."""
        self.flush()
        with self._mutex:
            if self.is_closed:
                return
            self.is_closed = True
        self._sockets.drop(self)
        self._socket.close()
        if self.receiver is not None:
            self.receiver.closed()


class Sockets:
    """Listener and links."""

    def __init__(
        self, accepted: Callable[[Link], Receiver], failed: Callable[[Exception], None]
    ) -> None:
        #: Links with output that the leader writes with its next poll.
        self.unflushed: deque[Link] = deque()
        self.failed = failed
        self.links: set[Link] = set()
        self._accepted = accepted
        self._poller = make_poller()
        #: What is told that a file descriptor is ready: a link, or a function.
        self._ready: dict[int, Link | Callable[[], None]] = {}
        self._pipe = WakePipe()
        self._register(self._pipe.read_fd, self._pipe.drain)
        self._listener: socket.socket | None = None

    def listen(self, listener: socket.socket) -> None:
        """Take connections of a bound socket."""
        listener.listen(_BACKLOG)
        listener.setblocking(False)
        self._listener = listener
        self._register(listener.fileno(), self._accept)

    def close_listener(self) -> None:
        """No new connections."""
        if self._listener is not None:
            self._unregister(self._listener.fileno())
            self._listener.close()
            self._listener = None

    def _accept(self) -> None:
        listener = self._listener
        if listener is None:
            return
        try:
            connected, _ = listener.accept()
        except OSError:
            return
        connected.setblocking(False)
        if len(self.links) >= CONNECTIONS_MAX:
            connected.close()
            return
        link = Link(connected, self)
        self.links.add(link)
        link.receiver = self._accepted(link)
        self._register(link.fileno(), link)

    def _register(self, fd: int, handler: Link | Callable[[], None]) -> None:
        self._ready[fd] = handler
        self._poller.register(fd, READ)

    def _unregister(self, fd: int) -> None:
        if self._ready.pop(fd, None) is not None:
            self._poller.unregister(fd)

    def watch(self, link: Link, pending: int) -> None:
        """A link has output that waits (or none any more): watch for room, and do not read what we cannot answer."""
        interest = READ if pending <= PENDING_BYTES_MAX else 0
        if pending:
            interest |= WRITE
        try:
            self._poller.modify(link.fileno(), interest)
        except (KeyError, ValueError, OSError):
            return  # it was closed meanwhile

    def drop(self, link: Link) -> None:
        """A link is about to be closed."""
        self.links.discard(link)
        try:
            self._unregister(link.fileno())
        except (KeyError, ValueError, OSError):
            return

    def wake(self) -> None:
        """Let `poll` return."""
        self._pipe.wake()

    def flush(self) -> None:
        """Write what was queued."""
        unflushed = self.unflushed
        while unflushed:
            try:
                link = unflushed.popleft()
            except IndexError:
                return  # another thread flushes, too
            # before the flush: what is queued from now on is either in it, or queues the link again
            link.is_queued = False
            link.flush()

    def poll(self, timeout: float | None) -> None:
        """Write, wait, read; for one thread at a time."""
        if self.unflushed:
            self.flush()
        for fd, ready in self._poller.poll(timeout):
            handler = self._ready.get(fd)
            if isinstance(handler, Link):
                if ready & ~READ:
                    handler.flush()
                if ready & ~WRITE:
                    handler.read()
            elif handler is not None:
                handler()
