"""One connection of a gateway that speaks MsgPack:1: a message, its answer, the next message."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

from dragoman_plugin.sockets import Link

from .packing import MESSAGE_BYTES_MAX, Incomplete, PackingError, Unpacker, pack
from .rpc import Rpc

_REQUEST = 0
_RESPONSE = 1
#: What a request can begin with: a list of four, in any of its forms. The native preamble begins with a letter.
FIRST_BYTES = b"\x94\xdc\xdd"


class RpcConnection:
    """Reads a link; see `Guest` of the SDK."""

    def __init__(self, link: Link, rpc: Rpc) -> None:
        self._link = link
        self._rpc = rpc
        self._unpacker = Unpacker()
        self._is_busy = False
        self._is_draining = False
        # answers come from any thread
        self._mutex = threading.RLock()

    @property
    def streams(self) -> bool:
        """Is a message being answered?"""
        return self._is_busy

    def received(self, data: bytes) -> None:
        """Bytes came; raises PackingError for what is no message, which ends the connection."""
        with self._mutex:
            self._unpacker.feed(data)
        self._take()

    def _take(self) -> None:
        """Do what is whole, message by message."""
        while True:
            with self._mutex:
                if self._is_busy or self._link.is_closed:
                    return
                try:
                    message = self._unpacker.take()
                except Incomplete:
                    return
                if (
                    not isinstance(message, list)
                    or len(message) < 3
                    or message[0] != _REQUEST
                    or not isinstance(message[2], str)
                ):
                    raise PackingError("no request")
                self._is_busy = True
            args = message[3] if len(message) > 3 else None
            self._rpc.handle(message[2], args, partial(self._answer, message[1]))

    def _answer(self, number: Any, error: Any, result: Any) -> bool:
        """Send the answer to a message. False where nobody is there, or it cannot be sent and an error was."""
        data, is_told = _packed(number, error, result)
        server = self._rpc.server
        with self._mutex:
            if self._link.is_closed:
                return False
            self._is_busy = False
            # whoever asks one thing at a time has sent nothing more
            server.crew.jobs.append(self._go_on)
        is_leader = server.crew.is_leader()
        self._link.write(data, not is_leader)
        if not is_leader:
            server.sockets.wake()
        return is_told

    def _go_on(self) -> None:
        """What came behind the message that has its answer now."""
        try:
            self._take()
        except Exception as cause:
            self._rpc.server.sockets.failed(cause)
            self._link.close()

    def drain(self, _reason: str) -> None:
        """Nothing is said: the server closes the connection once it is quiet."""

    def closed(self) -> None:
        """The connection is gone; events go on, as their next Step may come on another."""


def _packed(number: Any, error: Any, result: Any) -> tuple[bytes, bool]:
    try:
        data = pack([_RESPONSE, number, error, result])
        if len(data) <= MESSAGE_BYTES_MAX:
            return data, True
        problem = "the answer is longer than a message may be"
    except PackingError as cause:
        problem = str(cause)
    return pack([_RESPONSE, number, problem, None]), False
