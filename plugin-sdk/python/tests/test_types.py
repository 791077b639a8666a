"""What a type checker knows of `kong` in coroutines, and that it is right about it."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from dragoman_plugin.pdk import aio

HERE = Path(__file__).parent


def test_the_types_are_those_of_the_sources() -> None:
    path = HERE.parent / "make_aio_types.py"
    spec = importlib.util.spec_from_file_location("make_aio_types", path)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    kept = ast.parse(made.OUTPUT.read_text())
    assert ast.dump(kept) == ast.dump(ast.parse(made.text())), "run python make_aio_types.py"
    described = {node.name: node for node in kept.body if isinstance(node, ast.ClassDef)}
    for kind in aio.ASYNC_NAMESPACES.values():
        for node in described[kind.__name__].body:
            if isinstance(node, ast.AsyncFunctionDef):
                assert inspect.iscoroutinefunction(getattr(kind, node.name)), node.name
            elif isinstance(node, ast.FunctionDef):
                assert not inspect.iscoroutinefunction(getattr(kind, node.name)), node.name


def mypy(*files: Path) -> str:
    words = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.10"]
    words += ["--config-file", "", "--cache-dir", str(files[0].parent / ".mypy_cache")]
    ended = subprocess.run(
        [*words, *map(str, files)], cwd=files[0].parent, capture_output=True, text=True, check=False
    )
    return ended.stdout + ended.stderr


# one run for both: loading takes mypy seconds
def test_a_plugin_passes_the_type_checker_and_mistakes_do_not(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    right = tmp_path / "typed_plugin.py"
    right.write_text((HERE / "typed_plugin.py").read_text())
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "from dragoman_plugin import AsyncKong\n"
        "async def access(kong: AsyncKong) -> None:\n"
        "    name: str = kong.request.get_method()\n"
        "    kong.response.set_status('200')\n"
        "    await kong.request.get_hedaer('x')\n"
    )
    said = mypy(right, wrong)
    assert "typed_plugin.py" not in said, said
    found = [line.partition(": error: ")[0] for line in said.splitlines() if ": error: " in line]
    assert found == ["wrong.py:3", "wrong.py:4", "wrong.py:5"], said
