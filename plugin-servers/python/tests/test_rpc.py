"""MsgPack:1, as Kong speaks it: events over Steps, errors, and what must not hurt the server."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gateway import WAIT_SECONDS, Gateway

from kong_pdk.packing import (
    MESSAGE_BYTES_MAX,
    NESTING_MAX,
    Incomplete,
    PackingError,
    Unpacker,
    pack,
)

PLUGIN = """
Schema = [{"do": {"type": "string"}}]
version, priority = "1.0", 5

class Plugin:
    def __init__(self, config):
        self.do = config["do"]
        if self.do == "refuse":
            raise ValueError("not like this")

    def access(self, kong):
        if self.do == "read":
            host, err = kong.request.get_header("host")
            kong.response.set_header("x-host", host, err)
        elif self.do == "exit":
            kong.response.exit(201, "bye", {"x": "y"})
            kong.request.get_method()
            raise AssertionError("it went on")
        elif self.do == "throw":
            raise ValueError("No plugin instance, really")
        elif self.do == "odd":
            kong.response.set_header("x", object())
"""


class Kong:
    """A connection of the gateway, one call at a time."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(WAIT_SECONDS)
        until = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                self.socket.connect(str(path))
                return
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)

    def reply(self) -> Any:
        unpacker = Unpacker()
        while True:
            try:
                return unpacker.take()
            except Incomplete:
                data = self.socket.recv(65536)
                if not data:
                    raise EOFError from None
                unpacker.feed(data)

    def call(self, method: str, *args: Any) -> Any:
        self.socket.sendall(pack([0, 7, method, list(args)]))
        kind, number, error, result = self.reply()
        assert (kind, number) == (1, 7)
        return error if error is not None else result

    def start(self, do: str) -> Any:
        config = json.dumps({"do": do, "__seq__": 3})
        return self.call("plugin.StartInstance", {"Name": "p", "Config": config})

    def event(self, do: str) -> Any:
        started = self.start(do)
        return self.call("plugin.HandleEvent", {"InstanceId": started["Id"], "EventName": "access"})

    def step(self, event: Any, method: str = "Step", **data: Any) -> Any:
        return self.call(f"plugin.{method}", {"EventId": event["EventId"], **data})

    def is_closed(self) -> bool:
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "p.py").write_text(PLUGIN)
    words = [sys.executable, "-m", "kong_pdk", "-d", str(plugins), "-p", str(tmp_path)]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:
        yield tmp_path / "python_pluginserver.sock"
        process.terminate()
        assert process.wait(20) == 0


def test_an_event_over_any_connection(path: Path) -> None:
    one, two = Kong(path), Kong(path)
    native = Gateway(str(path))  # at the same time, on the same socket
    event = one.event("read")
    assert event == {"Data": {"Method": "kong.request.get_header", "Args": ["host"]}, "EventId": 0}
    asked = two.step(event, "StepMultiMap", Data="h.test")
    assert asked["Data"] == {
        "Method": "kong.response.set_header",
        "Args": ["x-host", "h.test", None],
    }
    assert one.step(event)["Data"] == "ret"
    assert one.step(event) == "event id 0 not found"
    native.close()


def test_a_step_with_an_error(path: Path) -> None:
    kong = Kong(path)
    asked = kong.step(kong.event("read"), "StepError", Data="nope")
    assert asked["Data"]["Args"] == ["x-host", None, "nope"]


def test_an_exit(path: Path) -> None:
    kong = Kong(path)
    event = kong.event("exit")
    assert event["Data"] == {"Method": "kong.response.exit", "Args": [201, "bye", {"x": "y"}]}
    assert kong.step(event)["Data"] == "ret"


def test_what_is_not_there(path: Path) -> None:
    kong = Kong(path)
    assert kong.event("throw") == "ValueError: no such instance, really"
    gone = {"InstanceId": 99, "EventName": "access"}
    assert kong.call("plugin.HandleEvent", gone) == "no plugin instance #99"
    assert kong.call("plugin.CloseInstance", 99) == "no plugin instance #99"
    assert kong.call("plugin.Fly") == "method Fly not implemented"
    assert kong.call("foo.Bar") == "RPC for foo is not supported"
    assert kong.start("refuse") == "ValueError: not like this"
    started = kong.start("read")
    log = {"InstanceId": started["Id"], "EventName": "log"}
    assert kong.call("plugin.HandleEvent", log) == "plugin p has no phase log"
    assert kong.call("plugin.CloseInstance", started["Id"])["Name"] == "p"
    assert kong.call("plugin.InstanceStatus", started["Id"]).startswith("no plugin instance")
    assert "cannot be read" in kong.call("plugin.HandleEvent", 7)


def test_messages_in_pieces_and_at_once(path: Path) -> None:
    kong = Kong(path)
    for byte in pack([0, 1, "plugin.GetStatus", []]):
        kong.socket.sendall(bytes((byte,)))
    assert kong.reply()[1] == 1
    kong.socket.sendall(b"".join(pack([0, n, "plugin.GetStatus", []]) for n in range(3)))
    unpacker, numbers = Unpacker(), []
    while len(numbers) < 3:
        try:
            numbers.append(unpacker.take()[1])
        except Incomplete:
            unpacker.feed(kong.socket.recv(65536))
    assert numbers == [0, 1, 2]


def test_garbage_and_lost_connections(path: Path) -> None:
    steady = Kong(path)
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\x94\xc1", b"\x94\x01\x01\xc0\xc0", b"\xdc\0\0"):
        kong = Kong(path)
        kong.socket.sendall(garbage)
        assert kong.is_closed(), garbage
    lost = Kong(path)
    event = lost.event("read")
    lost.socket.close()  # in the middle of an event, which goes on elsewhere
    assert steady.step(event, Data="h")["Data"]["Method"] == "kong.response.set_header"
    half = Kong(path)
    half.socket.sendall(b"\x94\0\1\xb0plug")
    half.socket.close()
    assert "no value of the PDK" in steady.event("odd")
    assert steady.event("read")["Data"]["Method"] == "kong.request.get_header"


def test_packing() -> None:
    seed = time.time_ns()
    print(f"seed {seed}")
    chance = random.Random(seed)

    def value(depth: int) -> Any:
        kind = chance.randrange(8 if depth else 6)
        if kind == 6:
            return [value(depth - 1) for _ in range(chance.randrange(20))]
        if kind == 7:
            return {str(i): value(depth - 1) for i in range(chance.randrange(20))}
        length = chance.choice((0, 5, 40, 300, 70_000 if depth == 3 else 9))
        whole = chance.choice((-1, 1)) * chance.getrandbits(chance.randrange(1, 63))
        return (
            None,
            chance.random() < 0.5,
            whole,
            chance.random(),
            "ä" * length,
            b"\xff" * length,
        )[kind]

    for _ in range(300):
        given = value(3)
        data = pack(given)
        unpacker = Unpacker()
        cut = chance.randrange(len(data))
        unpacker.feed(data[:cut])
        with pytest.raises(Incomplete):
            unpacker.take()
        unpacker.feed(data[cut:])
        assert unpacker.take() == given


def test_limits_of_packing() -> None:
    deep: list[Any] = []
    deep.append(deep)
    with pytest.raises(PackingError):
        pack(deep)
    unpacker = Unpacker()
    unpacker.feed(b"\x91" * (NESTING_MAX + 2))
    with pytest.raises(PackingError):
        unpacker.take()
    with pytest.raises(PackingError):
        Unpacker().feed(bytes(MESSAGE_BYTES_MAX + 1))
