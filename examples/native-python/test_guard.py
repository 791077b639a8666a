"""The plugin without a gateway."""

from guard import Guard

from dragoman_plugin.testing import Harness, ServiceAnswer

CONFIG = {"keys": {"key-of-ann": "ann"}}


def test_strangers_stay_outside() -> None:
    answer = Harness(Guard, CONFIG).request("GET", "/orders")
    assert (answer.status, answer.json()) == (401, {"message": "who are you?"})
    assert answer.upstream is None


def test_the_service_learns_who_asks() -> None:
    answer = Harness(Guard, CONFIG).request("GET", "/orders", {"apikey": "key-of-ann"})
    assert answer.upstream is not None
    assert answer.upstream.headers["x-client"] == "ann"
    assert "apikey" not in answer.upstream.headers


def test_bodies_are_counted_chunk_by_chunk() -> None:
    harness = Harness(Guard, {**CONFIG, "shout": True})
    service = ServiceAnswer(200, {"content-length": "5"}, chunks=[b"he", b"llo"])
    answer = harness.request("GET", "/", {"apikey": "key-of-ann"}, answer=service)
    assert (answer.body, "content-length" in answer.headers) == (b"HELLO", False)
    assert answer.log[0].text == "answered with 5 bytes"
