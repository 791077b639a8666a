"""Writes, Done and Call as bytes, put together by hand.

Every handler writes a few headers and ends with a Done, so this is where an event's answer is made: each write is
encoded once, when it happens, and Done and Call join them. Fields are in ascending order, as everywhere (the golden
vectors hold this file to it). A write as a field of Done or Call is the same bytes: field 1 of both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .values import bytes_of, fill_value
from .wire import Call, Write

#: `Write.Op`
CALL = 0
SERVICE_REQUEST_SET_HEADER = 1
SERVICE_REQUEST_ADD_HEADER = 2
SERVICE_REQUEST_CLEAR_HEADER = 3
RESPONSE_SET_HEADER = 4
RESPONSE_ADD_HEADER = 5
RESPONSE_CLEAR_HEADER = 6
RESPONSE_SET_STATUS = 7
NEXT_INSTANCE = 8

#: Header names whose encoding is kept, for each op; plugins use a handful.
NAMES_KEPT_MAX = 1024
#: Values whose write is kept, for each of those: the first few that come, as what a plugin always writes is among them.
VALUES_KEPT_MAX = 4
#: Longest that is kept, in bytes. Credentials are longer, and are not to stay in memory.
VALUE_BYTES_KEPT_MAX = 16

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FIELD_WRITE = b"\x0a"
#: Numbers that are one byte on the wire, and that byte.
_BYTES = tuple(bytes((number,)) for number in range(0x80))
#: The same behind the tag of a write.
_WRITE_HEADS = tuple(_FIELD_WRITE + byte for byte in _BYTES)
#: Ends of a Done of one plugin that ran well and took so many microseconds, which is nearly every one.
ONE_RAN_US = 0x80
ONE_RAN = tuple(b"\x10\x01\x3a\x01" + byte for byte in _BYTES)


def varint(number: int) -> bytes:
    """A number of the wire, at least 0."""
    if number < 0x80:
        return _BYTES[number]
    parts = bytearray()
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def _field(body: bytes) -> bytes:
    return _FIELD_WRITE + varint(len(body)) + body


#: What a Write has before its value, how long it is with the value's tag and a length of one byte, and writes that are kept.
_Head = tuple[bytes, int, dict[str, bytes]]
_NO_TOKEN: _Head = (b"", 0, {})


class _Heads(dict[str, _Head]):
    """Header name -> op and name of a Write; empty where the name is no token."""

    def __init__(self, op: int) -> None:
        super().__init__()
        self._op = op

    def __missing__(self, name: str) -> _Head:
        if _TOKEN.fullmatch(name) is None:
            return _NO_TOKEN
        encoded = name.encode("ascii")
        written = b"\x08%c\x12%b%b" % (self._op, varint(len(encoded)), encoded)
        head: _Head = (written, len(written) + 2, {})
        if len(self) < NAMES_KEPT_MAX:
            self[name] = head
        return head


#: By op: what is before the value.
_heads = tuple(_Heads(op) for op in range(NEXT_INSTANCE))


def header_write(op: int, name: Any, value: Any) -> bytes | None:
    """A header in the short form; None where it needs the long one (no token, no text, control characters)."""
    if type(name) is not str or type(value) is not str:
        return None
    head, head_size, kept = _heads[op][name]
    if value in kept:
        return kept[value]
    if not head:
        return None
    if value.isprintable():
        encoded = value.encode()
    elif _CONTROL.search(value):
        return None
    else:
        encoded = value.encode("utf-8", "surrogateescape")
    size = len(encoded)
    whole = head_size + size
    if whole < 0x80:
        write = _WRITE_HEADS[whole] + head + b"\x1a" + _BYTES[size] + encoded
        if size <= VALUE_BYTES_KEPT_MAX and len(kept) < VALUES_KEPT_MAX:
            kept[value] = write
        return write
    return _field(head + b"\x1a" + varint(size) + encoded)


def clear_write(op: int, name: Any) -> bytes | None:
    """Take a header away, in the short form; None where it needs the long one."""
    if type(name) is not str:
        return None
    head = _heads[op][name][0]
    return _field(head) if head else None


def status_write(status: Any) -> bytes | None:
    """The response's status, in the short form; None where it is no whole number from 100 to 599."""
    if type(status) is not int or not 100 <= status <= 599:
        return None
    return _field(b"\x08\x07\x20" + varint(status))


NEXT_INSTANCE_WRITE = _field(b"\x08\x08")


def call_write(name: str, args: Sequence[Any]) -> bytes:
    """Any PDK function whose result is not needed; errors as `fill_value`."""
    write = Write(name=bytes_of(name))
    for value in args:
        fill_value(write.args.add(), value)
    return _field(write.SerializeToString(deterministic=True))


def call_message(writes: Sequence[bytes], method: str, args: Sequence[Any]) -> bytes:
    """A Call; errors as `fill_value`."""
    call = Call(method=method)
    for value in args:
        fill_value(call.args.add(), value)
    tail: bytes = call.SerializeToString(deterministic=True)
    return b"".join(writes) + tail


def done_message(
    writes: Sequence[bytes],
    ran: int,
    failure: str = "",
    keeps_context: bool = False,
    cache_ms: int = 0,
    wants_body: bool = False,
    plugin_us: Sequence[int] = (),
    reads: Sequence[str] = (),
) -> bytes:
    """A Done, field by field as the contract has them; what is 0 or empty is left out."""
    message = b"".join(writes)
    if ran:
        message += b"\x10" + varint(ran)
    if failure:
        encoded = failure.encode("utf-8", "replace")
        message += b"\x1a" + varint(len(encoded)) + encoded
    if keeps_context:
        message += b"\x20\x01"
    if cache_ms:
        message += b"\x28" + varint(cache_ms)
    if wants_body:
        message += b"\x30\x01"
    if plugin_us:
        packed = b"".join([varint(us) for us in plugin_us])
        message += b"\x3a" + varint(len(packed)) + packed
    return message + reads_field(b"\x42", reads) if reads else message


def one_ran(us: int) -> bytes:
    """The same for any time: `ran` and `plugin_us`."""
    packed = varint(us)
    return b"\x10\x01\x3a%c%b" % (len(packed), packed)


def reads_field(tag: bytes, reads: Sequence[str]) -> bytes:
    """What was read, as a field of Done or ChunkDone."""
    texts = [one.encode("utf-8", "replace") for one in reads]
    return b"".join([tag + varint(len(text)) + text for text in texts])
