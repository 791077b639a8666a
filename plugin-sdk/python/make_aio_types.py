"""Writes `src/dragoman_plugin/pdk/aio.pyi`: the types of `kong` for `async def` handlers.

The classes are made at run time, each of the one for plain handlers (`pdk/aio.py`), so a type checker cannot see them. Here
their types are read off the same sources: what asks the gateway is a coroutine, the rest is as it is. A test holds the file
to what this writes: `python make_aio_types.py && ruff format src` after a change of the PDK.
"""

from __future__ import annotations

import ast
from pathlib import Path

PDK = Path(__file__).resolve().parent / "src" / "dragoman_plugin" / "pdk"
OUTPUT = PDK / "aio.pyi"
FILES = ("client", "ctx", "log", "node", "request", "response", "service")

HEAD = '''"""Types of `aio.py`, written by make_aio_types.py."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NoReturn

from ..event import Event
from .namespace import MultiMap, Namespace, QueryArgs
from .node import Entity
from .response import HeaderTable, HeaderValue
from .service import _QueryValue

INNER: dict[tuple[type[Namespace], str], tuple[type[Namespace], type[Namespace]]]
ASYNC_NAMESPACES: dict[str, type[Namespace]]

class _AsyncNamespace(Namespace): ...
'''

KONG = '''
class AsyncKong:
    """What an `async def` handler can read and do: what may ask the gateway is awaited."""

    _e: Event
{attributes}
    def __init__(self, event: Event) -> None: ...
    @property
    def version(self) -> str: ...
    @property
    def version_num(self) -> int: ...
    async def call(self, name: str, *args: Any) -> Any: ...
    def cache(self, ms: int) -> None: ...
    def remaining_ms(self) -> int | None: ...
'''


def classes() -> dict[str, ast.ClassDef]:
    """The namespaces by name."""
    found: dict[str, ast.ClassDef] = {}
    for name in FILES:
        for node in ast.parse((PDK / f"{name}.py").read_text()).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = node
    return found


def namespaces() -> dict[str, str]:
    """Attribute of `kong` -> class, as NAMESPACES has them."""
    for node in ast.parse((PDK / "__init__.py").read_text()).body:
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "NAMESPACES":
            assert isinstance(node.value, ast.Dict)
            keys = [ast.literal_eval(key) for key in node.value.keys if key is not None]
            return dict(zip(keys, [ast.unparse(value) for value in node.value.values]))
    raise LookupError("NAMESPACES")


def _function(node: ast.FunctionDef, names: set[str]) -> str:
    marks = {ast.unparse(mark) for mark in node.decorator_list}
    returns = ast.unparse(node.returns) if node.returns is not None else "Any"
    if "property" in marks:
        of = f"Async{returns}" if returns in names else returns
        return f"    @property\n    def {node.name}(self) -> {of}: ...\n"
    for default in node.args.defaults:
        assert isinstance(default, ast.Constant)
    word = "async def" if "asks" in marks else "def"
    return f"    {word} {node.name}({ast.unparse(node.args)}) -> {returns}: ...\n"


def _inner(node: ast.AnnAssign) -> str:
    """An attribute that holds another namespace."""
    return f"    @property\n    def {ast.unparse(node.target)}(self) -> Async{ast.unparse(node.annotation)}: ...\n"


def text() -> str:
    """What the file holds."""
    found = classes()
    names = set(found)
    parts = [HEAD]
    for name, node in found.items():
        functions = [_inner(one) for one in node.body if isinstance(one, ast.AnnAssign)]
        functions += [
            _function(one, names)
            for one in node.body
            if isinstance(one, ast.FunctionDef)
            and (not one.name.startswith("_") or one.name == "__call__")
        ]
        parts.append(f"\nclass Async{name}(_AsyncNamespace):\n{''.join(functions)}")
    attributes = "".join(f"    {name}: Async{kind}\n" for name, kind in namespaces().items())
    parts.append(KONG.format(attributes=attributes))
    return "".join(parts)


if __name__ == "__main__":
    OUTPUT.write_text(text())
