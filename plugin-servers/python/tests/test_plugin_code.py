"""What plugin code does with `kong` that kong-pdk bears, by its looseness more than by intent."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gateway import Gateway
from test_kong_pdk import answer, asked, event_message, gateway, seen, wire  # noqa: F401

from kong_pdk import calls
from kong_pdk.rpc_event import RpcPath

#: Modules of kong-pdk 0.40 below `kong_pdk.pdk.kong`.
MODULES = (
    "client client.tls cluster ctx ctx.shared enterprise_edition enterprise_edition.jwe ip log nginx nginx.shared node "
    "plugin request response router service service.request service.response telemetry vault"
)


@pytest.mark.parametrize("name", MODULES.split())
def test_modules_behind_the_annotation(name: str) -> None:
    module = importlib.import_module(f"kong_pdk.pdk.kong.{name}")
    last = name.rpartition(".")[2]
    cls = getattr(module, last)
    assert isinstance(cls, type)
    package: Any = importlib.import_module("kong_pdk.pdk.kong")
    at, in_class = package, package.kong
    for part in name.split("."):
        at, in_class = getattr(at, part), getattr(in_class, part)
    assert at is module, "as an attribute of the package"
    assert in_class is cls, "as an attribute of the class"
    assert module.err("text") == "text"


def test_functions_of_the_annotation_do_nothing() -> None:
    import kong_pdk.pdk.kong as kong

    assert kong.kong.log.warn("before there is a request") is None
    assert kong.log.err("kong-pdk has a type of that name") == "kong-pdk has a type of that name"
    assert kong.kong.service.request.set_header("x-a", "b") is None
    assert kong.kong.service.request.set_header("x-a", name="b") is None
    with pytest.raises(AttributeError):
        kong.kong.log.nosuch("x")

    def helper(request: kong.request, who: kong.kong.client) -> kong.table:
        raise AssertionError(request, who)

    assert helper.__annotations__


class Asked:
    """An event of which a path asks nothing but what it gives."""

    phase = 0

    def ask(self, name: str, *args: Any) -> Any:
        return f"{name}{args}"

    def call(self, name: str, args: tuple[Any, ...]) -> Any:
        return f"{name}{args}", None


def path(is_lua_style: bool) -> calls.Path:
    event: Any = Asked()
    return calls.lua_style(event) if is_lua_style else calls.python_style(event)


def rpc_path(is_lua_style: bool) -> RpcPath:
    event: Any = Asked()
    return RpcPath(event, "kong", is_lua_style)


@pytest.mark.parametrize("make", [path, rpc_path])
def test_attributes_are_lost_and_a_text_is_a_call(make: Any) -> None:
    kong = make(False)
    kong.ctx.shared.user = 5
    assert type(kong.ctx.shared.user) is type(kong), "nothing was kept"
    shared = kong.ctx.shared
    shared.user = 5
    assert shared.user == 5
    kong.request = 6
    assert (kong.request, type(make(False).request)) == (6, type(kong)), "also names of the PDK"
    assert f"{kong.some.thing}" == "kong.some.thing()"
    with pytest.raises(TypeError):
        str(make(True).some.thing)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": [1, None, {"b": b"x"}]}, {"a": {1: 1, 3: {"b": "x"}}}),
        ([{"a": [None, 2]}], [{"a": {2: 2}}]),
        (b"\xff", b"\xff"),
        (b"text", "text"),
        ({"empty": {}, "n": None}, {"empty": [], "n": None}),
    ],
)
def test_what_lua_has_kept(value: Any, found: Any) -> None:
    assert calls._kept_by_lua(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({2: "b", 1: "a"}, ["a", "b"]),
        ({1: "a", 3: "c"}, {1: "a", 3: "c"}),
        ({True: "a"}, {True: "a"}),
        ({"a": (1, {1: {"x": None}})}, {"a": [1, [{}]]}),
        ([], {}),
        ({"a": [1, None, None], "b": [None, 1], "c": [None]}, {"a": [1], "b": [None, 1], "c": {}}),
        ({}, {}),
    ],
)
def test_tables_that_lua_is_given(value: Any, found: Any) -> None:
    given = calls._for_lua(value)
    assert given == found
    assert type(given) is type(found)


@pytest.mark.parametrize(
    "call",
    [
        "kong.response.exit(403, {'at': time})",
        "kong.response.error(403, '\\ud800')",
        "kong.service.request.set_body({'at': time})",
        "kong.ctx.shared.set('kong', kong)",
        "kong.log.notice({'at': time})",
    ],
)
def test_what_cannot_be_sent_fails_the_event(tmp_path: Path, call: str) -> None:
    """Goal: a plugin that catches everything lets no request through whose exit could not be said."""
    tmp_path.joinpath("careless.py").write_text(
        "import time\n"
        "version = '1.0.0'\n"
        "class Plugin:\n"
        "    def __init__(self, config): pass\n"
        "    def access(self, kong):\n"
        f"        try:\n            {call}\n"
        "        except:\n            pass\n"
    )
    words = [sys.executable, "-m", "kong_pdk", "-d", str(tmp_path), "-p", str(tmp_path)]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:
        connected = Gateway(str(tmp_path / "python_pluginserver.sock"))
        connected.start("careless", b"{}")
        connected.send(1, wire.EVENT, event_message())
        assert "Traceback" in connected.expect(1, wire.LOG).message
        done = connected.expect(1, wire.DONE)
        assert "Error: " in done.failure
        assert not done.writes
        connected.close()
        process.terminate()
        assert process.wait(60) == 0


def test_null_of_a_body_is_a_key(gateway: Gateway) -> None:  # noqa: F811
    gateway.start("py_style", b'{"calls":[["kong.request.get_body"]]}')
    gateway.send(1, wire.EVENT, event_message())
    assert asked(gateway).method == "kong.request.get_body"
    answer(gateway, {"at": None, "list": [None, 1]})
    done = gateway.expect(1, wire.DONE)
    assert seen(done)[0] == ({"at": None, "list": [None, 1]}, None)


def test_a_plugin_that_uses_the_annotation_is_loaded(tmp_path: Path) -> None:
    """Goal: the mistakes of real plugins do not keep them from starting."""
    tmp_path.joinpath("eager.py").write_text(
        "import kong_pdk.pdk.kong as kong\n"
        "from kong_pdk.pdk.kong.request import request\n"
        "kong.kong.log.warn('no config, using the default')\n"
        "version = '1.0.0'\n"
        "def token(k: kong.kong, request: kong.request): pass\n"
        "class Plugin:\n"
        "    def __init__(self, config): kong.log.err('hi')\n"
        "    def access(self, k: kong.kong): pass\n"
    )
    words = [sys.executable, "-m", "kong_pdk", "-d", str(tmp_path), "--dump-plugin-info", "eager"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=240)
    assert (done.returncode, done.stderr) == (0, "")
