"""Reading and writing volumes: NRRD, MetaImage, NIfTI, TIFF, folders of TIFF, PNG or BMP slices, and DICOM series.

See docs/formats.md for what each format keeps.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import FormatError, OutOfMemory, OutputError
from ...files import atomic_files, check_writable
from ..volume import Volume
from .header import Header, given_spacing
from .registry import Format, format_to_read, format_to_write
from .sidecar import foreign_file

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Header", "check_output_format", "inspect", "output_target", "read_volume", "write_volume"]


def inspect(path: str | Path, *, spacing: Sequence[float] | None = None) -> Header:
    """What a file says about its volume; no voxels are read.

    :param path: a file, a folder of slices, or a pattern such as `folder/rec_*.bmp`.
    :param spacing: voxel size x, y, z in mm, to use instead of the file's.
    :raises FormatError: if the file is absent, truncated, unreadable, no grey 3-D image, or names no spacing.
    :raises InputError: for a spacing that is not three positive numbers.
    """
    return _inspected(Path(path), spacing)[0]


def read_volume(path: str | Path, *, spacing: Sequence[float] | None = None) -> Volume:
    """Read a volume with its geometry, units and metadata.

    Parameters and errors are those of :func:`inspect`; besides

    :raises OutOfMemory: if the voxels do not fit into memory.
    """
    header, form = _inspected(Path(path), spacing)
    try:
        voxels = form.read(header)
    except OSError as error:
        raise FormatError(
            f"{path} cannot be read ({error.strerror}).", "Check the file and its permissions."
        ) from error
    except MemoryError as error:
        raise OutOfMemory(
            f"{path} needs {header.voxel_bytes / 2**20:.0f} MiB, which this computer has not.", "Crop it first."
        ) from error
    if voxels.shape != header.size[::-1]:
        told = " x ".join(str(count) for count in header.size)
        raise FormatError(f"{path} should hold {told} voxels, {voxels.shape[::-1]} were read.", "Export it again.")
    return Volume(
        voxels=voxels,
        spacing=header.spacing,
        origin=header.origin,
        direction=header.direction,
        units=header.units,
        metadata=header.metadata,
        source=header.path if header.path.exists() else header.path.parent,
    )


def write_volume(volume: Volume, path: str | Path, *, overwrite: bool = False, compress: bool = False) -> Path:
    """Write a volume; it appears whole or not at all.

    :param path: a file whose extension chooses the format, or `folder/*.tif`, `*.png`, `*.bmp`, `*.dcm` for a new
        folder of slices.
    :param overwrite: whether an existing file, or a folder that was written this way, may be replaced.
    :param compress: whether to compress where the format leaves the choice.
    :returns: the file or folder that was written.
    :raises OutputError: if the format cannot hold the volume, the target exists and `overwrite` is false, or it
        cannot be written.
    """
    path = Path(path)
    form = format_to_write(path)
    target = output_target(path)
    check_output_format(path)
    check_writable(target, overwrite=overwrite, needed_bytes=0 if compress else volume.voxels.nbytes)
    with atomic_files(target, form.companions(target, compress), overwrite=overwrite) as temporary:
        form.write(volume, temporary, compress)
    return target


def check_output_format(path: str | Path) -> None:
    """Find out before long work whether a result of this name can be written.

    :raises OutputError: for an ending that names no format that can be written, or a folder that holds other files.
    """
    form = format_to_write(Path(path))
    _check_target(output_target(path), form)


def output_target(path: str | Path) -> Path:
    """The file or folder that :func:`write_volume` makes for a path: the folder of `folder/*.png`, else the path.

    :raises OutputError: for an ending that names no format that can be written.
    """
    path = Path(path)
    return path.parent if format_to_write(path).is_folder else path


def _inspected(path: Path, spacing: Sequence[float] | None) -> tuple[Header, Format]:
    given = given_spacing(spacing)
    try:
        form = format_to_read(path)
        return form.inspect(path, given), form
    except OSError as error:
        raise FormatError(
            f"{path} cannot be read ({error.strerror}).", "Check the file and its permissions."
        ) from error


def _check_target(target: Path, form: Format) -> None:
    """Never replace a folder that holds anything else than slices written by us."""
    if not form.is_folder and target.is_dir():
        raise OutputError(f"{target} is a folder.", "Give the name of a file.")
    foreign = foreign_file(target) if form.is_folder and target.is_dir() else None
    if foreign is not None:
        raise OutputError(f"The folder {target} holds other files ({foreign.name}).", "Name a new folder.")
