"""A request on its way through a plugin's handlers, and what came of it: the harness's half that has the state."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import phases, wire, writes
from ..errors import HandlerEnded
from ..event import Event
from ..lineup import Lineup
from ..runner import Run
from ..values import python_of, text_of, value_of
from .model import ENTITIES, HeaderMap, Model, ServiceAnswer, UpstreamRequest

if TYPE_CHECKING:
    from .harness import Harness

#: Handlers before the Service, and after it.
_BEFORE = (phases.REWRITE, phases.ACCESS)

#: Op of a Write -> the function that it is short for.
_SHORT = {
    writes.SERVICE_REQUEST_SET_HEADER: "kong.service.request.set_header",
    writes.SERVICE_REQUEST_ADD_HEADER: "kong.service.request.add_header",
    writes.SERVICE_REQUEST_CLEAR_HEADER: "kong.service.request.clear_header",
    writes.RESPONSE_SET_HEADER: "kong.response.set_header",
    writes.RESPONSE_ADD_HEADER: "kong.response.add_header",
    writes.RESPONSE_CLEAR_HEADER: "kong.response.clear_header",
}


@dataclass(frozen=True)
class LogLine:
    """A line that the plugin wrote."""

    level: str
    text: str


@dataclass
class Answer:
    """What came of a request."""

    #: What the client gets.
    status: int
    headers: HeaderMap
    body: bytes
    #: What went to the Service; None where the plugin answered itself.
    upstream: UpstreamRequest | None
    #: `service`, `exit` or `error`.
    source: str
    #: Lines that the plugin wrote, in order.
    log: list[LogLine] = field(default_factory=list)
    #: Handlers that ran, in order.
    phases: list[str] = field(default_factory=list)
    #: For how long the answer may be used again, in milliseconds; 0: not at all.
    cache_ms: int = 0
    #: `kong.ctx.shared` at the end.
    shared: dict[str, Any] = field(default_factory=dict)
    #: Values of `kong.log.set_serialize_value`.
    serialize_values: dict[str, Any] = field(default_factory=dict)
    #: Other functions that the plugin called, in order: name and arguments.
    calls: list[tuple[str, list[Any]]] = field(default_factory=list)

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Passage:
    """A request on its way through the handlers; the channel of its events."""

    def __init__(self, harness: Harness, model: Model) -> None:
        self._harness = harness
        self._model = model
        self._log: list[LogLine] = []
        self._phases: list[str] = []
        self._cache_ms = 0
        self._unanswered = ""
        self._event: Event | None = None
        for number, name in enumerate(ENTITIES, 1):
            entity = getattr(model, name)
            harness.facts.add_entity(number, json.dumps(entity).encode())

    # ---- the way of a request

    def go(self, answer: ServiceAnswer) -> Answer:
        """From the first handler to the last."""
        model = self._model
        for phase in _BEFORE:
            if not model.status:
                self.phase(phase)
        upstream = None
        if not model.status:
            upstream = model.request
            model.status, model.source, model.service_answer = answer.status, "service", answer
            model.body = answer.body
            written = list(model.headers.items())
            model.headers = HeaderMap(answer.headers)
            for name, value in written:
                model.headers.replace(name, value)
            self.phase(phases.RESPONSE)
        self.phase(phases.HEADER_FILTER)
        self._filter_body(answer.chunks if upstream is not None else None)
        self.phase(phases.LOG)
        self._harness.facts.forget([1])
        return Answer(
            status=model.status,
            headers=model.headers,
            body=model.body,
            upstream=upstream,
            source=model.source,
            log=self._log,
            phases=self._phases,
            cache_ms=self._cache_ms,
            shared=model.shared,
            serialize_values=model.serialize_values,
            calls=model.other,
        )

    def _run_of(self, phase: int) -> Run | None:
        instance = self._harness.instance
        if phase not in instance.handlers:
            return None
        message = wire.Event(**self._model.snapshot(phase, [1]))
        event = Event(message, 1, self, self._harness.facts, phase)
        return Run(event, Lineup(phase, [instance]))

    def phase(self, phase: int) -> None:
        """One handler, if the plugin has it."""
        run = self._run_of(phase)
        if run is not None:
            self.run(run)

    def run(self, run: Run) -> None:
        """Run an event and do what its Done says."""
        self._begin(run)
        if run.lineup.is_async:
            asyncio.run(run.run_async())
        else:
            run.run()
        done = wire.Done.FromString(run.done())
        self._write(done.writes)
        self._cache_ms = done.cache_ms or self._cache_ms
        self._raise_failure(run)

    def _filter_body(self, chunks: list[bytes] | None) -> None:
        run = self._run_of(phases.BODY_FILTER)
        if run is None:
            return
        self._begin(run)
        run.wants_body()
        pieces = chunks or [self._model.body]
        body = b""
        for number, piece in enumerate(pieces, 1):
            run.begin_chunk(piece, number == len(pieces))
            if run.lineup.is_async:
                asyncio.run(run.run_chunk_async())
            else:
                run.run_chunk()
            done = wire.ChunkDone.FromString(run.chunk_done(piece))
            self._write(done.writes)
            self._raise_failure(run)
            body += piece if done.is_unchanged else done.data
        self._model.body = body

    def _begin(self, run: Run) -> None:
        self._event = run.event
        self._phases.append(phases.NAMES[run.event.phase])

    def _raise_failure(self, run: Run) -> None:
        if self._unanswered:
            raise AssertionError(self._unanswered)
        if run.failure:
            raise run.cause or AssertionError(run.failure)

    def _write(self, messages: Any) -> None:
        for write in messages:
            if write.op == writes.RESPONSE_SET_STATUS:
                self._model.write("kong.response.set_status", [write.number])
            elif write.op == writes.CALL:
                self._model.write(text_of(write.name), [python_of(arg) for arg in write.args])
            elif write.op in _SHORT:
                args = [text_of(write.name), text_of(write.value)]
                self._model.write(
                    _SHORT[write.op], args[:1] if "clear" in _SHORT[write.op] else args
                )

    # ---- Channel

    def call(self, event: Event, message: bytes) -> Any:
        """Answer a Call."""
        call = wire.Call.FromString(message)
        self._write(call.writes)
        args = [python_of(arg) for arg in call.args]
        result = self._result(call.method, args, event)
        return _later(result) if event.is_async else result

    def _result(self, name: str, args: list[Any], event: Event) -> Any:
        try:
            value = self._harness.answer_to(name, args, self._model, event.phase)
        except LookupError:
            self._unanswered = (
                f"nobody answers {name}({', '.join(map(repr, args))}): harness.on({name!r}, ...)"
            )
            event.is_over = True
            raise HandlerEnded(self._unanswered) from None
        return wire.Result(value=value_of(value))

    def log(self, event: Event, level: str, text: str) -> None:
        """A line of the plugin."""
        self._log.append(LogLine(level, text))


async def _later(result: Any) -> Any:
    return result
