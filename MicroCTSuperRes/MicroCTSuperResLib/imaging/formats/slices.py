"""One slice in one file: TIFF, PNG or BMP."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import FormatError
from . import bmp, tiff
from .itk_files import information, read_voxels
from .payload import check_claim_of_compressed

if TYPE_CHECKING:
    from pathlib import Path

EXTENSIONS = (".tif", ".tiff", ".png", ".bmp")
_PNG_IO = "PNGImageIO"


@dataclass(frozen=True)
class SliceInfo:
    """Pixels along x and y, and numpy's name of their type."""

    size: tuple[int, int]
    voxel_type: str


def slice_info(path: Path) -> SliceInfo:
    """What the slice's header says.

    :raises FormatError: if it is not one grey image.
    """
    extension = path.suffix.lower()
    if extension == ".bmp":
        bitmap = bmp.read_bitmap(path)
        return SliceInfo((bitmap.width, bitmap.height), "uint8")
    if extension == ".png":
        told = information(path, _PNG_IO)
        needed_bytes = math.prod(told.size) * np.dtype(told.voxel_type).itemsize
        check_claim_of_compressed(path, needed_bytes=needed_bytes, stored_bytes=path.stat().st_size)
        return SliceInfo(told.size[:2], told.voxel_type)
    pages = tiff.checked_pages(path)
    if len(pages) != 1:
        raise FormatError(
            f"{path} has {len(pages)} pages, a slice of a stack has one.", "Give the multi-page file itself."
        )
    return SliceInfo((pages[0].width, pages[0].height), tiff.voxel_type(pages[0]))


def read_slice(path: Path) -> np.ndarray:
    """The pixels, shape (y, x)."""
    extension = path.suffix.lower()
    if extension == ".bmp":
        return bmp.read_pixels(path, bmp.read_bitmap(path))
    voxels = read_voxels(path, _PNG_IO if extension == ".png" else tiff.IMAGE_IO)
    return voxels.reshape(voxels.shape[-2:])
