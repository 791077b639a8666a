"""The messages of the contract as classes, made from its descriptor set when the package is loaded.

The descriptor set is `proto/dragoman/plugin.proto`, compiled by `scripts/make-vectors.mjs` and kept beside this file: so
a build needs no compiler, and the version of protobuf that compiled it does not matter to the one that runs. Messages are
those of the protobuf runtime: upb, in C, wherever there is a wheel. The two messages that are written most, Done and
Call, are put together by hand in `writes.py`; everything that is read is read here.
"""

from __future__ import annotations

from importlib import resources
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

#: Version of the protocol that this package speaks.
PROTOCOL_VERSION = 1
#: What the gateway sends before its first frame.
PREAMBLE = b"DRAGOMAN"
#: Name of the protocol in the query command's answer.
PROTOCOL_NAME = "Dragoman:1"

_PACKAGE = "dragoman.plugin.v1."


def _load() -> descriptor_pool.DescriptorPool:
    data = resources.files(__package__).joinpath("plugin.binpb").read_bytes()
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(data).file:
        pool.Add(file)
    return pool


_pool = _load()


def message(name: str) -> Any:
    """The class of a message by its name in the contract: `message("Event")`."""
    found = _pool.FindMessageTypeByName(_PACKAGE + name)
    return message_factory.GetMessageClass(found)


def numbers(name: str) -> dict[str, int]:
    """The values of an enum by its name in the contract: `numbers("Phase")["ACCESS"]`."""
    found = _pool.FindEnumTypeByName(_PACKAGE + name)
    return {value.name: value.number for value in found.values}


_frame = numbers("FrameType")
HELLO = _frame["HELLO"]
START = _frame["START"]
STARTED = _frame["STARTED"]
START_FAILED = _frame["START_FAILED"]
STOP = _frame["STOP"]
ENTITY = _frame["ENTITY"]
FORGET_ENTITIES = _frame["FORGET_ENTITIES"]
EVENT = _frame["EVENT"]
CALL = _frame["CALL"]
RESULT = _frame["RESULT"]
DONE = _frame["DONE"]
CHUNK = _frame["CHUNK"]
CHUNK_DONE = _frame["CHUNK_DONE"]
CANCEL = _frame["CANCEL"]
FORGET = _frame["FORGET"]
LOG = _frame["LOG"]
PING = _frame["PING"]
PONG = _frame["PONG"]
DRAINING = _frame["DRAINING"]

Hello: Any = message("Hello")
PluginInfo: Any = message("PluginInfo")
Draining: Any = message("Draining")
Start: Any = message("Start")
Started: Any = message("Started")
StartFailed: Any = message("StartFailed")
Stop: Any = message("Stop")
Condition: Any = message("Condition")
Entity: Any = message("Entity")
Event: Any = message("Event")
Call: Any = message("Call")
Result: Any = message("Result")
Done: Any = message("Done")
Write: Any = message("Write")
Value: Any = message("Value")
Chunk: Any = message("Chunk")
ChunkDone: Any = message("ChunkDone")
Cancel: Any = message("Cancel")
Forget: Any = message("Forget")
LogLine: Any = message("LogLine")
