"""What a connection knows beyond its events: the gateway, entities by number, and contexts of requests.

Everything is bounded: entities by the gateway (it says when all are free again), contexts by `CONTEXTS_MAX`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from typing import Any

from .wire import Hello

#: Requests whose `kong.ctx.plugin` is kept; the oldest is dropped.
CONTEXTS_MAX = 10_000


class Facts:
    """Of one connection."""

    def __init__(self) -> None:
        #: The gateway's Hello.
        self.gateway: Any = Hello()
        self._entities: dict[int, bytes] = {}
        #: Request -> plugin -> its `kong.ctx.plugin`.
        self.contexts: dict[int, dict[str, dict[Any, Any]]] = {}
        self._mutex = threading.Lock()

    def add_entity(self, number: int, data: bytes) -> None:
        """An entity came, as JSON."""
        self._entities[number] = data

    def forget_entities(self) -> None:
        """All numbers are free again."""
        self._entities = {}

    def entity(self, number: int) -> Any:
        """An entity as the PDK gives it, without fields that are null; None if the number is not known."""
        data = self._entities.get(number)
        if data is None:
            return None
        return without_nulls(json.loads(data))

    def context(self, request: int, plugin: str) -> dict[Any, Any]:
        """`kong.ctx.plugin` of a plugin in a request."""
        with self._mutex:
            contexts = self.contexts.get(request)
            if contexts is None:
                while len(self.contexts) >= CONTEXTS_MAX:
                    del self.contexts[next(iter(self.contexts))]
                contexts = self.contexts[request] = {}
            return contexts.setdefault(plugin, {})

    def keeps(self, request: int) -> bool:
        """Does a context of the request hold anything? Where there is no request (0) nothing is kept."""
        contexts = self.contexts.get(request) if request else None
        return contexts is not None and any(contexts.values())

    def forget(self, requests: Iterable[int]) -> None:
        """Requests are over."""
        if self.contexts:
            with self._mutex:
                for request in requests:
                    self.contexts.pop(request, None)


def without_nulls(value: Any) -> Any:
    """A table as Lua has it: fields that are null are not there."""
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if item is not None}
    return value
