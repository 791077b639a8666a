"""A gateway as small as tests need it: it speaks the contract over a socket and shows what came back."""

from __future__ import annotations

import os
import socket
import time
from typing import Any

from dragoman_plugin import phases, wire
from dragoman_plugin.frames import FrameReader, frame

#: Longest that a test waits for a frame, in seconds.
WAIT_SECONDS = 60.0

HEADERS = (
    b"host: api.example.com\r\nx-client-id: client-42\r\naccept: */*\r\nx-many: a\r\nX-Many: b\r\n"
)


def event_message(phase: int = phases.ACCESS, **fields: Any) -> bytes:
    """An Event as a small GET gives it."""
    usual: dict[str, Any] = {
        "phase": phase,
        "instances": [1],
        "request": 1001,
        "id": "0123456789abcdef0123456789abcdef",
        "method": "GET",
        "target": b"/orders/7?page=2&debug",
        "http_version": 11,
        "scheme": "http",
        "host": b"api.example.com",
        "port": 8000,
        "headers": HEADERS,
        "client_ip": "10.0.0.9",
        "client_port": 40000,
        "forwarded_ip": "10.0.0.9",
        "forwarded_port": 40000,
        "start_ms": 1700000000000,
        "body_state": 1,
    }
    usual.update(fields)
    return wire.Event(**usual).SerializeToString()


class Gateway:
    """One connection to a plugin server."""

    def __init__(self, path: str, greet: bool = True, wants_reads: bool = False) -> None:
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(WAIT_SECONDS)
        _connect(self.socket, path)
        self._reader = FrameReader()
        self._frames: list[tuple[int, int, bytes]] = []
        self.hello: Any = None
        if greet:
            hello = wire.Hello(
                protocol_versions=[1],
                software="test",
                node_id="node-1",
                hostname="gw-1",
                kong_version="3.9.1",
                kong_version_num=3009001,
                wants_reads=wants_reads,
            )
            self.socket.sendall(wire.PREAMBLE)
            self.send(0, wire.HELLO, hello)
            self.hello = self.expect(0, wire.HELLO)

    def send(self, stream: int, kind: int, message: Any = b"") -> None:
        """Send a frame; a message or its bytes."""
        data = message if isinstance(message, bytes) else message.SerializeToString()
        self.socket.sendall(frame(stream, kind, data))

    def receive(self) -> tuple[int, int, bytes]:
        """The next frame; `EOFError` where the server closed."""
        while not self._frames:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                raise EOFError
            self._frames = self._reader.push(data)
        return self._frames.pop(0)

    def expect(self, stream: int, kind: int) -> Any:
        """The next frame, which is of this stream and type, as a message."""
        got_stream, got_kind, data = self.receive()
        assert (got_stream, got_kind) == (stream, kind), (got_stream, got_kind, data)
        return _CLASSES[kind].FromString(data)

    def start(self, plugin: str, config: bytes = b"{}", instance: int = 1) -> Any:
        """Start an instance."""
        self.send(0, wire.START, wire.Start(instance=instance, plugin=plugin, config=config))
        return self.expect(0, wire.STARTED)

    def run(self, stream: int = 1, **fields: Any) -> Any:
        """An event that asks nothing; gives its Done."""
        self.send(stream, wire.EVENT, event_message(**fields))
        return self.expect(stream, wire.DONE)

    def close(self) -> None:
        self.socket.close()


_CLASSES = {
    wire.HELLO: wire.Hello,
    wire.STARTED: wire.Started,
    wire.START_FAILED: wire.StartFailed,
    wire.CALL: wire.Call,
    wire.DONE: wire.Done,
    wire.CHUNK_DONE: wire.ChunkDone,
    wire.LOG: wire.LogLine,
    wire.PONG: wire.message("Ping"),
    wire.DRAINING: wire.Draining,
}


def _connect(connecting: socket.socket, path: str) -> None:
    """A server that was just started makes its socket soon."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connecting.connect(path)
            return
        except (FileNotFoundError, ConnectionRefusedError):
            if time.monotonic() > deadline:
                raise
            os.stat(os.path.dirname(path))
            time.sleep(0.01)
