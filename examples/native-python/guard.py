"""py-guard lets known keys in, tells the Service who asks, and counts the bytes of each answer. See README.md."""

from __future__ import annotations

from dataclasses import dataclass, field

from dragoman_plugin import Kong, option, path_prefix, plugin, serve, when


@dataclass
class Config:
    header: str = "apikey"
    keys: dict[str, str] = field(default_factory=dict)
    shout: bool = option(False, description="answer in capitals")


@plugin(name="py-guard", version="1.0.0", priority=1000)
class Guard:
    config: Config

    def conditions(self):
        """Evaluated in the gateway: health checks never come here."""
        return [when("access", ~path_prefix("/health"))]

    def access(self, kong: Kong) -> None:
        who = self.config.keys.get(kong.request.get_header(self.config.header) or "")
        if who is None:
            kong.response.exit(401, {"message": "who are you?"})
        kong.service.request.clear_header(self.config.header)
        kong.service.request.set_header("x-client", who)
        kong.response.set_header("x-served-for", who)

    def header_filter(self, kong: Kong) -> None:
        if self.config.shout:
            kong.response.clear_header("content-length")

    def body_filter(self, kong: Kong) -> None:
        chunk = kong.response.get_chunk()
        kong.ctx.plugin["bytes"] = kong.ctx.plugin.get("bytes", 0) + len(chunk)
        if self.config.shout:
            kong.response.set_chunk(chunk.upper())

    def log(self, kong: Kong) -> None:
        kong.log.info("answered with ", kong.ctx.plugin.get("bytes", 0), " bytes")


if __name__ == "__main__":
    serve(Guard)
