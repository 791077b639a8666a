"""Conditions and cache keys: when a handler is worth a call, and when its answer can be used again.

Both are computed from a plugin's configuration when its instance starts, and evaluated in the gateway: a request that does
not meet a condition, or finds an answer, costs this process nothing.

    def conditions(self):
        return [when("access", method_in("GET", "HEAD") & ~path_prefix("/health"))]

    def cache_key(self):
        return [header("authorization"), ROUTE]
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import phases
from .errors import PluginError
from .wire import Condition as Message
from .wire import Started, numbers


class Condition:
    """A predicate over a request; `&`, `|` and `~` combine."""

    __slots__ = ("message",)

    def __init__(self, message: Any = None) -> None:
        self.message = Message() if message is None else message

    def __and__(self, other: Condition) -> Condition:
        return _combined("all", (self, other))

    def __or__(self, other: Condition) -> Condition:
        return _combined("any", (self, other))

    def __invert__(self) -> Condition:
        inverse = Condition()
        getattr(inverse.message, "not").CopyFrom(self.message)
        return inverse


def _combined(kind: str, conditions: Iterable[Condition]) -> Condition:
    """Lists of the same kind are one list."""
    combined = Condition()
    target = getattr(combined.message, kind)
    target.SetInParent()
    for condition in conditions:
        if condition.message.WhichOneof("kind") == kind:
            target.list.extend(getattr(condition.message, kind).list)
        else:
            target.list.append(condition.message)
    return combined


def _listed(kind: str, values: tuple[str, ...], name: str = "") -> Condition:
    if not values:
        raise PluginError(f"{kind} needs a value")
    condition = Condition()
    target = getattr(condition.message, kind)
    if name:
        target.name = name
    target.list.extend(values)
    return condition


def all_of(*conditions: Condition) -> Condition:
    """All of them hold."""
    return _combined("all", conditions)


def any_of(*conditions: Condition) -> Condition:
    """One of them holds."""
    return _combined("any", conditions)


def method_in(*methods: str) -> Condition:
    """The method is one of these."""
    return _listed("method_in", methods)


def path_in(*paths: str) -> Condition:
    """The path, normalised and without query, is one of these."""
    return _listed("path_in", paths)


def path_prefix(*prefixes: str) -> Condition:
    """The path begins with one of these."""
    return _listed("path_prefix", prefixes)


def header_present(name: str) -> Condition:
    """The request has the header, with any value."""
    return Condition(Message(header_present=name))


def header_in(name: str, *values: str) -> Condition:
    """The header has one of these values."""
    return _listed("header_in", values, name)


def header_prefix(name: str, *prefixes: str) -> Condition:
    """The header has a value that begins with one of these."""
    return _listed("header_prefix", prefixes, name)


def query_present(name: str) -> Condition:
    """The query has the argument."""
    return Condition(Message(query_present=name))


def route_in(*routes: str) -> Condition:
    """The Route, by id or name."""
    return _listed("route_in", routes)


def service_in(*services: str) -> Condition:
    """The Service, by id or name."""
    return _listed("service_in", services)


def consumer_in(*consumers: str) -> Condition:
    """The Consumer, by id, username or custom_id."""
    return _listed("consumer_in", consumers)


def has_consumer(yes: bool = True) -> Condition:
    """There is an authenticated consumer (or there is none)."""
    return Condition(Message(has_consumer=yes))


def status(first: int, last: int | None = None) -> Condition:
    """The response's status is in this range, both ends included. header_filter, body_filter, response, log."""
    condition = Condition()
    condition.message.status.first = first
    condition.message.status.last = first if last is None else last
    return condition


#: Handlers and the condition of theirs, as `when` gives it.
When = tuple[int, Condition]


def when(names: str | Iterable[str], condition: Condition) -> When:
    """Call the handlers of these phases only if the condition holds; several for a phase: if one of them does."""
    bits = 0
    for name in [names] if isinstance(names, str) else names:
        if name not in phases.BITS:
            raise PluginError(f"there is no phase {name!r}")
        bits |= phases.BITS[name]
    return bits, condition


#: A part of a cache key: kind and name.
CachePart = tuple[int, str]

_kind = numbers("CachePart.Kind")
METHOD: CachePart = (_kind["METHOD"], "")
HOST: CachePart = (_kind["HOST"], "")
PATH: CachePart = (_kind["PATH"], "")
QUERY: CachePart = (_kind["QUERY"], "")
CLIENT_IP: CachePart = (_kind["CLIENT_IP"], "")
ROUTE: CachePart = (_kind["ROUTE"], "")
SERVICE: CachePart = (_kind["SERVICE"], "")
CONSUMER: CachePart = (_kind["CONSUMER"], "")


def header(name: str) -> CachePart:
    """All values of a header of the request."""
    return _kind["HEADER"], name


def query_arg(name: str) -> CachePart:
    """An argument of the query."""
    return _kind["QUERY"], name


def started_message(
    instance: int, conditions: Iterable[When], cache_key: Iterable[CachePart]
) -> bytes:
    """The Started message of an instance."""
    started = Started(instance=instance)
    for bits, condition in conditions:
        entry = started.conditions.add(phases=bits)
        entry.condition.CopyFrom(condition.message)
    for kind, name in cache_key:
        started.cache_key.parts.add(kind=kind, name=name)
    data: bytes = started.SerializeToString(deterministic=True)
    return data
