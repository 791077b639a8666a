"""What an event runs: a phase, and the plugin configs whose turn it is.

Gateways send the same few combinations over and over, at the beginning of each Event: so what follows from one (is there a
handler, is it a coroutine, what is `kong` to it) is found once, and kept by the bytes that say it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from . import phases
from .pdk import Kong
from .pdk.aio import AsyncKong
from .plugin import Instance, Plugin
from .writes import varint

#: Lineups that a connection keeps; with more it begins anew.
LINEUPS_MAX = 4096


class Lineup:
    """A phase and its instances."""

    def __init__(
        self,
        phase: int,
        instances: Sequence[Instance],
        plugin: Plugin | None = None,
        make_kong: Callable[[Any], Any] | None = None,
    ) -> None:
        """`plugin`: for init_worker and configure, which belong to no instance. `make_kong`: where it is another."""
        self.phase = phase
        self.instances = instances
        self.plugin = plugin
        #: The plugin's own handler, of init_worker and configure.
        self.method: Any = None
        if plugin is not None:
            self.method = getattr(plugin.owner, phases.NAMES[phase])
            self.is_async = inspect.iscoroutinefunction(self.method)
        else:
            self.is_async = any([one.coroutines & phase for one in instances])
        #: The only one, where its handler needs no more than `kong`.
        self.instance: Instance | None = None
        self.handler: Any = None
        self.make_kong = make_kong or (AsyncKong if self.is_async else Kong)
        if plugin is None and len(instances) == 1 and phase != phases.BODY_FILTER:
            only = instances[0]
            if phase in only.handlers:
                self.instance = only
                self.handler = only.handlers[phase]
                self.make_kong = only.plugin.make_kong or self.make_kong
        #: There is only one, and its handler is a plain method.
        self.is_plain = self.instance is not None and not self.is_async


def beginning(event: bytes) -> bytes:
    """The first two fields of an Event, phase and instances, as they stand there; raises IndexError for a shorter message.

    Only bytes that are equal to what `beginning_of` makes say anything: an event may also begin with something else. Then
    they say all: a list of numbers is written in one piece.
    """
    # a tag, a number of one or two bytes, a tag, a length of one byte
    return event[: 4 + event[3]] if event[1] < 0x80 else event[: 5 + event[4]]


def beginning_of(phase: int, numbers: Sequence[int]) -> bytes:
    """How an Event of that phase and these instances begins."""
    packed = b"".join([varint(number) for number in numbers])
    return b"\x08%b\x12%b%b" % (varint(phase), varint(len(packed)), packed)
