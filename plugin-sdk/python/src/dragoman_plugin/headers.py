"""Headers of a snapshot, read where somebody asks, with what the plugin wrote laid over them.

The snapshot holds header lines as they stand on the wire. One header is found by a search through those bytes, which costs
less than a microsecond and no table; a table is made only for `get_headers`. Names are compared as nginx does: without case,
and `-` equals `_`. So the lines are searched in a copy with names (and values, which nobody reads there) in that form: a
regular expression that ignores case looks at every byte by itself, six times slower for the headers of a browser.
"""

from __future__ import annotations

import re

from .values import text_of

#: More headers than this are not read here: Kong's functions stop at this number unless told otherwise.
HEADERS_MAX = 100
#: Names whose normal form and whose line's beginning are kept, one for each header that plugins ask for or write.
NAMES_KEPT_MAX = 1024

_LINE = re.compile(rb"([^:\r\n]*): ?([^\r\n]*)\r\n")
#: Every byte in the form in which names are compared.
_FOLD = bytes(range(256)).lower().replace(b"_", b"-")

#: Normal name -> values; an empty list: taken away.
Overlay = dict[str, list[str]]


class _NormalNames(dict[str, str]):
    """Name -> the form in which names are compared."""

    def __missing__(self, name: str) -> str:
        found = name.lower().replace("_", "-")
        if len(self) < NAMES_KEPT_MAX:
            self[name] = found
        return found


class _LineBeginnings(dict[str, bytes]):
    """Name -> how its lines begin in the folded copy, the line feed before them included."""

    def __missing__(self, name: str) -> bytes:
        found = b"\n" + normal[name].encode("utf-8") + b":"
        if len(self) < NAMES_KEPT_MAX:
            self[name] = found
        return found


#: `normal[name]`; a table and no function, as every header that is written is looked up here.
normal = _NormalNames()
_beginnings = _LineBeginnings()


class Headers:
    """Headers of the request or of the response: the snapshot's bytes and what was written since."""

    __slots__ = ("_folded", "_raw", "_written")

    def __init__(self, raw: bytes, written: Overlay) -> None:
        """`written`: filled by whoever writes, here and elsewhere."""
        self._raw = raw
        # one byte longer: the first line has a line feed before it, too
        self._folded = (b"\n" + raw).translate(_FOLD)
        self._written = written

    def first(self, name: str) -> str | None:
        """The first value of a header; None if there is none."""
        if self._written:
            written = self._written.get(normal[name])
            if written is not None:
                return written[0] if written else None
        beginning = _beginnings[name]
        at = self._folded.find(beginning)
        if at < 0:
            return None
        # `_value`, without the call
        raw = self._raw
        at += len(beginning) - 1
        end = raw.find(b"\r", at)
        if raw[at : at + 1] == b" ":
            at += 1
        return raw[at:end].decode("utf-8", "surrogateescape")

    def every(self, name: str) -> list[str]:
        """All values of a header, in order."""
        if self._written:
            written = self._written.get(normal[name])
            if written is not None:
                return written
        beginning, folded = _beginnings[name], self._folded
        values: list[str] = []
        at = folded.find(beginning)
        while at >= 0:
            at += len(beginning) - 1
            values.append(self._value(at))
            at = folded.find(beginning, at)
        return values

    def _value(self, at: int) -> str:
        """What stands in the line behind its colon."""
        raw = self._raw
        end = raw.find(b"\r", at)
        if raw[at : at + 1] == b" ":
            at += 1
        return raw[at:end].decode("utf-8", "surrogateescape")

    def table(self) -> dict[str, list[str]] | None:
        """All headers, names in lower case; None where there are more than `HEADERS_MAX`."""
        lines = _LINE.findall(self._raw)
        if len(lines) > HEADERS_MAX:
            return None
        table: dict[str, list[str]] = {}
        for name, value in lines:
            table.setdefault(text_of(name).lower(), []).append(text_of(value))
        overlay = self._written
        if not overlay:
            return table
        kept = {name: values for name, values in table.items() if normal[name] not in overlay}
        kept.update((name, list(values)) for name, values in overlay.items() if values)
        return kept if sum(map(len, kept.values())) <= HEADERS_MAX else None

    def set(self, name: str, value: str) -> None:
        """All values of a header become this one."""
        self._written[normal[name]] = [value]

    def add(self, name: str, value: str) -> None:
        """One value more, after the others."""
        self._written[normal[name]] = [*self.every(name), value]

    def clear(self, name: str) -> None:
        """No value any more."""
        self._written[normal[name]] = []
