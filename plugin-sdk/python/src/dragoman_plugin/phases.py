"""Phases: their names as handlers, their bits on the wire, and the sets in which a snapshot can be read.

Bits and sets are Kong's (`kong/pdk/private/phases.lua`). Writes are checked by the gateway; reads that the SDK answers
itself must not be answered in a phase where the gateway would refuse them, so the sets are needed here, too.
"""

from __future__ import annotations

INIT_WORKER = 0x1
CERTIFICATE = 0x2
REWRITE = 0x10
ACCESS = 0x20
RESPONSE = 0x80
HEADER_FILTER = 0x200
BODY_FILTER = 0x400
LOG = 0x2000
PREREAD = 0x4000
CONFIGURE = 0x8000

#: Handler name -> bit, in the order in which a request meets them.
BITS: dict[str, int] = {
    "init_worker": INIT_WORKER,
    "configure": CONFIGURE,
    "certificate": CERTIFICATE,
    "preread": PREREAD,
    "rewrite": REWRITE,
    "access": ACCESS,
    "response": RESPONSE,
    "header_filter": HEADER_FILTER,
    "body_filter": BODY_FILTER,
    "log": LOG,
}
#: Bit -> handler name.
NAMES: dict[int, str] = {bit: name for name, bit in BITS.items()}

#: Phases that belong to no plugin config: their handlers are class methods.
OF_THE_PLUGIN = INIT_WORKER | CONFIGURE
#: There is a request, and the functions of `kong.request` answer.
WITH_REQUEST = REWRITE | ACCESS | RESPONSE | HEADER_FILTER | BODY_FILTER | LOG
#: Route, service, consumer and credential are known.
WITH_ROUTE = ACCESS | RESPONSE | HEADER_FILTER | BODY_FILTER | LOG
#: The request's body can be read.
WITH_REQUEST_BODY = REWRITE | ACCESS | RESPONSE
#: The response can be read.
WITH_RESPONSE = RESPONSE | HEADER_FILTER | BODY_FILTER | LOG
