"""A real server on a socket, spoken to frame by frame."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway import Gateway, event_message

from dragoman_plugin import phases, wire
from dragoman_plugin.frames import frame

HERE = Path(__file__).parent


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    path = tmp_path / "s.socket"
    words = [sys.executable, str(HERE / "server_plugin.py"), "-socket", str(path)]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:
        process.path = str(path)  # type: ignore[attr-defined]
        yield process
        process.kill()


@pytest.fixture
def gateway(server: subprocess.Popen[bytes]) -> Iterator[Gateway]:
    connected = Gateway(server.path)  # type: ignore[attr-defined]
    yield connected
    connected.close()


def test_hello_names_the_plugins(gateway: Gateway) -> None:
    assert list(gateway.hello.protocol_versions) == [1]
    names = [info.name for info in gateway.hello.plugins]
    assert names == ["doer", "later"]
    assert "access" in gateway.hello.plugins[0].phases


def test_an_event_and_its_done(gateway: Gateway) -> None:
    gateway.start("doer", b'{"do":"headers"}')
    done = gateway.run()
    assert [(w.op, w.name, w.value) for w in done.writes] == [
        (1, b"x-user", b"client-42"),
        (4, b"x-served-by", b"python"),
    ]
    assert (done.ran, done.failure, done.keeps_context, len(done.plugin_us)) == (1, "", False, 1)


def test_several_instances_in_one_event(gateway: Gateway) -> None:
    gateway.start("doer", b'{"do":"headers"}', 1)
    gateway.start("doer", b'{"do":"exit"}', 2)
    gateway.start("doer", b'{"do":"headers"}', 3)
    done = gateway.run(instances=[1, 2, 3])
    assert [w.op for w in done.writes] == [1, 4, 8, 0]
    assert done.ran == 2


@pytest.mark.parametrize("plugin", ["doer", "later"])
def test_a_call_waits_for_its_result(gateway: Gateway, plugin: str) -> None:
    gateway.start(plugin, b'{"do":"call"}')
    gateway.send(5, wire.EVENT, event_message())
    call = gateway.expect(5, wire.CALL)
    assert (call.method, call.args[0].text) == ("kong.client.load_consumer", "alice")
    assert [w.name for w in call.writes] == [b"x-before"]
    result = wire.Result()
    result.value.map.entries.add(key="id").value.text = "c-1"
    gateway.send(5, wire.RESULT, result)
    done = gateway.expect(5, wire.DONE)
    assert [(w.name, w.value) for w in done.writes] == [(b"x-consumer", b"c-1")]


def test_calls_at_once_are_made_one_after_the_other(gateway: Gateway) -> None:
    gateway.start("later", b'{"do":"both"}')
    gateway.send(5, wire.EVENT, event_message())
    for name in ["alice", "bob"]:
        assert gateway.expect(5, wire.CALL).args[0].text == name
        gateway.send(0, wire.PING, wire.message("Ping")(token=7))
        gateway.expect(0, wire.PONG)  # nothing of the next one came before
        result = wire.Result()
        result.value.map.entries.add(key="id").value.text = f"c-{name}"
        gateway.send(5, wire.RESULT, result)
    done = gateway.expect(5, wire.DONE)
    assert (done.failure, done.writes[-1].value) == ("", b"c-alice c-bob")


def test_a_coroutine_and_a_plain_handler_in_one_event(gateway: Gateway) -> None:
    """The plain one waits in a thread of its own, so the loop goes on."""
    gateway.start("later", b'{"do":"call"}', 1)
    gateway.start("doer", b'{"do":"call"}', 2)
    gateway.send(5, wire.EVENT, event_message(instances=[1, 2]))
    result = wire.Result()
    result.value.map.entries.add(key="id").value.text = "c"
    assert [w.op for w in gateway.expect(5, wire.CALL).writes] == [1]
    gateway.send(5, wire.RESULT, result)
    assert [w.op for w in gateway.expect(5, wire.CALL).writes] == [1, 8, 1]
    gateway.send(5, wire.RESULT, result)
    done = gateway.expect(5, wire.DONE)
    assert (done.ran, [w.name for w in done.writes]) == (2, [b"x-consumer"])


@pytest.mark.parametrize("plugin", ["doer", "later"])
def test_others_go_on_while_handlers_wait(gateway: Gateway, plugin: str) -> None:
    """Goal: results in any order reach their handlers. Method: 100 events that ask, answered in a random order."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    gateway.start(plugin, b'{"do":"call"}')
    gateway.start("doer", b'{"do":"headers"}', 2)
    streams = list(range(1, 51))
    for stream in streams:
        gateway.send(stream, wire.EVENT, event_message(request=stream))
    for _ in streams:
        stream, kind, _ = gateway.receive()
        assert kind == wire.CALL
    assert gateway.run(99, instances=[2]).ran == 1
    random.Random(seed).shuffle(streams)
    for stream in streams:
        result = wire.Result()
        result.value.map.entries.add(key="id").value.text = f"c-{stream}"
        gateway.send(stream, wire.RESULT, result)
    for _ in streams:
        stream, kind, data = gateway.receive()
        assert kind == wire.DONE
        assert wire.Done.FromString(data).writes[0].value == f"c-{stream}".encode()


