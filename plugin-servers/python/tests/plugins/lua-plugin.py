"""A plugin that expects pairs, with a hyphen in its name and a type hint from kong-pdk."""

import kong_pdk.pdk.kong as kong

Schema = ({"message": {"type": "string"}},)
version = "0.1.0"
priority = 100


class Plugin(object):
    def __init__(self, config):
        self.config = config

    def access(self, kong: kong.kong):
        host, err = kong.request.get_header("host")
        if err:
            raise RuntimeError(err)
        kong.response.set_header("x-said", "%s to %s" % (self.config.get("message", "hello"), host))

    def log(self, kong: kong.kong):
        kong.log.err("done ", 1.5, None)
