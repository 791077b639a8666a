"""Exceptions by the names that kong-pdk has for them."""


class PluginServerException(Exception):  # noqa: N818 the name is kong-pdk's
    """The plugin server cannot do what was asked of it."""


class PDKException(Exception):  # noqa: N818 the name is kong-pdk's
    """A PDK function failed."""
