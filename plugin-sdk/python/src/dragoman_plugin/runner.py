"""Runs the handlers of an event, one instance after the other, and makes the Done of what they did.

A failing handler is one failed event: its text goes into Done, its trace into the gateway's log. What runs, in which
order, and what a failure means is told by generators; plain methods and coroutines differ in nothing but who drives those.
"""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import Callable, Generator, Sequence
from time import perf_counter_ns
from typing import Any

from . import phases
from .body import BodyStream
from .errors import HandlerEnded
from .event import Event
from .lineup import Lineup
from .pdk import Kong
from .pdk.aio import AsyncKong
from .pdk.noting import NotedEvent
from .plugin import Instance
from .wire import ChunkDone
from .writes import ONE_RAN, ONE_RAN_US, done_message, one_ran, reads_field

#: Longest text of a failure or a trace, in characters.
FAILURE_CHARS_MAX = 4000


#: What ends a handler; SystemExit of a plugin does not end the server.
_ENDS = (Exception, HandlerEnded, SystemExit, KeyboardInterrupt, asyncio.CancelledError)
#: Yields a handler and its arguments, is thrown what the handler raises.
Steps = Generator[tuple[Callable[..., Any], tuple[Any, ...]], None, None]


class Run:
    """An event with what runs for it."""

    # set on the class what most events never set, as in Event
    failure = ""
    #: What the handler raised.
    cause: BaseException | None = None
    #: One for each instance, in body_filter.
    streams: Sequence[BodyStream] = ()
    is_chunk_under_way = False

    def __init__(self, event: Event, lineup: Lineup) -> None:
        self.event = event
        self.lineup = lineup
        self.instances = lineup.instances
        #: Microseconds that each of those that have run took.
        self.us: list[int] = []

    def _enter(self, index: int, instance: Instance | None) -> Any:
        """Begin an instance's turn; gives its handler, None where it has none."""
        event = self.event
        if index:
            event.next_instance()
        event.instance = instance
        if instance is not None:
            event.is_async = instance.coroutines & event.phase != 0
            handler = instance.handlers.get(event.phase)
        else:
            event.is_async = self.lineup.is_async
            handler = self.lineup.method
        return handler

    def _arguments(self) -> tuple[Any, ...]:
        """What a handler gets: `configure` also the configs in force."""
        event = self.event
        make = None if event.instance is None else event.instance.plugin.make_kong
        kong = (make or _kong_of)(event)
        if event.phase != phases.CONFIGURE:
            return (kong,)
        return (kong, [instance.config for instance in self.instances])

    def _leave(self, began: int) -> bool:
        """End an instance's turn. Gives whether the event is over."""
        self.us.append((perf_counter_ns() - began) // 1000)
        if self.event.failed is not None and self.failure == "":
            self._failed(self.event.failed)
        return self.event.is_exited or self.event.is_over or self.failure != ""

    def _failed(self, cause: BaseException) -> None:
        if isinstance(cause, HandlerEnded):
            return
        self.cause = cause
        self.failure = f"{type(cause).__name__}: {cause}"[:FAILURE_CHARS_MAX]
        trace = "".join(traceback.format_exception(type(cause), cause, cause.__traceback__))
        self.event.channel.log(self.event, "err", trace[-FAILURE_CHARS_MAX:])

    def _steps(self) -> Steps:
        """The turns of an event: yields what is to be called, is thrown what it raises."""
        turns: Sequence[Instance | None] = (
            (None,) if self.lineup.plugin is not None else self.instances
        )
        for index, instance in enumerate(turns):
            began = perf_counter_ns()
            try:
                handler = self._enter(index, instance)
                if handler is not None:
                    yield handler, self._arguments()
            except _ENDS as cause:
                self._failed(cause)
            if self._leave(began):
                return

    def run(self) -> None:
        """Run plain methods."""
        _drive(self._steps())

    def run_one(self) -> bytes:
        """The turn of the only one, a plain method, as `run` and `done` have it; gives the Done.

        This is the path of nearly every event: no step of it that is not needed, no call that can be spared.
        """
        event, lineup = self.event, self.lineup
        event.instance = lineup.instance
        began = perf_counter_ns()
        try:
            lineup.handler(lineup.make_kong(event))
        except _ENDS as cause:
            self._failed(cause)
        us = (perf_counter_ns() - began) // 1000
        self.us = [us]
        if self.failure or event.failed or event.cache_ms or event.is_noted or event.facts.contexts:
            return self._one_done()
        return b"".join(event.writes) + (ONE_RAN[us] if us < ONE_RAN_US else one_ran(us))

    async def run_one_async(self) -> bytes:
        """The same for a coroutine."""
        event, lineup = self.event, self.lineup
        event.instance = lineup.instance
        event.is_async = True
        began = perf_counter_ns()
        try:
            await lineup.handler(lineup.make_kong(event))
        except _ENDS as cause:
            self._failed(cause)
        self.us = [(perf_counter_ns() - began) // 1000]
        return self._one_done()

    def _one_done(self) -> bytes:
        if self.event.failed is not None and self.failure == "":
            self._failed(self.event.failed)
        return self.done()

    async def run_async(self) -> None:
        """Run coroutines, and plain methods among them."""
        await _drive_async(self._steps())

    def done(self) -> bytes:
        """The Done message; of body_filter's own event, the wish for chunks."""
        event = self.event
        return done_message(
            event.taken_writes(),
            len(self.us),
            self.failure,
            event.facts.keeps(event.message.request),
            event.cache_ms,
            False,
            self.us,
            event.taken_reads() if isinstance(event, NotedEvent) else (),
        )

    # ---- body_filter: its Event asks for chunks, each Chunk runs the handlers

    def wants_body(self) -> bytes:
        """The Done that begins a body."""
        self.streams = [BodyStream() for _ in self.instances]
        return done_message((), len(self.instances), wants_body=True)

    def begin_chunk(self, data: bytes, is_last: bool) -> None:
        """The next chunk: handlers run once for each, the output of one is the input of the next."""
        self.us = []
        self.streams[0].begin(data, is_last)

    def _chunk_steps(self) -> Steps:
        event = self.event
        for index, (instance, stream) in enumerate(zip(self.instances, self.streams)):
            if index:
                self._pass_on(index)
            event.body = stream
            began = perf_counter_ns()
            try:
                yield self._enter(index, instance), self._arguments()
            except _ENDS as cause:
                self._failed(cause)
            if self._leave(began):
                return

    def run_chunk(self) -> None:
        """Run body_filter of all instances on the chunk."""
        _drive(self._chunk_steps())

    async def run_chunk_async(self) -> None:
        """The same, for coroutines."""
        await _drive_async(self._chunk_steps())

    def _pass_on(self, index: int) -> None:
        before = self.streams[index - 1]
        self.streams[index].begin(before.output, before.is_last)

    def chunk_done(self, data: bytes) -> bytes:
        """The ChunkDone message for a chunk that came as `data`."""
        last = self.streams[-1]
        done = ChunkDone(is_last=last.is_last, failure=self.failure)
        if last.output == data and all(stream.is_unchanged for stream in self.streams):
            done.is_unchanged = True
        else:
            done.data = last.output
        event = self.event
        message = _with_writes(done, event.taken_writes())
        if isinstance(event, NotedEvent):
            message += reads_field(b"\x32", event.taken_reads())
        return message


def _kong_of(event: Event) -> Kong | AsyncKong:
    if isinstance(event, NotedEvent):
        return event.make_kong()
    return (AsyncKong if event.is_async else Kong)(event)


def _drive(steps: Steps) -> None:
    try:
        handler, arguments = next(steps)
        while True:
            try:
                handler(*arguments)
            except BaseException as cause:
                handler, arguments = steps.throw(cause)
            else:
                handler, arguments = next(steps)
    except StopIteration:
        pass


async def _drive_async(steps: Steps) -> None:
    try:
        handler, arguments = next(steps)
        while True:
            try:
                if inspect.iscoroutinefunction(handler):
                    await handler(*arguments)
                else:
                    # it may block, and its calls wait
                    await asyncio.to_thread(handler, *arguments)
            except BaseException as cause:
                handler, arguments = steps.throw(cause)
            else:
                handler, arguments = next(steps)
    except StopIteration:
        pass


def _with_writes(done: Any, writes: Sequence[bytes]) -> bytes:
    """Writes are field 4 of ChunkDone, and field 1 of what encoded them."""
    tail = b"".join([b"\x22" + write[1:] for write in writes])
    failure, done.failure = done.failure, ""
    head: bytes = done.SerializeToString(deterministic=True)
    done.Clear()
    done.failure = failure
    end: bytes = done.SerializeToString(deterministic=True)
    return head + tail + end
