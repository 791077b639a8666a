"""The PDK as a type, for plugins that write `def access(self, kong: kong.kong)`.

Behind the annotation kong-pdk has modules and classes of functions that do nothing, and plugins use them: as types of
arguments (`request: kong.request`), and by mistake as if they were the PDK, in a module's body or in `__init__`, where a
call is silently nothing (`kong.kong.log.warn("...")`) or the text of its argument (`kong.log.err("...")`: each module has
`err = str`). Such a plugin starts with kong-pdk, so it starts here.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, List, TypeVar  # noqa: UP035 the names are kong-pdk's

from dragoman_plugin.pdk import (
    NAMESPACES,
    Client,
    ClientTls,
    Cluster,
    Ctx,
    Ip,
    Log,
    Nginx,
    Node,
    Plugin,
    Request,
    Response,
    Router,
    Service,
    ServiceRequest,
    ServiceResponse,
    Shared,
    Telemetry,
    Vault,
)

number = TypeVar("number", int, float)
table = TypeVar("table", List[Any], Mapping[str, Any])  # noqa: UP006
cdata = Any
err = str

#: Namespaces within namespaces, by the names of both.
_INNER: dict[str, dict[str, type | None]] = {
    "client": {"tls": ClientTls},
    "ctx": {"shared": Shared},
    "enterprise_edition": {"jwe": None},
    "nginx": {"shared": Shared},
    "service": {"request": ServiceRequest, "response": ServiceResponse},
}
_NAMES = (*(name for name in NAMESPACES if name != "tracing"), "enterprise_edition")


def _nothing(*_args: Any, **_kwargs: Any) -> None:
    """What a function of the annotation does."""


def _class(name: str, kind: type | None) -> type:
    functions = vars(kind).items() if kind is not None else ()
    body = {
        function: staticmethod(_nothing)
        for function, value in functions
        if function[0] != "_" and inspect.isfunction(value)
    }
    return type(name, (), body)


def _module(parent: str, name: str, kind: type | None) -> ModuleType:
    """The module of a namespace with its class, both of the same name."""
    module = ModuleType(f"{parent}.{name}")
    cls = _class(name, kind)
    vars(module).update({name: cls, "number": number, "table": table, "cdata": cdata, "err": err})
    sys.modules[module.__name__] = module
    for inner, inner_kind in _INNER.get(name, {}).items() if parent == __name__ else ():
        found = _module(module.__name__, inner, inner_kind)
        setattr(module, inner, found)
        setattr(cls, inner, vars(found)[inner])
    return module


_MODULES = {name: _module(__name__, name, NAMESPACES.get(name)) for name in _NAMES}
globals().update(_MODULES)

if TYPE_CHECKING:

    class kong:  # noqa: N801 the name is kong-pdk's
        """Namespaces and their functions. What a call gives depends on the style: the value, or `(value, None)`."""

        client = Client
        cluster = Cluster
        ctx = Ctx
        ip = Ip
        log = Log
        nginx = Nginx
        node = Node
        plugin = Plugin
        request = Request
        response = Response
        router = Router
        service = Service
        telemetry = Telemetry
        vault = Vault

else:
    kong = type("kong", (), {name: vars(module)[name] for name, module in _MODULES.items()})
