"""The lines of a text header that stands before (or apart from) binary voxels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LONGEST_HEADER_BYTES = 2**22


def header_lines(path: Path, ends: Callable[[str], bool]) -> tuple[list[str], int]:
    """The lines up to the one that ends the header, and the number of bytes before the voxels.

    :param ends: whether a line ends the header; that line is the last one of the result.
    :raises FormatError: if the file cannot be read or no header ends within 4 MiB.
    """
    lines = []
    with path.open("rb") as file:
        while raw := file.readline(_LONGEST_HEADER_BYTES):
            line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
            lines.append(line)
            if ends(line):
                break
            if file.tell() > _LONGEST_HEADER_BYTES:
                raise FormatError(f"{path} has no end of its header.", "Check that it is of the format its name says.")
        return lines, file.tell()
