"""The plugin of the bench for kong-pdk, with Kong's SDK for Python and on our server: one read and three writes in access."""

from kong_pdk.cli import start_dedicated_server

Schema = ({"a": {"type": "number"}},)
version = "1.0.0"
priority = 10


class Plugin:
    """One for each plugin config."""

    def __init__(self, config):
        self.config = config

    def access(self, kong):
        client = kong.request.get_header("x-client-id")
        kong.service.request.set_header("x-user", client[0] if isinstance(client, tuple) else client)
        kong.service.request.set_header("x-plan", "gold")
        kong.response.set_header("x-served-by", "sidecar")


if __name__ == "__main__":
    start_dedicated_server("bench-sidecar", Plugin, version, priority, Schema)
