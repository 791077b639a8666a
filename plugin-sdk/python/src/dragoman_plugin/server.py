"""A plugin server: a socket, a crew of threads, the plugins; from its start to the end of its drain."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
from time import monotonic
from typing import Any

from . import phases
from .aio_loop import LoopThread
from .connection import Connection
from .crew import SLOW_US, SLOWNESS_MAX, THREADS_MAX, Crew
from .guest import Guest, GuestProtocol, Opening
from .plugin import Instance, Plugin
from .runner import Run
from .sockets import Link, Receiver, Sockets
from .wire import CHUNK_DONE, DONE

#: How long events that are under way may take when the server stops.
DRAIN_SECONDS_MAX = 10.0
#: After Draining an event may still be on its way: the connection must have been quiet for so long.
DRAIN_QUIET_SECONDS = 0.2
#: How often the parent process is looked for, and a drain for its end.
_TICK_SECONDS = 1.0
_DRAIN_TICK_SECONDS = 0.02

log = logging.getLogger("dragoman_plugin")


class PluginServer:
    """Serves plugins on a Unix socket."""

    def __init__(
        self,
        plugins: dict[str, Plugin],
        threads_max: int = THREADS_MAX,
        guests: GuestProtocol | None = None,
    ) -> None:
        self.plugins = plugins
        #: Another protocol that is spoken on the same socket.
        self.guests = guests
        self.sockets = Sockets(self._accepted, self._connection_failed)
        self.coroutines = LoopThread(self.sockets.flush)
        self.crew = Crew(self.sockets, self.note_exception, threads_max)
        self.connections: set[Connection | Guest] = set()
        self._path = ""
        self._inode = 0
        self._stop_signal = 0
        self._parent = os.getppid()

    # ---- the life of the server

    def listen(self, path: str) -> None:
        """Make the socket; a stale file is replaced without a moment when there is none."""
        temporary = f"{path}.{os.getpid()}"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(temporary)
        self.sockets.listen(listener)
        os.rename(temporary, path)
        self._path, self._inode = path, os.stat(path).st_ino

    def run(self) -> None:
        """Serve until a signal comes or the parent process is gone; then drain. For the main thread."""
        previous = {
            number: signal.signal(number, self._signalled)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        wakeup = signal.set_wakeup_fd(self.crew.signal_fd, warn_on_full_buffer=False)
        try:
            self.crew.start()
            self.crew.watch(self._is_wanted, _TICK_SECONDS)
            self.drain()
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _signalled(self, number: int, _frame: Any) -> None:
        self._stop_signal = number

    def _is_wanted(self) -> bool:
        if self._stop_signal:
            return False
        if os.getppid() != self._parent:
            log.warning("the parent process is gone")
            return False
        return True

    def drain(self) -> None:
        """No new events; finish those under way, for at most `DRAIN_SECONDS_MAX`; then close everything."""
        self.sockets.close_listener()
        self._remove_socket()
        for connection in list(self.connections):
            connection.drain("the plugin server stops")
        deadline = monotonic() + DRAIN_SECONDS_MAX
        quiet_since = [monotonic()]

        def is_under_way() -> bool:
            now = monotonic()
            if any(connection.streams for connection in self.connections):
                quiet_since[0] = now
            is_quiet = now - quiet_since[0] >= DRAIN_QUIET_SECONDS
            return bool(self.connections) and not is_quiet and now < deadline

        self.crew.watch(is_under_way, _DRAIN_TICK_SECONDS)
        self.crew.stop()
        for link in list(self.sockets.links):
            link.close()

    def _remove_socket(self) -> None:
        """The file may be another server's by now: one that was started to replace this one."""
        with contextlib.suppress(OSError):
            if self._path and os.stat(self._path).st_ino == self._inode:
                os.unlink(self._path)

    # ---- connections

    def _accepted(self, link: Link) -> Receiver:
        if self.guests is not None:
            return Opening(link, self)
        return self.native(link)

    def native(self, link: Link) -> Receiver:
        """A connection that speaks the native protocol."""
        connection = _Tracked(link, self)
        self.connections.add(connection)
        return connection

    def _connection_failed(self, cause: Exception) -> None:
        log.error("a connection ends: %s", cause)

    def note_exception(self, text: str) -> None:
        """Log the exception that is being handled."""
        log.exception(text)

    # ---- jobs

    def run_one(self, connection: Connection, run: Run) -> None:
        """`run_event` for nearly every event: one plugin config with a plain handler."""
        if run.event.is_over:
            return
        instance: Any = run.lineup.instance
        if instance.slowness > 1:
            self.crew.yield_lead()
        connection.answer(run, run.run_one())
        if instance.slowness or run.us[0] > SLOW_US:
            _note_slowness(run)

    def run_event(self, connection: Connection, run: Run) -> None:
        """Run an event's handlers and send its Done."""
        lineup = run.lineup
        if run.event.is_over:
            return
        if lineup.phase == phases.BODY_FILTER:
            connection.queue(run.event.stream, DONE, run.wants_body())
        elif lineup.is_async:
            self.coroutines.run(self._run_async(connection, run))
        else:
            for instance in lineup.instances:
                if instance.slowness > 1:
                    self.crew.yield_lead()
            run.run()
            connection.answer(run, run.done())
            _note_slowness(run)

    async def _run_async(self, connection: Connection, run: Run) -> None:
        if run.lineup.instance is None:
            await run.run_async()
            done = run.done()
        else:
            done = await run.run_one_async()
        connection.answer(run, done)
        self.coroutines.flush_soon()
        _note_slowness(run)

    def run_chunk(self, connection: Connection, run: Run, chunk: Any) -> None:
        """Run body_filter on a chunk and send its ChunkDone."""
        if run.event.is_over:
            return
        run.begin_chunk(chunk.data, chunk.is_last)
        if run.lineup.is_async:
            self.coroutines.run(self._run_chunk_async(connection, run, chunk))
        else:
            run.run_chunk()
            self._finish_chunk(connection, run, chunk)

    async def _run_chunk_async(self, connection: Connection, run: Run, chunk: Any) -> None:
        await run.run_chunk_async()
        self._finish_chunk(connection, run, chunk)
        self.coroutines.flush_soon()

    def _finish_chunk(self, connection: Connection, run: Run, chunk: Any) -> None:
        event = run.event
        if event.is_over:
            return
        done = run.chunk_done(chunk.data)
        run.is_chunk_under_way = False
        if (chunk.is_last or run.failure) and not connection.leave(run):
            return
        connection.queue(event.stream, CHUNK_DONE, done)

    def stop_instance(self, instance: Instance) -> None:
        """A plugin config is over."""
        try:
            instance.stop()
        except Exception:
            self.note_exception(f"close of {instance.plugin.name} failed")


def _note_slowness(run: Run) -> None:
    """Slow handlers run where they hold up nobody: see crew.py."""
    for instance, us in zip(run.instances, run.us):
        if us > SLOW_US:
            instance.slowness = min(SLOWNESS_MAX, instance.slowness + 1)
        elif instance.slowness:
            instance.slowness -= 1


class _Tracked(Connection):
    """Is in the server's set as long as it lives."""

    def closed(self) -> None:
        super().closed()
        self.server.connections.discard(self)


def serving_path(socket_path: str | None, prefix: str, name: str) -> str:
    """Where a server listens: the environment, then the option, then the prefix."""
    from_environment = os.environ.get("DRAGOMAN_PLUGIN_SERVER_SOCKET")
    return from_environment or socket_path or os.path.join(prefix, f"{name}.socket")
