"""The plugin server as Kong sees it, over MsgPack:1: methods by name, instances and events by number.

It behaves as kong-pdk's where a gateway can tell, but for two things: a handler that raises is an error at once, not an
event that never ends, and events run side by side.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import re
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

from dragoman_plugin import phases
from dragoman_plugin.crew import SLOW_US, SLOWNESS_MAX
from dragoman_plugin.errors import HandlerEnded
from dragoman_plugin.plugin import Instance
from dragoman_plugin.server import PluginServer

from .exception import PluginServerException
from .rpc_event import Answer, RpcEvent, RpcPath

#: Plugin configs in force. Kong does not say when it needs one no longer: the one not used for longest is dropped.
INSTANCES_MAX = 10_000
#: Events that ended with an exit, remembered for a gateway that asks for their end.
EXITED_MAX = 1000
#: How long a handler waits for its Step. Kong says nothing when it gives an event up, and its own limit is as long.
STEP_SECONDS_MAX = 60.0
#: The same where that many handlers wait already: each of them has a thread.
WAITING_MAX = 128
STEP_SECONDS_MAX_WHEN_MANY = 5.0
#: Longest text of an error, in characters.
ERROR_CHARS_MAX = 1000

_STEP = re.compile(r"Step(?:Credential|Consumer|MemoryStats|Route|Service|Plugin|MultiMap|Error)?")
#: Kong starts an instance again and the event anew at this text, so nothing else may hold it.
_INSTANCE_GONE = re.compile("no plugin instance", re.IGNORECASE)

log = logging.getLogger("kong_pdk")


class Rpc:
    """What the gateway's calls do."""

    def __init__(self, server: PluginServer, is_lua_style: bool) -> None:
        self.server = server
        self._is_lua_style = is_lua_style
        # handlers end in any thread
        self._mutex = threading.Lock()
        #: In the order of their last use.
        self._instances: dict[int, tuple[Instance, float]] = {}
        self._events: dict[int, RpcEvent] = {}
        self._exited: dict[int, None] = {}
        self._next_instance = 0
        self._next_event = 0
        self._methods: dict[str, Callable[[Any, Answer], None]] = {
            "StartInstance": self._start_instance,
            "CloseInstance": self._close_instance,
            "InstanceStatus": self._instance_status,
            "HandleEvent": self._handle_event,
            "GetPluginInfo": self._plugin_info,
            "GetStatus": self._status,
        }

    def handle(self, name: str, args: Any, answer: Answer) -> None:
        """Do what a message asks for; the answer is told at once or later."""
        space, _, method = name.partition(".")
        argument = args[0] if isinstance(args, list) and args else None
        try:
            if space != "plugin":
                raise PluginServerException(f"RPC for {space} is not supported")
            if _STEP.fullmatch(method):
                self._step(argument, method == "StepError", answer)
            elif method in self._methods:
                self._methods[method](argument, answer)
            else:
                raise PluginServerException(f"method {method} not implemented")
        except PluginServerException as cause:
            answer(str(cause), None)
        except (KeyError, TypeError) as cause:
            answer(f"the arguments of {method} cannot be read: {cause!r}"[:ERROR_CHARS_MAX], None)

    def _later(self, job: Callable[[], None]) -> None:
        """Run a plugin's code, as a job of the crew."""
        self.server.crew.jobs.append(job)

    # ---- instances

    def _start_instance(self, start: Any, answer: Answer) -> None:
        plugin = self.server.plugins.get(start["Name"])
        if plugin is None:
            raise PluginServerException(f"there is no plugin {start['Name']!r} here")
        self._later(partial(self._run_start, plugin, str(start["Config"]), answer))

    def _run_start(self, plugin: Any, config: str, answer: Answer) -> None:
        try:
            instance = plugin.start(0, config.encode("utf-8", "surrogateescape"))
        except Exception as cause:
            self.server.note_exception(f"instance of {plugin.name} did not start")
            answer(_text(cause), None)
            return
        dropped = None
        with self._mutex:
            number = self._next_instance
            self._next_instance += 1
            if len(self._instances) >= INSTANCES_MAX:
                dropped, _ = self._instances.pop(next(iter(self._instances)))
            self._instances[number] = (instance, time.time())
        if dropped is not None:
            self._later(partial(self.server.stop_instance, dropped))
        answer(None, self._status_of(number))

    def _found(self, number: Any) -> Instance:
        found = self._instances.get(number)
        if found is None:
            raise PluginServerException(f"no plugin instance #{number}")
        return found[0]

    def _status_of(self, number: int) -> dict[str, Any]:
        instance, started = self._instances[number]
        config = instance.config
        return {"Name": instance.plugin.name, "Id": number, "Config": config, "StartTime": started}

    def _instance_status(self, number: Any, answer: Answer) -> None:
        self._found(number)
        answer(None, self._status_of(number))

    def _close_instance(self, number: Any, answer: Answer) -> None:
        instance = self._found(number)
        status = self._status_of(number)
        with self._mutex:
            self._instances.pop(number, None)
        self._later(partial(self.server.stop_instance, instance))
        answer(None, status)

    def _plugin_info(self, name: Any, answer: Answer) -> None:
        plugin = self.server.plugins.get(name)
        if plugin is None:
            raise PluginServerException(f"there is no plugin {name!r} here")
        answer(None, json.loads(json.dumps(plugin.info())))

    def _status(self, _argument: Any, answer: Answer) -> None:
        answer(None, {"Plugins": list(self.server.plugins)})

    # ---- events

    def _handle_event(self, event: Any, answer: Answer) -> None:
        number, phase = event["InstanceId"], str(event["EventName"])
        instance = self._found(number)
        self._give_up()
        with self._mutex:
            self._instances[number] = self._instances.pop(number)
            under_way = RpcEvent(self._next_event, self.server.crew, answer)
            self._next_event += 1
            self._events[under_way.number] = under_way
        self._later(partial(self._run, instance, phase, under_way))

    def _run(self, instance: Instance, phase: str, event: RpcEvent) -> None:
        if instance.slowness > 1:
            self.server.crew.yield_lead()
        began = time.perf_counter_ns()
        failure = self._run_handler(instance, phase, event)
        slow = (time.perf_counter_ns() - began) // 1000 > SLOW_US
        instance.slowness = max(0, min(SLOWNESS_MAX, instance.slowness + (1 if slow else -1)))
        with self._mutex:
            self._events.pop(event.number, None)
            if event.is_exited:
                if len(self._exited) >= EXITED_MAX:
                    self._exited.pop(next(iter(self._exited)))
                self._exited[event.number] = None
        event.end(failure)

    def _run_handler(self, instance: Instance, phase: str, event: RpcEvent) -> str | None:
        handler = instance.handlers.get(phases.BITS.get(phase, 0))
        if handler is None:
            return f"plugin {instance.plugin.name} has no phase {phase}"
        try:
            result = handler(RpcPath(event, "kong", self._is_lua_style))
            if inspect.iscoroutine(result):
                asyncio.run(result)
        except HandlerEnded:
            return None
        except BaseException as cause:
            log.error("%s.%s: %s", instance.plugin.name, phase, traceback.format_exc())
            return _text(cause)
        return None

    def _step(self, step: Any, is_error: bool, answer: Answer) -> None:
        number = step["EventId"]
        event = self._events.get(number)
        if event is not None and event.step(step.get("Data"), is_error, answer):
            return
        with self._mutex:
            was_exit = number in self._exited or (event is not None and event.is_exited)
            self._exited.pop(number, None)
        if not was_exit:
            raise PluginServerException(f"event id {number} not found")
        answer(None, {"Data": "ret", "EventId": number})

    def _give_up(self) -> None:
        """End the events that nobody goes on with."""
        now = time.monotonic()
        with self._mutex:
            waiting = [event for event in self._events.values() if event.waits_since]
        limit = STEP_SECONDS_MAX_WHEN_MANY if len(waiting) >= WAITING_MAX else STEP_SECONDS_MAX
        for event in waiting:
            if event.waits_since and now - event.waits_since > limit:
                event.give_up()


def _text(cause: BaseException) -> str:
    text = f"{type(cause).__name__}: {cause}"[:ERROR_CHARS_MAX]
    return _INSTANCE_GONE.sub("no such instance", text)
