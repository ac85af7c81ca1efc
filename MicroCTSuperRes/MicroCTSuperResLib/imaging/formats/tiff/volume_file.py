"""TIFF: many pages as one volume, with units, metadata and geometry in a JSON sidecar.

The spacing comes from the sidecar, else from the description that ImageJ (Fiji) or OME writers leave in the file. A
bare resolution tag tells the pixel size within a slice only, and is often a printer's default; it is never used alone.
Pages are read strip by strip; what that does not know (LZW, PackBits, single bits, turned pages) is left to ITK.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import numpy as np

from ....errors import FormatError, OutputError
from ...volume import IDENTITY
from ..header import SPACING_HINT, Header, settled_spacing
from ..itk_files import information, read_voxels
from ..sidecar import Sidecar, read_sidecar, sidecar_of, write_sidecar
from . import pixels
from .description import (
    described_images,
    described_meaning,
    described_spacing,
    description_warnings,
    imagej_description,
)
from .directories import read_pages
from .page import Page, with_unlisted

if TYPE_CHECKING:
    from pathlib import Path

    from ...calibration import Line
    from ...volume import Volume
    from ..options import WriteOptions
    from ..region import Region

NAME = "TIFF"
IMAGE_IO = "TIFFImageIO"
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
_BLACK_IS_ZERO = 1
# (sample format, bits) that are read correctly.
_READABLE = frozenset({(_UNSIGNED, 1), (_FLOAT, 32), *((kind, bits) for kind in (1, 2) for bits in (8, 16, 32))})
_INCH, _CENTIMETRE = 2, 3
_MM_PER_RESOLUTION_UNIT = {_INCH: 25.4, _CENTIMETRE: 10.0}


def inspect(path: Path, given: tuple[float, float, float] | None) -> Header:
    """What the pages' directories and the sidecar say."""
    pages = checked_pages(path)
    first = pages[0]
    size = (first.width, first.height, len(pages))
    sidecar = read_sidecar(sidecar_of(path), size)
    told = sidecar or Sidecar(described_meaning(first))
    declared = told.spacing or described_spacing(path, first)
    if declared is None and given is None:
        raise FormatError(f"{path} has no voxel spacing{_resolution_note(first)}.", SPACING_HINT)
    return Header(
        path=path,
        format=NAME,
        size=size,
        spacing=settled_spacing(path, declared, given),
        origin=told.origin or (0.0, 0.0, 0.0),
        direction=told.direction or IDENTITY,
        stored_type=first.stored_type,
        warnings=() if sidecar else description_warnings(first),
        files=(path,),
        **told.meaning.for_header(),
    )


def reads_parts(header: Header) -> bool:
    """Whether every page is read strip by strip; ITK reads all of them at once."""
    return all(page.reads_parts for page in checked_pages(header.path))


def read(header: Header, region: Region) -> np.ndarray:
    """The voxels of a region."""
    pages = checked_pages(header.path)
    if (pages[0].width, pages[0].height, len(pages)) != header.size or pages[0].stored_type != header.stored_type:
        raise FormatError(f"{header.path} differs from its header.", "Copy or export it again.")
    return read_pages_of(header.path, pages, region)


def read_pages_of(path: Path, pages: list[Page], region: Region) -> np.ndarray:
    """The values of a region of these pages, which are all that the file holds.

    :raises FormatError: for damaged pages, or if ITK sees fewer of them than the directories list.
    """
    if all(page.reads_parts for page in pages):
        return pixels.read_region(path, pages, region)
    told = information(path, IMAGE_IO)
    size = (pages[0].width, pages[0].height, len(pages))
    if told.size[:2] != size[:2] or math.prod(told.size) != math.prod(size):
        raise FormatError(f"{path} has {len(pages)} pages, only {(*told.size, 1)[2]} can be read.", "Export it again.")
    return read_voxels(path, IMAGE_IO).reshape(size[::-1])[region]


def write(volume: Volume, path: Path, options: WriteOptions) -> None:
    """Write pages, with the spacing as ImageJ writes it, and sidecar; above 4 GiB as BigTIFF.

    :raises OutputError: for 64-bit voxels.
    """
    write_pages(volume, path, options.line, compress=options.compress)
    write_sidecar(volume, sidecar_of(path), options.line, geometry=True)