def test_more_waiting_handlers_than_threads(
    server: subprocess.Popen[bytes], gateway: Gateway
) -> None:
    """All 64 threads wait for results; the results must still be read."""
    gateway.start("doer", b'{"do":"call"}')
    streams = range(1, 201)
    for stream in streams:
        gateway.send(stream, wire.EVENT, event_message(request=stream))
    answered = 0
    while answered < len(streams):
        stream, kind, _ = gateway.receive()
        if kind == wire.CALL:
            result = wire.Result()
            result.value.map.entries.add(key="id").value.text = "c"
            gateway.send(stream, wire.RESULT, result)
        else:
            assert kind == wire.DONE
            answered += 1


def test_a_stuck_handler_does_not_hold_up_others(gateway: Gateway) -> None:
    gateway.start("doer", b'{"do":"stick"}', 1)
    gateway.start("doer", b'{"do":"headers"}', 2)
    for stream in range(1, 6):
        gateway.send(stream, wire.EVENT, event_message(instances=[1]))
    began = time.monotonic()
    for stream in range(10, 20):
        gateway.run(stream, instances=[2])
    assert time.monotonic() - began < 25, "they waited for one that sleeps 30 s"


def test_slow_handlers_run_side_by_side(gateway: Gateway) -> None:
    gateway.start("doer", b'{"do":"sleep"}')
    began = time.monotonic()
    for stream in range(1, 31):
        gateway.send(stream, wire.EVENT, event_message())
    for _ in range(30):
        assert gateway.receive()[1] == wire.DONE
    assert time.monotonic() - began < 20, "30 handlers of 1 s ran one after the other"


@pytest.mark.parametrize("plugin", ["doer", "later"])
def test_an_exception_is_one_failed_event(gateway: Gateway, plugin: str) -> None:
    gateway.start(plugin, b'{"do":"raise"}')
    gateway.send(3, wire.EVENT, event_message())
    line = gateway.expect(3, wire.LOG)
    assert (line.level, line.plugin) == ("err", plugin)
    assert "Traceback" in line.message
    done = gateway.expect(3, wire.DONE)
    assert done.failure.startswith("ZeroDivisionError: ")
    assert (done.ran, len(done.writes)) == (1, 0)
    gateway.send(0, wire.PING, wire.message("Ping")(token=7))
    assert gateway.expect(0, wire.PONG).token == 7


@pytest.mark.parametrize("do", ["leave", "interrupt"])
def test_sys_exit_is_one_failed_event(gateway: Gateway, do: str) -> None:
    gateway.start("doer", b'{"do":"%s"}' % do.encode())
    gateway.send(3, wire.EVENT, event_message())
    gateway.expect(3, wire.LOG)
    assert gateway.expect(3, wire.DONE).failure != ""
    gateway.send(0, wire.PING, wire.message("Ping")(token=7))
    assert gateway.expect(0, wire.PONG).token == 7


@pytest.mark.parametrize("plugin", ["doer", "later"])
def test_cancel_ends_a_handler_that_waits(gateway: Gateway, plugin: str) -> None:
    gateway.start(plugin, b'{"do":"call"}')
    gateway.send(5, wire.EVENT, event_message())
    gateway.expect(5, wire.CALL)
    gateway.send(5, wire.CANCEL, wire.Cancel(reason=3, message="refused"))
    gateway.start("doer", b'{"do":"headers"}', 2)
    assert gateway.run(5, instances=[2]).ran == 1, "the stream's number is free again"


