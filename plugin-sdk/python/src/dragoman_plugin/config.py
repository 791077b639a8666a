"""A plugin config as an object: from the gateway's JSON to the plugin's config class.

The gateway has checked it against the schema and filled in defaults; what is checked here are types, because a config can
be older than the plugin's code. Keys of the gateway's own (`__seq__`, `__plugin_id`, ...) are left out.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from .errors import ConfigError
from .schema import is_record, optional_of, settings_of

_NUMBERS = (int, float)


def parse_config(kind: Any, data: bytes) -> Any:
    """The config object of a Start message; a plain dict where the plugin has no config class.

    Raises `ConfigError` with the name of the field that does not fit.
    """
    try:
        values = json.loads(data) if data else {}
    except ValueError as cause:
        raise ConfigError(f"the configuration is no JSON: {cause}") from cause
    if not isinstance(values, dict):
        raise ConfigError("the configuration is no object")
    if kind is None:
        return values
    return _record(kind, values, "config")


def _record(kind: Any, values: Any, where: str) -> Any:
    if not isinstance(values, Mapping):
        raise ConfigError(f"{where}: expected a record")
    if not dataclasses.is_dataclass(kind):
        return _struct(kind, values, where)
    make: Any = kind
    arguments: dict[str, Any] = {}
    for setting in settings_of(kind):
        value = values.get(setting.name)
        path = f"{where}.{setting.name}"
        if value is not None:
            arguments[setting.name] = _value(setting.type, value, path)
        elif not setting.has_default:
            if not optional_of(setting.type)[1]:
                raise ConfigError(f"{path}: required field missing")
            arguments[setting.name] = None
    try:
        return make(**arguments)
    except (TypeError, ValueError) as cause:
        raise ConfigError(f"{where}: {cause}") from cause


def _struct(kind: Any, values: Mapping[str, Any], where: str) -> Any:
    import msgspec

    given = {name: value for name, value in values.items() if value is not None}
    for setting in settings_of(kind):
        if not setting.has_default and optional_of(setting.type)[1]:
            given.setdefault(setting.name, None)
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as cause:
        raise ConfigError(f"{where}: {cause}") from cause


def _value(kind: Any, value: Any, where: str) -> Any:
    kind, _ = optional_of(kind)
    origin, args = get_origin(kind) or kind, get_args(kind)
    if is_record(kind):
        return _record(kind, value, where)
    if origin in (list, tuple, set, frozenset):
        if not isinstance(value, list):
            # Lua has one kind of table, so an empty list may come as an empty map
            if value != {}:
                raise ConfigError(f"{where}: expected a list")
            value = []
        element = args[0] if args else str
        return origin(_value(element, item, f"{where}[{i}]") for i, item in enumerate(value))
    if origin in (dict, Mapping):
        if not isinstance(value, Mapping):
            if value != []:
                raise ConfigError(f"{where}: expected a map")
            value = {}
        element = args[1] if args else str
        return {key: _value(element, item, f"{where}.{key}") for key, item in value.items()}
    return _scalar(kind, value, where)


def _scalar(kind: Any, value: Any, where: str) -> Any:
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ConfigError(f"{where}: expected one of: {', '.join(map(str, get_args(kind)))}")
        return value
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        try:
            return kind(value)
        except ValueError as cause:
            raise ConfigError(f"{where}: {cause}") from cause
    if kind is float and isinstance(value, _NUMBERS) and not isinstance(value, bool):
        return float(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if (kind is int and isinstance(value, bool)) or not isinstance(value, kind):
        raise ConfigError(f"{where}: expected {kind.__name__}, got {type(value).__name__}")
    return value
