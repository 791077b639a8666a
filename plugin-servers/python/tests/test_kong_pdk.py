"""Plugins of kong-pdk, served over the native protocol as they are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dragoman_plugin import phases, wire
from gateway import Gateway, event_message

HERE = Path(__file__).parent
SERVER = [sys.executable, "-m", "kong_pdk", "-d", str(HERE / "plugins")]


@pytest.fixture
def gateway(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Gateway]:
    options = getattr(request, "param", [])
    words = [*SERVER, "-p", str(tmp_path), *options]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:
        connected = Gateway(str(tmp_path / "python_pluginserver.sock"))
        yield connected
        connected.close()
        process.terminate()
        assert process.wait(60) == 0


def asked(gateway: Gateway, stream: int = 1) -> Any:
    return gateway.expect(stream, wire.CALL)


def answer(gateway: Gateway, value: Any = None, error: str = "", stream: int = 1) -> None:
    from dragoman_plugin.values import value_of

    gateway.send(stream, wire.RESULT, wire.Result(value=value_of(value), error=error))


def seen(done: Any) -> Any:
    (write,) = [w for w in done.writes if w.name == b"x-seen"]
    return eval(write.value)


def calls(*lines: list[Any], **more: Any) -> bytes:
    return json.dumps({"calls": lines, **more}).encode()


def test_a_folder_of_plugins(gateway: Gateway) -> None:
    names = {info.name: list(info.phases) for info in gateway.hello.plugins}
    assert names == {"lua-plugin": ["log", "access"], "py_style": ["access", "response"]}
    gateway.start("lua-plugin", b'{"message":"hi","__seq__":3}')
    done = gateway.run()
    assert [(w.name, w.value) for w in done.writes] == [(b"x-said", b"hi to api.example.com")]
    gateway.send(2, wire.EVENT, event_message(phase=phases.LOG, status=200))
    line = gateway.expect(2, wire.LOG)
    assert (line.level, line.message) == ("err", "done 1.5None")
    assert gateway.expect(2, wire.DONE).failure == ""


@pytest.mark.parametrize("gateway", [["--no-lua-style"]], indirect=True)
def test_values_in_place_of_pairs(gateway: Gateway) -> None:
    gateway.start(
        "py_style", calls(["kong.request.get_header", "x-many"], ["kong.request.get_headers"])
    )
    first, headers, after = seen(gateway.run())
    assert (first, after) == ("a", "after")
    assert headers["x-many"] == ["a", "b"]


def test_pairs(gateway: Gateway) -> None:
    lines = (
        ["kong.request.get_query_arg", "page"],
        ["kong.response.set_header", "x-a", "1"],
        ["kong.request.get_query"],
    )
    gateway.start("py_style", calls(*lines))
    pairs = seen(gateway.run())[:3]
    assert pairs == [("2", None), (None, None), ({"page": ["2"], "debug": []}, None)]


def test_what_the_sdk_does_not_know_is_asked(gateway: Gateway) -> None:
    gateway.start(
        "py_style",
        calls(["kong.some.thing", 1, [True]], ["kong.request.get_header"], ["kong.vault.get", "x"]),
    )
    gateway.send(1, wire.EVENT, event_message())
    call = asked(gateway)
    assert (call.method, len(call.args)) == ("kong.some.thing", 2)
    answer(gateway, {"empty": {}, "list": []})
    assert asked(gateway).method == "kong.request.get_header", (
        "an argument is missing: the gateway says so"
    )
    answer(gateway, None)
    assert asked(gateway).method == "kong.vault.get"
    answer(gateway, None, "no such secret")
    done = gateway.expect(1, wire.DONE)
    assert seen(done)[:3] == [({"empty": [], "list": []}, None), (None, None), (None, None)]


def test_after_exit_the_handler_runs_to_its_next_call(gateway: Gateway) -> None:
    gateway.start("py_style", calls(["kong.response.exit", 403, "no"], exits=True))
    done = gateway.run()
    assert [(w.name, w.op) for w in done.writes] == [(b"kong.response.exit", 0)]
    assert done.failure == ""
    gateway.start("py_style", calls(), 2)
    assert seen(gateway.run(2, instances=[2])) == [None, "after", "after"], (
        "it had come to its next call"
    )


def test_a_refused_call_ends_the_handler(gateway: Gateway) -> None:
    gateway.start("py_style", calls(["kong.some.thing"]))
    gateway.send(1, wire.EVENT, event_message())
    asked(gateway)
    gateway.send(1, wire.CANCEL, wire.Cancel(reason=3, message="no such function"))
    gateway.start("py_style", calls(), 2)
    assert seen(gateway.run(1, instances=[2])) == ["after"]


def test_a_write_of_another_phase_is_refused_at_its_line(gateway: Gateway) -> None:
    gateway.start(
        "py_style", calls(["kong.service.request.set_header", "a", "b"], phase="response")
    )
    gateway.send(1, wire.EVENT, event_message(phase=phases.RESPONSE, status=200))
    assert asked(gateway).method == "kong.service.request.set_header"
    gateway.send(1, wire.CANCEL, wire.Cancel(reason=3, message="not in this phase"))
    gateway.start("py_style", calls(), 2)
    assert seen(gateway.run(2, instances=[2])) == ["after"], "nothing behind it was run"


def test_failures(gateway: Gateway) -> None:
    gateway.send(
        0, wire.START, wire.Start(instance=9, plugin="py_style", config=b'{"refuse":true}')
    )
    assert gateway.expect(0, wire.START_FAILED).message == "refused by the plugin"
    gateway.start("py_style", calls())
    gateway.send(1, wire.EVENT, event_message(phase=phases.RESPONSE, status=200))
    assert "Traceback" in gateway.expect(1, wire.LOG).message
    assert gateway.expect(1, wire.DONE).failure == "PDKException: broken"


@pytest.mark.parametrize("option", ["--dump-all-plugins", "-dump-all-plugins"])
def test_dump_of_a_folder(option: str) -> None:
    found = json.loads(subprocess.run([*SERVER, option], check=True, capture_output=True).stdout)
    # Kong takes the one, and the first plugin; the gateway takes the best of the others
    assert found["Protocol"] == "MsgPack:1"
    assert found["Protocols"] == ["Dragoman:1", "MsgPack:1"]
    assert [plugin["Name"] for plugin in found["Plugins"]] == ["lua-plugin", "py_style"]
    assert found["Plugins"][0] == {
        "Name": "lua-plugin",
        "Phases": ["log", "access"],
        "Priority": 100,
        "Version": "0.1.0",
        "Schema": {
            "name": "lua-plugin",
            "fields": [{"config": {"type": "record", "fields": [{"message": {"type": "string"}}]}}],
        },
    }


def test_dump_of_one_plugin() -> None:
    found = json.loads(
        subprocess.run(
            [*SERVER, "--dump-plugin-info", "py_style"], check=True, capture_output=True
        ).stdout
    )
    assert [plugin["Name"] for plugin in found["Plugins"]] == ["py_style"]
    missing = subprocess.run(
        [*SERVER, "--dump-plugin-info", "nobody"], check=False, capture_output=True
    )
    assert missing.returncode == 1


def test_a_plugin_that_is_its_own_program(tmp_path: Path) -> None:
    script = HERE.parents[2] / "examples" / "python-plugin" / "py-hello.py"
    dumped = subprocess.run(
        [sys.executable, str(script), "--dump"], check=True, capture_output=True
    ).stdout
    assert json.loads(dumped)["Plugins"][0]["Name"] == "py-hello"
    words = [
        sys.executable,
        str(script),
        "--kong-prefix",
        str(tmp_path),
        "--no-lua-style",
        "-g",
        "-v",
    ]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:
        connected = Gateway(str(tmp_path / "py-hello.sock"))
        connected.start("py-hello", b'{"message":"good evening"}')
        assert connected.run().writes[0].value == b"Python says good evening to api.example.com"
        connected.close()
        process.terminate()
        assert process.wait(60) == 0


def test_a_prefix_that_is_not_there() -> None:
    ended = subprocess.run(
        [*SERVER, "-p", "/nowhere/at/all"], check=False, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert "/nowhere/at/all doesn't exist" in ended.stderr


def test_reads_are_named_to_a_gateway_that_asks(gateway: Gateway) -> None:
    asking = Gateway(gateway.path, wants_reads=True)
    asking.start("lua-plugin", b'{"message":"hi"}')
    assert list(asking.run().reads) == ["kong.request.get_header host"]
    asking.close()


def test_plugins_set_up_the_log_that_they_write(tmp_path: Path) -> None:
    """Goal: a module that logs to a file of its own does so. Method: it is loaded, as a query does, and logs then."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    written = tmp_path / "own.log"
    plugins.joinpath("logs.py").write_text(
        "import logging\n"
        f"logging.basicConfig(filename={str(written)!r}, level=logging.INFO, format='own %(message)s')\n"
        "logging.info('loaded')\n"
        "version = '1.0.0'\n"
        "class Plugin:\n    def access(self, kong): pass\n"
    )
    plugins.joinpath("no-plugin.py").write_text("x = 1\n")
    words = [sys.executable, "-m", "kong_pdk", "-d", str(plugins), "--dump-all-plugins"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=240, check=True)
    assert written.read_text() == "own loaded\n"
    assert [plugin["Name"] for plugin in json.loads(done.stdout)["Plugins"]] == ["logs"]
    # and what the server itself has to say does not go there
    assert "error loading plugin" in done.stderr