def write_pages(volume: Volume, path: Path, line: Line, *, compress: bool) -> None:
    """Write the slices of a volume as the pages of one file; half precision, which few programs know, becomes single.

    :param line: turns the voxels, as they are stored, into grey values in the volume's units.
    :raises OutputError: for 64-bit voxels, or where tifffile is missing.
    """
    check_voxel_type(volume)
    voxels = volume.voxels
    stored = np.dtype(np.float32) if voxels.dtype == np.float16 else voxels.dtype.newbyteorder("=")
    try:
        import tifffile
    except ImportError as error:
        raise OutputError(
            "TIFF is written by tifffile, which is missing.", "Install it: pip install tifffile"
        ) from error
    try:
        tifffile.imwrite(
            path,
            (np.ascontiguousarray(pixels, stored) for pixels in voxels),
            shape=voxels.shape,
            dtype=stored,
            photometric="minisblack",
            compression="zlib" if compress else None,
            rowsperstrip=voxels.shape[1],
            resolution=tuple(_MM_PER_RESOLUTION_UNIT[_CENTIMETRE] / value for value in volume.spacing[:2]),
            resolutionunit=_CENTIMETRE,
            description=imagej_description(volume, line),
            metadata=None,
            software=False,
        )
    except (OSError, ValueError, struct.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise OutputError(f"{path} cannot be written ({error}).", "Choose another format, such as .nrrd.") from error


def companions(path: Path, compress: bool) -> tuple[str, ...]:
    return (sidecar_of(path).name,)


def check_voxel_type(volume: Volume) -> None:
    """Refuse voxel types that few TIFF readers know.

    :raises OutputError: for 64-bit voxels.
    """
    if volume.voxels.dtype.itemsize == 8:
        raise OutputError(
            f"TIFF cannot hold voxels of type {volume.voxels.dtype}.", "Write .nrrd, or convert to 32 bits first."
        )


def checked_pages(path: Path) -> list[Page]:
    """The pages of one grey volume.

    :raises FormatError: for a damaged file, colours, several channels or times, unequal pages or unreadable types.
    """
    pages = read_pages(path)
    if not pages:
        raise FormatError(f"{path} holds no image.", "Copy or export it again.")
    first = pages[0]
    if first.samples != 1 or first.photometric > _BLACK_IS_ZERO:
        raise FormatError(f"{path} is a colour image.", "Save it as a grey image first.")
    if first.photometric != _BLACK_IS_ZERO:
        raise FormatError(f"{path} stores its grey values inverted (white is zero).", "Save it with black as zero.")
    if (first.sample_format, first.bits) not in _READABLE:
        raise FormatError(
            f"{path} has {first.bits}-bit values (sample format {first.sample_format}), which cannot be read.",
            "Save it with 8, 16 or 32 bits a voxel.",
        )
    if first.tiled:  # ITK reads tiles as colours
        raise FormatError(
            f"{path} stores its pages in tiles, which cannot be read.", "Save it in strips (the default)."
        )
    for number, page in enumerate(pages, start=1):
        if page.kind != first.kind:
            raise FormatError(
                f"{path} has pages of different size or type (page {number}: {page.width} x {page.height}, "
                f"{page.bits} bits; page 1: {first.width} x {first.height}, {first.bits} bits).",
                "Save the pages of one volume alone.",
            )
    return _all_described(path, pages)


def _all_described(path: Path, pages: list[Page]) -> list[Page]:
    """As many pages as the description tells, also those of ImageJ that no directory lists."""
    images = described_images(path, pages[0].description)
    if images in (None, len(pages)):
        return pages
    every = with_unlisted(pages[0], images, path.stat().st_size) if len(pages) == 1 and images > 1 else None
    if every is None:
        raise FormatError(
            f"{path} says that it holds {images} slices, but lists {len(pages)} and has no room for the others.",
            "The file is truncated or damaged: copy or export it again.",
        )
    return every


def _resolution_note(page: Page) -> str:
    scale = _MM_PER_RESOLUTION_UNIT.get(page.resolution_unit)
    if scale is None or None in page.resolution:
        return ""
    x, y = (scale / value for value in page.resolution)
    return f" (its resolution tag says {x:.6g} x {y:.6g} mm within a slice, nothing of the slice distance)"
