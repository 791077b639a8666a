"""What all namespaces of the PDK share: they are thin views of one event.

A function either gives a value of the snapshot or returns what `Event.ask` gives, as it is. That rule lets one class
serve handlers that wait in a thread and handlers that are coroutines (`aio.py`): in the latter, `ask` gives an awaitable.
"""

from __future__ import annotations

from typing import Any, Callable, Literal, TypeVar, Union

from ..event import Event

F = TypeVar("F", bound=Callable[..., Any])

#: Headers with their values; a name that comes once has a list of one.
MultiMap = dict[str, list[str]]
#: Arguments with their values; True among several: one without `=`.
QueryArgs = dict[str, list[Union[str, Literal[True]]]]


class Namespace:
    """Base of `kong.request`, `kong.response` and the others."""

    __slots__ = ("_e",)

    def __init__(self, event: Event) -> None:
        self._e = event


def asks(function: F) -> F:
    """Mark a function that may have to ask the gateway: in an `async def` handler it is awaited."""
    function.__asks__ = True  # type: ignore[attr-defined]
    return function


def multimap(value: Any) -> dict[str, list[Any]]:
    """Names and values as Kong's SDK for Python has them: always lists; an argument without `=` has an empty one."""
    if not isinstance(value, dict):
        return {}
    return {name: _values(item) for name, item in value.items()}


def _values(item: Any) -> list[Any]:
    if isinstance(item, list):
        return item
    return [] if item is True else [item]


def as_bytes(value: Any) -> Any:
    """A body: bytes whatever form it came in; None stays None."""
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
