"""OME-Zarr: NGFF 0.4 on zarr version 2 and NGFF 0.5 on zarr version 3, read at their finest resolution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ....errors import FormatError
from ...volume import IDENTITY
from ..header import SPACING_HINT, Header, check_not_mirrored, settled_spacing
from ..meaning import NOT_AS_WRITTEN, NOTHING_TOLD, Meaning
from .array import ArrayInfo, array_info
from .chunks import check_chunks, read_chunks
from .image import OWN_ATTRIBUTE, SPATIAL, Image, image_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..region import Region

NAME = "OME-Zarr"
EXTENSION = ".zarr"


def inspect(path: Path, given: tuple[float, float, float] | None) -> Header:
    """What the metadata say; the chunks are counted and their lengths compared, none is read.

    :param path: the folder of one image: the group that has the multiscales.
    """
    if not path.is_dir():
        raise FormatError(f"{path} is a file, OME-Zarr is a folder.", "Expand it first.")
    image = image_of(path)
    info = _array_of(image)
    size = _size(image, info)
    if image.unknown_units and given is None:
        raise FormatError(f"{path} has axes in {image.unknown_units[0]!r:.40}, which is no length.", SPACING_HINT)
    if not all(map(math.isfinite, image.origin)):
        raise FormatError(f"{path} has an impossible origin: {image.origin} mm.", "Export it again.")
    check_not_mirrored(path, image.scales, "of its units")
    spacing = settled_spacing(path, image.spacing, given)
    meaning, direction = _own_fields(image, size, info.dtype.name)
    warning = check_chunks(info, complete=image.own is not None)
    return Header(
        path=path,
        format=NAME,
        size=size,
        spacing=spacing,
        origin=image.origin,
        direction=direction,
        stored_type=info.dtype.name,
        warnings=() if warning is None else (warning,),
        files=(image.metadata_file, info.folder),
        **meaning.for_header(),
    )


def read(header: Header, region: Region) -> np.ndarray:
    """The voxels of a region (z, y, x); of the others no chunk is read."""
    image = image_of(header.path)
    wanted = dict(zip(SPATIAL, region, strict=True))
    selection = tuple(wanted[axis.name] if axis.is_space else slice(0, 1, 1) for axis in image.axes)
    voxels = read_chunks(_array_of(image), selection, complete=image.own is not None)
    others = tuple(number for number, axis in enumerate(image.axes) if not axis.is_space)
    names = [axis.name for axis in image.axes if axis.is_space]
    voxels = voxels.squeeze(others).transpose([names.index(name) for name in SPATIAL if name in names])
    return np.ascontiguousarray(voxels if voxels.ndim == 3 else voxels[np.newaxis])


def reads_parts(header: Header) -> bool:
    """Chunks alone are read."""
    return True


def _array_of(image: Image) -> ArrayInfo:
    info = array_info(image.datasets[0])
    lengths = dict(zip((axis.name for axis in image.axes), info.shape, strict=False))
    if len(info.shape) != len(image.axes) or len(lengths) != len(image.axes):
        raise FormatError(
            f"{image.metadata_file} names the axes {[axis.name for axis in image.axes]!r:.80} of an array with "
            f"{len(info.shape)}.",
            "Export it again.",
        )
    many = [axis.name for axis in image.axes if not axis.is_space and lengths[axis.name] > 1]
    if many:
        raise FormatError(
            f"{info.folder} has {lengths[many[0]]} images along its axis {many[0]!r:.20}.",
            "Export one channel and one time alone.",
        )
    return info


def _size(image: Image, info: ArrayInfo) -> tuple[int, int, int]:
    """Voxels along x, y, z; an image without z is one slice."""
    lengths = {axis.name: length for axis, length in zip(image.axes, info.shape, strict=True) if axis.is_space}
    return tuple(lengths.get(name, 1) for name in reversed(SPATIAL))


def _own_fields(image: Image, size: tuple[int, int, int], stored_type: str) -> tuple[Meaning, tuple[float, ...]]:
    """What MicroCTSuperRes has added, and the direction among it.

    :raises FormatError: if it is damaged, or belongs to other voxels: the group was changed by another program.
    """
    own = image.own
    if own is None:
        return NOTHING_TOLD, IDENTITY
    try:
        meaning = Meaning.from_dict(own)
        direction = tuple(float(value) for value in own["direction"])
        described = (tuple(own["size"]), own["stored_type"])
    except NOT_AS_WRITTEN as error:
        raise FormatError(
            f"{image.metadata_file}: the attribute {OWN_ATTRIBUTE} is damaged ({error!r:.80}).", "Copy it again."
        ) from error
    if len(direction) != 9 or not all(map(math.isfinite, direction)):
        raise FormatError(f"{image.metadata_file} has an impossible direction: {direction}.", "Copy it again.")
    if described != (size, stored_type):
        raise FormatError(
            f"{image.metadata_file}: the attribute {OWN_ATTRIBUTE} describes other voxels ({described}) than those "
            f"that are there ({size}, {stored_type}).",
            f"Remove {OWN_ATTRIBUTE} from it to read the voxels without it.",
        )
    return meaning, direction
