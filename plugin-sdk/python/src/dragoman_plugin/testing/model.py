"""A model of the gateway, for the harness: one request, its response, and what PDK functions make of them.

It knows the functions that the SDK reads and writes itself; what a plugin asks beyond that is answered by the
test (`Harness.on`). Reads go through the SDK's own functions over a fresh snapshot, so there is one meaning of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Union
from urllib.parse import urlencode

from .. import phases
from ..values import bytes_of

HeaderInput = Union[Mapping[str, Union[str, list[str]]], None]


class HeaderMap(MutableMapping[str, str]):
    """Headers by name, in any case; a value is the first of its name, `all` gives every one."""

    def __init__(self, given: HeaderInput = None) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in (given or {}).items():
            self.replace(name, value)

    def all(self, name: str) -> list[str]:
        """All values of a header, in order."""
        return list(self._values.get(name.lower(), ()))

    def replace(self, name: str, value: Any) -> None:
        """Let the header have this value, or these."""
        self._values[name.lower()] = (
            list(map(_text, value)) if isinstance(value, list) else [_text(value)]
        )

    def add(self, name: str, value: Any) -> None:
        """Let the header have this value as well."""
        self._values.setdefault(name.lower(), []).extend(
            map(_text, value) if isinstance(value, list) else [_text(value)]
        )

    def lines(self) -> bytes:
        """As they stand on the wire."""
        return b"".join(
            bytes_of(f"{name}: {value}\r\n")
            for name, values in self._values.items()
            for value in values
        )

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()][0]

    def __setitem__(self, name: str, value: str) -> None:
        self.replace(name, value)

    def __delitem__(self, name: str) -> None:
        del self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


@dataclass
class UpstreamRequest:
    """The request that goes to the Service."""

    method: str
    path: str
    query: str
    headers: HeaderMap
    body: bytes
    scheme: str = "http"
    #: Host and port, where a plugin chose them.
    target: tuple[str, int] | None = None


@dataclass
class ServiceAnswer:
    """What the Service answers."""

    status: int = 200
    headers: Mapping[str, str | list[str]] = field(default_factory=dict)
    body: bytes = b""
    #: Pieces in which `body_filter` gets the body; `body` in one piece by default.
    chunks: list[bytes] | None = None


@dataclass
class Model:
    """The state of a request."""

    request: UpstreamRequest
    #: Path and query as the client sent them.
    target: str
    client_ip: str
    route: dict[str, Any] | None
    service: dict[str, Any] | None
    consumer: dict[str, Any] | None
    credential: dict[str, Any] | None
    status: int = 0
    headers: HeaderMap = field(default_factory=HeaderMap)
    body: bytes = b""
    #: `service`, `exit` or `error`.
    source: str = ""
    service_answer: ServiceAnswer | None = None
    shared: dict[str, Any] = field(default_factory=dict)
    serialize_values: dict[str, Any] = field(default_factory=dict)
    #: Calls without a meaning here, in order: name and arguments.
    other: list[tuple[str, list[Any]]] = field(default_factory=list)

    def write(self, name: str, args: list[Any]) -> None:
        """Do a PDK function whose result is not needed."""
        function = _WRITES.get(name)
        if function is None:
            self.other.append((name, args))
        else:
            function(self, *args)

    def snapshot(self, phase: int, instances: list[int]) -> dict[str, Any]:
        """The fields of an Event, as of now."""
        host, _, port = self.request.headers.get("host", "localhost:8000").partition(":")
        fields: dict[str, Any] = {
            "phase": phase,
            "instances": instances,
            "request": 1,
            "id": "0" * 31 + "1",
            "method": self.request.method,
            "target": bytes_of(self.target),
            "http_version": 11,
            "scheme": "http",
            "host": bytes_of(host.lower()),
            "port": int(port or 80),
            "headers": self.request.headers.lines(),
            "client_ip": self.client_ip,
            "client_port": 40000,
            "forwarded_ip": self.client_ip,
            "forwarded_port": 40000,
            "start_ms": 1_700_000_000_000,
            "body_state": 2,
            "body": self.request.body,
            "shared": json.dumps(self.shared).encode() if self.shared else b"",
        }
        for number, name in enumerate(ENTITIES, 1):
            fields[name] = number if getattr(self, name) else 0
        if self.status and phase & phases.WITH_RESPONSE:
            fields |= self._response_fields()
        return fields

    def _response_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "status": self.status,
            "response_headers": self.headers.lines(),
            "source": {"service": 1, "exit": 2, "error": 3}[self.source],
        }
        if self.service_answer is not None:
            fields["service_status"] = self.service_answer.status
            fields["response_body_state"] = 2
            fields["response_body"] = self.service_answer.body
        return fields


#: Entities of a request; the number of each is its place here.
ENTITIES = ("route", "service", "consumer", "credential")


def _answer(source: str) -> Callable[..., None]:
    def answer(model: Model, status: int, body: Any = None, headers: Any = None) -> None:
        model.status, model.source, model.service_answer = status, source, None
        if isinstance(body, dict) or (source == "error" and isinstance(body, str)):
            table = body if isinstance(body, dict) else {"message": body}
            model.headers.replace("content-type", "application/json")
            body = json.dumps(table, separators=(",", ":"))
        model.body = body if isinstance(body, bytes) else (body or "").encode()
        for name, value in (headers or {}).items():
            model.headers.replace(name, value)

    return answer


def _set_headers(headers: HeaderMap, table: Mapping[str, Any]) -> None:
    for name, value in table.items():
        headers.replace(name, value)


def _set_query(model: Model, args: Mapping[str, Any]) -> None:
    model.request.query = urlencode(sorted(args.items()), doseq=True)


def _set(attribute: str) -> Callable[..., None]:
    return lambda model, value: setattr(model.request, attribute, value)


def _set_body(model: Model, body: Any) -> None:
    model.request.body = body if isinstance(body, bytes) else body.encode()


def _set_target(model: Model, host: str, port: int) -> None:
    model.request.target = (host, port)


def _authenticate(model: Model, consumer: Any = None, credential: Any = None) -> None:
    model.consumer, model.credential = consumer, credential


def _set_shared(model: Model, key: str, value: Any = None) -> None:
    model.shared[key] = value
    if value is None:
        del model.shared[key]


_WRITES: dict[str, Callable[..., None]] = {
    "kong.service.request.set_header": lambda m, name, value: m.request.headers.replace(
        name, value
    ),
    "kong.service.request.add_header": lambda m, name, value: m.request.headers.add(name, value),
    "kong.service.request.clear_header": lambda m, name: m.request.headers.pop(name, None),
    "kong.service.request.set_headers": lambda m, table: _set_headers(m.request.headers, table),
    "kong.service.request.set_method": _set("method"),
    "kong.service.request.set_scheme": _set("scheme"),
    "kong.service.request.set_path": _set("path"),
    "kong.service.request.set_raw_query": _set("query"),
    "kong.service.request.set_query": _set_query,
    "kong.service.request.set_raw_body": _set_body,
    "kong.service.set_target": _set_target,
    "kong.client.authenticate": _authenticate,
    "kong.ctx.shared.set": _set_shared,
    "kong.log.set_serialize_value": lambda m, key, value=None, *_: m.serialize_values.__setitem__(
        key, value
    ),
    "kong.response.set_header": lambda m, name, value: m.headers.replace(name, value),
    "kong.response.add_header": lambda m, name, value: m.headers.add(name, value),
    "kong.response.clear_header": lambda m, name: m.headers.pop(name, None),
    "kong.response.set_headers": lambda m, table: _set_headers(m.headers, table),
    "kong.response.set_status": lambda m, status: setattr(m, "status", status),
    "kong.response.exit": _answer("exit"),
    "kong.response.error": _answer("error"),
}
