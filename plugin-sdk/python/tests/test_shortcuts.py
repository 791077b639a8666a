"""What is done by hand on the path of every event gives what the long way would: headers, writes, what an event runs."""

from __future__ import annotations

import random
import re

import pytest
from gateway import Gateway, event_message
from test_server import gateway, server  # noqa: F401

from dragoman_plugin import phases, wire, writes
from dragoman_plugin.headers import Headers
from dragoman_plugin.lineup import beginning, beginning_of


def test_headers_are_found_as_by_reading_line_by_line() -> None:
    """Method: random lines of few letters, so that names are parts of others and of values; a plain reader beside it."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    names = ["a", "A", "a-b", "a_b", "A-B", "b", "b-a", "ab"]
    for _ in range(2000):
        lines = [
            (rng.choice(names), rng.choice(["", "a", "a: b", "b:", "A-b: a", "x y", "\u00e9"]))
            for _ in range(rng.randrange(6))
        ]
        raw = "".join(f"{name}: {value}\r\n" for name, value in lines).encode()
        asked = rng.choice(names)
        wanted = [
            value
            for name, value in lines
            if name.lower().replace("_", "-") == asked.lower().replace("_", "-")
        ]
        headers = Headers(raw, {})
        assert headers.every(asked) == wanted, raw
        assert headers.first(asked) == (wanted[0] if wanted else None), raw


@pytest.mark.parametrize("raw", [b"", b"a:1\r\n", b"a:\r\n", b"\xff: \xff\r\na: \xfe\r\n"])
def test_headers_without_a_space_or_of_no_utf8(raw: bytes) -> None:
    found = re.search(rb"(?m)^a: ?([^\r]*)", raw)
    assert Headers(raw, {}).first("A") == (
        None if found is None else found[1].decode("utf-8", "surrogateescape")
    )


@pytest.mark.parametrize("size", [0, 1, 117, 118, 119, 120, 127, 128, 129, 16383, 16384, 70000])
@pytest.mark.parametrize("name", ["x-user", "x" * 130])
@pytest.mark.parametrize("letter", ["v", "\u00e9", "\udcff"])
def test_a_header_is_written_as_protobuf_does(size: int, name: str, letter: str) -> None:
    value = letter * size
    encoded = value.encode("utf-8", "surrogateescape")
    done = wire.Done(writes=[wire.Write(op=4, name=name.encode(), value=encoded)])
    written = writes.header_write(writes.RESPONSE_SET_HEADER, name, value)
    # a value that is empty is there all the same
    expected = done.SerializeToString() if size else None
    assert written is not None
    assert writes.header_write(writes.RESPONSE_SET_HEADER, name, value) == written, "a second time"
    assert wire.Done.FromString(written) == done
    assert expected in (None, written)


def test_few_values_are_kept() -> None:
    """Goal: neither the values of a million clients nor a credential stays in memory."""
    for number in range(100):
        writes.header_write(writes.RESPONSE_SET_HEADER, "x-kept", str(number))
    token = "t" * (writes.VALUE_BYTES_KEPT_MAX + 1)
    writes.header_write(writes.RESPONSE_SET_HEADER, "x-token", token)
    heads = writes._heads[writes.RESPONSE_SET_HEADER]
    assert list(heads["x-kept"][2]) == ["0", "1", "2", "3"]
    assert not heads["x-token"][2]


@pytest.mark.parametrize("value", ["a\x00", "a\r\nb: c", "\x7f", "\t", 7, None, b"a", ["a"]])
def test_what_is_no_plain_text_has_no_short_form(value: object) -> None:
    assert writes.header_write(writes.RESPONSE_SET_HEADER, "x-user", value) is None
    assert writes.header_write(writes.RESPONSE_SET_HEADER, "x user", "a") is None


@pytest.mark.parametrize("us", [0, 1, 127, 128, 16383, 16384, 60_000_000])
def test_the_end_of_a_plain_done(us: int) -> None:
    written = writes.ONE_RAN[us] if us < writes.ONE_RAN_US else writes.one_ran(us)
    assert written == writes.one_ran(us) == writes.done_message((), 1, plugin_us=[us])


@pytest.mark.parametrize("numbers", [[1], [24], [127], [128], [300, 24], [100_000], [1] * 127])
@pytest.mark.parametrize("phase", [phases.REWRITE, phases.ACCESS, phases.RESPONSE, phases.LOG])
def test_the_beginning_of_an_event(phase: int, numbers: list[int]) -> None:
    event = event_message(phase, instances=numbers)
    assert event.startswith(beginning_of(phase, numbers))
    assert beginning(event) == beginning_of(phase, numbers)


def test_a_number_that_is_used_again_runs_the_new_config(gateway: Gateway) -> None:  # noqa: F811
    gateway.start("doer", b'{"do":"headers"}', 24)
    for _ in range(2):
        assert len(gateway.run(instances=[24]).writes) == 2
    gateway.send(0, wire.STOP, wire.Stop(instance=24))
    assert gateway.run(instances=[24]).failure == "no plugin instance #24"
    gateway.start("doer", b'{"do":"exit"}', 24)
    for _ in range(2):
        assert len(gateway.run(instances=[24]).writes) == 1


def test_an_event_with_its_fields_in_another_order(gateway: Gateway) -> None:  # noqa: F811
    """protobuf promises no order: instances may stand behind everything else, and unpacked."""
    gateway.start("doer", b'{"do":"headers"}', 1)
    gateway.start("doer", b'{"do":"exit"}', 2)
    gateway.run(instances=[1])
    for late in (b"\x12\x01\x02", b"\x10\x02"):
        gateway.send(7, wire.EVENT, event_message(instances=[]) + late)
        assert [w.op for w in gateway.expect(7, wire.DONE).writes] == [0]
