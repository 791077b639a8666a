"""One event while it runs: the snapshot, what was written, and the way to the gateway.

The functions of the PDK (`pdk/`) are thin: they read from the snapshot here, record a write here, or ask. An event belongs
to one thread at a time; who that is, and how a Call waits, is the channel's business, so the same event serves
threads, coroutines and the test harness.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from . import phases, staleness, writes
from .errors import HandlerEnded, PdkError
from .headers import Headers, Overlay
from .values import python_of

if TYPE_CHECKING:
    from .body import BodyStream
    from .facts import Facts
    from .plugin import Instance

#: What turns a Call's value into what the PDK function gives.
Convert = Callable[[Any], Any]


class Channel(Protocol):
    """How an event reaches the gateway."""

    def call(self, event: Event, message: bytes) -> Any:
        """Send a Call and give its Result message; raises HandlerEnded if there will be none.

        In a coroutine's event: an awaitable of it.
        """

    def log(self, event: Event, level: str, text: str) -> None:
        """Send a LogLine."""


class Event:
    """A phase of a request, for one plugin instance after the other."""

    # What most events never set is set on the class: it costs an event nothing, where slots cost a store each.
    #: The gateway wants no answer any more.
    is_over = False
    #: The handler answered with exit or error.
    is_exited = False
    #: Why it fails, whatever its handler makes of the exception.
    failed: Exception | None = None
    is_async = False
    #: What was read is noted (`pdk/noting.py`).
    is_noted = False
    cache_ms = 0
    #: Status that the plugin set; 0: none.
    status = 0
    #: Parts of the snapshot that are not true any more (`staleness.py`).
    stale = 0
    #: kong.ctx.shared as read or written here: name -> value.
    shared: dict[str, Any] | None = None
    #: What a Call waits with, for the channel.
    waiting: Any = None
    instance: Instance | None = None
    body: BodyStream | None = None
    #: As `request_headers` gives them; None: nobody has asked yet.
    request_lines: Headers | None = None
    _response_headers: Headers | None = None

    def __init__(
        self, message: Any, stream: int, channel: Channel, facts: Facts, phase: int
    ) -> None:
        """`phase`: that of the message; it is known where an event is made."""
        self.message = message
        self.phase = phase
        self.stream = stream
        self.channel = channel
        self.facts = facts
        self.has_request = phase & phases.WITH_REQUEST != 0
        self.writes: list[bytes] = []
        #: Headers of the request that were written.
        self.request_written: Overlay = {}

    # ---- reading

    def request_headers(self) -> Headers:
        """The request's headers as of now; only where there is a request."""
        headers = self.request_lines
        if headers is None:
            headers = self.request_lines = Headers(self.message.headers, self.request_written)
        return headers

    def response_headers(self) -> Headers:
        """The response's headers as of now; only where there is a response."""
        headers = self._response_headers
        if headers is None:
            headers = self._response_headers = Headers(self.message.response_headers, {})
        return headers

    def entity(self, number: int) -> Any:
        """An entity by its number; None for 0. A copy: plugins may change what they get."""
        return self.facts.entity(number) if number else None

    # ---- writing

    def check(self) -> None:
        if self.is_over or self.is_exited:
            raise HandlerEnded("the gateway has its answer")

    def write(self, name: str, *args: Any) -> None:
        """Record a PDK call whose result is not needed; trailing None are as if not given."""
        self.check()
        self.writes.append(writes.call_write(name, _trimmed(args)))
        self.stale |= staleness.BY_FUNCTION.get(name, 0)

    def finish(self, name: str, *args: Any) -> None:
        """Record `exit` or `error`: nothing is done after it."""
        self.write(name, *args)
        self.is_exited = True

    def fail(self, cause: Exception) -> None:
        """The event fails with that, also where the plugin catches it: its answer could not be sent. Raises HandlerEnded."""
        self.failed = cause
        self.is_exited = True
        raise HandlerEnded(str(cause)) from cause

    def next_instance(self) -> None:
        """What follows is of the next instance."""
        self.writes.append(writes.NEXT_INSTANCE_WRITE)

    def taken_writes(self) -> list[bytes]:
        """The writes so far, which are sent now."""
        taken = self.writes
        self.writes = []
        return taken

    # ---- asking

    def ask(self, name: str, *args: Any, convert: Convert | None = None) -> Any:
        """Ask the gateway; gives the value, or an awaitable of it in a coroutine's event.

        Raises `PdkError` where the function has no value and says why, `HandlerEnded` where the gateway refuses.
        """
        self.check()
        message = writes.call_message(self.taken_writes(), name, _trimmed(args))
        self.stale |= staleness.BY_FUNCTION.get(name, 0)
        if self.is_async:
            return self._ask_later(message, convert)
        return _value(self.channel.call(self, message), convert)

    async def _ask_later(self, message: bytes, convert: Convert | None) -> Any:
        return _value(await self.channel.call(self, message), convert)


def _value(result: Any, convert: Convert | None) -> Any:
    if result.error:
        raise PdkError(result.error)
    value = python_of(result.value)
    return value if convert is None else convert(value)


def _trimmed(args: Sequence[Any]) -> Sequence[Any]:
    end = len(args)
    while end and args[end - 1] is None:
        end -= 1
    return args[:end]
