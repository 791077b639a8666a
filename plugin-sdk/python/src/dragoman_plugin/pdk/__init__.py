"""The PDK: `kong`, as every handler gets it. One object for each event, and one for each namespace of it that is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..event import Event
from .client import Client, ClientTls
from .ctx import Ctx, Shared
from .log import Log
from .namespace import Namespace
from .node import Cluster, Ip, Nginx, Node, Plugin, Router, Telemetry, Tracing, Vault
from .request import Request
from .response import Response
from .service import Service, ServiceRequest, ServiceResponse

__all__ = [
    "Client",
    "ClientTls",
    "Cluster",
    "Ctx",
    "Ip",
    "Kong",
    "Log",
    "Nginx",
    "Node",
    "Plugin",
    "Request",
    "Response",
    "Router",
    "Service",
    "ServiceRequest",
    "ServiceResponse",
    "Shared",
    "Telemetry",
    "Tracing",
    "Vault",
]

#: Attribute of `kong` -> class.
NAMESPACES: dict[str, type[Namespace]] = {
    "request": Request,
    "client": Client,
    "response": Response,
    "service": Service,
    "router": Router,
    "ctx": Ctx,
    "log": Log,
    "node": Node,
    "ip": Ip,
    "plugin": Plugin,
    "cluster": Cluster,
    "nginx": Nginx,
    "vault": Vault,
    "telemetry": Telemetry,
    "tracing": Tracing,
}


#: Those that nearly every handler uses: made with `kong` they cost less than each when it is asked for.
_ALWAYS = ("request", "response", "service")


class Made:
    """An attribute of `kong` that is a namespace, made whenever it is asked for.

    To keep it would cost more than to make it again: an empty slot is found out by an exception.
    """

    __slots__ = ("_kind",)

    def __init__(self, kind: Callable[[Event], Any]) -> None:
        self._kind = kind

    def __get__(self, kong: Any, owner: Any) -> Any:
        return self if kong is None else self._kind(kong._e)


def fill(cls: type, namespaces: Mapping[str, Callable[[Event], Any]]) -> None:
    """Give a class of `kong` its namespaces."""
    for name, kind in namespaces.items():
        setattr(cls, name, Made(kind))


class Kong:
    """What a handler can read and do."""

    __slots__ = ("_e", *_ALWAYS)

    #: The request from the client.
    request: Request
    #: Who sent it.
    client: Client
    #: What the client gets.
    response: Response
    #: The Service, the request to it and its answer.
    service: Service
    router: Router
    ctx: Ctx
    log: Log
    node: Node
    ip: Ip
    plugin: Plugin
    cluster: Cluster
    nginx: Nginx
    vault: Vault
    telemetry: Telemetry
    tracing: Tracing

    def __init__(self, event: Event) -> None:
        self._e = event
        self.request = Request(event)
        self.response = Response(event)
        self.service = Service(event)

    @property
    def version(self) -> str:
        """The version of Kong that the gateway stands in for, as in "3.9.1"."""
        version: str = self._e.facts.gateway.kong_version
        return version

    @property
    def version_num(self) -> int:
        """The same as a number: 3009001."""
        number: int = self._e.facts.gateway.kong_version_num
        return number

    def call(self, name: str, *args: Any) -> Any:
        """Any PDK function by its wire name (`"kong.vault.get"`), also one that this SDK does not know.

        Asks the gateway; in an `async def` handler it is awaited. Raises `PdkError` as any function does.
        """
        return self._e.ask(name, *args)

    def cache(self, ms: int) -> None:
        """Let the gateway use this handler's answer again, for so many milliseconds. rewrite, access.

        It is used for requests that are equal in all parts of the plugin's `cache_key`; without one it does nothing.
        """
        self._e.cache_ms = ms

    def remaining_ms(self) -> int | None:
        """Milliseconds that the gateway waits for this handler, from its beginning; None: no limit."""
        ms: int = self._e.message.deadline_ms
        return ms or None


fill(Kong, {name: kind for name, kind in NAMESPACES.items() if name not in _ALWAYS})
