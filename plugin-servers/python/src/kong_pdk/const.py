"""Constants that plugins may look at."""

#: Version of kong-pdk whose behaviour this is.
__version__ = 0.36
PY3K = True
