"""A folder of slices: TIFF, PNG or BMP, one file a slice; and a single file of one slice.

The spacing comes from `volume.json` in the folder (for a single file: from its sidecar), else it must be given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import FormatError, OutputError
from ..volume import IDENTITY
from . import tiff
from .header import SPACING_HINT, Header, settled_spacing
from .itk_files import image_of, write_image
from .region import shape_of
from .sidecar import FOLDER_SIDECAR, SLICE_PREFIX, Sidecar, read_sidecar, sidecar_of, write_sidecar
from .slice_names import in_slice_order
from .slices import EXTENSIONS, SliceInfo, read_slice, slice_info

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..volume import Volume
    from .options import WriteOptions
    from .region import Region

NAME = "stack of slices"
SINGLE_NAME = "single slice"
_HELD_TYPES = {".png": ("uint8", "uint16"), ".bmp": ("uint8",)}


def inspect(path: Path, given: tuple[float, float, float] | None) -> Header:
    """What the slices' headers and the folder's sidecar say.

    :param path: a folder, or a pattern such as `folder/rec_*.bmp`.
    """
    folder = path if path.is_dir() else path.parent
    files = in_slice_order(folder, slice_files(path))
    return _header(path, NAME, files, folder / FOLDER_SIDECAR, given)


def inspect_single(path: Path, given: tuple[float, float, float] | None) -> Header:
    """A volume of one slice."""
    return _header(path, SINGLE_NAME, (path,), sidecar_of(path), given)


def read(header: Header, region: Region) -> np.ndarray:
    """The slices of a region one after the other, shape (z, y, x)."""
    voxels = np.empty(shape_of(region), header.stored_type)
    for number, file in enumerate(header.files[region[0]]):
        pixels = read_slice(file)
        if pixels.shape != header.size[1::-1] or pixels.dtype != voxels.dtype:
            raise FormatError(f"{file} differs from its header.", "Copy or export it again.")
        voxels[number] = pixels[region[1:]]
    return voxels


def write(volume: Volume, folder: Path, options: WriteOptions, extension: str) -> None:
    """Make a folder with a file for each slice and the sidecar.

    :raises OutputError: for a voxel type that the slice format cannot hold.
    """
    _check_voxel_type(volume, extension)
    folder.mkdir()
    digits = max(4, len(str(volume.size[2] - 1)))
    for number in range(volume.size[2]):
        image = image_of(volume.with_voxels(volume.voxels[number : number + 1]))
        write_image(image[:, :, 0], folder / f"{SLICE_PREFIX}{number:0{digits}d}{extension}", compress=options.compress)
    write_sidecar(volume, folder / FOLDER_SIDECAR, options.line, geometry=True)


def slice_files(path: Path) -> list[Path]:
    """The image files of a folder or pattern, of one kind.

    :raises FormatError: if there are none, or of several kinds.
    """
    folder, pattern = (path, "*") if path.is_dir() else (path.parent, path.name)
    files = [file for file in folder.glob(pattern) if _is_slice(file)]
    kinds = {file.suffix.lower().replace(".tiff", ".tif") for file in files}
    if not files:
        raise FormatError(f"{path} holds no slices ({', '.join(EXTENSIONS)}).", "Give a file or a folder of slices.")
    if len(kinds) > 1:
        raise FormatError(
            f"{folder} holds images of several kinds: {', '.join(sorted(kinds))}.",
            f"Choose one with a pattern, such as '{folder / ('*' + min(kinds))}'.",
        )
    return sorted(files)


def _is_slice(file: Path) -> bool:
    return file.suffix.lower() in EXTENSIONS and not file.name.startswith(".") and file.is_file()


def _header(
    path: Path, name: str, files: Sequence[Path], sidecar_path: Path, given: tuple[float, float, float] | None
) -> Header:
    first = _common_info(files)
    size = (*first.size, len(files))
    sidecar = read_sidecar(sidecar_path, size) or Sidecar()
    if sidecar.spacing is None and given is None:
        raise FormatError(f"{path} has no voxel spacing: {files[0].suffix} slices cannot hold it.", SPACING_HINT)
    return Header(
        path=path,
        format=name,
        size=size,
        spacing=settled_spacing(path, sidecar.spacing, given),
        origin=sidecar.origin or (0.0, 0.0, 0.0),
        direction=sidecar.direction or IDENTITY,
        stored_type=first.voxel_type,
        files=tuple(files),
        **sidecar.meaning.for_header(),
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
