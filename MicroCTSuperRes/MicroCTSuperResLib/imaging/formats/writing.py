"""From a volume to a file, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import OutputError
from ...files import atomic_files, check_writable
from ..calibration import SAME
from ..source import PREFIX
from .options import NGFF_VERSIONS, WriteOptions
from .registry import Format, format_to_write
from .storing import stored_as

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..calibration import Line
    from ..volume import Volume
    from .storing import Stored


def write_volume(
    volume: Volume,
    path: str | Path,
    *,
    overwrite: bool = False,
    compress: bool = False,
    voxel_type: str | None = None,
    rescale: Line | None = None,
    ngff: str = NGFF_VERSIONS[0],
    on_warning: Callable[[str], None] | None = None,
    on_clipped: Callable[[int], None] | None = None,
) -> Path:
    """Write a volume; it appears whole or not at all.

    :param path: a file whose extension chooses the format, or `folder/*.tif`, `*.png`, `*.bmp`, `*.dcm` for a new
        folder of slices.
    :param overwrite: whether an existing file, or a folder that was written this way, may be replaced.
    :param compress: whether to compress where the format leaves the choice.
    :param voxel_type: numpy's name of the type to store; grey values that it cannot hold as they are get a rescale.
    :param rescale: the line from stored whole numbers to grey values; by default the finest round one that fits.
    :param ngff: version of the OME-Zarr metadata, "0.5" or "0.4".
    :param on_warning: gets a sentence if voxels had to be limited to what `voxel_type` and `rescale` can hold, or whole
        numbers were stored in steps; the file's metadata tells both, too.
    :param on_clipped: gets the number of voxels that were limited, 0 for none.
    :returns: the file or folder that was written.
    :raises InputError: for a voxel type or rescale that makes no sense.
    :raises OutputError: if the format cannot hold the volume, the target exists and `overwrite` is false, or it
        cannot be written.
    """
    path = Path(path)
    form = format_to_write(path)
    target = output_target(path)
    check_output_format(path)
    check_writable(target, overwrite=overwrite)
    stored = stored_as(volume, voxel_type, rescale)
    needed_bytes = 0 if compress else stored.volume.voxels.nbytes
    check_writable(target, overwrite=overwrite, needed_bytes=needed_bytes)
    options = WriteOptions(compress=compress, line=stored.line, ngff=ngff)
    with atomic_files(target, form.companions(target, compress), overwrite=overwrite) as temporary:
        form.write(_with_storage_told(stored, volume), temporary, options)
    if on_clipped is not None:
        on_clipped(stored.clipped)
    if on_warning is not None:
        for warning in _losses(stored, volume):
            on_warning(warning)
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


def _check_target(target: Path, form: Format) -> None:
    """Never replace a folder that holds anything else than what was written this way."""
    if target.is_file() and form.foreign_file is not None:
        raise OutputError(f"{target} is a file, the result would be a folder.", "Choose another name.")
    if not target.is_dir():
        return
    if form.foreign_file is None:
        raise OutputError(f"{target} is a folder.", "Give the name of a file.")
    foreign = form.foreign_file(target)
    if foreign is not None:
        raise OutputError(f"The folder {target} holds other files ({foreign.name}).", "Name a new folder.")


def _with_storage_told(stored: Stored, volume: Volume) -> Volume:
    """The volume to store with what storing changed among its text fields."""
    told = {}
    if stored.line != SAME:
        told["stored_step"] = f"{abs(stored.line.factor):g} {volume.units}"
    if stored.clipped:
        told["clipped_voxels"] = str(stored.clipped)
    if not told:
        return stored.volume
    metadata = {**volume.metadata, **{PREFIX + name: text for name, text in told.items()}}
    return stored.volume.with_voxels(stored.volume.voxels, metadata=metadata)


def _losses(stored: Stored, volume: Volume) -> Iterator[str]:
    """What was lost, in words; that floating-point values are rounded is what was asked for."""
    if volume.voxels.dtype.kind in "iu" and abs(stored.line.factor) > 1:
        yield (
            f"The grey values do not fit into {stored.volume.voxel_type} and were stored in steps of "
            f"{abs(stored.line.factor):g} {volume.units}: choose a wider type to keep them."
        )
    if not stored.clipped:
        return
    share = stored.clipped / stored.volume.voxels.size
    yield (
        f"{stored.clipped} voxels ({share:.2%}) were beyond the range of {stored.volume.voxel_type} and were limited "
        "to it: choose a wider type or another --rescale to keep them."
    )
