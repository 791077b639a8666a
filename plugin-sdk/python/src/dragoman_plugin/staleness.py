"""Which parts of a snapshot a write may have changed, so that a later read must ask the gateway.

Header writes in the short form are not here: they are laid over the snapshot (headers.py). Being stale ends with the event.
"""

from __future__ import annotations

REQUEST_HEADERS = 0x1
HOST = 0x2
METHOD = 0x4
QUERY = 0x8
REQUEST_BODY = 0x10
CONSUMER = 0x20
RESPONSE_HEADERS = 0x40
STATUS = 0x80
RESPONSE_BODY = 0x100

_ODD_REQUEST_HEADER = REQUEST_HEADERS | HOST

#: Wire name of a function -> parts that it may have changed.
BY_FUNCTION: dict[str, int] = {
    "kong.service.request.set_header": _ODD_REQUEST_HEADER,
    "kong.service.request.add_header": _ODD_REQUEST_HEADER,
    "kong.service.request.clear_header": _ODD_REQUEST_HEADER,
    "kong.service.request.set_headers": _ODD_REQUEST_HEADER,
    "kong.service.request.set_method": METHOD,
    "kong.service.request.set_query": QUERY,
    "kong.service.request.set_raw_query": QUERY,
    "kong.service.request.clear_query_arg": QUERY,
    "kong.service.request.set_raw_body": REQUEST_BODY | REQUEST_HEADERS,
    "kong.service.request.set_body": REQUEST_BODY | REQUEST_HEADERS,
    "kong.client.authenticate": CONSUMER,
    "kong.response.set_header": RESPONSE_HEADERS,
    "kong.response.add_header": RESPONSE_HEADERS,
    "kong.response.clear_header": RESPONSE_HEADERS,
    "kong.response.set_headers": RESPONSE_HEADERS,
    "kong.response.set_status": STATUS,
    "kong.response.set_raw_body": RESPONSE_BODY | RESPONSE_HEADERS,
}
