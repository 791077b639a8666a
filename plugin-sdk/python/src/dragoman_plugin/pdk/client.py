"""`kong.client`: who sent the request, and who it was found to be."""

from __future__ import annotations

from typing import Any, Literal

from .. import phases, staleness
from ..facts import without_nulls
from .namespace import Namespace, asks

Entity = dict[str, Any]


class ClientTls(Namespace):
    """`kong.client.tls`: the client's side of the TLS handshake. Everything asks the gateway."""

    __slots__ = ()

    @asks
    def request_client_certificate(self, ca_certs: Any = None) -> Literal[True] | None:
        """Ask the client for a certificate. certificate."""
        return self._e.ask("kong.client.tls.request_client_certificate", ca_certs)

    @asks
    def disable_session_reuse(self) -> Literal[True] | None:
        """Let this client's session not be resumed. certificate."""
        return self._e.ask("kong.client.tls.disable_session_reuse")

    @asks
    def get_full_client_certificate_chain(self) -> str | None:
        """The client's certificates as PEM; None without. rewrite, access, response, log."""
        return self._e.ask("kong.client.tls.get_full_client_certificate_chain")

    def set_client_verify(self, v: str) -> None:
        """What `$ssl_client_verify` says: "SUCCESS", "NONE" or "FAILED:reason". rewrite, access, response."""
        self._e.write("kong.client.tls.set_client_verify", v)


class Client(Namespace):
    """Phases, where nothing else is said: access, response, header_filter, body_filter, log."""

    __slots__ = ()

    @property
    def tls(self) -> ClientTls:
        """`kong.client.tls`"""
        return ClientTls(self._e)

    @asks
    def get_ip(self) -> str:
        """Address of the peer of the connection. Any phase but init_worker."""
        e = self._e
        return (e.message.client_ip if e.has_request else "") or e.ask("kong.client.get_ip")

    @asks
    def get_forwarded_ip(self) -> str:
        """Address of the client, from its headers if the peer is trusted. Any phase but init_worker."""
        e = self._e
        known = e.message.forwarded_ip if e.has_request else ""
        return known or e.ask("kong.client.get_forwarded_ip")

    @asks
    def get_port(self) -> int:
        """Port of the peer of the connection. Any phase but init_worker."""
        e = self._e
        return (e.message.client_port if e.has_request else 0) or e.ask("kong.client.get_port")

    @asks
    def get_forwarded_port(self) -> int | None:
        """Port of the client, from its headers if the peer is trusted; None if not known. Any phase but init_worker."""
        e = self._e
        known = e.message.forwarded_port if e.has_request else 0
        return known or e.ask("kong.client.get_forwarded_port")

    @asks
    def get_credential(self) -> Entity | None:
        """The credential that the consumer proved to have; None without."""
        e = self._e
        if e.phase & phases.WITH_ROUTE and not e.stale & staleness.CONSUMER:
            return e.entity(e.message.credential)
        return e.ask("kong.client.get_credential", convert=without_nulls)

    @asks
    def get_consumer(self) -> Entity | None:
        """The consumer that was authenticated; None without."""
        e = self._e
        if e.phase & phases.WITH_ROUTE and not e.stale & staleness.CONSUMER:
            return e.entity(e.message.consumer)
        return e.ask("kong.client.get_consumer", convert=without_nulls)

    @asks
    def load_consumer(
        self, consumer_id: str, search_by_username: bool | None = None
    ) -> Entity | None:
        """A consumer by id, or by username or custom_id; None if there is none. Asks the gateway."""
        return self._e.ask(
            "kong.client.load_consumer", consumer_id, search_by_username, convert=without_nulls
        )

    def authenticate(self, consumer: Entity | None, credential: Entity | None) -> None:
        """Let the request be this consumer's, proved by this credential; one of them may be None. access."""
        self._e.write("kong.client.authenticate", consumer, credential)

    @asks
    def get_protocol(self, allow_terminated: bool | None = None) -> str | None:
        """`"http"`, `"https"`, `"grpc"` or `"grpcs"`, of the matched route. Asks the gateway.

        `allow_terminated`: believe a trusted peer's X-Forwarded-Proto.
        """
        return self._e.ask("kong.client.get_protocol", allow_terminated)
