"""The plugin that costs are compared with in all languages: one read, three writes. `async` as argument: as a coroutine."""

from __future__ import annotations

import sys

from dragoman_plugin import AsyncKong, Kong, plugin, serve


@plugin(name="bench", version="1.0.0", priority=1)
class Bench:
    def access(self, kong: Kong) -> None:
        client = kong.request.get_header("x-client-id")
        kong.service.request.set_header("x-user", client or "")
        kong.service.request.set_header("x-plan", "gold")
        kong.response.set_header("x-served-by", "sidecar")


@plugin(name="bench", version="1.0.0", priority=1)
class AsyncBench:
    async def access(self, kong: AsyncKong) -> None:
        client = await kong.request.get_header("x-client-id")
        kong.service.request.set_header("x-user", client or "")
        kong.service.request.set_header("x-plan", "gold")
        kong.response.set_header("x-served-by", "sidecar")


if __name__ == "__main__":
    if "async" in sys.argv:
        sys.argv.remove("async")
        serve(AsyncBench)
    else:
        serve(Bench)
