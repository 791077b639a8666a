"""Frames: a little-endian length, a stream, a type, a message.

A socket delivers bytes, not messages, so the reader keeps what is not yet whole between chunks.
"""

from __future__ import annotations

from struct import Struct

from .errors import FrameError

#: Longest frame that this side accepts, in bytes, told to the gateway in Hello.
FRAME_BYTES_MAX = 16 * 1024 * 1024
#: Below this nobody's limit may be (the contract).
FRAME_BYTES_MIN = 64 * 1024
#: Bytes of stream and type, which the length counts.
HEAD_BYTES = 5

_HEAD = Struct("<IIB")
#: A frame up to its message, of `HEAD_BYTES` and the length of that, stream and type.
pack_head = _HEAD.pack
_LENGTH_BYTES = 4

#: stream, type, message
Frame = tuple[int, int, bytes]


def frame(stream: int, kind: int, message: bytes = b"") -> bytes:
    """A frame as it goes on the wire."""
    return _HEAD.pack(HEAD_BYTES + len(message), stream, kind) + message


class FrameReader:
    """Cuts a stream of bytes into frames."""

    __slots__ = ("_bytes_max", "_rest")

    def __init__(self, bytes_max: int = FRAME_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._rest = bytearray()

    def push(self, chunk: bytes) -> list[Frame]:
        """Take a chunk; give the frames that it completes, in order.

        Raises `FrameError` where a length is impossible: the stream is out of step, drop the connection.
        """
        rest = self._rest
        if rest:
            rest += chunk
            data = bytes(rest) if self._has_frame(rest) else b""
            if not data:
                return []
            rest.clear()
        else:
            data = chunk
        frames: list[Frame] = []
        at, end = 0, len(data)
        while end - at >= _LENGTH_BYTES + HEAD_BYTES:
            length, stream, kind = _HEAD.unpack_from(data, at)
            if length > self._bytes_max or length < HEAD_BYTES:
                raise FrameError(f"a frame of {length} bytes; the limit is {self._bytes_max}")
            after = at + _LENGTH_BYTES + length
            if after > end:
                break
            frames.append((stream, kind, data[at + _LENGTH_BYTES + HEAD_BYTES : after]))
            at = after
        if at < end:
            self._check_length(data, at, end)
            rest += data[at:] if at else data
        return frames

    def _has_frame(self, rest: bytearray) -> bool:
        """Is the frame at the beginning whole? A big one comes in many chunks, and is copied once."""
        self._check_length(rest, 0, len(rest))
        if len(rest) < _LENGTH_BYTES:
            return False
        return len(rest) >= _LENGTH_BYTES + int.from_bytes(rest[:_LENGTH_BYTES], "little")

    def _check_length(self, data: bytes | bytearray, at: int, end: int) -> None:
        """Refuse an impossible length as soon as it can be read."""
        if end - at < _LENGTH_BYTES:
            return
        length = int.from_bytes(data[at : at + _LENGTH_BYTES], "little")
        if length > self._bytes_max or length < HEAD_BYTES:
            raise FrameError(f"a frame of {length} bytes; the limit is {self._bytes_max}")
