"""`kong` as kong-pdk gives it to a handler: any path of names can be called, in one of two styles.

Calls go to the functions of `dragoman_plugin`, which answer reads from the snapshot and record writes; a call whose
arguments those do not take, or that they do not know, is asked as it is. What comes out is what Kong's SDK gives:

* a pair `(value, None)`, or the value alone (`--no-lua-style`). The second result of a PDK function never reaches a
  plugin behind Kong, so a function that fails softly gives None in both styles.
* `response.exit` and `response.error` give None, and the handler runs on until its next PDK call.
* What cannot be sent (a date, `kong` itself) ends the event with an error that the plugin cannot catch: an `except` around
  an exit must not let the request through.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from dragoman_plugin import PdkError, phases
from dragoman_plugin.event import Event
from dragoman_plugin.pdk import NAMESPACES, ClientTls, ServiceRequest, ServiceResponse, Shared
from dragoman_plugin.pdk.namespace import Namespace
from dragoman_plugin.pdk.noting import NotedEvent, is_reader, noted

#: Functions that end the request: nothing comes back from them.
_ENDINGS = ("kong.response.exit", "kong.response.error")
#: Functions of the SDK that are no functions of the PDK for plugin servers.
_LOCAL = {
    "kong.response.get_chunk",
    "kong.response.is_last_chunk",
    "kong.response.set_chunk",
    "kong.request.get_id",
}
#: What the log takes as it is; anything else becomes text by `str`.
_LOGGED_AS_IS = (str, int, list, dict)

_TABLES = (dict, list, tuple)
#: Functions whose result is a map even where it is empty.
_MULTI_MAPS = {
    "kong.request.get_query",
    "kong.request.get_headers",
    "kong.response.get_headers",
    "kong.service.response.get_headers",
}

#: Functions that give what a plugin put there.
_KEPT_BY_LUA = {"kong.ctx.shared.get", "kong.nginx.get_ctx"}
_WITHOUT_WRITES = phases.LOG | phases.CERTIFICATE
_WRITES = re.compile(
    r"kong\.(?:service\.(?:set_|request\.)|response\.(?:set|add|clear|exit|error)|client\.(?:authenticate$|tls\.set_))"
)
#: What goes to the Service; where to, only access can say.
_TO_SERVICE = "kong.service.request."
_ONLY_IN_ACCESS = ("kong.service.set_", "kong.client.authenticate")

#: Class, function, fewest and most arguments.
_Known = tuple[type[Namespace], Callable[..., Any], int, int]


def _functions() -> dict[str, _Known]:
    """Every function of the SDK by its wire name."""
    spaces: dict[str, type[Namespace]] = {f"kong.{name}": kind for name, kind in NAMESPACES.items()}
    spaces["kong.client.tls"] = ClientTls
    spaces["kong.service.request"] = ServiceRequest
    spaces["kong.service.response"] = ServiceResponse
    spaces["kong.ctx.shared"] = Shared
    known: dict[str, _Known] = {}
    for prefix, kind in spaces.items():
        for name, function in vars(kind).items():
            wire_name = f"{prefix}.{name}"
            if name.startswith("_") or not inspect.isfunction(function) or wire_name in _LOCAL:
                continue
            known[wire_name] = (kind, function, *_arity(function))
    log = NAMESPACES["log"]
    known["kong.log"] = (log, log.__call__, 0, 1 << 30)
    return known


def _arity(function: Callable[..., Any]) -> tuple[int, int]:
    parameters = list(inspect.signature(function).parameters.values())[1:]
    if any(one.kind is one.VAR_POSITIONAL for one in parameters):
        return 0, 1 << 30
    required = [one for one in parameters if one.default is one.empty]
    return len(required), len(parameters)


_KNOWN = _functions()


def _value(event: Event, name: str, args: tuple[Any, ...]) -> Any:
    """What a function gives; raises HandlerEnded where the gateway refuses."""
    known = _KNOWN.get(name)
    for arg in args:
        if type(arg) in _TABLES:
            args = tuple(map(_for_lua, args))
            break
    try:
        fits = known is not None and known[2] <= len(args) <= known[3]
        if known is None or not fits or _is_refused(event, name):
            value = event.ask(name, *args)
        else:
            run = noted(name, known[1]) if _is_noted(event, name) else known[1]
            value = run(known[0](event), *args)
    except PdkError:
        return None
    if name in _KEPT_BY_LUA:
        return _kept_by_lua(value)
    if type(value) in _TABLES and name not in _MULTI_MAPS:
        return _as_lua(value)
    return value


def _is_noted(event: Event, name: str) -> bool:
    return isinstance(event, NotedEvent) and is_reader(name)


def _as_lua(value: Any) -> Any:
    """A table as Lua's MessagePack gives it: an empty one is a list, whatever it was."""
    if isinstance(value, dict):
        return {key: _as_lua(item) for key, item in value.items()} if value else []
    return [_as_lua(item) for item in value] if isinstance(value, list) else value


