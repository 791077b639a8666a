"""py-hello is a plugin written with Kong's kong-pdk, as it would run behind Kong: nothing in it knows this gateway."""

from kong_pdk.cli import start_dedicated_server

Schema = ({"message": {"type": "string", "default": "hello"}},)
version = "0.1.0"
priority = 0


class Plugin:
    """One for each plugin config."""

    def __init__(self, config):
        self.config = config

    def access(self, kong):
        """Runs before the request goes to the Service."""
        host = kong.request.get_header("host")
        kong.response.set_header("x-hello-from-python", "Python says %s to %s" % (self.config["message"], host))


if __name__ == "__main__":
    start_dedicated_server("py-hello", Plugin, version, priority, Schema)
