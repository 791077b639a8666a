"""`serve(Plugin, ...)`: the program that a plugin's file becomes. Options, the query command, the exit status."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from typing import Any

from .crew import THREADS_MAX
from .errors import PluginError
from .plugin import Plugin, plugin_of
from .server import PluginServer, serving_path
from .wire import PROTOCOL_NAME

#: Where Kong has its sockets, unless told otherwise.
KONG_PREFIX = "/usr/local/kong"


def serve(
    *plugins: Any,
    name: str | None = None,
    argv: Sequence[str] | None = None,
    threads_max: int = THREADS_MAX,
) -> None:
    """Serve plugins until SIGTERM, SIGINT or the end of the parent process; then drain and return.

    plugins: classes with `@plugin`
    name: the plugin server's name, for its socket `<prefix>/<name>.socket`; the first plugin's by default
    argv: options, `sys.argv[1:]` by default
    threads_max: handlers of plain methods at a time

    Raises `PluginError` for what is no plugin, `OSError` where the socket cannot be made, `SystemExit` for wrong options.
    """
    described = plugins_by_name(plugins)
    options = _options(argv)
    if options.dump:
        print(query_answer(described.values()))
        return
    logging.basicConfig(format="%(levelname)s %(message)s", stream=sys.stderr, level=logging.INFO)
    server = PluginServer(described, threads_max)
    server.listen(serving_path(options.socket, options.kong_prefix, name or next(iter(described))))
    server.run()


def plugins_by_name(plugins: Sequence[Any]) -> dict[str, Plugin]:
    """Raises `PluginError` for none at all, and where two have the same name."""
    described: dict[str, Plugin] = {}
    for target in plugins:
        plugin = plugin_of(target)
        if plugin.name in described:
            raise PluginError(f"two plugins are called {plugin.name}")
        described[plugin.name] = plugin
    if not described:
        raise PluginError("serve needs a plugin")
    return described


def query_answer(plugins: Any, other: str | None = None) -> str:
    """What `-dump` prints. `other`: a protocol of Kong's on the same socket. Kong takes `Protocol`, our gateway the best."""
    protocols: dict[str, Any] = {"Protocol": PROTOCOL_NAME}
    if other is not None:
        protocols = {"Protocol": other, "Protocols": [PROTOCOL_NAME, other]}
    return json.dumps({**protocols, "Plugins": [plugin.info() for plugin in plugins]})


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A plugin server of the Dragoman API gateway.")
    parser.add_argument("-dump", "--dump", action="store_true", help="print the plugins and end")
    parser.add_argument("-socket", "--socket", metavar="PATH", help="Unix socket to listen on")
    parser.add_argument(
        "-kong-prefix",
        "--kong-prefix",
        metavar="DIR",
        default=KONG_PREFIX,
        help="folder of the socket <DIR>/<name>.socket (default: %(default)s)",
    )
    return parser.parse_args(argv)
