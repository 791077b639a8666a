"""What can go wrong in a plugin, as exceptions.

`PdkError` is for plugin authors to catch. `HandlerEnded` is how the SDK leaves a handler that has nothing more to do; it is
no `Exception`, so that a plugin's own `except Exception` lets it pass, like `asyncio.CancelledError`.
"""

from __future__ import annotations


class DragomanError(Exception):
    """Base of what this package raises for others to catch."""


class PdkError(DragomanError):
    """A PDK function has no value to give; the text is the second result of Kong's function (`nil, "why"`)."""


class ConfigError(DragomanError):
    """A configuration does not fit the plugin's config class; the gateway refuses to start the instance."""


class PluginError(DragomanError):
    """A plugin class that cannot be served: no name, a handler of the wrong kind, a type without a schema."""


class FrameError(DragomanError):
    """What the peer sent is out of step or out of bounds: the connection ends."""


class HandlerEnded(BaseException):
    """The handler is over: it answered with `exit`, a call was refused, or the gateway wants no answer any more.

    Raised by PDK functions. Do not catch it; `finally` blocks run.
    """
