"""hello-python is a plugin written with Kong's kong-pdk for Python. It greets whoever the request names."""

import os

from kong_pdk.cli import start_dedicated_server

Schema = ({"greeting": {"type": "string", "default": "Hello"}},)
version = "1.0.0"
priority = 20


class Plugin:
    """One for each plugin config."""

    def __init__(self, config):
        self.config = config

    def access(self, kong):
        """Runs before the request goes to the Service."""
        name = kong.request.get_header("x-name") or "stranger"
        text = "%s, %s, says Python in process %d" % (self.config["greeting"], name, os.getpid())
        kong.service.request.set_header("x-from-python", text)


if __name__ == "__main__":
    start_dedicated_server("hello-python", Plugin, version, priority, Schema)
