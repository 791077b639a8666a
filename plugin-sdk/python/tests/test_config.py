"""Config classes: what schema they become, and what objects a plugin gets."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, field
from typing import Any, Literal, Optional

import msgspec
import pytest

from dragoman_plugin import ConfigError, PluginError, option, plugin
from dragoman_plugin.config import parse_config
from dragoman_plugin.plugin import plugin_of


class Color(enum.Enum):
    RED = "red"
    GREEN = "green"


@dataclass
class Limit:
    per_minute: int
    burst: int = 5


@dataclass
class Config:
    key: str
    greeting: str = "hello"
    on: bool = True
    ratio: Optional[float] = None  # noqa: UP045 read at run time, also by 3.9
    count: int = option(3, between=[1, 10])
    words: list[str] = option(["a"])
    ids: set[int] = field(default_factory=set)
    plans: dict[str, Limit] = field(default_factory=dict)
    mode: Literal["fast", "slow"] = "fast"
    color: Color = Color.RED
    limit: Limit = field(default_factory=lambda: Limit(60))
    secret: Optional[str] = option(None, referenceable=True, encrypted=True)  # noqa: UP045


class Struct(msgspec.Struct):
    key: str
    count: int = 3
    maybe: Optional[str] = None  # noqa: UP045


LIMIT = [
    {"per_minute": {"type": "integer", "required": True}},
    {"burst": {"type": "integer", "default": 5}},
]
FIELDS = [
    {"key": {"type": "string", "required": True}},
    {"greeting": {"type": "string", "default": "hello"}},
    {"on": {"type": "boolean", "default": True}},
    {"ratio": {"type": "number"}},
    {"count": {"type": "integer", "default": 3, "between": [1, 10]}},
    {"words": {"type": "array", "elements": {"type": "string"}, "default": ["a"]}},
    {"ids": {"type": "set", "elements": {"type": "integer"}, "default": []}},
    {
        "plans": {
            "type": "map",
            "keys": {"type": "string"},
            "values": {"type": "record", "fields": LIMIT},
            "default": {},
        }
    },
    {"mode": {"type": "string", "one_of": ["fast", "slow"], "default": "fast"}},
    {"color": {"type": "string", "one_of": ["red", "green"], "default": "red"}},
    {"limit": {"type": "record", "fields": LIMIT, "default": {"per_minute": 60, "burst": 5}}},
    {"secret": {"type": "string", "referenceable": True, "encrypted": True}},
]


def test_a_dataclass_becomes_a_schema() -> None:
    @plugin(name="typed")
    class Typed:
        config: Config

        def access(self, kong: Any) -> None: ...

    info = plugin_of(Typed).info()
    assert info["Schema"] == {
        "name": "typed",
        "fields": [{"config": {"type": "record", "fields": FIELDS}}],
    }
    assert json.loads(json.dumps(info)) == info


def test_a_struct_of_msgspec_does_as_well() -> None:
    @plugin(name="struct")
    class Typed:
        config: Struct

    fields = plugin_of(Typed).schema["fields"][0]["config"]["fields"]
    assert fields == [
        {"key": {"type": "string", "required": True}},
        {"count": {"type": "integer", "default": 3}},
        {"maybe": {"type": "string"}},
    ]
    assert parse_config(Struct, b'{"key":"k","__seq__":1}') == Struct("k")
    with pytest.raises(ConfigError):
        parse_config(Struct, b'{"key":1}')


def test_a_config_becomes_an_object() -> None:
    data = {
        "key": "k",
        "on": False,
        "ratio": 1,
        "count": 4.0,
        "words": [],
        "ids": [1, 1, 2],
        "plans": {"gold": {"per_minute": 9, "burst": 1}},
        "mode": "slow",
        "color": "green",
        "limit": {"per_minute": 1},
        "__seq__": 7,
        "__plugin_id": "p",
    }
    expected = Config(
        key="k",
        on=False,
        ratio=1.0,
        count=4,
        words=[],
        ids={1, 2},
        plans={"gold": Limit(9, 1)},
        mode="slow",
        color=Color.GREEN,
        limit=Limit(1),
    )
    assert parse_config(Config, json.dumps(data).encode()) == expected


def test_empty_tables_of_lua_are_of_either_kind() -> None:
    assert parse_config(Config, b'{"key":"k","words":{},"plans":[]}') == Config(
        "k", words=[], plans={}
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{}", "config.key: required field missing"),
        (b'{"key":1}', "config.key: expected str"),
        (b'{"key":"k","count":true}', "config.count: expected int"),
        (b'{"key":"k","words":["a",1]}', r"config.words\[1\]: expected str"),
        (b'{"key":"k","limit":{}}', "config.limit.per_minute: required field missing"),
        (b'{"key":"k","mode":"x"}', "config.mode: expected one of: fast, slow"),
        (b"[]", "no object"),
        (b"{", "no JSON"),
    ],
)
def test_what_does_not_fit_says_where(data: bytes, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_config(Config, data)


@dataclass
class Odd:
    odd: complex = 0j


def test_classes_that_cannot_be_served_say_why() -> None:
    with pytest.raises(PluginError, match=r"Odd\.odd"):

        @plugin(name="odd")
        class _A:
            config: Odd

    with pytest.raises(PluginError, match="classmethod"):

        @plugin(name="odd")
        class _B:
            def init_worker(self, kong: Any) -> None: ...

    with pytest.raises(PluginError, match="version"):
        plugin(name="odd", version="1.0.0-beta")(type("C", (), {}))
    with pytest.raises(PluginError, match="together"):

        @plugin(name="odd")
        class _D:
            def response(self, kong: Any) -> None: ...

            def header_filter(self, kong: Any) -> None: ...


def test_a_plugin_that_takes_its_config() -> None:
    @plugin(name="takes")
    class Takes:
        config: Limit

        def __init__(self, config: Limit) -> None:
            self.twice = config.per_minute * 2

    instance = plugin_of(Takes).start(1, b'{"per_minute":4}')
    assert instance.object.twice == 8
