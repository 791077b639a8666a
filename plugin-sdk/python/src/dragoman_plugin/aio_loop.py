"""The thread of an asyncio loop, for plugins with `async def` handlers; uvloop where it is installed.

It is started with the first such event, so plugins without coroutines do not pay for it.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any


class LoopThread:
    """An event loop in a thread of its own."""

    def __init__(self, flush: Callable[[], None]) -> None:
        """`flush` writes what coroutines have queued."""
        self._flush = flush
        self._is_flushing = False
        # coroutines that are to begin, and whether the loop knows
        self._begun: deque[Coroutine[Any, Any, None]] = deque()
        self._is_called = False
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
        self._begun.append(coroutine)
        if not self._is_called:
            self._is_called = True
            self.loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        # before they are taken: one that comes from now on is either among them, or calls again
        self._is_called = False
        begun, tasks, create = self._begun, self._tasks, self.loop.create_task
        while begun:
            task = create(begun.popleft())
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    def flush_soon(self) -> None:
        """Write what was queued, once for all that end in this turn of the loop; on the loop."""
        if not self._is_flushing:
            self._is_flushing = True
            self.loop.call_soon(self._flush_now)

    def _flush_now(self) -> None:
        self._is_flushing = False
        self._flush()

    def finish(self, future: asyncio.Future[Any], result: Any) -> None:
        """Give a future its result, from any thread."""
        self.loop.call_soon_threadsafe(_set, future, result)


def _set(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)
