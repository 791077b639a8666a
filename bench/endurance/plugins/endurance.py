"""The plugin of the endurance bench with the SDK for Python: it marks the request and the answer with its config's mark; the
client asks for an exit or a hang by a header."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from dragoman_plugin import AsyncKong, Kong, plugin, serve


@dataclass
class Config:
    mark: str = "none"
    wait_ms: int = 0


@plugin(name="endurance", version="1.0.0", priority=10)
class Endurance:
    config: Config

    async def access(self, kong: AsyncKong) -> None:
        if await kong.request.get_header("x-hang"):
            await asyncio.Event().wait()
        if self.config.wait_ms > 0:
            await asyncio.sleep(self.config.wait_ms / 1000)
        kong.response.set_header("x-mark", self.config.mark)
        if await kong.request.get_header("x-exit"):
            kong.response.exit(403, "no")
        kong.service.request.set_header("x-mark", self.config.mark)

    def log(self, kong: Kong) -> None:
        kong.response.get_status()


if __name__ == "__main__":
    serve(Endurance)