def test_a_cancelled_handler_answers_nothing_whatever_it_catches(gateway: Gateway) -> None:
    gateway.start("doer", b'{"do":"swallow"}')
    gateway.start("doer", b'{"do":"count"}', 2)
    gateway.send(5, wire.EVENT, event_message())
    gateway.expect(5, wire.CALL)
    gateway.send(5, wire.CANCEL, wire.Cancel(reason=1))
    done, tries = gateway.run(6, instances=[2]), 0
    while done.writes[0].value == str(tries + 1).encode() and tries < 100:
        done, tries = gateway.run(6, instances=[2]), tries + 1
    assert int(done.writes[0].value) > 40, (
        "the cancelled handler has run to its end, and no Done of it came"
    )


def test_context_lives_until_forget(gateway: Gateway) -> None:
    gateway.start("doer", b'{"do":"count"}')
    first, second = gateway.run(1), gateway.run(2)
    assert first.keeps_context
    assert [w.value for w in first.writes] == [b"1"]
    assert [w.value for w in second.writes] == [b"2"]
    gateway.send(0, wire.FORGET, wire.Forget(requests=[1001]))
    assert [w.value for w in gateway.run(3).writes] == [b"1"]


def test_entities_by_number(gateway: Gateway) -> None:
    gateway.start("doer", b'{"do":"entity"}')
    gateway.send(0, wire.ENTITY, wire.Entity(number=4, kind=1, json=b'{"id":"r-1","name":null}'))
    assert gateway.run(route=4).writes[0].value == b"{'id': 'r-1'} None"


@pytest.mark.parametrize("plugin", ["doer", "later"])
def test_a_body_in_chunks(gateway: Gateway, plugin: str) -> None:
    gateway.start(plugin, b'{"do":"body"}')
    done = gateway.run(9, phase=phases.BODY_FILTER, status=200)
    assert done.wants_body
    gateway.send(9, wire.CHUNK, wire.Chunk(data=b"hello"))
    first = gateway.expect(9, wire.CHUNK_DONE)
    assert (first.data, first.is_last) == (b"HELLO", False)
    gateway.send(9, wire.CHUNK, wire.Chunk(data=b"X", is_last=True))
    last = gateway.expect(9, wire.CHUNK_DONE)
    assert (last.is_unchanged, last.data, last.is_last) == (False, b"X", True)
    assert gateway.run(9, phase=phases.BODY_FILTER, status=200).wants_body, (
        "the stream is free again"
    )


def test_an_instance_that_does_not_start(gateway: Gateway) -> None:
    gateway.send(0, wire.START, wire.Start(instance=7, plugin="doer", config=b'{"do":7}'))
    failed = gateway.expect(0, wire.START_FAILED)
    assert (failed.instance, failed.message) == (7, "config.do: expected str, got int")
    gateway.send(0, wire.START, wire.Start(instance=8, plugin="nobody"))
    assert gateway.expect(0, wire.START_FAILED).instance == 8
    assert "no plugin instance #7" in gateway.run(instances=[7]).failure


def test_what_is_not_known_is_dropped(gateway: Gateway) -> None:
    gateway.send(0, 200, b"later version")
    gateway.send(3, wire.RESULT, wire.Result())
    gateway.send(3, wire.CANCEL, wire.Cancel())
    gateway.send(0, wire.PING, wire.message("Ping")(token=1))
    assert gateway.expect(0, wire.PONG).token == 1


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff\xff\x7f",
        b"\x04\x00\x00\x00",
        frame(0, wire.DONE),
        frame(0, wire.HELLO),
        frame(0, wire.EVENT, event_message()),
        frame(1, wire.EVENT, b"\xff\xff"),
        frame(1, wire.EVENT, event_message(instances=[1])) + frame(1, wire.EVENT, event_message()),
    ],
    ids=[
        "too long",
        "too short",
        "wrong side",
        "second hello",
        "stream 0",
        "garbage",
        "stream in use",
    ],
)
def test_out_of_place_ends_the_connection_alone(
    server: subprocess.Popen[bytes], gateway: Gateway, data: bytes
) -> None:
    gateway.start("doer", b'{"do":"stick"}')
    gateway.socket.sendall(data)
    with pytest.raises(EOFError):
        while True:
            gateway.receive()
    other = Gateway(server.path)  # type: ignore[attr-defined]
    other.start("doer", b'{"do":"headers"}')
    assert other.run().ran == 1
    other.close()


