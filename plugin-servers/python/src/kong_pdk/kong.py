"""`kong_pdk.kong.kong`: the name that type hints of older plugins use."""

from .pdk.kong import kong

__all__ = ["kong"]
