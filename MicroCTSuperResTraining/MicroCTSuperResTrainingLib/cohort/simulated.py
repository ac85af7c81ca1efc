"""Which specimens are simulated: their rows or scans say so, and the tables made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from MicroCTSuperResLib.imaging.volume import Volume

SIMULATED = "simulated"
_YES = ("yes", "true", "1")


def row_is_simulated(cells: Mapping[str, str]) -> bool:
    """Whether a row of a table says so in its column "simulated".

    :param cells: by the names of their columns, in upper or lower case.
    """
    return any(name.strip().lower() == SIMULATED and cell.strip().lower() in _YES for name, cell in cells.items())


def scan_is_simulated(scan: Volume) -> bool:
    """Whether the file of a scan says so, as those of `phantom` and `simulate` do. DL says only that it is DL."""
    return scan.metadata.get("MicroCTSuperRes.image_kind", "").startswith(SIMULATED)
