"""Golden vectors of the contract: every message is read as its JSON says and written to the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format

from dragoman_plugin import values, wire, writes

VECTORS = json.loads((Path(__file__).parents[3] / "proto" / "vectors.json").read_text())
IDS = [f"{vector['type']}: {vector['shows']}" for vector in VECTORS]


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_is_read_and_written(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    message = wire.message(vector["type"]).FromString(data)
    assert json_format.MessageToDict(message, preserving_proto_field_name=True) == vector["json"]
    assert message.SerializeToString(deterministic=True) == data


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS if v["type"] == "Done"], ids=lambda v: v["shows"]
)
def test_done_by_hand(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    done = wire.Done.FromString(data)
    written = writes.done_message(
        [_write(write) for write in done.writes],
        done.ran,
        done.failure,
        done.keeps_context,
        done.cache_ms,
        done.wants_body,
        done.plugin_us,
        done.reads,
    )
    assert written == data


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS if v["type"] == "Call"], ids=lambda v: v["shows"]
)
def test_call_by_hand(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    call = wire.Call.FromString(data)
    args = [values.python_of(arg) for arg in call.args]
    assert writes.call_message([_write(write) for write in call.writes], call.method, args) == data


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS if v["type"] == "Value"], ids=lambda v: v["shows"]
)
def test_values_survive(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    python = values.python_of(wire.Value.FromString(data))
    assert values.value_of(python).SerializeToString(deterministic=True) == data


def _write(write: Any) -> bytes:
    name = values.text_of(write.name)
    if write.op == writes.NEXT_INSTANCE:
        return writes.NEXT_INSTANCE_WRITE
    if write.op == writes.CALL:
        return writes.call_write(name, [values.python_of(arg) for arg in write.args])
    if write.op == writes.RESPONSE_SET_STATUS:
        encoded = writes.status_write(write.number)
    elif write.op in (writes.SERVICE_REQUEST_CLEAR_HEADER, writes.RESPONSE_CLEAR_HEADER):
        encoded = writes.clear_write(write.op, name)
    else:
        encoded = writes.header_write(write.op, name, values.text_of(write.value))
    assert encoded is not None
    return encoded