def _kept_by_lua(value: Any) -> Any:
    """A value that Lua has kept: a list with nil in it is a map of numbers from 1 (JSON's null is no nil), and bytes are
    texts, as Lua knows no other; those that are no UTF-8, of which kong-pdk dies, stay bytes."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    if isinstance(value, dict):
        return {key: _kept_by_lua(item) for key, item in value.items()} if value else []
    if not isinstance(value, list):
        return value
    if None in value:
        return {i: _kept_by_lua(item) for i, item in enumerate(value, 1) if item is not None}
    return [_kept_by_lua(item) for item in value]


def _for_lua(value: Any) -> Any:
    """A table among arguments as Lua has it: an empty list is an empty table, a field that is nil is not there, nor is nil
    at the end of a list, and what has the keys 1 to n is a list."""
    if isinstance(value, dict):
        if (
            value
            and all(type(key) is int for key in value)
            and sorted(value) == [*range(1, len(value) + 1)]
        ):
            value = [value[i] for i in range(1, len(value) + 1)]
        else:
            return {key: _for_lua(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        end = len(value)
        while end and value[end - 1] is None:
            end -= 1
        return [_for_lua(item) for item in value[:end]] or {}
    return value


def _is_refused(event: Event, name: str) -> bool:
    """Is it a write that the phase never has? Asked at once it ends the event there, as in Kong."""
    phase = event.phase
    if phase == phases.ACCESS:
        return False
    if phase & _WITHOUT_WRITES:
        return _WRITES.match(name) is not None
    if name.startswith(_ONLY_IN_ACCESS):
        return True
    return phase == phases.RESPONSE and name.startswith(_TO_SERVICE)


class Path:
    """A name on the way to a function: `kong.service.request`.

    As in kong-pdk any attribute can be set, which is lost with the object (`kong.ctx.shared.user = 1` keeps nothing), and
    its text is what the function gives, for those who forget to call it.
    """

    # a __dict__ is made only where a plugin sets something
    __slots__ = ("__dict__", "_event", "_is_lua_style", "_name")

    def __init__(self, event: Event, name: str, is_lua_style: bool) -> None:
        self._event = event
        self._name = name
        self._is_lua_style = is_lua_style

    def __getattr__(self, name: str) -> Path:
        if name.startswith("__"):
            raise AttributeError(name)
        return Path(self._event, f"{self._name}.{name}", self._is_lua_style)

    def __call__(self, *args: Any) -> Any:
        name, event = self._name, self._event
        if name.startswith("kong.log") and (len(name) == 8 or name[8] == "."):
            args = tuple([arg if type(arg) in _LOGGED_AS_IS else str(arg) for arg in args])
        try:
            if name in _ENDINGS and not event.phase & _WITHOUT_WRITES:
                event.finish(name, *map(_for_lua, args))
                return None
            value = _value(event, name, args)
        except (TypeError, ValueError) as cause:
            return event.fail(cause)
        return (value, None) if self._is_lua_style else value

    def __str__(self) -> str:
        # kong-pdk, too, fails here where the function gives no text
        value: str = self()
        return value

    def __repr__(self) -> str:
        return f"<{self._name} of the PDK>"


def lua_style(event: Event) -> Path:
    """`kong` of an event: calls give pairs."""
    return Path(event, "kong", True)


def python_style(event: Event) -> Path:
    """`kong` of an event: calls give values."""
    return Path(event, "kong", False)
