"""TIFF: many pages as one volume, with units, metadata and geometry in a JSON sidecar.

The spacing comes from the sidecar, else from the description that ImageJ (Fiji) or OME writers leave in the file. A
bare resolution tag tells the pixel size within a slice only, and is often a printer's default; it is never used alone.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from ...errors import FormatError, OutputError
from ..volume import IDENTITY
from .header import MM_PER_UNIT, SPACING_HINT, Header, mm_per, settled_spacing
from .itk_files import image_of, information, read_voxels, write_image
from .sidecar import Sidecar, read_sidecar, sidecar_of, write_sidecar
from .tiff_pages import Page, read_pages

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from ..volume import Volume
    from .options import WriteOptions
    from .region import Region

NAME = "TIFF"
IMAGE_IO = "TIFFImageIO"
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
_BLACK_IS_ZERO = 1
# (sample format, bits) that ITK reads correctly.
_READABLE = frozenset({(_UNSIGNED, 1), (_FLOAT, 32), *((kind, bits) for kind in (1, 2) for bits in (8, 16, 32))})
_MM_PER_RESOLUTION_UNIT = {2: 25.4, 3: 10.0}
_LARGEST_CLASSIC_BYTES = 2**32 - 2**20


def inspect(path: Path, given: tuple[float, float, float] | None) -> Header:
    """What the pages' directories and the sidecar say."""
    pages = checked_pages(path)
    size = (pages[0].width, pages[0].height, len(pages))
    sidecar = read_sidecar(sidecar_of(path), size) or Sidecar()
    declared = sidecar.spacing or _described_spacing(path, pages[0])
    if declared is None and given is None:
        raise FormatError(f"{path} has no voxel spacing{_resolution_note(pages[0])}.", SPACING_HINT)
    return Header(
        path=path,
        format=NAME,
        size=size,
        spacing=settled_spacing(path, declared, given),
        origin=sidecar.origin or (0.0, 0.0, 0.0),
        direction=sidecar.direction or IDENTITY,
        stored_type=voxel_type(pages[0]),
        files=(path,),
        **sidecar.meaning.for_header(),
    )


def read(header: Header, region: Region) -> np.ndarray:
    """The voxels of a region; ITK must see as many pages as the directories list."""
    told = information(header.path, IMAGE_IO)
    if told.size[:2] != header.size[:2] or math.prod(told.size) != math.prod(header.size):
        raise FormatError(
            f"{header.path} has {header.size[2]} pages, only {(*told.size, 1)[2]} can be read.", "Export it again."
        )
    return read_voxels(header.path, IMAGE_IO).reshape(header.size[::-1])[region]


def write(volume: Volume, path: Path, options: WriteOptions) -> None:
    """Write pages and sidecar.

    :raises OutputError: for 64-bit voxels, or a volume beyond the 4 GiB of classic TIFF.
    """
    check_voxel_type(volume)
    if volume.voxels.nbytes > _LARGEST_CLASSIC_BYTES:
        raise OutputError(f"TIFF holds at most 4 GiB, this volume has {volume.voxels.nbytes} bytes.", "Use .nrrd.")
    write_image(image_of(volume), path, compress=options.compress)
    write_sidecar(volume, sidecar_of(path), options.line, geometry=True)


def companions(path: Path, compress: bool) -> tuple[str, ...]:
    return (sidecar_of(path).name,)


def check_voxel_type(volume: Volume) -> None:
    """Refuse voxel types that ITK's TIFF writer lacks.

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
    _check_described_pages(path, first.description, len(pages))
    return pages


def voxel_type(page: Page) -> str:
    """Numpy's name of the type that ITK reads a page as."""
    if page.sample_format == _FLOAT:
        return f"float{page.bits}"
    return ("u" if page.sample_format == _UNSIGNED else "") + f"int{max(page.bits, 8)}"


def _check_described_pages(path: Path, description: str, pages: int) -> None:
    if description.startswith("ImageJ="):
        counts = {name: int(count) for name, count in re.findall(r"^(images|channels|frames)=(\d+)", description, re.M)}
        images = counts.pop("images", pages)
    else:
        counts = {name: int(count) for name, count in re.findall(r'\b(SizeC|SizeT)="(\d+)"', description)}
        images = pages
    if any(count > 1 for count in counts.values()):
        told = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise FormatError(f"{path} has more than 3 dimensions ({told}).", "Save one channel at one time alone.")
    if images != pages:
        raise FormatError(
            f"{path} says that it holds {images} slices, but lists {pages}.",
            "ImageJ stores stacks above 4 GiB this way: save it as NRRD there.",
        )


def _described_spacing(path: Path, page: Page) -> list[float] | None:
    """Spacing in mm of an ImageJ or OME description; NaN for an axis that it leaves out."""
    if page.description.startswith("ImageJ="):
        return _imagej_spacing(page)
    if "<OME" in page.description:
        return [_ome_spacing(path, page.description, axis) for axis in "XYZ"]
    return None


def _imagej_spacing(page: Page) -> list[float] | None:
    told = dict(re.findall(r"^(\w+)=(.*)$", page.description, re.MULTILINE))
    scale = MM_PER_UNIT.get(told.get("unit", "").strip().lower())
    if scale is None:  # "pixel", or no unit: the numbers are no lengths
        return None
    in_plane = [math.nan if value is None else scale / value for value in page.resolution]
    try:
        return [*in_plane, float(told["spacing"]) * scale]
    except (KeyError, ValueError):
        return [*in_plane, math.nan]


def _ome_spacing(path: Path, description: str, axis: str) -> float:
    value = re.search(rf'\bPhysicalSize{axis}="([^"]+)"', description)
    unit = re.search(rf'\bPhysicalSize{axis}Unit="([^"]+)"', description)
    if value is None:
        return math.nan
    try:
        return float(value[1]) * mm_per(path, unit[1] if unit else "µm")  # OME's default unit
    except ValueError:
        return math.nan


def _resolution_note(page: Page) -> str:
    scale = _MM_PER_RESOLUTION_UNIT.get(page.resolution_unit)
    if scale is None or None in page.resolution:
        return ""
    x, y = (scale / value for value in page.resolution)
    return f" (its resolution tag says {x:.6g} x {y:.6g} mm within a slice, nothing of the slice distance)"
