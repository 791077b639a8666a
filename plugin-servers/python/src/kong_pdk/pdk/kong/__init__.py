"""The PDK as a type, for plugins that write `def access(self, kong: kong.kong)`."""

from dragoman_plugin.pdk import (
    Client,
    Cluster,
    Ctx,
    Ip,
    Log,
    Nginx,
    Node,
    Plugin,
    Request,
    Response,
    Router,
    Service,
    Vault,
)


class kong:  # noqa: N801 the name is kong-pdk's
    """Namespaces and their functions. What a call gives depends on the style: the value, or `(value, None)`."""

    client = Client
    cluster = Cluster
    ctx = Ctx
    ip = Ip
    log = Log
    nginx = Nginx
    node = Node
    plugin = Plugin
    request = Request
    response = Response
    router = Router
    service = Service
    vault = Vault
