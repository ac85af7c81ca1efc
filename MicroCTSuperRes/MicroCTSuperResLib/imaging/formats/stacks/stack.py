"""A folder of slices: TIFF, PNG, BMP or JPEG 2000, one file a slice; and a single file of one slice.

The spacing comes from `volume.json` in the folder (for a single file: from its sidecar) or from the SkyScan log beside
the slices, else it must be given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....errors import FormatError, OutputError
from ...volume import IDENTITY
from ..header import SPACING_HINT, Header, settled_spacing
from ..itk_files import image_of, write_image
from ..meaning import Meaning
from ..region import shape_of
from ..sidecar import FOLDER_SIDECAR, SLICE_PREFIX, Sidecar, read_sidecar, sidecar_of, write_sidecar
from ..tiff import volume_file as tiff
from . import skyscan
from .skyscan_log import ENDING
from .slice_names import Series, in_slice_order, prefix_of
from .slices import TIFF_EXTENSIONS, SliceInfo, read_part, slice_info
from .stack_files import Selection, selected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ...volume import Volume
    from ..options import WriteOptions
    from ..region import Region

NAME = "stack of slices"
SKYSCAN_NAME = "SkyScan stack of slices"
SINGLE_NAME = "single slice"
_HELD_TYPES = {".png": ("uint8", "uint16"), ".bmp": ("uint8",)}


def inspect(path: Path, given: tuple[float, float, float] | None) -> Header:
    """What the slices' headers, the folder's sidecar and the SkyScan log say.

    :param path: a folder, a pattern such as `folder/rec_*.bmp`, or the log of a SkyScan reconstruction.
    """
    folder = path if path.is_dir() else path.parent
    selection = selected(path)
    series = in_slice_order(folder, selection.files)
    if path.suffix.lower() == ENDING:  # the scan is in the slices, not in the log
        path = folder / f"{prefix_of(series.files[0])}*{series.files[0].suffix}"
    return _header(path, series, selection, folder / FOLDER_SIDECAR, given)


def inspect_single(path: Path, given: tuple[float, float, float] | None) -> Header:
    """A volume of one slice."""
    return _header(path, Series((path,)), Selection((path,)), sidecar_of(path), given)


def reads_parts(header: Header) -> bool:
    """Only the slices of a region are opened."""
    return True


def read(header: Header, region: Region) -> np.ndarray:
    """The wanted part of the wanted slices, shape (z, y, x)."""
    voxels = np.empty(shape_of(region), header.stored_type)
    for pixels, file in zip(voxels, header.files[region[0]], strict=True):
        pixels[...] = read_part(file, header.size[:2], header.stored_type, region[1:])
    return voxels


def write(volume: Volume, folder: Path, options: WriteOptions, extension: str) -> None:
    """Make a folder with a file for each slice and the sidecar.

    :raises OutputError: for a voxel type that the slice format cannot hold.
    """
    _check_voxel_type(volume, extension)
    folder.mkdir()
    digits = max(4, len(str(volume.size[2] - 1)))
    for number in range(volume.size[2]):
        one = volume.with_voxels(volume.voxels[number : number + 1])
        file = folder / f"{SLICE_PREFIX}{number:0{digits}d}{extension}"
        if extension in TIFF_EXTENSIONS:
            tiff.write_pages(one, file, options.line, compress=options.compress)
        else:
            write_image(image_of(one)[:, :, 0], file, compress=options.compress)
    write_sidecar(volume, folder / FOLDER_SIDECAR, options.line, geometry=True)


def _header(
    path: Path,
    series: Series,
    selection: Selection,
    sidecar_path: Path,
    given: tuple[float, float, float] | None,
) -> Header:
    files = series.files
    first = _common_info(files)
    size = (*first.size, len(files))
    sidecar = read_sidecar(sidecar_path, size)
    log = None if sidecar else selection.log
    told = skyscan.Told()
    if log is not None:
        told = skyscan.told_of(log, log.path.parent, size, series.step, spacing_given=given is not None)
    described = sidecar or Sidecar(Meaning(first.units, line=first.line, metadata=told.metadata), told.spacing)
    if described.spacing is None and given is None:
        raise FormatError(
            f"{path} has no voxel spacing: {files[0].suffix} slices cannot hold it{selection.log_note}.", SPACING_HINT
        )
    single = selection.files == (path,)
    return Header(
        path=path,
        format=SINGLE_NAME if single else NAME if log is None else SKYSCAN_NAME,
        size=size,
        spacing=settled_spacing(path, described.spacing, given),
        origin=described.origin or (0.0, 0.0, 0.0),
        direction=described.direction or IDENTITY,
        stored_type=first.voxel_type,
        files=files,
        personal=told.personal,
        warnings=(*told.warnings, *selection.warnings),
        **described.meaning.for_header(),
    )


def _common_info(files: Sequence[Path]) -> SliceInfo:
    first = slice_info(files[0])
    for file in files[1:]:
        info = slice_info(file)
        if info != first:
            raise FormatError(
                f"{file} is {info.size[0]} x {info.size[1]} {info.voxel_type}, "
                f"but {files[0].name} is {first.size[0]} x {first.size[1]} {first.voxel_type}.",
                "Give a folder, or a pattern, with slices of one volume alone.",
            )
    return first


def _check_voxel_type(volume: Volume, extension: str) -> None:
    held = _HELD_TYPES.get(extension)
    if held is None:
        tiff.check_voxel_type(volume)
    elif volume.voxels.dtype.name not in held:
        raise OutputError(
            f"{extension} slices hold {' or '.join(held)}, these voxels are {volume.voxels.dtype}.",
            "Write .nrrd or '*.tif' slices, or convert the voxels first.",
        )
