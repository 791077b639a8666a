"""The plugin without a gateway."""

from plugin import MyPlugin

from dragoman_plugin.testing import Harness


def test_somebody_is_greeted() -> None:
    answer = Harness(MyPlugin, {"greeting": "good morning"}).request("GET", "/?name=ann")
    assert answer.headers["x-greeting"] == "good morning ann"
    assert answer.upstream is not None
    assert answer.upstream.headers["x-greeted"] == "ann"


def test_nobody_is_a_stranger() -> None:
    answer = Harness(MyPlugin, {}).request("GET", "/")
    assert answer.headers["x-greeting"] == "hello stranger"
