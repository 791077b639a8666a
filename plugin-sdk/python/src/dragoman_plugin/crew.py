"""Threads that serve the sockets and run the handlers: a leader and its followers.

A plain handler is a function that may return in 5 microseconds, wait a second for a database, or never return. Handing
every event to a pool costs two thread switches, some 60 microseconds; running it on the thread that reads the sockets lets
one slow handler hold up all others. So one thread, the leader, reads and runs what it reads, and gives the lead away

* before a handler that took long lately (`SLOW_US`),
* when a handler asks the gateway and there is other work (if there is none, it reads on until its own answer comes),
* when a handler is not back after `STUCK_SECONDS`: the watch takes the lead from it and appoints somebody else.

A quick handler costs no switch at all, and a stuck one costs the others a few milliseconds, once. Threads are started as
they are needed, at most `threads_max`; when all are busy nobody reads, which is how the gateway comes to wait.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, Protocol

from .wake_pipe import WakePipe

#: Threads that run handlers at a time, unless the author says otherwise.
THREADS_MAX = 64
#: A handler that runs longer than this is taken for stuck: somebody else leads.
STUCK_SECONDS = 0.005
#: From here on a run is slow, in microseconds; the lead is given away first where runs of a handler lately were.
SLOW_US = 1000
#: Slow runs that are remembered; as many quick ones make up for them.
SLOWNESS_MAX = 4
#: How long nothing happens before the watch looks only now and then.
_IDLE_SECONDS = 0.5

Job = Callable[[], None]


class Poller(Protocol):
    """What reads and writes for the leader."""

    def poll(self, timeout: float | None) -> None:
        """Write what waits to be written, then wait for input; jobs go to `Crew.jobs`, results to `Wait.finish`."""

    def flush(self) -> None:
        """Write what waits to be written, for a thread that will not poll."""

    def wake(self) -> None:
        """Let a `poll` in another thread return."""


class Wait:
    """A handler that waits for an answer of the gateway."""

    __slots__ = ("_gate", "is_blocked", "is_done", "result")

    def __init__(self) -> None:
        self.result: Any = None
        self.is_done = False
        #: Its thread sleeps.
        self.is_blocked = False
        self._gate = threading.Lock()
        self._gate.acquire()

    def sleep(self) -> None:
        """Until `rouse`."""
        self._gate.acquire()

    def rouse(self) -> None:
        """Let the thread go on; its `is_blocked` was true."""
        self.is_blocked = False
        self._gate.release()


class Crew:
    """The threads of a server."""

    def __init__(
        self, poller: Poller, failed: Callable[[str], None], threads_max: int = THREADS_MAX
    ) -> None:
        self.jobs: deque[Job] = deque()
        self._poller = poller
        # told of an exception that no job may have: the thread goes on
        self._failed = failed
        self._threads_max = threads_max
        self._threads = 0
        self._mutex = threading.Lock()
        self._leader: threading.Thread | None = None
        self._idle: list[tuple[threading.Thread, Wait]] = []
        self._waits: dict[Wait, threading.Thread] = {}
        self._is_over = False
        # what the watch looks at: a number for each run, and whether the leader is in one
        self._turn = 0
        self._is_running = False
        self._watch_sleeps = WakePipe()
        self._is_watched = True

    # ---- the life of the crew

    @property
    def signal_fd(self) -> int:
        """Where signals are to be written so that the watch sees them at once (`signal.set_wakeup_fd`)."""
        return self._watch_sleeps.write_fd

    def start(self) -> None:
        """Start the first thread, which leads."""
        with self._mutex:
            self._appoint()

    def stop(self) -> None:
        """No more jobs are taken. Threads that run a handler are left to it: they end with the process."""
        with self._mutex:
            self._is_over = True
            for _, wait in self._idle:
                wait.rouse()
            self._idle.clear()
        self._poller.wake()
        self._watch_sleeps.wake()

    def watch(self, tick: Callable[[], bool], tick_seconds: float) -> None:
        """Look after the leader, in the caller's thread, until `tick` says False; it is called every so often."""
        seen, next_tick, quiet_since = -1, monotonic() + tick_seconds, monotonic()
        while not self._is_over:
            now = monotonic()
            if now >= next_tick:
                if not tick():
                    return
                next_tick = now + tick_seconds
            if self._is_running and self._turn == seen:
                self._relieve(seen)
            if self._turn != seen:
                seen, quiet_since = self._turn, now
            if now - quiet_since > _IDLE_SECONDS and not self._is_running:
                self._is_watched = False
                self._watch_sleeps.wait(max(0.0, next_tick - now))
                self._is_watched = True
            else:
                self._watch_sleeps.wait(STUCK_SECONDS)

    def _relieve(self, turn: int) -> None:
        """Take the lead from a thread that is stuck in its handler."""
        with self._mutex:
            if self._is_running and self._turn == turn:
                self._is_running = False
                self._appoint()

    def _appoint(self) -> bool:
        """Give the lead to somebody; the mutex is held. False: nobody is free, so whoever is first takes it."""
        self._leader = None
        if self._idle:
            self._leader, wait = self._idle.pop()
            wait.rouse()
        elif self._threads < self._threads_max:
            self._threads += 1
            thread = threading.Thread(
                target=self._work, name=f"handler-{self._threads}", daemon=True
            )
            self._leader = thread
            thread.start()
        else:
            for wait, thread in self._waits.items():
                if wait.is_blocked:
                    self._leader = thread
                    wait.rouse()
                    break
        return self._leader is not None

    # ---- a thread

    def _work(self) -> None:
        me = threading.current_thread()
        while not self._is_over:
            if self._leader is me:
                self._lead(me)
            elif not self._rest(me):
                return

    def _lead(self, me: threading.Thread) -> None:
        """Read and run, until the lead is gone."""
        jobs, poller = self.jobs, self._poller
        while self._leader is me and not self._is_over:
            if not jobs:
                poller.poll(None)
                continue
            with self._mutex:
                if self._leader is not me:
                    break
                self._is_running = True
            if not self._is_watched:
                self._watch_sleeps.wake()
            self._run_jobs(me)
            with self._mutex:
                if self._leader is me:
                    self._is_running = False
        # whoever leads now may be waiting already, and not for what these jobs have written
        poller.flush()

    def _run_jobs(self, me: threading.Thread) -> None:
        """Run what was read. No lock is taken for a job: they are quick, and a lock costs as much as reading one does.

        So the watch may take the lead in the moment between two jobs, and the second one runs beside the next leader,
        as any that is stuck.
        """
        jobs = self.jobs
        while jobs and self._leader is me and not self._is_over:
            self._turn += 1
            try:
                job = jobs.popleft()
            except IndexError:
                return
            try:
                job()
            except Exception:
                self._failed("a job of the server failed")

    def _rest(self, me: threading.Thread) -> bool:
        """Wait to be appointed. False: the crew is over."""
        wait = Wait()
        with self._mutex:
            if self._is_over:
                return False
            if self._leader is None:
                self._leader = me
                return True
            if self._leader is me:
                return True
            wait.is_blocked = True
            self._idle.append((me, wait))
            has_work = bool(self.jobs)
        if has_work:
            # a leader that waits for its own answer can go and wait elsewhere
            self._poller.wake()
        wait.sleep()
        return not self._is_over

    # ---- what a job does on its way

    def is_leader(self) -> bool:
        """Is the caller the leader? What it writes is then written with the next poll."""
        return self._leader is threading.current_thread()

    def yield_lead(self) -> None:
        """Before something slow: let somebody else lead, if anybody is free."""
        with self._mutex:
            if self._leader is threading.current_thread():
                self._is_running = False
                self._appoint()

    def finish(self, wait: Wait, result: Any) -> None:
        """The answer that a handler waits for is here."""
        with self._mutex:
            if wait.is_done:
                return
            wait.result = result
            wait.is_done = True
            if wait.is_blocked:
                wait.rouse()

    def wait(self, wait: Wait) -> Any:
        """Wait until `finish`; leads on meanwhile, as long as there is nothing else to do."""
        me = threading.current_thread()
        while True:
            with self._mutex:
                if wait.is_done:
                    self._is_running = self._is_running or self._leader is me
                    self._turn += 1
                    return wait.result
                leads = self._leader is me
                if leads:
                    self._is_running = False
                    leads = not (self.jobs and self._can_appoint() and self._appoint())
                if not leads:
                    wait.is_blocked = True
                    self._waits[wait] = me
            if leads:
                self._poller.poll(None)
            else:
                wait.sleep()
                with self._mutex:
                    self._waits.pop(wait, None)

    def _can_appoint(self) -> bool:
        return bool(self._idle) or self._threads < self._threads_max
