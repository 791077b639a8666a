"""The harness, and through it the PDK: what is read, written, laid over and asked."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman_plugin import (
    METHOD,
    AsyncKong,
    Kong,
    PdkError,
    header,
    method_in,
    path_prefix,
    plugin,
    when,
)
from dragoman_plugin.testing import Harness, ServiceAnswer


def once(phase: str, handler: Any) -> Harness:
    """A plugin with one handler."""
    return Harness(plugin(name="once")(type("Once", (), {phase: handler})))


def access(handler: Any) -> Harness:
    return once("access", lambda self, kong: handler(kong))


def test_reads_the_request() -> None:
    seen: dict[str, Any] = {}

    def read(kong: Kong) -> None:
        request = kong.request
        for name in [
            "scheme",
            "host",
            "port",
            "forwarded_scheme",
            "forwarded_host",
            "forwarded_port",
            "http_version",
            "method",
            "path",
            "raw_path",
            "path_with_query",
            "raw_query",
            "query",
            "headers",
            "raw_body",
            "start_time",
        ]:
            seen[name] = getattr(request, f"get_{name}")()
        seen["arg"] = [request.get_query_arg(name) for name in ("a", "flag", "none")]
        seen["header"] = [
            request.get_header(name) for name in ("X-One", "x_one", "x-two", "x-none")
        ]
        seen["client"] = [
            kong.client.get_ip(),
            kong.client.get_forwarded_ip(),
            kong.client.get_consumer(),
        ]
        seen["route"] = kong.router.get_route()
        seen["node"] = [kong.version, kong.version_num, kong.node.get_hostname()]

    access(read).request(
        "POST",
        "/a/b.c?a=1&flag&a=2",
        {"Host": "Api.Test:8443", "X-One": "1", "X-Two": ["2", "zwei"]},
        "body",
        route={"id": "r", "name": None},
    )
    assert seen == {
        "scheme": "http",
        "host": "api.test",
        "port": 8443,
        "forwarded_scheme": "http",
        "forwarded_host": "api.test",
        "forwarded_port": 8443,
        "http_version": 1.1,
        "method": "POST",
        "path": "/a/b.c",
        "raw_path": "/a/b.c",
        "path_with_query": "/a/b.c?a=1&flag&a=2",
        "raw_query": "a=1&flag&a=2",
        "query": {"a": ["1", "2"], "flag": []},
        "headers": {"host": ["Api.Test:8443"], "x-one": ["1"], "x-two": ["2", "zwei"]},
        "raw_body": b"body",
        "start_time": 1_700_000_000_000,
        "arg": ["1", True, None],
        "header": ["1", "1", "2", None],
        "client": ["127.0.0.1", "127.0.0.1", None],
        "route": {"id": "r"},
        "node": ["3.9.1", 3009001, "localhost"],
    }


def test_headers_that_were_written_are_read() -> None:
    seen: list[Any] = []

    def handler(kong: Kong) -> None:
        out = kong.service.request
        out.set_header("X-One", "new")
        out.add_header("x-two", "more")
        out.clear_header("x_three")
        get = kong.request.get_header
        seen.append([get("x-one"), get("x_two"), get("x-three")])
        seen.append(kong.request.get_headers())

    given = {"x-one": ["1", "eins"], "x-two": "2", "x-three": "3"}
    answer = access(handler).request(headers=given)
    assert seen[0] == ["new", "2", None]
    assert seen[1] == {"host": ["localhost:8000"], "x-one": ["new"], "x-two": ["2", "more"]}
    assert answer.upstream is not None
    assert answer.upstream.headers.all("x-two") == ["2", "more"]


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (lambda k: k.service.request.set_header("x-a", 1), lambda k: k.request.get_header("x-a")),
        (
            lambda k: k.service.request.set_headers({"x-a": "1"}),
            lambda k: k.request.get_header("x-a"),
        ),
        (lambda k: k.service.request.set_method("PUT"), lambda k: k.request.get_method()),
        (lambda k: k.service.request.set_raw_query("z=1"), lambda k: k.request.get_raw_query()),
        (lambda k: k.service.request.set_raw_body("new"), lambda k: k.request.get_raw_body()),
        (lambda k: k.client.authenticate({"id": "c"}, None), lambda k: k.client.get_consumer()),
    ],
    ids=["odd header", "headers", "method", "query", "body", "consumer"],
)
def test_what_a_write_made_stale_is_asked(write: Any, read: Any) -> None:
    asked: list[str] = []
    harness = access(lambda kong: (write(kong), asked.append(read(kong))))
    for name in ("get_header", "get_method", "get_raw_query", "get_raw_body"):
        harness.on(f"kong.request.{name}", lambda *_: "asked")
    harness.on("kong.client.get_consumer", lambda: "asked")
    harness.request()
    assert asked[0] in ("asked", b"asked")


def test_a_path_that_needs_normalising_is_asked() -> None:
    for target in ("/a//b", "/a/../b", "/%61", "/a/.b", "/a b"):
        seen: list[str] = []
        harness = access(lambda kong, seen=seen: seen.append(kong.request.get_path()))
        harness.on("kong.request.get_path", "/normal").request(target=target)
        assert seen == ["/normal"], target


def test_exit_ends_the_handler() -> None:
    reached: list[int] = []

    def handler(kong: Kong) -> None:
        try:
            kong.response.exit(403, {"message": "no"}, {"x-why": "because"})
        except Exception:
            reached.append(1)
        reached.append(2)

    answer = access(handler).request()
    assert (answer.status, answer.json(), answer.headers["x-why"]) == (
        403,
        {"message": "no"},
        "because",
    )
    assert (answer.upstream, answer.source, reached) == (None, "exit", [])


def test_a_handler_that_raises_fails_the_test() -> None:
    def handler(kong: Kong) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        access(handler).request()


def test_a_call_that_nobody_answers_fails_the_test() -> None:
    def handler(kong: Kong) -> None:
        try:
            kong.vault.get("{vault://env/x}")
        except Exception:
            kong.log("swallowed")

    with pytest.raises(AssertionError, match=r"kong\.vault\.get"):
        access(handler).request()
    answer = access(handler).on("kong.vault.get", "secret").request()
    assert answer.log == []


def test_values_that_are_missing_raise_with_the_reason() -> None:
    import dragoman_plugin.wire as wire

    errors: list[str] = []

    def handler(kong: Kong) -> None:
        try:
            kong.request.get_body()
        except PdkError as error:
            errors.append(str(error))

    harness = access(handler)
    from dragoman_plugin.testing import passage as module

    original = module.Passage._result
    module.Passage._result = lambda self, name, args, event: wire.Result(error="no decoder")
    try:
        harness.request()
    finally:
        module.Passage._result = original
    assert errors == ["no decoder"]


@plugin(name="every")
class Every:
    def rewrite(self, kong: Kong) -> None:
        kong.ctx.plugin["began"] = "rewrite"
        kong.ctx.shared.set("who", "every")

    def access(self, kong: Kong) -> None:
        kong.log.warn("at ", 1, True, None)
        kong.log.set_serialize_value("a.b", 1)
        kong.service.request.set_path("/new")
        kong.service.set_target("10.0.0.1", 80)

    def header_filter(self, kong: Kong) -> None:
        kong.response.set_header("x-began", kong.ctx.plugin["began"] + kong.ctx.shared.get("who"))
        kong.response.set_status(kong.response.get_status() + 1)
        assert kong.response.get_status() == 202
        assert kong.response.get_source() == "service"
        assert kong.service.response.get_status() == 201

    def body_filter(self, kong: Kong) -> None:
        kong.response.set_chunk(kong.response.get_chunk().upper())

    def log(self, kong: Kong) -> None:
        kong.log(kong.response.get_header("X-Began"), kong.log.serialize())


def test_every_phase() -> None:
    harness = Harness(Every).on("kong.log.serialize", "{}")
    answer = harness.request(answer=ServiceAnswer(201, {"x-a": ["1", "2"]}, chunks=[b"ab", b"c"]))
    assert answer.phases == ["rewrite", "access", "header_filter", "body_filter", "log"]
    assert (answer.status, answer.body, answer.headers.all("x-a")) == (202, b"ABC", ["1", "2"])
    assert answer.headers["x-began"] == "rewriteevery"
    assert [(line.level, line.text) for line in answer.log] == [
        ("warn", "at 1truenil"),
        ("notice", "rewriteevery{}"),
    ]
    assert answer.upstream is not None
    assert (answer.upstream.path, answer.upstream.target) == ("/new", ("10.0.0.1", 80))
    assert answer.serialize_values == {"a.b": 1}


def test_the_whole_body_in_body_filter() -> None:
    def body_filter(self: Any, kong: Kong) -> None:
        body = kong.response.get_raw_body()
        if body is not None:
            kong.response.set_raw_body(body[::-1])

    answer = once("body_filter", body_filter).request(
        answer=ServiceAnswer(chunks=[b"ab", b"cd", b""])
    )
    assert answer.body == b"dcba"


def test_coroutines() -> None:
    @plugin(name="later")
    class Later:
        async def access(self, kong: AsyncKong) -> None:
            name = await kong.request.get_header("x-name")
            consumer = await kong.client.load_consumer(name, True)
            kong.service.request.set_header("x-id", consumer["id"])
            await kong.ctx.shared.get("x")

        async def body_filter(self, kong: AsyncKong) -> None:
            kong.response.set_chunk(kong.response.get_chunk() + b"!")

    harness = Harness(Later).on(
        "kong.client.load_consumer", lambda *args: {"id": "-".join(map(str, args))}
    )
    answer = harness.request(headers={"x-name": "alice"}, answer=ServiceAnswer(body=b"hi"))
    assert answer.upstream is not None
    assert answer.upstream.headers["x-id"] == "alice-True"
    assert answer.body == b"hi!"


def test_conditions_and_cache() -> None:
    @plugin(name="cached")
    class Cached:
        def conditions(self) -> Any:
            return [when("access", method_in("GET") & ~path_prefix("/health") & method_in("HEAD"))]

        def cache_key(self) -> Any:
            return [METHOD, header("authorization")]

        def access(self, kong: Kong) -> None:
            kong.cache(5000)

    harness = Harness(Cached)
    condition = harness.started.conditions[0]
    assert condition.phases == 0x20
    kinds = [one.WhichOneof("kind") for one in condition.condition.all.list]
    assert kinds == ["method_in", "not", "method_in"]
    assert [(part.kind, part.name) for part in harness.started.cache_key.parts] == [
        (1, ""),
        (4, "authorization"),
    ]
    assert harness.request().cache_ms == 5000


def test_handlers_of_the_plugin() -> None:
    seen: list[Any] = []

    @plugin(name="whole")
    class Whole:
        @classmethod
        def init_worker(cls, kong: Kong) -> None:
            seen.append(kong.node.get_id())

        @classmethod
        def configure(cls, kong: Kong, configs: list[Any]) -> None:
            seen.append(configs)

    harness = Harness(Whole, {"a": 1})
    harness.init_worker()
    harness.configure()
    assert seen == ["00000000-0000-4000-8000-000000000001", [{"a": 1}]]
