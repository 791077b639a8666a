"""The plugin of the bench with the SDK for Python: one read and three writes in access, as in every other language here."""

from __future__ import annotations

from dataclasses import dataclass

from dragoman_plugin import Kong, plugin, serve


@dataclass
class Config:
    a: float = 0


@plugin(name="bench-sidecar", version="1.0.0", priority=10)
class BenchSidecar:
    config: Config

    def access(self, kong: Kong) -> None:
        client = kong.request.get_header("x-client-id")
        kong.service.request.set_header("x-user", client or "")
        kong.service.request.set_header("x-plan", "gold")
        kong.response.set_header("x-served-by", "sidecar")


if __name__ == "__main__":
    serve(BenchSidecar)
