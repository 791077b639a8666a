"""What plugins import from Kong's kong-pdk, by the same names, over Dragoman's native protocol.

It takes the place of the package of that name, so plugin files and their `start_dedicated_server` run as they are.
Nothing else of kong-pdk is here: its wire protocol, its threads and its queues are replaced by `dragoman_plugin`.
"""

from .const import __version__

__all__ = ["__version__"]
