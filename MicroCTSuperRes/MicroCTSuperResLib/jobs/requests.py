"""What a program writes to a worker's stdin: the job, then, for work that goes on until stdin ends, requests."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Beyond this a line is no request; what follows is taken for the next.
_LONGEST_LINE = 2**20
# Windows does not wake a thread that waits for a lock when a signal comes.
_SECONDS_BETWEEN_LOOKS = 0.2


class StdinLines:
    """Stdin line by line, as soon as a line is there.

    Not `sys.stdin`: its lock, held by a thread that waits, would crash the interpreter when the job is done, and what
    it has read ahead would be lost.
    """

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._lines = self._read()

    def __iter__(self) -> Iterator[str]:
        """The lines to come, without their ends; also a last one that has none."""
        return self._lines

    def _read(self) -> Iterator[str]:
        rest = b""
        while piece := os.read(self._descriptor, 65536):
            *lines, rest = (rest + piece).split(b"\n")
            yield from (line.decode("utf-8", "replace") for line in lines)
            if len(rest) > _LONGEST_LINE:
                rest = b""
        if rest:
            yield rest.decode("utf-8", "replace")


class Requests:
    """Requests as they come; only the newest one waits, those before it are dropped. Safe between threads."""

    def __init__(self) -> None:
        self._newest: str | None = None
        self._changed = threading.Condition()

    def put(self, line: str) -> None:
        """A request came, as one line."""
        if line.strip():
            with self._changed:
                self._newest = line
                self._changed.notify()

    def take(self) -> dict:
        """Wait for a request, and take the newest. Signals come through.

        :raises InputError: if it is no JSON object.
        """
        with self._changed:
            while self._newest is None:
                self._changed.wait(_SECONDS_BETWEEN_LOOKS)
            line, self._newest = self._newest, None
        try:
            request = json.loads(line)
        except ValueError as error:
            raise InputError(f"The request is not JSON ({error}).") from error
        if not isinstance(request, dict):
            raise InputError("The request is not a JSON object.")
        return request
