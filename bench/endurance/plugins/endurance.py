"""The plugins of the endurance bench with the SDK for Python: one marks the request and the answer with its config's mark, and
the client asks it for an exit or a hang by a header; one sees each chunk of a body; one is of the headers."""

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


@dataclass
class Nothing:
    pass


@plugin(name="endurance-body", version="1.0.0", priority=10)
class Body:
    config: Nothing

    def body_filter(self, kong: Kong) -> None:
        chunk = kong.response.get_chunk()
        kong.response.set_chunk(bytes(bytearray(chunk)))  # the same one would not be sent back


@plugin(name="endurance-headers", version="1.0.0", priority=10)
class Headers:
    config: Nothing

    def header_filter(self, kong: Kong) -> None:
        kong.response.set_header("x-filtered", "yes")


@plugin(name="endurance-empty", version="1.0.0", priority=10)
class Empty:
    config: Nothing

    def access(self, kong: Kong) -> None:
        """What is left is what a call costs."""


if __name__ == "__main__":
    serve(Endurance, Body, Headers, Empty)
