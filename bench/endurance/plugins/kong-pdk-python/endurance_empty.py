"""A plugin of kong-pdk that does nothing, with Kong's SDK for Python and on our server: what is left is what a call costs."""

from kong_pdk.cli import start_dedicated_server

Schema = ()
version = "1.0.0"
priority = 10


class Plugin:
    """One for each plugin config."""

    def __init__(self, config):
        self.config = config

    def access(self, kong):
        pass


if __name__ == "__main__":
    start_dedicated_server("endurance-empty", Plugin, version, priority, Schema)