@pytest.mark.parametrize(
    "data", [b"DRAGONS!", wire.PREAMBLE + frame(1, wire.PING), b"\x94\x00\x01"]
)
def test_no_greeting_no_talk(server: subprocess.Popen[bytes], data: bytes) -> None:
    stranger = Gateway(server.path, greet=False)  # type: ignore[attr-defined]
    stranger.socket.sendall(data)
    with pytest.raises(EOFError):
        while True:
            stranger.receive()


def test_versions_without_a_common_one(server: subprocess.Popen[bytes]) -> None:
    later = Gateway(server.path, greet=False)  # type: ignore[attr-defined]
    later.socket.sendall(wire.PREAMBLE)
    later.send(0, wire.HELLO, wire.Hello(protocol_versions=[9]))
    later.expect(0, wire.HELLO)
    assert "version" in later.expect(0, wire.DRAINING).reason
    with pytest.raises(EOFError):
        later.receive()


def test_any_cut_of_the_stream(gateway: Gateway) -> None:
    gateway.start("doer", b'{"do":"headers"}')
    data = frame(1, wire.EVENT, event_message())
    for cut in range(1, len(data), 7):
        gateway.socket.sendall(data[:cut])
        gateway.socket.sendall(data[cut:])
        assert gateway.expect(1, wire.DONE).ran == 1


def test_drain_finishes_what_is_under_way(
    server: subprocess.Popen[bytes], gateway: Gateway
) -> None:
    gateway.start("doer", b'{"do":"call"}')
    gateway.send(5, wire.EVENT, event_message())
    gateway.expect(5, wire.CALL)
    server.send_signal(signal.SIGTERM)
    assert gateway.expect(0, wire.DRAINING).reason
    assert not os.path.exists(server.path)  # type: ignore[attr-defined]
    result = wire.Result()
    result.value.map.entries.add(key="id").value.text = "c-1"
    gateway.send(5, wire.RESULT, result)
    assert gateway.expect(5, wire.DONE).writes[0].value == b"c-1"
    with pytest.raises(EOFError):
        gateway.receive()
    assert server.wait(60) == 0


def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s.socket"
    for _ in range(2):
        words = [sys.executable, str(HERE / "server_plugin.py"), "-socket", str(path)]
        process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        try:
            connected = Gateway(str(path))
            connected.close()
        finally:
            process.kill()
            process.wait()


def test_the_query_command() -> None:
    import json

    for option in ("-dump", "--dump"):
        words = [sys.executable, str(HERE / "server_plugin.py"), option]
        answer = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
        assert answer["Protocol"] == "Dragoman:1"
        assert [plugin["Name"] for plugin in answer["Plugins"]] == ["doer", "later"]
        assert answer["Plugins"][0]["Priority"] == 7


@pytest.mark.parametrize("plugin", ["doer", "later"])
def test_reads_are_named_to_a_gateway_that_asks(
    server: subprocess.Popen[bytes], gateway: Gateway, plugin: str
) -> None:
    asking = Gateway(server.path, wants_reads=True)  # type: ignore[attr-defined]
    for connected in (asking, gateway):
        connected.start(plugin, b'{"do":"read"}')
        connected.send(5, wire.EVENT, event_message())
        assert connected.expect(5, wire.CALL).method == "kong.client.load_consumer"
        result = wire.Result()
        result.value.map.entries.add(key="id").value.text = "c-1"
        connected.send(5, wire.RESULT, result)
        reads = list(connected.expect(5, wire.DONE).reads)
        if connected is gateway:
            assert reads == []
            continue
        assert reads == [
            "kong.request.get_header X-Client-Id",
            "kong.request.get_query_arg page",
            "kong.ctx.shared.get k",
            "kong.version",
        ]
    asking.close()


def test_reads_of_each_chunk_are_named(server: subprocess.Popen[bytes]) -> None:
    asking = Gateway(server.path, wants_reads=True)  # type: ignore[attr-defined]
    asking.start("doer")
    done = asking.run(phase=phases.BODY_FILTER, status=200)
    assert done.wants_body
    for is_last in (False, True):
        asking.send(1, wire.CHUNK, wire.Chunk(data=b"x", is_last=is_last))
        assert list(asking.expect(1, wire.CHUNK_DONE).reads) == ["kong.response.get_chunk"]
    asking.close()
