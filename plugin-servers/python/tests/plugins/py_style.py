"""A plugin for --no-lua-style; it does what its configuration says."""

from kong_pdk.exception import PDKException

version = "1.0.0"
seen = []


class Plugin:
    def __init__(self, config):
        if config.get("refuse"):
            raise ValueError("refused by the plugin")
        self.config = config

    def access(self, kong):
        self.make_calls(kong)

    def response(self, kong):
        if self.config.get("phase") != "response":
            raise PDKException("broken")
        self.make_calls(kong)

    def make_calls(self, kong):
        for call in self.config["calls"]:
            target = kong
            for part in call[0].split(".")[1:]:
                target = getattr(target, part)
            seen.append(target(*call[1:]))
        seen.append("after")
        kong.response.set_header("x-seen", repr(seen))
        seen.append("unreachable" if self.config.get("exits") else "")
        seen.clear()
