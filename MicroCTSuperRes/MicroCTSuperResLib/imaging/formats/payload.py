"""Whether a file holds the voxels that its header claims, found before memory is taken for them.

ITK fills up a truncated NIfTI file with zeros, for example, and no library refuses a claim of terabytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import FormatError

if TYPE_CHECKING:
    from pathlib import Path

# A deflate stream codes at most 258 bytes in 2 bits: see "Maximum compression factor" of the zlib documentation.
MOST_DEFLATE_SHRINKS = 1032
_HINT = "The file is truncated or its header is wrong: copy or export it again."


def check_raw(path: Path, *, needed_bytes: int, stored_bytes: int) -> None:
    """Refuse a file with fewer bytes of voxels than its header claims.

    :raises FormatError: if `stored_bytes` is less than `needed_bytes`.
    """
    if stored_bytes < needed_bytes:
        raise FormatError(
            f"{path} holds {max(stored_bytes, 0)} bytes of voxels, its header claims {needed_bytes}.", _HINT
        )


def check_claim_of_compressed(path: Path, *, needed_bytes: int, stored_bytes: int) -> None:
    """Refuse a claim that no gzip or zlib stream of this length can meet, at no cost.

    :raises FormatError: if `needed_bytes` exceeds what `stored_bytes` can expand to.
    """
    if needed_bytes > stored_bytes * MOST_DEFLATE_SHRINKS:
        raise FormatError(
            f"{path} holds {max(stored_bytes, 0)} bytes of compressed voxels, its header claims {needed_bytes} bytes.",
            _HINT,
        )
