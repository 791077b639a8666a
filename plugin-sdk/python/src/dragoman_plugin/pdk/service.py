"""`kong.service`, `kong.service.request` and `kong.service.response`: the Service behind the gateway.

Setters are recorded and done by the gateway when the handler ends or asks for something, in their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union

from .. import phases, staleness, writes
from ..event import Event
from ..headers import normal
from ..writes import header_write
from .namespace import MultiMap, Namespace, as_bytes, asks, multimap
from .response import HeaderTable, HeaderValue

_SET_HEADER = writes.SERVICE_REQUEST_SET_HEADER
_QueryValue = Union[str, int, float, bool]


class ServiceRequest(Namespace):
    """`kong.service.request`: the request that goes to the Service. rewrite, access."""

    __slots__ = ()

    def enable_buffering(self) -> None:
        """Hold the response until all of it is here, so that `kong.service.response.get_raw_body` can be read."""
        self._e.write("kong.service.request.enable_buffering")

    def set_scheme(self, scheme: str) -> None:
        """`"http"` or `"https"`."""
        self._e.write("kong.service.request.set_scheme", scheme)

    def set_path(self, path: str) -> None:
        """The path, beginning with `/`, without query."""
        self._e.write("kong.service.request.set_path", path)

    def set_raw_query(self, query: str) -> None:
        """The query, without `?`, sent as it is."""
        self._e.write("kong.service.request.set_raw_query", query)

    def set_method(self, method: str) -> None:
        """The method, in upper case."""
        self._e.write("kong.service.request.set_method", method)

    def set_query(self, args: Mapping[str, _QueryValue | Sequence[_QueryValue]]) -> None:
        """The query as names and values; True: a name without `=`."""
        self._e.write("kong.service.request.set_query", args)

    def clear_query_arg(self, name: str) -> None:
        """Take all values of an argument away."""
        self._e.write("kong.service.request.clear_query_arg", name)

    def set_header(self, header: str, value: HeaderValue) -> None:
        """Let the header have this value (or these), and no other."""
        e = self._e
        # what Event.check does, without the call: plugins set headers more than anything else
        if e.is_over or e.is_exited:
            e.check()
        short = header_write(_SET_HEADER, header, value)
        if short is None:
            e.write("kong.service.request.set_header", header, value)
            return
        e.writes.append(short)
        name = normal[header]
        e.request_written[name] = [value]  # type: ignore[list-item]
        if name == "host":
            e.stale |= staleness.HOST

    def add_header(self, header: str, value: HeaderValue) -> None:
        """Let the header have this value as well."""
        e = self._e
        e.check()
        short = header_write(writes.SERVICE_REQUEST_ADD_HEADER, header, value)
        if short is None:
            e.write("kong.service.request.add_header", header, value)
            return
        e.writes.append(short)
        e.request_headers().add(header, str(value))
        if normal[header] == "host":
            e.stale |= staleness.HOST

    def clear_header(self, header: str) -> None:
        """Take the header away."""
        e = self._e
        short = writes.clear_write(writes.SERVICE_REQUEST_CLEAR_HEADER, header)
        if short is None:
            e.write("kong.service.request.clear_header", header)
            return
        e.check()
        e.writes.append(short)
        e.request_headers().clear(header)

    def set_headers(self, headers: HeaderTable) -> None:
        """As `set_header`, for several."""
        self._e.write("kong.service.request.set_headers", headers)

    def set_raw_body(self, body: str | bytes) -> None:
        """The body, sent as it is."""
        self._e.write("kong.service.request.set_raw_body", body)

    @asks
    def set_body(self, args: Mapping[str, Any], mime: str | None = None) -> Literal[True]:
        """The body as a table, encoded by `mime` or by the request's Content-Type. Asks the gateway.

        Raises `PdkError` for a type that cannot be encoded.
        """
        return self._e.ask("kong.service.request.set_body", args, mime)

    @asks
    def enable_tls(self) -> Literal[True] | None:
        """Speak TLS to the Service. preread. Asks the gateway."""
        return self._e.ask("kong.service.request.enable_tls")


class ServiceResponse(Namespace):
    """`kong.service.response`: what the Service answered. response, header_filter, body_filter, log."""

    __slots__ = ()

    @asks
    def get_status(self) -> int | None:
        """The Service's status, whatever plugins made of it; None if it gave none."""
        e = self._e
        known = e.message.service_status if e.phase & phases.WITH_RESPONSE else 0
        return known or e.ask("kong.service.response.get_status")

    @asks
    def get_headers(self, max_headers: int | None = None) -> MultiMap:
        """The Service's headers, names in lower case. Asks the gateway."""
        return self._e.ask("kong.service.response.get_headers", max_headers, convert=multimap)

    @asks
    def get_header(self, name: str) -> str | None:
        """The first value of a header of the Service. Asks the gateway."""
        return self._e.ask("kong.service.response.get_header", name)

    @asks
    def get_raw_body(self) -> bytes:
        """The Service's body; in response, or where buffering was enabled."""
        e = self._e
        here = e.phase == phases.RESPONSE and not e.stale & staleness.RESPONSE_BODY
        if here and e.message.response_body_state == 2:
            return e.message.response_body
        return e.ask("kong.service.response.get_raw_body", convert=as_bytes)

    @asks
    def get_body(self, mimetype: str | None = None, max_args: int | None = None) -> Any:
        """The Service's body decoded by its type. Asks the gateway; raises `PdkError` where it does not fit."""
        return self._e.ask("kong.service.response.get_body", mimetype, max_args)


class Service(Namespace):
    """`kong.service`: where the request goes, and how."""

    __slots__ = ("request",)

    #: `kong.service.request`
    request: ServiceRequest

    def __init__(self, event: Event) -> None:
        self._e = event
        self.request = ServiceRequest(event)

    @property
    def response(self) -> ServiceResponse:
        """`kong.service.response`"""
        return ServiceResponse(self._e)

    @asks
    def set_upstream(self, host: str) -> Literal[True]:
        """Send the request to this Upstream. access. Asks the gateway; raises `PdkError` if there is none."""
        return self._e.ask("kong.service.set_upstream", host)

    def set_target(self, host: str, port: int) -> None:
        """Send the request to this host and port (0 to 65535). rewrite, access, preread."""
        self._e.write("kong.service.set_target", host, port)

    def set_retries(self, retries: int) -> None:
        """How often another target is tried: 0 to 32767. access."""
        self._e.write("kong.service.set_retries", retries)

    def set_timeouts(self, connect_timeout: int, write_timeout: int, read_timeout: int) -> None:
        """In milliseconds: 1 to 2147483646. access."""
        self._e.write("kong.service.set_timeouts", connect_timeout, write_timeout, read_timeout)

    @asks
    def set_tls_verify(self, on: bool) -> Literal[True]:
        """Check the Service's certificate? rewrite, access, preread. Asks the gateway."""
        return self._e.ask("kong.service.set_tls_verify", on)

    @asks
    def set_tls_verify_depth(self, depth: int) -> Literal[True]:
        """Certificates between the Service's and the authority. rewrite, access, preread. Asks the gateway."""
        return self._e.ask("kong.service.set_tls_verify_depth", depth)
