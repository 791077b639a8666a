"""my-plugin greets whoever a request names, and tells the Service who that is."""

from __future__ import annotations

from dataclasses import dataclass

from dragoman_plugin import Kong, option, plugin, serve


@dataclass
class Config:
    """What a plugin config may set; its schema is made from it."""

    greeting: str = option("hello", len_min=1, description="what comes before the name")


@plugin(name="my-plugin", version="0.1.0", priority=10)
class MyPlugin:
    config: Config

    def access(self, kong: Kong) -> None:
        """Before a request goes to the Service."""
        name = kong.request.get_query_arg("name") or "stranger"
        kong.service.request.set_header("x-greeted", name)
        kong.response.set_header("x-greeting", f"{self.config.greeting} {name}")

    def log(self, kong: Kong) -> None:
        """When the client has its answer."""
        kong.log.debug("answered with ", kong.response.get_status())


if __name__ == "__main__":
    serve(MyPlugin)
