"""The functions of `dragoman_plugin` by their wire names, with how many arguments they take.

A call of a plugin that fits one is made there, where reads are answered from the snapshot and writes are recorded; the
others are asked as they are.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from dragoman_plugin.pdk import NAMESPACES, ClientTls, ServiceRequest, ServiceResponse, Shared
from dragoman_plugin.pdk.namespace import Namespace

#: Functions of the SDK that are no functions of the PDK for plugin servers.
_LOCAL = {
    "kong.response.get_chunk",
    "kong.response.is_last_chunk",
    "kong.response.set_chunk",
    "kong.request.get_id",
}
_ANY_NUMBER = 1 << 30

#: Class, function (None: there is none), fewest and most arguments.
Known = tuple[type[Namespace], "Callable[..., Any] | None", int, int]


def _functions() -> dict[str, Known]:
    spaces: dict[str, type[Namespace]] = {f"kong.{name}": kind for name, kind in NAMESPACES.items()}
    spaces["kong.client.tls"] = ClientTls
    spaces["kong.service.request"] = ServiceRequest
    spaces["kong.service.response"] = ServiceResponse
    spaces["kong.ctx.shared"] = Shared
    known: dict[str, Known] = {}
    for prefix, kind in spaces.items():
        for name, function in vars(kind).items():
            wire_name = f"{prefix}.{name}"
            if name.startswith("_") or not inspect.isfunction(function) or wire_name in _LOCAL:
                continue
            known[wire_name] = (kind, function, *_arity(function))
    log = NAMESPACES["log"]
    known["kong.log"] = (log, log.__call__, 0, _ANY_NUMBER)
    return known


def _arity(function: Callable[..., Any]) -> tuple[int, int]:
    parameters = list(inspect.signature(function).parameters.values())[1:]
    if any(one.kind is one.VAR_POSITIONAL for one in parameters):
        return 0, _ANY_NUMBER
    required = [one for one in parameters if one.default is one.empty]
    return len(required), len(parameters)


#: Every function by its wire name.
KNOWN = _functions()
UNKNOWN: Known = (Namespace, None, 0, 0)
