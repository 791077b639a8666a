"""Plugins for the Dragoman API gateway, in Python.

from dataclasses import dataclass
from dragoman_plugin import Kong, plugin, serve

@dataclass
class Config:
    greeting: str = "hello"

@plugin(name="hello", version="1.0.0", priority=10)
class Hello:
    config: Config

    def access(self, kong: Kong) -> None:
        kong.response.set_header("x-hello", self.config.greeting)

if __name__ == "__main__":
    serve(Hello)
"""

from .conditions import (
    CLIENT_IP,
    CONSUMER,
    HOST,
    METHOD,
    PATH,
    QUERY,
    ROUTE,
    SERVICE,
    Condition,
    all_of,
    any_of,
    consumer_in,
    has_consumer,
    header,
    header_in,
    header_prefix,
    header_present,
    method_in,
    path_in,
    path_prefix,
    query_arg,
    query_present,
    route_in,
    service_in,
    status,
    when,
)
from .errors import ConfigError, DragomanError, HandlerEnded, PdkError, PluginError
from .pdk import Kong
from .pdk.aio import AsyncKong
from .plugin import plugin
from .schema import option
from .serve import serve

__version__ = "0.1.0"

__all__ = [
    "CLIENT_IP",
    "CONSUMER",
    "HOST",
    "METHOD",
    "PATH",
    "QUERY",
    "ROUTE",
    "SERVICE",
    "AsyncKong",
    "Condition",
    "ConfigError",
    "DragomanError",
    "HandlerEnded",
    "Kong",
    "PdkError",
    "PluginError",
    "all_of",
    "any_of",
    "consumer_in",
    "has_consumer",
    "header",
    "header_in",
    "header_prefix",
    "header_present",
    "method_in",
    "option",
    "path_in",
    "path_prefix",
    "plugin",
    "query_arg",
    "query_present",
    "route_in",
    "serve",
    "service_in",
    "status",
    "when",
]
