"""The lines of a stream that comes in pieces."""

from __future__ import annotations

# No event is near this long: what is, is cut, so that rubbish without an end of line cannot fill the memory.
LONGEST_LINE = 16 * 2**20


class LineBuffer:
    """Collects bytes and gives them back line by line.

    :param longest: bytes after which a line is cut.
    """

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._bytes = bytearray()
        self._searched = 0
        self._longest = longest

    def add(self, piece: bytes) -> None:
        """Add what the stream gave next."""
        self._bytes += piece

    def next_line(self) -> str | None:
        """The next whole line without its end, None while there is none. What is no UTF-8 is replaced."""
        end = self._bytes.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._bytes)
            return self.rest() if self._searched > self._longest else None
        line = self._bytes[:end]
        del self._bytes[: end + 1]
        self._searched = 0
        return line.decode("utf-8", "replace").rstrip("\r")

    def rest(self) -> str | None:
        """A last line that has no end, None if there is none."""
        line = self._bytes.decode("utf-8", "replace")
        self._bytes.clear()
        self._searched = 0
        return line or None
