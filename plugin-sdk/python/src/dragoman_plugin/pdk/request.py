"""`kong.request`: the request as the client sent it, with what plugins changed since.

Nearly all of it is answered from the snapshot that came with the event.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from .. import phases, staleness
from ..errors import PdkError
from .namespace import MultiMap, Namespace, QueryArgs, as_bytes, asks, multimap

#: More arguments than this are not read here: Kong's functions stop at this number unless told otherwise.
QUERY_ARGS_MAX = 100

_HEADERS = staleness.REQUEST_HEADERS
#: Paths that normalising would not change.
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9\-_~]+(?:\.[A-Za-z0-9\-_~]+)*)*/?")
_HTTP_VERSIONS: dict[int, int | float] = {10: 1, 11: 1.1, 20: 2, 30: 3}
_BODY_NONE, _BODY_HERE = 1, 2


class Request(Namespace):
    """Phases, where nothing else is said: rewrite, access, response, header_filter, body_filter, log."""

    __slots__ = ()

    @asks
    def get_scheme(self) -> str:
        """`"http"` or `"https"`, of the connection that the request came on."""
        e = self._e
        return e.message.scheme if e.has_request else e.ask("kong.request.get_scheme")

    @asks
    def get_host(self) -> str:
        """The host that the request is for, in lower case, without port."""
        e = self._e
        if e.has_request and not e.stale & staleness.HOST:
            return e.message.host.decode("utf-8", "surrogateescape")
        return e.ask("kong.request.get_host")

    @asks
    def get_port(self) -> int:
        """The port that the request came in on. Any phase but init_worker."""
        e = self._e
        return e.message.port if e.has_request else e.ask("kong.request.get_port")

    @asks
    def get_forwarded_scheme(self) -> str:
        """As `get_scheme`, or what X-Forwarded-Proto says if the client is trusted."""
        e = self._e
        if not e.has_request:
            return e.ask("kong.request.get_forwarded_scheme")
        return e.message.forwarded_scheme or e.message.scheme

    @asks
    def get_forwarded_host(self) -> str:
        """As `get_host`, or what X-Forwarded-Host says if the client is trusted."""
        e = self._e
        if not e.has_request or e.stale & staleness.HOST:
            return e.ask("kong.request.get_forwarded_host")
        return (e.message.forwarded_host or e.message.host).decode("utf-8", "surrogateescape")

    @asks
    def get_forwarded_port(self) -> int:
        """As `get_port`, or what X-Forwarded-Port says if the client is trusted."""
        e = self._e
        if not e.has_request:
            return e.ask("kong.request.get_forwarded_port")
        return e.message.forwarded_request_port or e.message.port

    @asks
    def get_forwarded_path(self) -> str:
        """As `get_path`, or what X-Forwarded-Path says if the client is trusted. Asks the gateway."""
        return self._e.ask("kong.request.get_forwarded_path")

    @asks
    def get_forwarded_prefix(self) -> str | None:
        """The part of the path that the route took away, or what X-Forwarded-Prefix says. Asks the gateway."""
        return self._e.ask("kong.request.get_forwarded_prefix")

    @asks
    def get_http_version(self) -> int | float:
        """`1`, `1.1` or `2`."""
        e = self._e
        known = _HTTP_VERSIONS.get(e.message.http_version) if e.has_request else None
        return e.ask("kong.request.get_http_version") if known is None else known

    @asks
    def get_method(self) -> str:
        """The method, in upper case."""
        e = self._e
        if e.has_request and not e.stale & staleness.METHOD:
            return e.message.method
        return e.ask("kong.request.get_method")

    @asks
    def get_path(self) -> str:
        """The path, normalised, without query."""
        e = self._e
        if e.has_request:
            path = self._target().partition("?")[0]
            if _PLAIN_PATH.fullmatch(path):
                return path
        return e.ask("kong.request.get_path")

    @asks
    def get_raw_path(self) -> str:
        """The path as received, without query."""
        if self._e.has_request:
            return self._target().partition("?")[0]
        return self._e.ask("kong.request.get_raw_path")

    @asks
    def get_path_with_query(self) -> str:
        """Path and query as received."""
        e = self._e
        if e.has_request and not e.stale & staleness.QUERY:
            return self._target()
        return e.ask("kong.request.get_path_with_query")

    @asks
    def get_raw_query(self) -> str:
        """The query as received, without `?`; `""` if there is none."""
        e = self._e
        if e.has_request and not e.stale & staleness.QUERY:
            return self._target().partition("?")[2]
        return e.ask("kong.request.get_raw_query")

    @asks
    def get_query_arg(self, name: str) -> str | Literal[True] | None:
        """The first value of an argument, decoded; True where it has no `=`, None where it is not there."""
        args = self._plain_args() if type(name) is str else None
        if args is None:
            return self._e.ask("kong.request.get_query_arg", name)
        values = args.get(name)
        return values[0] if values else None

    @asks
    def get_query(self, max_args: int | None = None) -> QueryArgs:
        """All arguments with their values; one without `=` has an empty list.

        `max_args`: 1 to 1000, 100 by default; arguments after that many are left out.
        """
        args = self._plain_args() if max_args is None else None
        if args is None:
            return self._e.ask("kong.request.get_query", max_args, convert=multimap)
        return {name: _values(values) for name, values in args.items()}

    @asks
    def get_header(self, name: str) -> str | None:
        """The first value of a header, whatever case `name` is in; None if there is none."""
        e = self._e
        if e.has_request and not e.stale & _HEADERS and type(name) is str:
            return (e.request_lines or e.request_headers()).first(name)
        return e.ask("kong.request.get_header", name)

    @asks
    def get_headers(self, max_headers: int | None = None) -> MultiMap:
        """All headers, names in lower case. `max_headers`: 1 to 1000, 100 by default."""
        e = self._e
        if e.has_request and max_headers is None and not e.stale & staleness.REQUEST_HEADERS:
            table = e.request_headers().table()
            if table is not None:
                return table
        return e.ask("kong.request.get_headers", max_headers, convert=multimap)

    @asks
    def get_raw_body(self, max_allowed_file_size: int | None = None) -> bytes | None:
        """The body; `b""` if there is none. rewrite, access, response.

        `max_allowed_file_size`: bytes; a longer body gives an error; 0: no limit.
        """
        e = self._e
        readable = e.phase & phases.WITH_REQUEST_BODY and not e.stale & staleness.REQUEST_BODY
        if readable and max_allowed_file_size is None:
            if e.message.body_state == _BODY_NONE:
                return b""
            if e.message.body_state == _BODY_HERE:
                return e.message.body
        return e.ask("kong.request.get_raw_body", max_allowed_file_size, convert=as_bytes)

    @asks
    def get_body(
        self,
        mimetype: str | None = None,
        max_args: int | None = None,
        max_allowed_file_size: int | None = None,
    ) -> Any:
        """The body decoded by its type: form, JSON or multipart. rewrite, access, response. Asks the gateway.

        Raises `PdkError` for another type or a body that does not fit it.
        """
        return self._e.ask("kong.request.get_body", mimetype, max_args, max_allowed_file_size)

    @asks
    def get_start_time(self) -> int:
        """When the request came, in milliseconds of the epoch."""
        e = self._e
        return e.message.start_ms if e.has_request else e.ask("kong.request.get_start_time")

    @asks
    def get_uri_captures(self) -> dict[str, Any]:
        """What the route's path captured: `{"unnamed": {0: whole, 1: ...}, "named": {}}`. Asks the gateway."""
        return self._e.ask("kong.request.get_uri_captures", convert=_captures)

    def get_id(self) -> str:
        """The request's id: 32 hexadecimal characters, as in the gateway's log and X-Kong-Request-Id.

        This SDK's own: Kong's PDK has no such function. Raises `PdkError` in init_worker, configure and certificate.
        """
        if not self._e.has_request:
            raise PdkError("an event without a request has no id")
        return self._e.message.id

    def _target(self) -> str:
        return self._e.message.target.decode("utf-8", "surrogateescape")

    def _plain_args(self) -> dict[str, list[Any]] | None:
        """Arguments of a query that needs no decoding; None: ask."""
        e = self._e
        if not e.has_request or e.stale & staleness.QUERY:
            return None
        query = self._target().partition("?")[2]
        if "%" in query or "+" in query or query.count("&") >= QUERY_ARGS_MAX:
            return None
        args: dict[str, list[Any]] = {}
        for part in query.split("&") if query else ():
            name, equals, value = part.partition("=")
            if not name:
                return None
            args.setdefault(name, []).append(value if equals else True)
        return args


def _values(values: list[Any]) -> list[Any]:
    return [] if values == [True] else values


def _captures(value: Any) -> Any:
    """Unnamed captures by number, without holes, as Kong's SDK for Python gives them."""
    if not isinstance(value, dict):
        return value
    unnamed = value.get("unnamed")
    if isinstance(unnamed, list):
        pairs = list(enumerate(unnamed))
    else:
        pairs = [(int(key), text) for key, text in (unnamed or {}).items()]
    return {
        "unnamed": {number: text for number, text in pairs if text is not None},
        "named": value.get("named") or {},
    }
