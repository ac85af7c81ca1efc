"""How a volume is to be written."""

from __future__ import annotations

from dataclasses import dataclass

from ..calibration import SAME, Line

NGFF_VERSIONS = ("0.5", "0.4")


@dataclass(frozen=True)
class WriteOptions:
    """What a format's `write` is told besides the volume.

    :param compress: whether to compress where the format leaves the choice.
    :param line: turns the voxels, as they are to be stored, into grey values in the volume's units; the format keeps it
        where other programs look for it, and wherever its own `inspect` finds it again.
    :param ngff: version of the OME-Zarr metadata.
    """

    compress: bool = False
    line: Line = SAME
    ngff: str = NGFF_VERSIONS[0]
