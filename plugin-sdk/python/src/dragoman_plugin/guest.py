"""Another protocol on the same socket, for a gateway that does not speak the native one.

The first byte decides: the native preamble begins with a letter, and whoever offers another protocol says which bytes its
messages can begin with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .sockets import Link, Receiver

if TYPE_CHECKING:
    from .server import PluginServer


class Guest(Receiver, Protocol):
    """The conversation in the other protocol, of one connection."""

    @property
    def streams(self) -> Any:
        """True while something is under way."""

    def drain(self, reason: str) -> None:
        """No new events are wanted."""


class GuestProtocol(NamedTuple):
    """What is spoken beside the native protocol."""

    first_bytes: bytes
    open: Callable[[Link], Guest]


class Opening:
    """A connection on which nothing has come yet; see `Receiver`. It may be silent for as long as it likes."""

    def __init__(self, link: Link, server: PluginServer) -> None:
        self._link = link
        self._server = server
        self._guest: Guest | None = None

    def received(self, data: bytes) -> None:
        """The first bytes: hand the connection over to whoever speaks their protocol."""
        if self._guest is not None:
            self._guest.received(data)
            return
        server, guests = self._server, self._server.guests
        if guests is None or data[0] not in guests.first_bytes:
            receiver = server.native(self._link)
            self._link.receiver = receiver
            receiver.received(data)
            return
        self._guest = guests.open(self._link)
        server.connections.add(self._guest)
        self._guest.received(data)

    def closed(self) -> None:
        """The connection is gone."""
        if self._guest is not None:
            self._server.connections.discard(self._guest)
            self._guest.closed()
