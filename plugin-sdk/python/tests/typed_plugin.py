"""A plugin with both kinds of handlers, for `mypy --strict`: test_types.py."""

from __future__ import annotations

from dataclasses import dataclass

from dragoman_plugin import AsyncKong, Kong, option, plugin


@dataclass
class Config:
    plan: str = option("free", len_min=1)


@plugin(name="typed", version="1.0.0", priority=5)
class Typed:
    config: Config

    async def access(self, kong: AsyncKong) -> None:
        name: str | None = await kong.request.get_header("x-user")
        consumer = await kong.client.load_consumer(name or "nobody", True)
        if consumer is None:
            kong.response.exit(403, {"message": "who is that?"})
        kong.service.request.set_header("x-plan", self.config.plan)
        status: int | None = await kong.service.response.get_status()
        kong.log.debug("status ", status, " of ", kong.version)
        kong.ctx.shared.set("user", consumer["id"])

    def log(self, kong: Kong) -> None:
        status: int = kong.response.get_status()
        kong.log.info("answered with ", status)
