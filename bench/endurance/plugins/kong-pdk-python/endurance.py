"""The plugin of the endurance bench for kong-pdk, with Kong's SDK for Python and on our server: it marks the request and the
answer with its config's mark; the client asks for an exit by a header."""

import time

from kong_pdk.cli import start_dedicated_server

Schema = ({"mark": {"type": "string"}}, {"wait_ms": {"type": "integer"}})
version = "1.0.0"
priority = 10


def first(value):
    """Of Lua's pair of a value and a reason."""
    return value[0] if isinstance(value, tuple) else value


class Plugin:
    """One for each plugin config."""

    def __init__(self, config):
        self.config = config

    def access(self, kong):
        wait_ms = self.config.get("wait_ms") or 0
        if wait_ms > 0:
            time.sleep(wait_ms / 1000)
        mark = self.config["mark"]
        kong.response.set_header("x-mark", mark)
        if first(kong.request.get_header("x-exit")):
            kong.response.exit(403, "no")
            return
        kong.service.request.set_header("x-mark", mark)

    def log(self, kong):
        kong.response.get_status()


if __name__ == "__main__":
    start_dedicated_server("endurance", Plugin, version, priority, Schema)
