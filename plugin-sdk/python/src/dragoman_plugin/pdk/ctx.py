"""`kong.ctx`: what lives as long as the request.

`kong.ctx.plugin` stays in this process; `kong.ctx.shared` is the gateway's, seen by the plugins of all servers. What of it
is small comes with the event.
"""

from __future__ import annotations

import json
from typing import Any

from .namespace import Namespace, asks

_MISSING: Any = object()
#: Written values of other kinds are asked for again: the gateway may keep them in another form.
_PLAIN = (str, bool, int, float, type(None))


class Shared(Namespace):
    """`kong.ctx.shared`: a table of the request that all plugins see. Any phase."""

    __slots__ = ()

    @asks
    def get(self, k: str) -> Any:
        """A value; None if there is none."""
        e = self._e
        if e.has_request and type(k) is str:
            shared = e.shared
            if shared is None:
                raw = e.message.shared
                shared = e.shared = json.loads(raw) if raw else {}
            value = shared.get(k, _MISSING)
            if value is not _MISSING:
                if value is not _ASK:
                    return value
            elif not e.message.shared_is_partial:
                return None
        return e.ask("kong.ctx.shared.get", k)

    def set(self, k: str, v: Any) -> None:
        """Set a value; None takes it away."""
        e = self._e
        e.write("kong.ctx.shared.set", k, v)
        if type(k) is str:
            if e.shared is None:
                raw = e.message.shared
                e.shared = json.loads(raw) if raw else {}
            e.shared[k] = v if isinstance(v, _PLAIN) else _ASK


_ASK: Any = object()


class Ctx(Namespace):
    """`kong.ctx`"""

    __slots__ = ()

    @property
    def shared(self) -> Shared:
        """`kong.ctx.shared`"""
        return Shared(self._e)

    @property
    def plugin(self) -> dict[Any, Any]:
        """The plugin's own table: from its first handler of a request to its last. Lives in this process.

        All configs of a plugin share it, as in Kong.
        """
        e = self._e
        name = e.instance.plugin.name if e.instance is not None else ""
        return e.facts.context(e.message.request, name)
