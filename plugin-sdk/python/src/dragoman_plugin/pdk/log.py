"""`kong.log`: lines in the gateway's log, and the entry that logging plugins write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .namespace import Namespace, asks


def _line(parts: tuple[Any, ...]) -> str:
    """Parts are written one after the other, as Kong does; True and None as Lua writes them."""
    if len(parts) == 1 and type(parts[0]) is str:
        return parts[0]
    return "".join(map(_part, parts))


def _part(part: Any) -> str:
    if isinstance(part, bytes):
        return part.decode("utf-8", "replace")
    if isinstance(part, bool):
        return "true" if part else "false"
    return "nil" if part is None else str(part)


class Log(Namespace):
    """Lines carry the request's id and the plugin's name. `kong.log(...)` is level notice. Any phase."""

    __slots__ = ()

    def _write(self, level: str, parts: tuple[Any, ...]) -> None:
        e = self._e
        e.check()
        if not parts or any(isinstance(part, (dict, list, tuple)) for part in parts):
            # the gateway writes tables, and refuses a line of nothing
            e.write(f"kong.log.{level}", *parts)
        else:
            e.channel.log(e, level, _line(parts))

    def __call__(self, *parts: Any) -> None:
        """A line at level notice."""
        self._write("notice", parts)

    def emerg(self, *parts: Any) -> None:
        """A line at level emerg."""
        self._write("emerg", parts)

    def alert(self, *parts: Any) -> None:
        """A line at level alert."""
        self._write("alert", parts)

    def crit(self, *parts: Any) -> None:
        """A line at level crit."""
        self._write("crit", parts)

    def err(self, *parts: Any) -> None:
        """A line at level err."""
        self._write("err", parts)

    def warn(self, *parts: Any) -> None:
        """A line at level warn."""
        self._write("warn", parts)

    def notice(self, *parts: Any) -> None:
        """A line at level notice."""
        self._write("notice", parts)

    def info(self, *parts: Any) -> None:
        """A line at level info."""
        self._write("info", parts)

    def debug(self, *parts: Any) -> None:
        """A line at level debug."""
        self._write("debug", parts)

    def inspect(self, *parts: Any) -> None:
        """Values, set apart by a space, at level notice."""
        self._e.write("kong.log.inspect", *parts)

    def deprecation(self, *parts: Any) -> None:
        """A line about something that will go away; the last part may be `{"after", "removal", "trace"}`."""
        self._e.write("kong.log.deprecation", *parts)

    def set_serialize_value(
        self, key: str, value: Any, options: Mapping[str, Any] | None = None
    ) -> None:
        """Put a value into the log entry, at a path with dots. Any phase of a request.

        `options`: `{"mode": "set" | "add" | "replace"}`. None as value takes it away.
        """
        self._e.write("kong.log.set_serialize_value", key, value, options)

    @asks
    def serialize(self, options: Mapping[str, Any] | None = None) -> str:
        """The request's log entry as JSON text. log. Asks the gateway."""
        return self._e.ask("kong.log.serialize", options)
