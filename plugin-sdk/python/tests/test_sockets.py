"""What a connection writes, and when: by hand and by hand alone, without threads."""

from __future__ import annotations

import socket

from dragoman_plugin.sockets import FRAMES_TOGETHER_MAX, Link, Sockets


def unexpected(cause: object) -> None:
    raise AssertionError(cause)


def test_frames_leave_together_but_not_later_than_there_are_enough() -> None:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    sockets = Sockets(unexpected, unexpected)  # type: ignore[arg-type]
    link = Link(ours, sockets)
    with ours, theirs:
        for _ in range(FRAMES_TOGETHER_MAX - 1):
            link.write(b"x", False)
        try:
            early = theirs.recv(100)
        except BlockingIOError:
            early = b""
        assert early == b""
        link.write(b"y", False)
        assert theirs.recv(100) == b"x" * (FRAMES_TOGETHER_MAX - 1) + b"y"
        # the leader's next poll finds nothing left to write
        link.write(b"z", True)
        sockets.poll(0)
        assert theirs.recv(100) == b"z"
