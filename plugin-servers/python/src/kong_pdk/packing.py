"""MessagePack, as far as the protocol with Kong has it: values to bytes, and messages out of a stream of bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

#: Lists and maps in each other.
NESTING_MAX = 64
#: Longest message that is taken or sent, in bytes; a gateway of ours sends at most 16 MiB.
MESSAGE_BYTES_MAX = 64 << 20


class PackingError(ValueError):
    """Bytes that are no message, or a value that cannot be one."""


class Incomplete(Exception):  # noqa: N818 it is no error
    """The message goes on."""

    def __init__(self, needed: int) -> None:
        super().__init__(needed)
        #: How many bytes there must be at least.
        self.needed = needed


def pack(value: Any) -> bytes:
    """The bytes of a value: None, bool, int, float, str, bytes, and lists, tuples and dicts of them."""
    parts: list[bytes] = []
    _append(parts, value, 0)
    return b"".join(parts)


def _append(parts: list[bytes], value: Any, depth: int) -> None:
    if value is None:
        parts.append(b"\xc0")
    elif value is True or value is False:
        parts.append(b"\xc3" if value else b"\xc2")
    elif isinstance(value, str):
        data = value.encode("utf-8", "surrogateescape")
        parts.append(_head(len(data), 0xA0, 32, (0xD9, 0xDA, 0xDB)))
        parts.append(data)
    elif isinstance(value, int):
        parts.append(_integer(value))
    elif isinstance(value, float):
        parts.append(struct.pack(">Bd", 0xCB, value))
    elif isinstance(value, (bytes, bytearray, memoryview)):
        data = bytes(value)
        parts.append(_head(len(data), 0, 0, (0xC4, 0xC5, 0xC6)))
        parts.append(data)
    else:
        _append_table(parts, value, depth)


def _append_table(parts: list[bytes], value: Any, depth: int) -> None:
    if depth >= NESTING_MAX:
        raise PackingError("a value is nested too deeply")
    if isinstance(value, (list, tuple)):
        parts.append(_head(len(value), 0x90, 16, (None, 0xDC, 0xDD)))
        for item in value:
            _append(parts, item, depth + 1)
    elif isinstance(value, dict):
        parts.append(_head(len(value), 0x80, 16, (None, 0xDE, 0xDF)))
        for key, item in value.items():
            _append(parts, key, depth + 1)
            _append(parts, item, depth + 1)
    else:
        raise PackingError(f"a {type(value).__name__} is no value of the PDK")


def _head(length: int, small: int, below: int, kinds: tuple[int | None, int, int]) -> bytes:
    """Type and length; `small` has lengths below `below` in itself."""
    if length < below:
        return bytes((small | length,))
    byte, short, long = kinds
    if byte is not None and length < 0x100:
        return bytes((byte, length))
    if length < 0x10000:
        return struct.pack(">BH", short, length)
    return struct.pack(">BI", long, length)


def _integer(value: int) -> bytes:
    if 0 <= value < 0x80:
        return bytes((value,))
    if -32 <= value < 0:
        return bytes((value & 255,))
    for kind, form, low, high in _INTEGERS:
        if low <= value < high:
            return struct.pack(form, kind, value)
    return struct.pack(">Bd", 0xCB, float(value))


_INTEGERS = (
    (0xCC, ">BB", 0, 1 << 8),
    (0xCD, ">BH", 0, 1 << 16),
    (0xCE, ">BI", 0, 1 << 32),
    (0xCF, ">BQ", 0, 1 << 64),
    (0xD0, ">Bb", -1 << 7, 0),
    (0xD1, ">Bh", -1 << 15, 0),
    (0xD2, ">Bi", -1 << 31, 0),
    (0xD3, ">Bq", -1 << 63, 0),
)
_NUMBERS = {
    0xCA: ">f",
    0xCB: ">d",
    0xCC: ">B",
    0xCD: ">H",
    0xCE: ">I",
    0xCF: ">Q",
    0xD0: ">b",
    0xD1: ">h",
    0xD2: ">i",
    0xD3: ">q",
}
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


class Unpacker:
    """Takes messages out of bytes that come in pieces."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._needed = 1
        self._at = 0

    def feed(self, data: bytes) -> None:
        """Add what has come; raises PackingError where a message is too long."""
        self._data += data
        if len(self._data) > MESSAGE_BYTES_MAX:
            raise PackingError(f"a message is longer than {MESSAGE_BYTES_MAX} bytes")

    def take(self) -> Any:
        """The next message; raises Incomplete while it is not whole, PackingError for what is none."""
        if len(self._data) < self._needed:
            raise Incomplete(self._needed)
        self._at = 0
        try:
            value = self._value(0)
        except Incomplete as cause:
            self._needed = cause.needed
            raise
        del self._data[: self._at]
        self._needed = 1
        return value

    def _bytes(self, count: int) -> bytes:
        start, end = self._at, self._at + count
        if end > len(self._data):
            raise Incomplete(end)
        self._at = end
        return bytes(self._data[start:end])

    def _count(self, size: int) -> int:
        return int.from_bytes(self._bytes(size), "big")

    def _value(self, depth: int) -> Any:
        kind = self._count(1)
        if kind < 0x80:
            return kind
        if kind >= 0xE0:
            return kind - 0x100
        if kind < 0x90:
            return self._map(kind & 15, depth)
        if kind < 0xA0:
            return self._list(kind & 15, depth)
        if kind < 0xC0:
            return self._text(kind & 31)
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        form = _NUMBERS.get(kind)
        if form is not None:
            return struct.unpack(form, self._bytes(struct.calcsize(form)))[0]
        return self._sized(kind, depth)

    def _sized(self, kind: int, depth: int) -> Any:
        if 0xD4 <= kind <= 0xD8:
            self._bytes(1 + (1 << (kind - 0xD4)))  # an extension, which nobody sends
            return None
        found = _SIZED.get(kind)
        if found is None:
            raise PackingError(f"a value of type {kind}")
        size, read = found
        return read(self, self._count(size), depth)

    def _text(self, count: int) -> str:
        return self._bytes(count).decode("utf-8", "surrogateescape")

    def _list(self, count: int, depth: int) -> list[Any]:
        self._check(depth)
        return [self._value(depth + 1) for _ in range(count)]

    def _map(self, count: int, depth: int) -> dict[Any, Any]:
        self._check(depth)
        table = {}
        for _ in range(count):
            key = self._value(depth + 1)
            if isinstance(key, (list, dict)):
                raise PackingError("a table as a key")
            table[key] = self._value(depth + 1)
        return table

    def _check(self, depth: int) -> None:
        if depth >= NESTING_MAX:
            raise PackingError("a value is nested too deeply")


_Read = Callable[[Unpacker, int, int], Any]
_READ: tuple[tuple[tuple[int, ...], int, _Read], ...] = (
    ((0xC4, 0xC5, 0xC6), 1, lambda u, n, _: u._bytes(n)),
    ((0xC7, 0xC8, 0xC9), 1, lambda u, n, _: u._bytes(n + 1) and None),
    ((0xD9, 0xDA, 0xDB), 1, lambda u, n, _: u._text(n)),
    ((0xDC, 0xDD), 2, lambda u, n, depth: u._list(n, depth)),
    ((0xDE, 0xDF), 2, lambda u, n, depth: u._map(n, depth)),
)
#: Type -> bytes of its length, and how what follows is read.
_SIZED = {kind: (first << i, read) for kinds, first, read in _READ for i, kind in enumerate(kinds)}
