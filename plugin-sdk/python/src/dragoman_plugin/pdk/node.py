"""The small namespaces: the node, its plugin, nginx's names, vaults, tracing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from .. import phases
from ..facts import without_nulls
from .namespace import Namespace, asks

Entity = dict[str, Any]


class Router(Namespace):
    """`kong.router`: what the request was matched to. access, response, header_filter, body_filter, log."""

    __slots__ = ()

    @asks
    def get_route(self) -> Entity | None:
        """The matched Route."""
        e = self._e
        if e.phase & phases.WITH_ROUTE:
            return e.entity(e.message.route)
        return e.ask("kong.router.get_route", convert=without_nulls)

    @asks
    def get_service(self) -> Entity | None:
        """The Service of the matched Route; None if it has none."""
        e = self._e
        if e.phase & phases.WITH_ROUTE:
            return e.entity(e.message.service)
        return e.ask("kong.router.get_service", convert=without_nulls)


class Node(Namespace):
    """`kong.node`: the gateway itself. Any phase."""

    __slots__ = ()

    @asks
    def get_id(self) -> str:
        """The node's id, a UUID."""
        return self._e.facts.gateway.node_id or self._e.ask("kong.node.get_id")

    @asks
    def get_hostname(self) -> str:
        """The node's host name."""
        return self._e.facts.gateway.hostname or self._e.ask("kong.node.get_hostname")

    @asks
    def get_memory_stats(self, unit: str | None = None, scale: int | None = None) -> Entity:
        """Memory of the node. `unit`: "b", "k", "m", "g"; `scale`: digits after the point. Asks the gateway."""
        return self._e.ask("kong.node.get_memory_stats", unit, scale)


class Ip(Namespace):
    """`kong.ip`. Any phase."""

    __slots__ = ()

    @asks
    def is_trusted(self, address: str) -> bool:
        """Is the address among `trusted_ips`? Asks the gateway."""
        return self._e.ask("kong.ip.is_trusted", address)


class Plugin(Namespace):
    """`kong.plugin`. Any phase."""

    __slots__ = ()

    @asks
    def get_id(self) -> str | None:
        """The id of the plugin config that is run. Asks the gateway."""
        return self._e.ask("kong.plugin.get_id")


class Cluster(Namespace):
    """`kong.cluster`. Any phase."""

    __slots__ = ()

    @asks
    def get_id(self) -> str | None:
        """The cluster's id. Asks the gateway."""
        return self._e.ask("kong.cluster.get_id")


class Nginx(Namespace):
    """`kong.nginx`: what Kong shows of nginx. Any phase. Everything asks the gateway."""

    __slots__ = ()

    @asks
    def get_subsystem(self) -> str:
        """`"http"` or `"stream"`."""
        return self._e.ask("kong.nginx.get_subsystem")

    @asks
    def get_statistics(self) -> Entity:
        """Connections and requests: `connections_active`, `total_requests` and others."""
        return self._e.ask("kong.nginx.get_statistics")

    @asks
    def get_var(self, name: str) -> str | None:
        """A variable of nginx by its name, without `$`."""
        return self._e.ask("kong.nginx.get_var", name)

    @asks
    def get_tls1_version_str(self) -> str | None:
        """`"TLSv1.3"` and the like; None without TLS."""
        return self._e.ask("kong.nginx.get_tls1_version_str")

    @asks
    def get_ctx(self, k: str) -> Any:
        """A value of the request's own table."""
        return self._e.ask("kong.nginx.get_ctx", k)

    def set_ctx(self, k: str, v: Any) -> None:
        """Put a value into the request's own table."""
        self._e.write("kong.nginx.set_ctx", k, v)

    @asks
    def req_start_time(self) -> float:
        """When the request came, in seconds of the epoch."""
        return self._e.ask("kong.nginx.req_start_time")


class Vault(Namespace):
    """`kong.vault`: secrets by reference. Any phase. Everything asks the gateway."""

    __slots__ = ()

    @asks
    def is_reference(self, reference: Any) -> bool:
        """Is it a reference, as in `{vault://env/secret}`?"""
        return self._e.ask("kong.vault.is_reference", reference)

    @asks
    def parse_reference(self, reference: str) -> Entity:
        """Its parts: `name`, `resource`, `key`, `config`, `version`. Raises `PdkError` if it is none."""
        return self._e.ask("kong.vault.parse_reference", reference)

    @asks
    def get(self, reference: str) -> str:
        """The secret. Raises `PdkError` if there is none."""
        return self._e.ask("kong.vault.get", reference)

    @asks
    def update(self, options: Mapping[str, Any]) -> Entity:
        """A configuration with its `$refs` looked up again."""
        return self._e.ask("kong.vault.update", options)


class Telemetry(Namespace):
    """`kong.telemetry`. Any phase."""

    __slots__ = ()

    @asks
    def log(
        self,
        plugin_name: str,
        plugin_config: Mapping[str, Any],
        message_type: str,
        message: str | None = None,
        attributes: Mapping[str, str | int | float | bool] | None = None,
    ) -> Literal[True] | None:
        """A log record for OpenTelemetry. Asks the gateway."""
        return self._e.ask(
            "kong.telemetry.log", plugin_name, plugin_config, message_type, message, attributes
        )


class Tracing(Namespace):
    """`kong.tracing`: spans of the gateway. Everything asks the gateway."""

    __slots__ = ()

    @asks
    def active_span(self) -> Entity | None:
        """The span that is open. rewrite, access, header_filter, body_filter, log."""
        return self._e.ask("kong.tracing.active_span")

    @asks
    def start_span(self, name: str, options: Mapping[str, Any] | None = None) -> Entity:
        """Begin a span. rewrite, access, header_filter, body_filter, log."""
        return self._e.ask("kong.tracing.start_span", name, options)

    def set_active_span(self, span: Mapping[str, Any]) -> None:
        """Let this span be the open one. rewrite, access, header_filter, body_filter, log."""
        self._e.write("kong.tracing.set_active_span", span)

    @asks
    def get_sampling_decision(self, parent_should_sample: bool, sampling_rate: float) -> bool:
        """Is this request sampled? Any phase."""
        return self._e.ask(
            "kong.tracing.get_sampling_decision", parent_should_sample, sampling_rate
        )
