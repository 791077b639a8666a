"""Headers of a snapshot, read where somebody asks, with what the plugin wrote laid over them.

The snapshot holds header lines as they stand on the wire. One header is found by a search through those bytes, which costs
about a microsecond and no table; a table is made only for `get_headers`. Names are compared as nginx does: without case, and
`-` equals `_`.
"""

from __future__ import annotations

import re

from .values import text_of

#: More headers than this are not read here: Kong's functions stop at this number unless told otherwise.
HEADERS_MAX = 100
#: Search patterns that are kept, one for each header name that plugins ask for.
PATTERNS_MAX = 1024

_LINE = re.compile(rb"([^:\r\n]*): ?([^\r\n]*)\r\n")
_patterns: dict[str, re.Pattern[bytes]] = {}

#: Normal name -> values; an empty list: taken away.
Overlay = dict[str, list[str]]


def normal(name: str) -> str:
    """The form in which names are compared."""
    return name.lower().replace("_", "-")


def _pattern(name: str) -> re.Pattern[bytes]:
    escaped = "[-_]".join(re.escape(part) for part in normal(name).split("-"))
    pattern = re.compile(rb"^" + escaped.encode("utf-8") + rb": ?([^\r\n]*)", re.I | re.M)
    if len(_patterns) < PATTERNS_MAX:
        _patterns[name] = pattern
    return pattern


class Headers:
    """Headers of the request or of the response: the snapshot's bytes and what was written since."""

    __slots__ = ("_overlay", "_raw")

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._overlay: Overlay | None = None

    def first(self, name: str) -> str | None:
        """The first value of a header; None if there is none."""
        if self._overlay is not None:
            written = self._overlay.get(normal(name))
            if written is not None:
                return written[0] if written else None
        found = (_patterns.get(name) or _pattern(name)).search(self._raw)
        return None if found is None else text_of(found.group(1))

    def every(self, name: str) -> list[str]:
        """All values of a header, in order."""
        if self._overlay is not None:
            written = self._overlay.get(normal(name))
            if written is not None:
                return written
        return [
            text_of(value) for value in (_patterns.get(name) or _pattern(name)).findall(self._raw)
        ]

    def table(self) -> dict[str, list[str]] | None:
        """All headers, names in lower case; None where there are more than `HEADERS_MAX`."""
        lines = _LINE.findall(self._raw)
        if len(lines) > HEADERS_MAX:
            return None
        table: dict[str, list[str]] = {}
        for name, value in lines:
            table.setdefault(text_of(name).lower(), []).append(text_of(value))
        if self._overlay is None:
            return table
        kept = {name: values for name, values in table.items() if normal(name) not in self._overlay}
        kept.update((name, list(values)) for name, values in self._overlay.items() if values)
        return kept if sum(map(len, kept.values())) <= HEADERS_MAX else None

    def set(self, name: str, value: str) -> None:
        """All values of a header become this one."""
        if self._overlay is None:
            self._overlay = {}
        self._overlay[normal(name)] = [value]

    def add(self, name: str, value: str) -> None:
        """One value more, after the others."""
        values = [*self.every(name), value]
        if self._overlay is None:
            self._overlay = {}
        self._overlay[normal(name)] = values

    def clear(self, name: str) -> None:
        """No value any more."""
        if self._overlay is None:
            self._overlay = {}
        self._overlay[normal(name)] = []
