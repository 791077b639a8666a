"""The thread of an asyncio loop, for plugins with `async def` handlers; uvloop where it is installed.

It is started with the first such event, so plugins without coroutines do not pay for it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any


class LoopThread:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._mutex = threading.Lock()
        #: Tasks that are under way: a loop keeps only weak references.
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop, started if need be."""
        if self._loop is None:
            with self._mutex:
                if self._loop is None:
                    self._loop = self._start()
        return self._loop

    def _start(self) -> asyncio.AbstractEventLoop:
        try:
            import uvloop
        except ImportError:
            loop = asyncio.new_event_loop()
        else:
            loop = uvloop.new_event_loop()
        threading.Thread(target=loop.run_forever, name="coroutines", daemon=True).start()
        return loop

    def run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine, from any thread; it handles its own errors."""
        self.loop.call_soon_threadsafe(self._begin, coroutine)

    def _begin(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def finish(self, future: asyncio.Future[Any], result: Any) -> None:
        """Give a future its result, from any thread."""
        self.loop.call_soon_threadsafe(_set, future, result)


def _set(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)
