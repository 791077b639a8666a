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
from .frames import FRAME_BYTES_MAX, FRAME_BYTES_MIN, HEAD_BYTES, FrameReader, frame, pack_head
from .lineup import LINEUPS_MAX, Lineup, beginning, beginning_of
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
_TOO_LONG = "the answer is longer than the gateway takes"

_parse_event = wire.Event.FromString


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
        #: What events run, by how they begin.
        self._lineups: dict[bytes, Lineup] = {}
        self._make_kong: Callable[[Any], Any] | None = None
        self._jobs = server.crew.jobs
        self._run_one = partial(server.run_one, self)
        self._run_event = partial(server.run_event, self)
        self._handlers: dict[int, Callable[[int, bytes], None]] = {
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
        #: Those that are in place now: before the gateway's Hello nothing else is.
        self._on: dict[int, Callable[[int, bytes], None]] = {wire.HELLO: self._hello}

    # ---- the link

    def received(self, data: bytes) -> None:
        """Bytes came."""
        if len(self._preamble) < len(wire.PREAMBLE):
            data = self._greet(data)
        for stream, kind, message in self._reader.push(data):
            handlers = self._on
            if kind not in handlers:
                self._unknown(kind)
                continue
            try:
                handlers[kind](stream, message)
            except DecodeError as cause:
                raise FrameError(f"a message of type {kind} cannot be read: {cause}") from cause

    def _unknown(self, kind: int) -> None:
        """Types of later versions are dropped; those that only a plugin server sends are out of place."""
        if kind in self._handlers:
            raise FrameError("a frame before the Hello")
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

    def answer(self, run: Run, done: bytes) -> None:
        """Send an event's Done, if it is wanted, from where the crew or the loop sees to it that it goes out."""
        # the stream first: the gateway may use its number again as soon as it has the answer
        stream = run.event.stream
        with self._mutex:
            # `leave`, without the call
            if self.streams.get(stream) is not run:
                return
            del self.streams[stream]
        size = len(done) + HEAD_BYTES
        if size > self._frame_bytes_max:
            done = wire.Done(ran=len(run.us), failure=_TOO_LONG).SerializeToString()
            size = len(done) + HEAD_BYTES
        self.link.queue(pack_head(size, stream, wire.DONE) + done)

    def queue(self, stream: int, kind: int, message: bytes) -> None:
        """Send a frame from there."""
        self.link.queue(frame(stream, kind, message))

    def fits(self, message: bytes) -> bool:
        """Does the gateway take a frame with this message?"""
        return len(message) + HEAD_BYTES <= self._frame_bytes_max

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
            self._make_event, self._make_kong = NotedEvent, NotedEvent.make_kong
        self._is_greeted = True
        self._on = self._handlers

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
        self._lineups.clear()
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
        streams = self.streams
        if stream == 0 or stream in streams:
            raise FrameError(f"an event on stream {stream}, which is in use")
        if len(streams) >= EVENTS_MAX:
            raise FrameError(f"more than {EVENTS_MAX} events at a time")
        message = _parse_event(data)
        try:
            lineup = self._lineups[beginning(data)]
        except (KeyError, IndexError):
            try:
                lineup = self._lineup_of(message, data)
            except LookupError as cause:
                self.send(stream, wire.DONE, wire.Done(failure=cause.args[0]).SerializeToString())
                return
        event = self._make_event(message, stream, self._channel, self.facts, lineup.phase)
        streams[stream] = run = Run(event, lineup)
        self._jobs.append(partial(self._run_one if lineup.is_plain else self._run_event, run))

    def _lineup_of(self, message: Any, data: bytes) -> Lineup:
        """What an event runs, kept for others that begin so; `LookupError` says why it cannot run."""
        phase: int = message.phase
        if phase & phases.OF_THE_PLUGIN:
            plugin = self.server.plugins.get(message.plugin)
            if plugin is None or phases.NAMES[phase] not in plugin.phases:
                raise LookupError(f"{message.plugin} has no such handler")
            configs = [self.instances[n] for n in message.configs if n in self.instances]
            return Lineup(phase, configs, plugin)
        numbers: list[int] = list(message.instances)
        instances = [self.instances.get(number) for number in numbers]
        found = [instance for instance in instances if instance is not None]
        if not numbers:
            raise LookupError("an event without instances")
        if len(found) < len(numbers):
            raise LookupError(f"no plugin instance #{numbers[instances.index(None)]}")
        lineup = Lineup(phase, found, make_kong=self._make_kong)
        key = beginning_of(phase, numbers)
        # as it will be looked up: a longer list of instances is not kept
        if data.startswith(key) and beginning(data) == key:
            if len(self._lineups) >= LINEUPS_MAX:
                self._lineups.clear()
            self._lineups[key] = lineup
        return lineup

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
        stream = run.event.stream
        with self._mutex:
            if self.streams.get(stream) is not run:
                return False
            del self.streams[stream]
            return True
