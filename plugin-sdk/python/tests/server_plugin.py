"""The plugins of test_server.py: they do what their configuration says."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass

from dragoman_plugin import AsyncKong, Kong, plugin, serve


@dataclass
class Config:
    do: str = "nothing"


@plugin(name="doer", version="1.2.3", priority=7)
class Doer:
    config: Config

    def access(self, kong: Kong) -> None:
        getattr(self, self.config.do)(kong)

    def headers(self, kong: Kong) -> None:
        kong.service.request.set_header("x-user", kong.request.get_header("X-Client-Id") or "")
        kong.response.set_header("x-served-by", "python")

    def exit(self, kong: Kong) -> None:
        kong.response.exit(403, "no")

    def call(self, kong: Kong) -> None:
        kong.service.request.set_header("x-before", "1")
        consumer = kong.client.load_consumer("alice") or {}
        kong.service.request.set_header("x-consumer", consumer["id"])

    def swallow(self, kong: Kong) -> None:
        try:
            kong.client.load_consumer("alice")
        except BaseException:
            kong.ctx.plugin["n"] = 40

    def stick(self, kong: Kong) -> None:
        time.sleep(30)

    def sleep(self, kong: Kong) -> None:
        time.sleep(1)

    def leave(self, kong: Kong) -> None:
        sys.exit(3)

    def interrupt(self, kong: Kong) -> None:
        raise KeyboardInterrupt

    def count(self, kong: Kong) -> None:
        kong.ctx.plugin["n"] = kong.ctx.plugin.get("n", 0) + 1
        kong.response.set_header("x-n", str(kong.ctx.plugin["n"]))

    def entity(self, kong: Kong) -> None:
        kong.response.set_header("x-e", f"{kong.router.get_route()} {kong.client.get_consumer()}")

    def read(self, kong: Kong) -> None:
        kong.request.get_header("X-Client-Id")
        kong.request.get_query_arg("page")
        kong.client.load_consumer("alice")
        kong.ctx.shared.get("k")
        assert kong.version

    def body_filter(self, kong: Kong) -> None:
        kong.response.set_chunk(kong.response.get_chunk().upper())


setattr(Doer, "raise", lambda self, kong: 1 // 0)


@plugin(name="later")
class Later:
    config: Config

    async def access(self, kong: AsyncKong) -> None:
        if self.config.do == "raise":
            raise ZeroDivisionError("division by zero")
        kong.service.request.set_header("x-before", "1")
        if self.config.do == "read":
            await kong.request.get_header("X-Client-Id")
            await kong.request.get_query_arg("page")
            await kong.ctx.shared.get("k")
            assert kong.version
        if self.config.do == "both":
            names = ("alice", "bob")
            found = await asyncio.gather(*(kong.client.load_consumer(name) for name in names))
            kong.service.request.set_header("x-found", " ".join(one["id"] for one in found))
            return
        consumer = await kong.client.load_consumer("alice")
        kong.service.request.set_header("x-consumer", consumer["id"])

    async def body_filter(self, kong: AsyncKong) -> None:
        kong.response.set_chunk(kong.response.get_chunk().upper())


if __name__ == "__main__":
    serve(Doer, Later)
