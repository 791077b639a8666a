"""A pipe that wakes a thread which waits for it, from other threads and from signal handlers."""

from __future__ import annotations

import contextlib
import os
import select

_DRAIN_BYTES = 4096


class WakePipe:
    """Any number of wakes until somebody looks are one."""

    def __init__(self) -> None:
        self.read_fd, self.write_fd = os.pipe()
        os.set_blocking(self.read_fd, False)
        os.set_blocking(self.write_fd, False)

    def wake(self) -> None:
        """Wake who waits now, or will."""
        # a full pipe wakes as well as any
        with contextlib.suppress(BlockingIOError):
            os.write(self.write_fd, b"\0")

    def drain(self) -> None:
        """Forget the wakes so far."""
        with contextlib.suppress(BlockingIOError):
            while len(os.read(self.read_fd, _DRAIN_BYTES)) == _DRAIN_BYTES:
                pass

    def wait(self, seconds: float) -> bool:
        """Wait for a wake; gives whether there was one."""
        ready, _, _ = select.select([self.read_fd], [], [], seconds)
        if ready:
            self.drain()
        return bool(ready)
