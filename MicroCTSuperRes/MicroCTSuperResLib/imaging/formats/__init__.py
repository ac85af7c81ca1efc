"""Reading and writing volumes; docs/formats.md tells the formats and what each of them keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .header import Header
from .reading import OpenScan, open_scan
from .writing import check_output_format, output_target, write_volume

if TYPE_CHECKING:
    from ..volume import Volume

__all__ = [
    "Header",
    "OpenScan",
    "check_output_format",
    "inspect",
    "open_scan",
    "output_target",
    "read_volume",
    "write_volume",
]


def inspect(path: str | Path, **wanted: object) -> Header:
    """What a file says about its volume, or about the part of it that is wanted; no voxels are read.

    Parameters and errors are those of :func:`open_scan`.
    """
    return open_scan(path, **wanted).header


def read_volume(path: str | Path, *, keep_personal: bool = False, **wanted: object) -> Volume:
    """Read a volume with its geometry, units, calibration and metadata.

    Parameters and errors are those of :func:`open_scan`; besides

    :param keep_personal: whether fields that may name a person go into its metadata.
    :raises OutOfMemory: if the voxels do not fit into memory.
    """
    return open_scan(path, **wanted).volume(keep_personal=keep_personal)
