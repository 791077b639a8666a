"""One event over MsgPack:1: the handler runs in a thread, and each of its PDK calls is an answer, a wait and a Step.

Steps come on whatever connection the gateway chooses, so an event knows whom to answer next, and no connection.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

from dragoman_plugin.crew import Crew, Wait
from dragoman_plugin.errors import HandlerEnded

from .exception import PDKException

#: Tells an error, or a result; False where nobody is there to hear it.
Answer = Callable[[Any, Any], bool]

#: Functions that end the request: nothing comes back from them.
ENDINGS = ("kong.response.exit", "kong.response.error")
#: What the log takes as it is; anything else becomes text by `str`.
LOGGED_AS_IS = (str, int, list, dict)


class RpcEvent:
    """What a handler does, told to whoever asks."""

    def __init__(self, number: int, crew: Crew, answer: Answer) -> None:
        self.number = number
        self.is_exited = False
        #: When it began to wait for a Step, 0.0 while its handler runs.
        self.waits_since = 0.0
        self._crew = crew
        self._answer: Answer | None = answer
        self._wait: Wait | None = None
        self._is_over = False
        # a plugin may call from threads of its own
        self._mutex = threading.Lock()

    def call(self, name: str, args: tuple[Any, ...]) -> tuple[Any, Any]:
        """Ask the gateway and wait: its value and its error. Raises HandlerEnded where there will be none."""
        if name.startswith("kong.log") and (len(name) == 8 or name[8] == "."):
            args = tuple([arg if type(arg) in LOGGED_AS_IS else str(arg) for arg in args])
        with self._mutex:
            if self.is_exited or self._is_over:
                raise HandlerEnded("the gateway has its answer")
            self.is_exited = name in ENDINGS
            wait = Wait()
            self._wait = wait
            self.waits_since = monotonic()
            if not self._tell(
                None, {"Data": {"Method": name, "Args": args}, "EventId": self.number}
            ):
                self._is_over = True
                raise HandlerEnded("nobody waits for the event")
            if self.is_exited:
                return None, None
            found = self._crew.wait(wait)
            self.waits_since = 0.0
            if found is None:
                self._is_over = True
                raise HandlerEnded("the gateway does not go on with the event")
            return found

    def _tell(self, error: Any, result: Any) -> bool:
        answer, self._answer = self._answer, None
        return answer is not None and answer(error, result)

    def step(self, data: Any, is_error: bool, answer: Answer) -> bool:
        """The gateway's answer to the call, and whom to tell what comes next. False: nothing was asked."""
        wait, self._wait = self._wait, None
        if wait is None:
            return False
        self._answer = answer
        self._crew.finish(wait, (None, data) if is_error else (data, None))
        return True

    def give_up(self) -> None:
        """Nobody goes on with it: the handler is told, and its thread is free."""
        wait, self._wait = self._wait, None
        if wait is not None:
            self._crew.finish(wait, None)

    def end(self, failure: str | None) -> None:
        """The handler has ended; `failure` is why, if not well."""
        self._is_over = True
        if failure is None or self.is_exited:
            self._tell(None, {"Data": "ret", "EventId": self.number})
        else:
            self._tell(failure, None)


class RpcPath:
    """`kong`, and every name below it: a function that asks. Attributes and text as with `Path` of `calls`."""

    __slots__ = ("__dict__", "_event", "_is_lua_style", "_name")

    def __init__(self, event: RpcEvent, name: str, is_lua_style: bool) -> None:
        self._event = event
        self._name = name
        self._is_lua_style = is_lua_style

    def __getattr__(self, name: str) -> RpcPath:
        if name.startswith("__"):
            raise AttributeError(name)
        return RpcPath(self._event, f"{self._name}.{name}", self._is_lua_style)

    def __call__(self, *args: Any) -> Any:
        value, error = self._event.call(self._name, args)
        if self._name in ENDINGS:
            return None
        if self._is_lua_style:
            return value, error
        if error is not None:
            raise PDKException(f"exception from {self._name}: {error}")
        return value

    def __str__(self) -> str:
        value: str = self()
        return value

    def __repr__(self) -> str:
        return f"<{self._name} of the PDK>"
