"""Values of the PDK between the wire and Python.

| wire | Python |
| --- | --- |
| nothing | `None` |
| boolean, integer, number | `bool`, `int`, `float` |
| text | `str` |
| bytes | `bytes` |
| list, map | `list`, `dict` with text as keys |

Text of HTTP is bytes that need not be UTF-8. It is given as `str` with `surrogateescape`, as Python does with file names:
any bytes survive the way there and back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .wire import Value

#: Lists and maps in one another; a structure that holds itself would never end.
NESTING_MAX = 100

_INTEGER_MIN, _INTEGER_MAX = -(2**63), 2**63 - 1


def text_of(data: bytes) -> str:
    """Bytes of HTTP as text."""
    return data.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """Text as the bytes that it came from."""
    return text.encode("utf-8", "surrogateescape")


def fill_value(target: Any, value: Any, depth: int = 0) -> None:
    """Put a Python value into a `Value` message.

    Raises `TypeError` for what the PDK has no form for, `ValueError` where it is nested too deeply.
    """
    if value is None:
        return
    if isinstance(value, str):
        _fill_text(target, value)
    elif isinstance(value, bool):
        target.boolean = value
    elif isinstance(value, int):
        if _INTEGER_MIN <= value <= _INTEGER_MAX:
            target.integer = value
        else:
            target.number = float(value)
    elif isinstance(value, float):
        target.number = value
    elif isinstance(value, (bytes, bytearray, memoryview)):
        target.bytes = bytes(value)
    else:
        _fill_table(target, value, depth)


def _fill_text(target: Any, text: str) -> None:
    try:
        target.text = text
    except (UnicodeEncodeError, ValueError):
        target.bytes = bytes_of(text)


def _fill_table(target: Any, value: Any, depth: int) -> None:
    if depth >= NESTING_MAX:
        raise ValueError(f"a value is nested more than {NESTING_MAX} deep")
    if isinstance(value, Mapping):
        target.map.SetInParent()
        entries = target.map.entries
        for key, item in value.items():
            entry = entries.add(key=key if isinstance(key, str) else str(key))
            entry.value.SetInParent()
            fill_value(entry.value, item, depth + 1)
    elif isinstance(value, (list, tuple, set, frozenset)):
        target.list.SetInParent()
        for item in value:
            fill_value(target.list.list.add(), item, depth + 1)
    else:
        raise TypeError(f"a PDK function cannot be given a {type(value).__name__}")


def value_of(python: Any) -> Any:
    """A `Value` message for a Python value; errors as `fill_value`."""
    message = Value()
    fill_value(message, python)
    return message


def python_of(message: Any) -> Any:
    """What a `Value` message holds."""
    kind = message.WhichOneof("kind")
    if kind is None:
        return None
    if kind == "list":
        return [python_of(item) for item in message.list.list]
    if kind == "map":
        return {entry.key: python_of(entry.value) for entry in message.map.entries}
    return getattr(message, kind)
