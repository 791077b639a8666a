"""The harness: runs a plugin's handlers over the model, by the same bytes that a gateway would send and get."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .. import phases, wire
from ..event import Event
from ..facts import Facts
from ..lineup import Lineup
from ..pdk import NAMESPACES, Service
from ..plugin import plugin_of
from ..runner import Run
from .model import HeaderInput, HeaderMap, Model, ServiceAnswer, UpstreamRequest
from .passage import Answer, Passage


class Harness:
    """One plugin with one configuration. Requests share the instance, as behind a gateway."""

    def __init__(self, target: Any, config: Mapping[str, Any] | None = None) -> None:
        self.plugin = plugin_of(target)
        self.instance = self.plugin.start(1, json.dumps(dict(config or {})).encode())
        self.started = wire.Started.FromString(self.instance.started())
        self._answers: dict[str, Any] = {}
        self.facts = Facts()
        self.facts.gateway = wire.Hello(
            node_id="00000000-0000-4000-8000-000000000001",
            hostname="localhost",
            kong_version="3.9.1",
            kong_version_num=3009001,
        )

    def on(self, name: str, answer: Any) -> Harness:
        """What a function that asks the gateway gives, by its wire name: a value, or a function of its arguments."""
        self._answers[name] = answer
        return self

    def request(
        self,
        method: str = "GET",
        target: str = "/",
        headers: HeaderInput = None,
        body: bytes | str = b"",
        *,
        answer: ServiceAnswer | None = None,
        client_ip: str = "127.0.0.1",
        route: Mapping[str, Any] | None = None,
        service: Mapping[str, Any] | None = None,
        consumer: Mapping[str, Any] | None = None,
        credential: Mapping[str, Any] | None = None,
        shared: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Send a request through all handlers.

        answer: what the Service answers, 200 without body by default
        Raises what a handler raises, and `AssertionError` where it asked what nobody answers.
        """
        path, _, query = target.partition("?")
        data = body.encode() if isinstance(body, str) else body
        sent = HeaderMap({"host": "localhost:8000", **(headers or {})})
        model = Model(
            request=UpstreamRequest(method, path, query, sent, data),
            target=target,
            client_ip=client_ip,
            route=_copy(route, {"id": "route-1", "name": "route"}),
            service=_copy(service, {"id": "service-1", "name": "service"}),
            consumer=_copy(consumer),
            credential=_copy(credential),
            shared=dict(shared or {}),
        )
        return Passage(self, model).go(answer or ServiceAnswer())

    def init_worker(self) -> None:
        """Run the handler of that name."""
        self._run_of_plugin(phases.INIT_WORKER, [])

    def configure(self) -> None:
        """Run the handler of that name, with this configuration as the only one."""
        self._run_of_plugin(phases.CONFIGURE, [self.instance])

    def _run_of_plugin(self, phase: int, instances: list[Any]) -> None:
        model = Model(UpstreamRequest("", "", "", HeaderMap(), b""), "", "", None, None, None, None)
        passage = Passage(self, model)
        message = wire.Event(phase=phase, plugin=self.plugin.name)
        passage.run(
            Run(
                Event(message, 1, passage, self.facts, phase),
                Lineup(phase, instances, self.plugin),
            )
        )

    def answer_to(self, name: str, args: list[Any], model: Model, phase: int) -> Any:
        """The answer to a Call; `LookupError` if there is none."""
        if name in self._answers:
            answer = self._answers[name]
            return answer(*args) if callable(answer) else answer
        function = _function(
            Event(wire.Event(**model.snapshot(phase, [1])), 0, _NoChannel(), self.facts, phase),
            name,
        )
        return function(*args)


class _NoChannel:
    """For reads over a fresh snapshot: what it does not have has no answer."""

    def call(self, event: Event, message: bytes) -> Any:
        raise LookupError

    def log(self, event: Event, level: str, text: str) -> None:
        raise LookupError


def _copy(
    entity: Mapping[str, Any] | None, usual: dict[str, Any] | None = None
) -> dict[str, Any] | None:
    return dict(entity) if entity is not None else usual


def _function(event: Event, name: str) -> Callable[..., Any]:
    """A function of the SDK by its wire name; `LookupError` if it has none of that name."""
    _, first, *rest = name.split(".")
    kind = NAMESPACES.get(first)
    if kind is None:
        raise LookupError(name)
    target: Any = kind(event)
    for part in rest[:-1]:
        target = (
            getattr(target, part, None)
            if isinstance(target, Service) or part in ("shared", "tls")
            else None
        )
    function = getattr(target, rest[-1], None) if rest else None
    if function is None or not getattr(function, "__asks__", False):
        raise LookupError(name)
    return function
