"""`kong.response`: what the client gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Union

from .. import phases, staleness, writes
from ..errors import HandlerEnded, PdkError
from ..writes import header_write
from .namespace import MultiMap, Namespace, as_bytes, asks, multimap

_SET_HEADER = writes.RESPONSE_SET_HEADER
#: A value of a header that is set.
HeaderValue = Union[str, int, float, bool, Sequence[str]]
#: Headers that are set together.
HeaderTable = Mapping[str, HeaderValue]

#: `Event.Source` -> what `get_source` gives.
_SOURCES = {1: "service", 2: "exit", 3: "error"}


class Response(Namespace):
    """Readers: response, header_filter, body_filter, log. Writers: rewrite, access, response, header_filter."""

    __slots__ = ()

    def _is_here(self) -> bool:
        e = self._e
        return bool(e.phase & phases.WITH_RESPONSE) and e.message.status != 0

    @asks
    def get_status(self) -> int:
        """The status, as the client will get it."""
        e = self._e
        if self._is_here() and not e.stale & staleness.STATUS:
            return e.status or e.message.status
        return e.ask("kong.response.get_status")

    @asks
    def get_header(self, name: str) -> str | None:
        """The first value of a header; None if there is none."""
        e = self._e
        if self._is_here() and type(name) is str and not e.stale & staleness.RESPONSE_HEADERS:
            value = e.response_headers().first(name)
            if value != "" or e.phase != phases.RESPONSE:
                return value
            # Kong's buffered proxying makes a space of a header without a value, so the gateway is asked
        return e.ask("kong.response.get_header", name)

    @asks
    def get_headers(self, max_headers: int | None = None) -> MultiMap:
        """All headers, names in lower case. `max_headers`: 1 to 1000, 100 by default."""
        e = self._e
        if self._is_here() and max_headers is None and not e.stale & staleness.RESPONSE_HEADERS:
            table = e.response_headers().table()
            if table is not None and not (e.phase == phases.RESPONSE and _has_empty(table)):
                return table
        return e.ask("kong.response.get_headers", max_headers, convert=multimap)

    @asks
    def get_source(self) -> str:
        """Who made the response: `"service"`, `"exit"` (a plugin) or `"error"` (the gateway)."""
        e = self._e
        known = _SOURCES.get(e.message.source) if self._is_here() else None
        return known or e.ask("kong.response.get_source")

    def set_status(self, status: int) -> None:
        """The status: 100 to 599."""
        e = self._e
        short = writes.status_write(status)
        if short is None:
            e.write("kong.response.set_status", status)
            return
        e.check()
        e.writes.append(short)
        e.status = status

    def set_header(self, name: str, value: HeaderValue) -> None:
        """Let the header have this value (or these), and no other."""
        e = self._e
        if e.is_over or e.is_exited:
            e.check()
        short = header_write(_SET_HEADER, name, value)
        if short is None:
            e.write("kong.response.set_header", name, value)
            return
        e.writes.append(short)
        if e.phase & phases.WITH_RESPONSE and e.message.status:
            e.response_headers().set(name, str(value))

    def add_header(self, name: str, value: HeaderValue) -> None:
        """Let the header have this value as well."""
        e = self._e
        e.check()
        short = header_write(writes.RESPONSE_ADD_HEADER, name, value)
        if short is None:
            e.write("kong.response.add_header", name, value)
            return
        e.writes.append(short)
        if e.message.status:
            e.response_headers().add(name, str(value))

    def clear_header(self, name: str) -> None:
        """Take the header away."""
        e = self._e
        short = writes.clear_write(writes.RESPONSE_CLEAR_HEADER, name)
        if short is None:
            e.write("kong.response.clear_header", name)
            return
        e.check()
        e.writes.append(short)
        if e.message.status:
            e.response_headers().clear(name)

    def set_headers(self, headers: HeaderTable) -> None:
        """As `set_header`, for several."""
        self._e.write("kong.response.set_headers", headers)

    @asks
    def get_raw_body(self) -> bytes | None:
        """The response's body. body_filter: None until its end has come, then all of it.

        body_filter keeps the chunks until then, at most `RAW_BODY_BYTES_MAX`; `get_chunk` keeps nothing.
        """
        e = self._e
        if e.body is not None:
            return e.body.whole()
        return e.ask("kong.response.get_raw_body", convert=as_bytes)

    def set_raw_body(self, body: str | bytes) -> None:
        """Let the response's body be this. body_filter, with the last chunk."""
        e = self._e
        if e.body is None:
            e.write("kong.response.set_raw_body", body)
        else:
            e.body.replace(as_bytes(body))

    def get_chunk(self) -> bytes:
        """The piece of the body that is on its way now. body_filter."""
        return self._body().chunk

    def is_last_chunk(self) -> bool:
        """Is it the end of the body? The last chunk may be empty. body_filter."""
        return self._body().is_last

    def set_chunk(self, chunk: str | bytes | None) -> None:
        """What goes on in its place; None or nothing: it is swallowed. body_filter."""
        self._body().set_chunk(as_bytes(chunk) or b"")

    def _body(self) -> Any:
        body = self._e.body
        if body is None:
            raise PdkError("chunks of the response are there in body_filter alone")
        return body

    def exit(
        self,
        status: int,
        body: str | bytes | Mapping[str, Any] | None = None,
        headers: HeaderTable | None = None,
    ) -> NoReturn:
        """Answer the request now. The handler ends here: this does not return.

        A table as body is sent as JSON. rewrite, access, response, header_filter (there without a body).
        """
        self._e.finish("kong.response.exit", status, body, headers)
        raise HandlerEnded("exit")

    def error(
        self,
        status: int,
        message: str | Mapping[str, Any] | None = None,
        headers: HeaderTable | None = None,
    ) -> NoReturn:
        """Answer with the gateway's error page, in the format that the client accepts. Does not return."""
        self._e.finish("kong.response.error", status, message, headers)
        raise HandlerEnded("error")


def _has_empty(table: MultiMap) -> bool:
    return any("" in values for values in table.values())
