"""Which file descriptors can be read or written: epoll, without the objects that `selectors` makes of every answer.

The leading thread asks once for each event of a quiet gateway, so what it costs is part of that event's time. Where there is
no epoll `selectors` serves.
"""

from __future__ import annotations

import select
import selectors
from typing import Protocol

#: Something can be read (or it is over), there is room to write: bits as `select.EPOLLIN` and `EPOLLOUT` are everywhere.
READ, WRITE = 0x1, 0x4


class Poller(Protocol):
    """What `select.epoll` has."""

    def register(self, fd: int, interest: int) -> None:
        """Watch a descriptor."""

    def modify(self, fd: int, interest: int) -> None:
        """Watch it for something else."""

    def unregister(self, fd: int) -> None:
        """Watch it no more."""

    def poll(self, timeout: float | None) -> list[tuple[int, int]]:
        """Wait, in seconds; gives descriptors and what they are ready for. Bits of neither kind: it is broken."""


class _Selecting:
    """The same over `selectors`."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def register(self, fd: int, interest: int) -> None:
        self._selector.register(fd, _events(interest))

    def modify(self, fd: int, interest: int) -> None:
        self._selector.modify(fd, _events(interest))

    def unregister(self, fd: int) -> None:
        self._selector.unregister(fd)

    def poll(self, timeout: float | None) -> list[tuple[int, int]]:
        return [(key.fd, _bits(events)) for key, events in self._selector.select(timeout)]


def _events(interest: int) -> int:
    return (selectors.EVENT_READ if interest & READ else 0) | (
        selectors.EVENT_WRITE if interest & WRITE else 0
    )


def _bits(events: int) -> int:
    return (READ if events & selectors.EVENT_READ else 0) | (
        WRITE if events & selectors.EVENT_WRITE else 0
    )


def make_poller() -> Poller:
    """The best that the system has."""
    return select.epoll() if hasattr(select, "epoll") else _Selecting()
