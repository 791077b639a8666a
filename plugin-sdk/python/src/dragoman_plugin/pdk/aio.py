"""`kong` for `async def` handlers: what may ask the gateway is awaited, so that others go on meanwhile.

    async def access(self, kong):
        consumer = await kong.client.load_consumer("alice")
        kong.service.request.set_header("x-plan", consumer["custom_id"])

The classes are made of those for plain handlers: each function that is marked as asking becomes a coroutine function. It is
one even where the snapshot has the answer, so that a plugin need not know.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from ..event import Event
from . import NAMESPACES, Kong, fill
from .client import Client, ClientTls
from .ctx import Ctx, Shared
from .namespace import Namespace
from .service import Service, ServiceRequest, ServiceResponse


def _awaited(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(function)
    async def ask(*args: Any, **keywords: Any) -> Any:
        value = function(*args, **keywords)
        return await value if inspect.isawaitable(value) else value

    return ask


def _property(kind: type[Namespace], doc: str | None) -> property:
    def get(self: Namespace) -> Namespace:
        return kind(self._e)

    return property(get, doc=doc)


def _async_class(kind: type[Namespace]) -> type[Namespace]:
    members: dict[str, Any] = {"__slots__": (), "__doc__": kind.__doc__}
    for name, member in vars(kind).items():
        if getattr(member, "__asks__", False):
            members[name] = _awaited(member)
        elif (kind, name) in INNER:
            members[name] = _property(INNER[kind, name][1], member.__doc__)
            members["__init__"] = Namespace.__init__
    return type(f"Async{kind.__name__}", (kind,), members)


#: Properties that give another namespace: its class for plain handlers, and for coroutines.
INNER: dict[tuple[type[Namespace], str], tuple[type[Namespace], type[Namespace]]] = {}
for _owner, _name, _kind in (
    (Client, "tls", ClientTls),
    (Service, "request", ServiceRequest),
    (Service, "response", ServiceResponse),
    (Ctx, "shared", Shared),
):
    INNER[_owner, _name] = (_kind, _async_class(_kind))

ASYNC_NAMESPACES: dict[str, type[Namespace]] = {
    name: _async_class(kind) for name, kind in NAMESPACES.items()
}


class AsyncKong(Kong):
    """As `Kong`; functions that may ask the gateway are awaited."""

    __slots__ = ()

    # their classes are made at run time: what type checkers see is aio.pyi
    request: Any
    client: Any
    response: Any
    service: Any
    router: Any
    ctx: Any
    log: Any
    node: Any
    ip: Any
    plugin: Any
    cluster: Any
    nginx: Any
    vault: Any
    telemetry: Any
    tracing: Any

    def __init__(self, event: Event) -> None:
        self._e = event


fill(AsyncKong, ASYNC_NAMESPACES)
