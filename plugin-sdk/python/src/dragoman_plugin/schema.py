"""Kong's schema of a plugin, from the types of its config class.

| Python | Kong |
| --- | --- |
| `str`, `bool`, `int`, `float` | string, boolean, integer, number |
| `list[T]`, `set[T]`, `dict[str, T]` | array, set, map |
| a dataclass or msgspec Struct | record |
| `Literal["a", "b"]`, an Enum of texts | string, one_of |
| `Optional[T]` | T, not required |

A field without a default is required. `option(...)` says what types cannot: bounds, patterns, references.
"""

from __future__ import annotations

import dataclasses
import enum
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from .errors import PluginError

_SCALARS = {str: "string", bool: "boolean", int: "integer", float: "number"}
_METADATA = "dragoman"
_UNIONS = (Union, getattr(types, "UnionType", Union))


def option(
    default: Any = dataclasses.MISSING,
    *,
    default_factory: Any = dataclasses.MISSING,
    **checks: Any,
) -> Any:
    """A field with Kong's checks: `option(8, between=[1, 64])`, `option(referenceable=True)`.

    `checks` go into the schema as they are: between, gt, len_min, len_max, match, one_of, starts_with, uuid, required,
    referenceable, encrypted, description; `elements`, `keys` and `values` are laid over those of the type.
    """
    keywords: dict[str, Any] = {"metadata": {_METADATA: checks}}
    if default is not dataclasses.MISSING:
        if isinstance(default, (list, dict, set)):
            keywords["default_factory"] = lambda: type(default)(default)
        else:
            keywords["default"] = default
    if default_factory is not dataclasses.MISSING:
        keywords["default_factory"] = default_factory
    return dataclasses.field(**keywords)


@dataclasses.dataclass(frozen=True)
class Setting:
    """A field of a config class, whatever library made it."""

    name: str
    type: Any
    has_default: bool
    default: Any
    checks: Mapping[str, Any]


def is_record(kind: Any) -> bool:
    """Is it a class with fields: a dataclass or a msgspec Struct?"""
    return isinstance(kind, type) and (
        dataclasses.is_dataclass(kind) or hasattr(kind, "__struct_fields__")
    )


def settings_of(kind: Any) -> list[Setting]:
    """The fields of a record, in order; raises `PluginError` where their types cannot be read."""
    try:
        hints = get_type_hints(kind)
    except NameError as cause:
        raise PluginError(f"{kind.__name__}: {cause}") from cause
    except TypeError as cause:
        hint = "before Python 3.10 it is Optional[T], not T | None"
        raise PluginError(f"{kind.__name__}: {cause} ({hint})") from cause
    if dataclasses.is_dataclass(kind):
        return [_of_dataclass(f, hints[f.name]) for f in dataclasses.fields(kind) if f.init]
    import msgspec  # only with a Struct in hand

    return [_of_struct(f, hints[f.name], msgspec) for f in msgspec.structs.fields(kind)]


def _of_dataclass(field: dataclasses.Field[Any], kind: Any) -> Setting:
    checks = field.metadata.get(_METADATA, {})
    if field.default is not dataclasses.MISSING:
        return Setting(field.name, kind, True, field.default, checks)
    if field.default_factory is not dataclasses.MISSING:
        return Setting(field.name, kind, True, field.default_factory(), checks)
    return Setting(field.name, kind, False, None, checks)


def _of_struct(field: Any, kind: Any, msgspec: Any) -> Setting:
    if field.default is not msgspec.NODEFAULT:
        return Setting(field.encode_name, kind, True, field.default, {})
    if field.default_factory is not msgspec.NODEFAULT:
        return Setting(field.encode_name, kind, True, field.default_factory(), {})
    return Setting(field.encode_name, kind, False, None, {})


def optional_of(kind: Any) -> tuple[Any, bool]:
    """The type without None, and whether None was in it."""
    if get_origin(kind) in _UNIONS:
        others = [arg for arg in get_args(kind) if arg is not type(None)]
        if len(others) == 1 and len(others) < len(get_args(kind)):
            return others[0], True
    return kind, False


def _type_of(kind: Any, where: str) -> dict[str, Any]:
    """The schema of a type, without what belongs to a field."""
    kind, _ = optional_of(kind)
    if kind in _SCALARS:
        return {"type": _SCALARS[kind]}
    origin, args = get_origin(kind) or kind, get_args(kind)
    if origin is Literal and all(isinstance(arg, str) for arg in args):
        return {"type": "string", "one_of": list(args)}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"type": "string", "one_of": [member.value for member in kind]}
    if origin in (list, tuple, set, frozenset):
        element = args[0] if args else str
        name = "array" if origin in (list, tuple) else "set"
        return {"type": name, "elements": _type_of(element, where)}
    if origin in (dict, Mapping):
        keys, values = args or (str, str)
        return {"type": "map", "keys": _type_of(keys, where), "values": _type_of(values, where)}
    if is_record(kind):
        return {"type": "record", "fields": fields_of(kind)}
    raise PluginError(f"{where}: Kong's schemas have no type for {kind!r}")


def _plain(value: Any) -> Any:
    """A default as JSON."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if is_record(type(value)):
        names = (setting.name for setting in settings_of(type(value)))
        record = {name: _plain(getattr(value, name)) for name in names}
        return {name: item for name, item in record.items() if item is not None}
    return value


def fields_of(kind: Any) -> list[dict[str, Any]]:
    """A record's `fields`, as Kong has them."""
    fields: list[dict[str, Any]] = []
    for setting in settings_of(kind):
        schema = _type_of(setting.type, f"{kind.__name__}.{setting.name}")
        if not setting.has_default and not optional_of(setting.type)[1]:
            schema["required"] = True
        if setting.has_default and setting.default is not None:
            schema["default"] = _plain(setting.default)
        for name, check in setting.checks.items():
            schema[name] = {**schema.get(name, {}), **check} if isinstance(check, dict) else check
        fields.append({setting.name: schema})
    return fields


def plugin_schema(name: str, fields: Any) -> dict[str, Any]:
    """A plugin's schema around the fields of its config."""
    config = {"type": "record", "fields": list(fields)}
    return {"name": name, "fields": [{"config": config}]}
