"""One slice in one file: TIFF, PNG, BMP or JPEG 2000."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....errors import FormatError
from ...calibration import SAME, Line
from ..itk_files import read_voxels
from ..tiff import volume_file as tiff
from ..tiff.description import described_meaning
from . import bmp, jp2, png

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np

    from ..tiff.page import Page

Part = tuple[slice, slice]
TIFF_EXTENSIONS = (".tif", ".tiff")
EXTENSIONS = (*TIFF_EXTENSIONS, ".png", ".bmp", *jp2.EXTENSIONS)


@dataclass(frozen=True)
class SliceInfo:
    """What the slices of one volume share.

    :param size: pixels along x and y.
    :param voxel_type: numpy's name of the type of the stored numbers.
    :param line: from stored numbers to grey values, where the file tells one (ImageJ).
    :param units: of the grey values, None where the file names none.
    """

    size: tuple[int, int]
    voxel_type: str
    line: Line = SAME
    units: str | None = None


def slice_info(path: Path) -> SliceInfo:
    """What the slice's header says.

    :raises FormatError: if it is not one grey image.
    """
    return _opened(path)[0]


def read_part(path: Path, size: tuple[int, int], voxel_type: str, part: Part) -> np.ndarray:
    """The pixels of a part of a slice, shape (y, x).

    BMP and TIFF files (uncompressed or deflated) are read as far as the rows are wanted, the others whole.

    :param size: pixels along x and y that the slice should have, `voxel_type` their type.
    :param part: rows and columns that are wanted, with start, stop and step filled in.
    :raises FormatError: if the slice is damaged or another one than it should be.
    """
    info, read = _opened(path)
    pixels = read(part) if (info.size, info.voxel_type) == (size, voxel_type) else None
    wanted = tuple(len(range(along.start, along.stop, along.step)) for along in part)
    if pixels is None or pixels.shape != wanted or pixels.dtype != voxel_type:
        raise FormatError(f"{path} differs from its header.", "Copy or export it again.")
    return pixels


def _opened(path: Path) -> tuple[SliceInfo, Callable[[Part], np.ndarray]]:
    """What the header says, and how to read a part of the pixels."""
    extension = path.suffix.lower()
    if extension == ".bmp":
        bitmap = bmp.read_bitmap(path)
        return SliceInfo((bitmap.width, bitmap.height), "uint8"), lambda part: bmp.read_part(path, bitmap, part)
    if extension == ".png":
        header = png.read_header(path)
        return SliceInfo((header.width, header.height), header.voxel_type), lambda part: _read_png(path)[part]
    if extension in jp2.EXTENSIONS:
        told = jp2.read_codestream(path)
        return SliceInfo((told.width, told.height), told.voxel_type), lambda part: jp2.read_pixels(path, told)[part]
    page = _only_page(path)
    meaning = described_meaning(page)
    info = SliceInfo((page.width, page.height), page.stored_type, meaning.line, meaning.units)
    return info, lambda part: tiff.read_pages_of(path, [page], (slice(0, 1, 1), *part))[0]


def _read_png(path: Path) -> np.ndarray:
    voxels = read_voxels(path, png.IMAGE_IO)
    return voxels.reshape(voxels.shape[-2:])


def _only_page(path: Path) -> Page:
    pages = tiff.checked_pages(path)
    if len(pages) != 1:
        raise FormatError(
            f"{path} has {len(pages)} pages, a slice of a stack has one.", "Give the multi-page file itself."
        )
    return pages[0]
