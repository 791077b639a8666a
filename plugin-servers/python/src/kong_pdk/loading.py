"""Plugin modules as kong-pdk has them: `Plugin`, `Schema`, `version`, `priority`, found in files or handed over."""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
from typing import Any

from dragoman_plugin.plugin import Plugin
from dragoman_plugin.schema import plugin_schema

from .calls import lua_style, python_style
from .exception import PluginServerException

#: Handlers that kong-pdk looks for, in its order.
PHASES = ("certificate", "rewrite", "log", "access", "preread", "response")
#: Files that are plugins.
_EXTENSIONS = (".py", ".pyd", ".so")

log = logging.getLogger("kong_pdk")


def described(
    name: str, cls: Any, version: str | None, priority: int, schema: Any, is_lua_style: bool
) -> Plugin:
    """A plugin class with what its module says of it."""
    return Plugin(
        name=name,
        version=version,
        priority=priority,
        phases=[phase for phase in PHASES if hasattr(cls, phase)],
        schema=plugin_schema(name, schema),
        config_class=None,
        make=cls,
        owner=cls,
        make_kong=lua_style if is_lua_style else python_style,
    )


def _load(name: str, path: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginServerException(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[name] = module
    return module


def load_directory(directory: str, is_lua_style: bool) -> dict[str, Plugin]:
    """Every plugin of a folder by its name, which is the file's; a file that cannot be loaded is logged and left out.

    Raises `OSError` where the folder cannot be read.
    """
    plugins: dict[str, Plugin] = {}
    for file in sorted(os.listdir(directory)):
        name, extension = os.path.splitext(file)
        if extension not in _EXTENSIONS:
            continue
        try:
            module = _load(name, os.path.join(directory, file))
            plugins[name] = described(
                name,
                module.Plugin,
                getattr(module, "version", None),
                getattr(module, "priority", 0),
                getattr(module, "Schema", []),
                is_lua_style,
            )
        except Exception as cause:
            log.warning('error loading plugin "%s": %s', name, cause)
    return plugins
