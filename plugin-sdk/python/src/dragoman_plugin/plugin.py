"""A plugin: a class with a method for each phase, and what the gateway must know of it.

The decorator reads the class once. An instance of it is one plugin config: it lives from the gateway's Start to its Stop and
has the configuration as `self.config`.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from . import phases
from .conditions import started_message
from .config import parse_config
from .errors import PluginError
from .event import Event
from .schema import fields_of, is_record, plugin_schema

C = TypeVar("C", bound=type)

_VERSION = re.compile(r"\d+(\.\d+){0,2}")
#: Attribute of a plugin class where the decorator leaves what it found.
_ATTRIBUTE = "__dragoman_plugin__"


@dataclass(frozen=True)
class Plugin:
    """What was found of a plugin class; `make` gives the object of a config."""

    name: str
    version: str | None
    priority: int
    phases: Sequence[str]
    schema: dict[str, Any]
    config_class: Any
    make: Callable[[Any], Any]
    #: Called for init_worker and configure, where there is no config.
    owner: Any
    reads_request_body: bool = False
    #: What handlers get as `kong`, where that is not the SDK's own.
    make_kong: Callable[[Event], Any] | None = None

    def info(self) -> dict[str, Any]:
        """As the query command prints it."""
        return {
            "Name": self.name,
            "Phases": list(self.phases),
            "Priority": self.priority,
            "Version": self.version,
            "Schema": self.schema,
        }

    def fill_info(self, message: Any) -> None:
        """As Hello carries it."""
        message.name = self.name
        message.priority = self.priority
        message.version = self.version or ""
        message.phases.extend(self.phases)
        message.schema = json.dumps(self.schema, separators=(",", ":")).encode()
        message.reads_request_body = self.reads_request_body

    def start(self, number: int, config: bytes) -> Instance:
        """An instance for a config; raises `ConfigError`, or what the plugin's own code raises."""
        parsed = parse_config(self.config_class, config)
        return Instance(number, self, self.make(parsed), parsed)


class Instance:
    """A plugin config in force."""

    __slots__ = ("config", "coroutines", "handlers", "number", "object", "plugin", "slowness")

    def __init__(self, number: int, plugin: Plugin, target: Any, config: Any) -> None:
        self.number = number
        self.plugin = plugin
        self.object = target
        self.config = config
        #: Bit of a phase -> bound method.
        self.handlers: dict[int, Callable[..., Any]] = {
            phases.BITS[name]: getattr(target, name) for name in plugin.phases
        }
        #: Bits of the phases whose handlers are coroutine functions.
        self.coroutines = sum(
            bit for bit, handler in self.handlers.items() if inspect.iscoroutinefunction(handler)
        )
        #: How often its handlers lately took long: see crew.py.
        self.slowness = 0

    def started(self) -> bytes:
        """The Started message, with what the plugin computes from its configuration."""
        conditions = getattr(self.object, "conditions", None)
        cache_key = getattr(self.object, "cache_key", None)
        return started_message(
            self.number,
            conditions() if callable(conditions) else (),
            cache_key() if callable(cache_key) else (),
        )

    def stop(self) -> None:
        """The plugin config is over: `close()` of the plugin, if it has one."""
        close = getattr(self.object, "close", None)
        if callable(close):
            close()


def plugin(
    *,
    name: str,
    version: str = "0.1.0",
    priority: int = 0,
    reads_request_body: bool = False,
    schema: Iterable[dict[str, Any]] | None = None,
) -> Callable[[C], C]:
    """Make a plugin of a class. Its methods named as phases are its handlers.

    The annotation `config: SomeDataclass` in the class declares the configuration; `schema` is for those who write Kong's
    fields by hand (`self.config` is a dict then). Higher `priority` runs first. `reads_request_body`: bodies that have
    arrived are sent along, so that `kong.request.get_raw_body` need not ask.

    Raises `PluginError` for a class that cannot be served.
    """

    def decorate(cls: C) -> C:
        setattr(
            cls, _ATTRIBUTE, _describe(cls, name, version, priority, reads_request_body, schema)
        )
        return cls

    return decorate


def plugin_of(target: Any) -> Plugin:
    """The plugin that a decorated class is; a Plugin is itself."""
    found = target if isinstance(target, Plugin) else getattr(target, _ATTRIBUTE, None)
    if not isinstance(found, Plugin):
        raise PluginError(f"{target!r} is no plugin: it needs the decorator @plugin(name=...)")
    return found


def _describe(
    cls: type,
    name: str,
    version: str,
    priority: int,
    reads_request_body: bool,
    schema: Iterable[dict[str, Any]] | None,
) -> Plugin:
    if not name:
        raise PluginError("a plugin needs a name")
    if not _VERSION.fullmatch(version):
        raise PluginError(f"{name}: version is one to three numbers with dots, not {version!r}")
    config_class = None if schema is not None else _config_class(cls, name)
    fields = schema if schema is not None else fields_of(config_class) if config_class else []
    return Plugin(
        name=name,
        version=version,
        priority=priority,
        phases=_phases(cls, name),
        schema=plugin_schema(name, fields),
        config_class=config_class,
        make=_maker(cls),
        owner=cls,
        reads_request_body=reads_request_body,
    )


def _config_class(cls: type, name: str) -> Any:
    try:
        kind = get_type_hints(cls).get("config")
    except NameError as cause:
        raise PluginError(
            f"{name}: {cause} (config classes belong to the module's level)"
        ) from cause
    if kind is None or kind is dict or kind is Any:
        return None
    if not is_record(kind):
        raise PluginError(f"{name}: config is a dataclass or a msgspec Struct, not {kind!r}")
    return kind


def _phases(cls: type, name: str) -> list[str]:
    found = [phase for phase in phases.BITS if callable(getattr(cls, phase, None))]
    for phase in found:
        of_class = isinstance(inspect.getattr_static(cls, phase), (classmethod, staticmethod))
        if phases.BITS[phase] & phases.OF_THE_PLUGIN and not of_class:
            raise PluginError(f"{name}: {phase} has no configuration, so it is a @classmethod")
    if "response" in found and {"header_filter", "body_filter"} & set(found):
        raise PluginError(f"{name}: response cannot be together with header_filter or body_filter")
    return found


def _maker(cls: type) -> Callable[[Any], Any]:
    """How an object of the class is made: with the config if `__init__` takes it, else it is set."""
    takes_config = cls.__init__ is not object.__init__  # type: ignore[misc]
    if takes_config:
        takes_config = len(inspect.signature(cls.__init__).parameters) > 1  # type: ignore[misc]

    def make(config: Any) -> Any:
        made = cls(config) if takes_config else cls()
        if not takes_config:
            made.config = config
        return made

    return make
