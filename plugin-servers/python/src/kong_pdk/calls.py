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

import re
from typing import Any

from dragoman_plugin import PdkError, phases
from dragoman_plugin.event import Event
from dragoman_plugin.pdk.noting import is_reader, noted

from .functions import KNOWN, UNKNOWN

#: Functions that end the request: nothing comes back from them.
_ENDINGS = ("kong.response.exit", "kong.response.error")
#: What the log takes as it is; anything else becomes text by `str`.
_LOGGED_AS_IS = (str, int, list, dict)

#: Names that are kept below a name; plugins use a handful.
NAMES_BELOW_MAX = 256

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


def _call(node: Node, event: Event, args: tuple[Any, ...]) -> Any:
    """What a function gives; raises HandlerEnded where the gateway refuses."""
    for arg in args:
        if type(arg) in _TABLES:
            args = tuple(map(_for_lua, args))
            break
    function: Any = node.function
    asks = function is None or not node.fewest <= len(args) <= node.most
    if node.is_write and event.phase != phases.ACCESS:
        asks = asks or _is_refused(event.phase, node.name)
    try:
        if asks:
            value = event.ask(node.name, *args)
        elif event.is_noted and is_reader(node.name):
            value = noted(node.name, function)(node.kind(event), *args)
        else:
            value = function(node.kind(event), *args)
    except PdkError:
        return None
    if type(value) is str:
        return value
    if node.is_kept_by_lua:
        return _kept_by_lua(value)
    if type(value) in _TABLES and not node.is_multi_map:
        return _as_lua(value)
    return value


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


def _is_refused(phase: int, name: str) -> bool:
    """Is it a write that the phase, which is not access, never has? Asked at once it ends the event there, as in Kong."""
    if phase & _WITHOUT_WRITES or name.startswith(_ONLY_IN_ACCESS):
        return True
    return phase == phases.RESPONSE and name.startswith(_TO_SERVICE)


class Node(dict[str, "Node"]):
    """A name of the PDK, or of nothing, and what is below it; what can be said of a name is said once."""

    def __init__(self, name: str, is_lua_style: bool) -> None:
        super().__init__()
        self.name = name
        #: Calls give pairs.
        self.is_lua_style = is_lua_style
        self.kind, self.function, self.fewest, self.most = KNOWN.get(name, UNKNOWN)
        self.is_log = name == "kong.log" or name.startswith("kong.log.")
        self.is_ending = name in _ENDINGS
        self.is_write = _WRITES.match(name) is not None
        self.is_kept_by_lua = name in _KEPT_BY_LUA
        self.is_multi_map = name in _MULTI_MAPS

    def __missing__(self, name: str) -> Node:
        below = Node(f"{self.name}.{name}", self.is_lua_style)
        if len(self) < NAMES_BELOW_MAX:
            self[name] = below
        return below


class Path:
    """A name on the way to a function: `kong.service.request`.

    As in kong-pdk any attribute can be set, which is lost with the object (`kong.ctx.shared.user = 1` keeps nothing), and
    its text is what the function gives, for those who forget to call it.
    """

    # a __dict__ is made only where a plugin sets something
    __slots__ = ("__dict__", "_event", "_node")

    def __init__(self, event: Event, node: Node) -> None:
        self._event = event
        self._node = node

    def __getattr__(self, name: str) -> Path:
        if name.startswith("__"):
            raise AttributeError(name)
        return Path(self._event, self._node[name])

    def __call__(self, *args: Any) -> Any:
        node, event = self._node, self._event
        if node.is_log:
            args = tuple([arg if type(arg) in _LOGGED_AS_IS else str(arg) for arg in args])
        try:
            if node.is_ending and not event.phase & _WITHOUT_WRITES:
                event.finish(node.name, *map(_for_lua, args))
                return None
            value = _call(node, event, args)
        except (TypeError, ValueError) as cause:
            return event.fail(cause)
        return (value, None) if node.is_lua_style else value

    def __str__(self) -> str:
        # kong-pdk, too, fails here where the function gives no text
        value: str = self()
        return value

    def __repr__(self) -> str:
        return f"<{self._node.name} of the PDK>"


class _Step:
    """A name that some path of the PDK has, as an attribute of every path.

    `__getattr__` gives the same, but Python comes to it only by an exception, which costs four times as much. What a plugin
    sets goes before it, as this has no `__set__`.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, path: Path, owner: type[Path]) -> Path:
        return Path(path._event, path._node[self._name])


for _name in {part for name in KNOWN for part in name.split(".")}:
    setattr(Path, _name, _Step(_name))

LUA_STYLE = Node("kong", True)
PYTHON_STYLE = Node("kong", False)


def lua_style(event: Event) -> Path:
    """`kong` of an event: calls give pairs."""
    return Path(event, LUA_STYLE)


def python_style(event: Event) -> Path:
    """`kong` of an event: calls give values."""
    return Path(event, PYTHON_STYLE)
