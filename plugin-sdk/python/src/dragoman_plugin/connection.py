"""The plugin server's side of one connection: the conversation of the contract, frame by frame.

Frames are read by the leading thread and are quick to handle; what runs a plugin's code becomes a job. What is out of
place raises `FrameError`, which ends this connection and nothing else.
"""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Callable

from google.protobuf.message import DecodeError

from . import phases, wire
from .channels import SocketChannel
from .errors import FrameError
from .event import Event
from .facts import Facts
from .frames import FRAME_BYTES_MAX, FRAME_BYTES_MIN, FrameReader, frame
from .pdk.noting import NotedEvent
from .plugin import Instance
from .runner import Run
from .sockets import Link

if TYPE_CHECKING:
    from .server import PluginServer

#: Events at a time on a connection; told to the gateway.
EVENTS_MAX = 1024
#: Plugin configs on a connection.
INSTANCES_MAX = 100_000
SOFTWARE = "dragoman-plugin-sdk-python 0.1.0"


class Connection:
    """Reads a link; see `Receiver`."""

    def __init__(self, link: Link, server: PluginServer) -> None:
        self.link = link
        self.server = server
        self.facts = Facts()
        #: Stream -> what runs there.
        self.streams: dict[int, Run] = {}
        self.instances: dict[int, Instance] = {}
        # a handler that ends and a Cancel may meet
        self._mutex = threading.Lock()
        self._preamble = b""
        self._reader = FrameReader()
        self._is_greeted = False
        self._frame_bytes_max = FRAME_BYTES_MIN
        self._channel = SocketChannel(self)
        self._make_event: Callable[..., Event] = Event
        self._on: dict[int, Callable[[int, bytes], None]] = {
            wire.EVENT: self._event,
            wire.RESULT: self._result,
            wire.CHUNK: self._chunk,
            wire.CANCEL: self._cancel,
            wire.FORGET: self._forget,
            wire.START: self._start,
            wire.STOP: self._stop,
            wire.ENTITY: self._entity,
            wire.FORGET_ENTITIES: self._forget_entities,
            wire.PING: self._ping,
            wire.DRAINING: self._draining,
            wire.HELLO: self._hello,
        }

    # ---- the link

    def received(self, data: bytes) -> None:
        """Bytes came."""
        if len(self._preamble) < len(wire.PREAMBLE):
            data = self._greet(data)
        for stream, kind, message in self._reader.push(data):
            handle = self._on.get(kind)
            if handle is None:
                self._unknown(kind)
                continue
            if not self._is_greeted and kind != wire.HELLO:
                raise FrameError("a frame before the Hello")
            try:
                handle(stream, message)
            except DecodeError as cause:
                raise FrameError(f"a message of type {kind} cannot be read: {cause}") from cause

    def _unknown(self, kind: int) -> None:
        """Types of later versions are dropped; those that only a plugin server sends are out of place."""
        if kind <= wire.DRAINING:
            raise FrameError(f"a frame of type {kind}, which a gateway does not send")

    def _greet(self, data: bytes) -> bytes:
        """Take the preamble, say Hello when it is whole; gives what comes after it."""
        missing = len(wire.PREAMBLE) - len(self._preamble)
        self._preamble += data[:missing]
        if not wire.PREAMBLE.startswith(self._preamble):
            raise FrameError("the peer does not speak Dragoman:1")
        if len(self._preamble) == len(wire.PREAMBLE):
            hello = wire.Hello(
                protocol_versions=[wire.PROTOCOL_VERSION],
                software=SOFTWARE,
                frame_bytes_max=FRAME_BYTES_MAX,
                pid=os.getpid(),
                concurrency_max=EVENTS_MAX,
            )
            for plugin in self.server.plugins.values():
                plugin.fill_info(hello.plugins.add())
            self.link.write(frame(0, wire.HELLO, hello.SerializeToString()), True)
        return data[missing:]

    def closed(self) -> None:
        """The connection is gone, and all that belonged to it."""
        for run in list(self.streams.values()):
            self._end(run)
        for instance in self.instances.values():
            self.server.crew.jobs.append(partial(self.server.stop_instance, instance))
        self.instances.clear()

    def send(self, stream: int, kind: int, message: bytes) -> None:
        """Send a frame; with the leader's other output, or at once."""
        self.link.write(frame(stream, kind, message), not self.server.crew.is_leader())

    def fits(self, message: bytes) -> bool:
        """Does the gateway take a frame with this message?"""
        return len(message) + 5 <= self._frame_bytes_max

    def drain(self, reason: str) -> None:
        """Say that no new events are taken."""
        self.send(0, wire.DRAINING, wire.Draining(reason=reason).SerializeToString())

    # ---- the connection's own frames

    def _hello(self, _stream: int, data: bytes) -> None:
        if self._is_greeted:
            raise FrameError("a second Hello")
        hello = wire.Hello.FromString(data)
        if wire.PROTOCOL_VERSION not in hello.protocol_versions:
            self.drain(f"no common version: this side speaks {wire.PROTOCOL_VERSION}")
            raise FrameError(f"the gateway speaks versions {list(hello.protocol_versions)}")
        self.facts.gateway = hello
        self._frame_bytes_max = max(hello.frame_bytes_max or FRAME_BYTES_MAX, FRAME_BYTES_MIN)
        if hello.wants_reads:
            self._make_event = NotedEvent
        self._is_greeted = True

    def _start(self, _stream: int, data: bytes) -> None:
        if len(self.instances) >= INSTANCES_MAX:
            raise FrameError(f"more than {INSTANCES_MAX} instances")
        self.server.crew.jobs.append(partial(self._start_instance, wire.Start.FromString(data)))

    def _start_instance(self, start: Any) -> None:
        try:
            plugin = self.server.plugins.get(start.plugin)
            if plugin is None:
                raise LookupError(f"there is no plugin {start.plugin!r} here")
            instance = plugin.start(start.instance, start.config)
            started = instance.started()
        except Exception as cause:
            self.server.note_exception(f"instance of {start.plugin} did not start")
            failed = wire.StartFailed(instance=start.instance, message=str(cause) or repr(cause))
            self.send(0, wire.START_FAILED, failed.SerializeToString())
            return
        self.instances[start.instance] = instance
        self.send(0, wire.STARTED, started)

    def _stop(self, _stream: int, data: bytes) -> None:
        instance = self.instances.pop(wire.Stop.FromString(data).instance, None)
        if instance is not None:
            self.server.crew.jobs.append(partial(self.server.stop_instance, instance))

    def _entity(self, _stream: int, data: bytes) -> None:
        entity = wire.Entity.FromString(data)
        self.facts.add_entity(entity.number, entity.json)

    def _forget_entities(self, _stream: int, _data: bytes) -> None:
        self.facts.forget_entities()

    def _forget(self, _stream: int, data: bytes) -> None:
        self.facts.forget(wire.Forget.FromString(data).requests)

    def _ping(self, stream: int, data: bytes) -> None:
        self.send(stream, wire.PONG, data)

    def _draining(self, _stream: int, _data: bytes) -> None:
        """The gateway sends no more events, and closes when it has all answers."""

    # ---- events

    def _event(self, stream: int, data: bytes) -> None:
        if stream == 0 or stream in self.streams:
            raise FrameError(f"an event on stream {stream}, which is in use")
        if len(self.streams) >= EVENTS_MAX:
            raise FrameError(f"more than {EVENTS_MAX} events at a time")
        event = self._make_event(wire.Event.FromString(data), stream, self._channel, self.facts)
        run = self._run_of(event)
        if isinstance(run, str):
            self.send(stream, wire.DONE, wire.Done(failure=run).SerializeToString())
            return
        self.streams[stream] = run
        self.server.crew.jobs.append(partial(self.server.run_event, self, run))

    def _run_of(self, event: Event) -> Run | str:
        """What an event runs, or why it cannot."""
        message = event.message
        if event.phase & phases.OF_THE_PLUGIN:
            plugin = self.server.plugins.get(message.plugin)
            if plugin is None or phases.NAMES[event.phase] not in plugin.phases:
                return f"{message.plugin} has no such handler"
            configs = [self.instances[n] for n in message.configs if n in self.instances]
            return Run(event, configs, plugin)
        try:
            instances = [self.instances[number] for number in message.instances]
        except KeyError as cause:
            return f"no plugin instance #{cause.args[0]}"
        return Run(event, instances) if instances else "an event without instances"

    def _chunk(self, stream: int, data: bytes) -> None:
        run = self.streams.get(stream)
        if run is None:
            return  # it crossed the end of the stream
        if not run.streams or run.is_chunk_under_way:
            raise FrameError(f"a chunk on stream {stream}, which waits for none")
        run.is_chunk_under_way = True
        chunk = wire.Chunk.FromString(data)
        self.server.crew.jobs.append(partial(self.server.run_chunk, self, run, chunk))

    def _result(self, stream: int, data: bytes) -> None:
        run = self.streams.get(stream)
        if run is not None:
            self._channel.finish(run.event, wire.Result.FromString(data))

    def _cancel(self, stream: int, _data: bytes) -> None:
        run = self.streams.get(stream)
        if run is not None:
            self._end(run)

    def _end(self, run: Run) -> None:
        """The gateway wants no answer of it any more."""
        if self.leave(run):
            run.event.is_over = True
            self._channel.finish(run.event, None)

    def leave(self, run: Run) -> bool:
        """Free an event's stream. False: it was free already, so there is nobody to answer."""
        with self._mutex:
            stream = run.event.stream
            if self.streams.get(stream) is not run:
                return False
            del self.streams[stream]
            return True
