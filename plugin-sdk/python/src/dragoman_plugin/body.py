"""The response's body on its way through `body_filter`: one chunk at a time, or all of it for who asks."""

from __future__ import annotations

from .errors import PdkError

#: Bytes that `kong.response.get_raw_body` keeps of one response; more is an error of the handler.
RAW_BODY_BYTES_MAX = 64 * 1024 * 1024


class BodyStream:
    """One plugin's view of one response's body."""

    __slots__ = ("_is_kept", "_kept", "chunk", "is_last", "is_unchanged", "output")

    def __init__(self) -> None:
        self.chunk = b""
        self.is_last = False
        self.is_unchanged = True
        self.output = b""
        self._kept: bytearray | None = None
        self._is_kept = False

    def begin(self, chunk: bytes, is_last: bool) -> None:
        """The next chunk is here."""
        self.chunk = self.output = chunk
        self.is_last = is_last
        self.is_unchanged = True
        self._is_kept = False

    def set_chunk(self, chunk: bytes) -> None:
        """Something else goes on in place of the chunk."""
        self.output = chunk
        self.is_unchanged = False

    def whole(self) -> bytes | None:
        """The body with its last chunk, None before. Chunks that were kept do not go on by themselves."""
        if self._kept is None:
            self._kept = bytearray()
        if len(self._kept) + len(self.chunk) > RAW_BODY_BYTES_MAX:
            raise PdkError(f"a body of more than {RAW_BODY_BYTES_MAX} bytes; read it in chunks")
        if not self._is_kept:
            self._kept += self.chunk
            self._is_kept = True
        if self.is_last:
            body = bytes(self._kept)
            self.set_chunk(body)
            return body
        self.set_chunk(b"")
        return None

    def replace(self, body: bytes) -> None:
        """The body becomes this; Kong writes it with the last chunk."""
        self.set_chunk(body)
