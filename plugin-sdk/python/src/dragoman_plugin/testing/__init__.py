"""Test a plugin without a gateway: send a request, look at what the client, the Service and the log would get.

from dragoman_plugin.testing import Harness

def test_greets():
    answer = Harness(Hello, {"greeting": "hi"}).request("GET", "/orders")
    assert answer.headers["x-hello"] == "hi"
    assert answer.upstream.path == "/orders"
"""

from .harness import Harness
from .model import ServiceAnswer, UpstreamRequest
from .passage import Answer, LogLine

__all__ = ["Answer", "Harness", "LogLine", "ServiceAnswer", "UpstreamRequest"]
