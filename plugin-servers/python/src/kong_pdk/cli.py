"""The programs: a server for a folder of plugins, and `start_dedicated_server` for a plugin that is its own program.

Options are kong-pdk's. Two answers differ: the dumps name both protocols that are spoken here, and they are JSON throughout.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterable
from typing import Any

from dragoman_plugin.guest import GuestProtocol
from dragoman_plugin.plugin import Plugin
from dragoman_plugin.serve import query_answer
from dragoman_plugin.server import PluginServer

from .const import __version__
from .loading import described, load_directory
from .rpc import Rpc
from .rpc_connection import FIRST_BYTES, RpcConnection

DEFAULT_SOCKET_NAME = "python_pluginserver.sock"
#: As many handlers at a time as kong-pdk would start threads for, within reason.
THREADS_MAX = 256

#: What Kong speaks with plugin servers in Python, on the same socket.
KONG_PROTOCOL = "MsgPack:1"

log = logging.getLogger("kong_pdk")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A plugin server for Kong plugins in Python.")
    add = parser.add_argument
    add(
        "-p",
        "--kong-prefix",
        "-kong-prefix",
        dest="prefix",
        metavar="DIR",
        default="/usr/local/kong/",
    )
    add("-v", "--verbose", action="count", default=1, help="more in the log")
    add("--version", "-version", action="version", version=f"%(prog)s {__version__}")
    add("--socket-name", "-socket-name", default=DEFAULT_SOCKET_NAME, metavar="NAME")
    add("--listen-queue-size", "-listen-queue-size", type=int, default=4096, metavar="N")
    add("--no-lua-style", "-no-lua-style", action="store_true", help="values instead of pairs")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("-m", "--multiprocessing", "-multiprocessing", action="store_true")
    modes.add_argument("-g", "--gevent", "-gevent", action="store_true")
    return parser


def _log_to_stderr(level: int) -> None:
    """Our own loggers only. The root logger is the plugins': a module that calls `logging.basicConfig` while it is loaded
    would not be heard where somebody has done so before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    for name in ("kong_pdk", "dragoman_plugin"):
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.addHandler(handler)
        logger.propagate = False


def _options(parser: argparse.ArgumentParser, *dumps: str) -> argparse.Namespace:
    options = parser.parse_args()
    is_query = any(getattr(options, name) for name in dumps)
    if not is_query and not os.path.exists(options.prefix):
        raise OSError(f"path {options.prefix} doesn't exist, can't create unix socket file")
    # what is printed by a query is its answer, so the log goes elsewhere
    level = (
        logging.DEBUG
        if options.verbose > 2
        else logging.INFO
        if options.verbose > 1
        else logging.WARNING
    )
    _log_to_stderr(level)
    return options


def _serve(plugins: Iterable[Plugin], options: argparse.Namespace, socket_name: str) -> None:
    if options.multiprocessing:
        log.warning(
            "one process serves all events; the gateway starts more of them where it is told to"
        )
    path = os.environ.get("DRAGOMAN_PLUGIN_SERVER_SOCKET") or os.path.join(
        options.prefix, socket_name
    )
    server = PluginServer({plugin.name: plugin for plugin in plugins}, THREADS_MAX)
    rpc = Rpc(server, not options.no_lua_style)
    server.guests = GuestProtocol(FIRST_BYTES, lambda link: RpcConnection(link, rpc))
    server.listen(path)
    log.info("server started at path %s", path)
    server.run()


def start_server() -> None:
    """Serve a folder of plugins, or print what is in it. Raises `OSError` for folders that are not there."""
    parser = _parser()
    add = parser.add_argument
    add(
        "-d",
        "--plugins-directory",
        "-plugins-directory",
        dest="directory",
        metavar="DIR",
        required=True,
    )
    add("--dump-plugin-info", "-dump-plugin-info", dest="dump_info", metavar="NAME")
    add("--dump-all-plugins", "-dump-all-plugins", dest="dump_all", action="store_true")
    options = _options(parser, "dump_info", "dump_all")
    plugins = load_directory(options.directory, not options.no_lua_style)
    if options.dump_info:
        if options.dump_info not in plugins:
            sys.exit(f"there is no plugin {options.dump_info}")
        print(query_answer([plugins[options.dump_info]], KONG_PROTOCOL))
    elif options.dump_all:
        print(query_answer(plugins.values(), KONG_PROTOCOL))
    else:
        _serve(plugins.values(), options, options.socket_name)


def start_dedicated_server(
    name: str,
    plugin: Any,
    _version: str | None = None,
    _priority: int = 0,
    _schema: Any = (),
) -> None:
    """Make a program of a plugin. It serves until it is told to stop, or prints what it is (`--dump`)."""
    parser = _parser()
    parser.add_argument("--dump", "-dump", action="store_true")
    options = _options(parser, "dump")
    found = described(name, plugin, _version, _priority, _schema, not options.no_lua_style)
    if options.dump:
        print(query_answer([found], KONG_PROTOCOL))
        return
    default = options.socket_name == DEFAULT_SOCKET_NAME
    _serve([found], options, f"{name}.sock" if default else options.socket_name)


if __name__ == "__main__":
    start_server()
