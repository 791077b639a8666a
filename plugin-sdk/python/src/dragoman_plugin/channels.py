"""How an event reaches the gateway: from a thread, which waits, or from a coroutine, which awaits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from . import wire
from .crew import Wait
from .errors import HandlerEnded, PdkError
from .event import Event

if TYPE_CHECKING:
    from .connection import Connection


class SocketChannel:
    """The channel of a connection's events; see `Channel`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def call(self, event: Event, message: bytes) -> Any:
        """Send a Call and wait for its Result; in a coroutine's turn: an awaitable of it."""
        if event.is_async:
            return self._call_later(event, message)
        wait = Wait()
        self._send(event, message, wait)
        return _given(self._connection.server.crew.wait(wait))

    async def _call_later(self, event: Event, message: bytes) -> Any:
        while event.waiting is not None:  # asyncio.gather: a stream has one Call at a time
            await asyncio.wait((event.waiting,))
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._send(event, message, future)
        return _given(await future)

    def _send(self, event: Event, message: bytes, waiting: Any) -> None:
        """Send a Call; its Result goes to `waiting`."""
        if not self._connection.fits(message):
            raise PdkError("the call is longer than the gateway takes")
        event.waiting = waiting
        if event.is_over or self._connection.link.is_closed:
            raise HandlerEnded("the gateway wants no answer any more")
        self._connection.send(event.stream, wire.CALL, message)

    def finish(self, event: Event, result: Any) -> None:
        """The Result is here, for whoever waits; None: there will be none."""
        waiting, event.waiting = event.waiting, None
        if isinstance(waiting, Wait):
            self._connection.server.crew.finish(waiting, result)
        elif waiting is not None:
            self._connection.server.coroutines.finish(waiting, result)

    def log(self, event: Event, level: str, text: str) -> None:
        """Send a LogLine on the event's stream."""
        if event.is_over:
            return
        name = event.instance.plugin.name if event.instance is not None else event.message.plugin
        line = wire.LogLine(level=level, plugin=name)
        line.message = text.encode("utf-8", "replace").decode("utf-8")
        self._connection.send(event.stream, wire.LOG, line.SerializeToString())


def _given(result: Any) -> Any:
    if result is None:
        raise HandlerEnded("refused, or cancelled")
    return result
