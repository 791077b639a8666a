"""Notes what a plugin reads, for a gateway that asked for it (`Hello.wants_reads`): tools for plugin authors show it.

An event, and classes of namespaces, of their own: the ordinary ones have nothing of this, so an event of production pays
nothing. What had to ask the gateway is a Call, and is not noted.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from ..event import Convert, Event
from . import NAMESPACES, Kong, fill
from .aio import ASYNC_NAMESPACES, INNER, AsyncKong
from .namespace import Namespace

#: Reads of one event that are noted; what is noted of one, in characters.
READS_MAX = 1000
READ_CHARS_MAX = 200
_READERS = ("get_", "is_")


class NotedEvent(Event):
    """An event whose reads are wanted."""

    is_noted = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.reads: list[str] = []
        #: Calls that were made.
        self.asked = 0

    def ask(self, name: str, *args: Any, convert: Convert | None = None) -> Any:
        self.asked += 1
        return super().ask(name, *args, convert=convert)

    def make_kong(self) -> Kong | AsyncKong:
        return (_NotingAsyncKong if self.is_async else _NotingKong)(self)

    def taken_reads(self) -> list[str]:
        """The reads so far, which are sent now."""
        taken, self.reads = self.reads, []
        return taken

    def note(self, asked: int, name: str, args: tuple[Any, ...]) -> None:
        """A function has given its value; `asked`: calls before it was called."""
        if self.asked == asked and len(self.reads) < READS_MAX:
            given = [str(arg) for arg in args if arg is not None]
            self.reads.append(" ".join([name, *given])[:READ_CHARS_MAX])


def is_reader(name: str) -> bool:
    """Does a function of that name read, going by its last part?"""
    last = name.rpartition(".")[2]
    return last == "get" or last.startswith(_READERS)


def noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a namespace that notes itself under its wire name; of a coroutine's event or not."""

    @functools.wraps(function)
    def read(self: Namespace, *args: Any, **keywords: Any) -> Any:
        event: Any = self._e
        asked = event.asked
        value = function(self, *args, **keywords)
        given = (*args, *keywords.values())
        if inspect.isawaitable(value):
            return _note_later(event, value, name, given)
        event.note(asked, name, given)
        return value

    return read


async def _note_later(event: NotedEvent, value: Any, name: str, args: tuple[Any, ...]) -> Any:
    asked = event.asked
    result = await value
    event.note(asked, name, args)
    return result


def _noting_class(path: str, kind: type[Namespace], inner: dict[Any, Any]) -> type[Namespace]:
    members: dict[str, Any] = {"__slots__": (), "__doc__": kind.__doc__}
    for name in dir(kind):
        if not name.startswith("_") and is_reader(name):
            members[name] = noted(f"{path}.{name}", getattr(kind, name))
    for name, made in inner.items():
        members[name] = property(made)
        members["__init__"] = Namespace.__init__
    return type(f"Noting{kind.__name__}", (kind,), members)


def _inner(path: str, owner: type[Namespace], is_async: bool) -> dict[str, Any]:
    """Properties that give another namespace, by name."""
    found: dict[str, Any] = {}
    for (of, name), (plain, awaited) in INNER.items():
        if of is owner:
            kind = _noting_class(f"{path}.{name}", awaited if is_async else plain, {})
            found[name] = functools.partial(_make, kind)
    return found


def _make(kind: type[Namespace], owner: Namespace) -> Namespace:
    return kind(owner._e)


def _namespaces(is_async: bool) -> dict[str, type[Namespace]]:
    given = ASYNC_NAMESPACES if is_async else NAMESPACES
    return {
        name: _noting_class(
            f"kong.{name}", kind, _inner(f"kong.{name}", NAMESPACES[name], is_async)
        )
        for name, kind in given.items()
    }


class _NotingNames:
    """What both kinds of `kong` have."""

    __slots__ = ()

    def __init__(self: Any, event: Event) -> None:
        self._e = event

    @property
    def version(self: Any) -> str:
        self._e.note(self._e.asked, "kong.version", ())
        return str(super().version)  # type: ignore[misc]

    @property
    def version_num(self: Any) -> int:
        self._e.note(self._e.asked, "kong.version_num", ())
        return int(super().version_num)  # type: ignore[misc]


class _NotingKong(_NotingNames, Kong):
    __slots__ = ()


class _NotingAsyncKong(_NotingNames, AsyncKong):
    __slots__ = ()


fill(_NotingKong, _namespaces(is_async=False))
fill(_NotingAsyncKong, _namespaces(is_async=True))
