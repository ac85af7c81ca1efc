"""The formats that are known, and which one a path means.

A further format is one more entry in :data:`FORMATS`: its name, its extensions, and functions that inspect, read and
(if it can be written) write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ...errors import FormatError, OutputError
from . import metaimage, nifti, nrrd
from .dicom import series as dicom
from .dicom import writing as dicom_writing
from .ome_zarr import reading as ome_zarr
from .ome_zarr import writing as ome_zarr_writing
from .ome_zarr.json_files import is_zarr
from .scanco import aim as scanco_aim
from .scanco import isq as scanco_isq
from .sidecar import foreign_file
from .stacks import jp2, skyscan_log, slices, stack
from .tiff import volume_file as tiff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    import numpy as np

    from ..volume import Volume
    from .header import Header
    from .options import WriteOptions
    from .region import Region


def _no_companions(path: Path, compress: bool) -> tuple[str, ...]:
    return ()


def _never(header: Header) -> bool:
    return False


@dataclass(frozen=True)
class Format:
    """One way to store a volume.

    :param extensions: endings of names, in lower case; those that begin with `*` mean a folder of slices.
    :param inspect: header of a path, with the user's spacing in mm or None; reads no voxels.
    :param read: the stored numbers (z, y, x) of a region of a header's file; `header` is as `inspect` gave it.
    :param write: writes a volume to a path that does not exist yet; None if the format is only read.
    :param reads_parts: whether reading a region of this file costs about that region only.
    :param keeps_parts: whether it needs the memory of that region only, whatever has to be read; None where that is so
        for the files that `reads_parts` names.
    :param foreign_file: for formats that are a folder: a file in it that writing did not put there, so that the folder
        must not be replaced; None for formats that are a file.
    :param companions: names of the further files that `write` makes beside the path.
    """

    name: str
    extensions: tuple[str, ...]
    inspect: Callable[[Path, tuple[float, float, float] | None], Header]
    read: Callable[[Header, Region], np.ndarray]
    write: Callable[[Volume, Path, WriteOptions], None] | None = None
    companions: Callable[[Path, bool], tuple[str, ...]] = _no_companions
    foreign_file: Callable[[Path], Path | None] | None = None
    reads_parts: Callable[[Header], bool] = _never
    keeps_parts: Callable[[Header], bool] | None = None

    @property
    def is_folder(self) -> bool:
        return self.extensions[0].startswith("*")


def _volume_file(module: ModuleType, extensions: tuple[str, ...]) -> Format:
    """A format that is a file (with companions) and tells what it keeps of parts."""
    return Format(
        module.NAME,
        extensions,
        module.inspect,
        module.read,
        module.write,
        module.companions,
        reads_parts=module.reads_parts,
        keeps_parts=module.keeps_parts,
    )


def _stack(extension: str, *more: str) -> Format:
    return Format(
        stack.NAME,
        (f"*{extension}", *(f"*{other}" for other in more)),
        stack.inspect,
        stack.read,
        partial(stack.write, extension=extension),
        foreign_file=foreign_file,
        reads_parts=stack.reads_parts,
    )


_DICOM_SERIES = Format(
    dicom.NAME,
    tuple(f"*{end}" for end in dicom.EXTENSIONS),
    dicom.inspect,
    dicom.read,
    dicom_writing.write,
    foreign_file=foreign_file,
    reads_parts=dicom.reads_parts,
)
_DICOM_FILE = Format(dicom.NAME, dicom.EXTENSIONS, dicom.inspect, dicom.read, reads_parts=dicom.reads_parts)
_OME_ZARR = Format(
    ome_zarr.NAME,
    (ome_zarr.EXTENSION,),
    ome_zarr.inspect,
    ome_zarr.read,
    ome_zarr_writing.write,
    foreign_file=ome_zarr_writing.foreign_file,
    reads_parts=ome_zarr.reads_parts,
)
_TIFF_STACK = _stack(".tif", ".tiff")
# Files copied from a VMS computer may carry its number of their version: "C0001234.ISQ;1".
_VMS_VERSION = re.compile(r";\d+$")
FORMATS: tuple[Format, ...] = (
    _volume_file(nrrd, (".nrrd", ".nhdr")),
    _volume_file(metaimage, (".mha", ".mhd")),
    _volume_file(nifti, (".nii.gz", ".nii")),
    Format(scanco_isq.NAME, (".isq",), scanco_isq.inspect, scanco_isq.read, reads_parts=scanco_isq.reads_parts),
    Format(
        scanco_isq.RSQ_NAME, (".rsq",), scanco_isq.inspect_rsq, scanco_isq.read_rsq, reads_parts=scanco_isq.reads_parts
    ),
    Format(scanco_aim.NAME, (".aim",), scanco_aim.inspect, scanco_aim.read, reads_parts=scanco_aim.reads_parts),
    Format(
        tiff.NAME,
        slices.TIFF_EXTENSIONS,
        tiff.inspect,
        tiff.read,
        tiff.write,
        tiff.companions,
        reads_parts=tiff.reads_parts,
    ),
    _OME_ZARR,
    Format(
        stack.SINGLE_NAME,
        (".png", ".bmp", *jp2.EXTENSIONS),
        stack.inspect_single,
        stack.read,
        reads_parts=stack.reads_parts,
    ),
    Format(stack.SKYSCAN_NAME, (skyscan_log.ENDING,), stack.inspect, stack.read, reads_parts=stack.reads_parts),
    _TIFF_STACK,
    _stack(".png"),
    _stack(".bmp"),
    Format(
        stack.NAME,
        tuple(f"*{end}" for end in jp2.EXTENSIONS),
        stack.inspect,
        stack.read,
        reads_parts=stack.reads_parts,
    ),
    _DICOM_SERIES,
    _DICOM_FILE,
)


def format_to_read(path: Path) -> Format:
    """The format of something that exists.

    :raises FormatError: if there is nothing, nothing readable, or nothing of a known format.
    """
    if not path.exists() and any(sign in path.name for sign in "*?["):
        return _format_of_pattern(path)
    if not path.exists():
        raise FormatError(f"{path} does not exist.", "Check the path.")
    if path.is_dir():
        return _format_of_folder(path)
    _check_readable(path)
    found = _by_name(_VMS_VERSION.sub("", path.name))
    if found is None and dicom.is_dicom(path):
        found = _DICOM_FILE
    if found is None:
        raise FormatError(f"{path} is of no known format.", f"Known are {_known(written=False)}.")
    return found


def format_to_write(path: Path) -> Format:
    """The format that the ending of a result's name asks for.

    :raises OutputError: for an ending that cannot be written.
    """
    found = _by_name(path.name)
    if found is None or found.write is None or (found.is_folder and path.name.lower() not in found.extensions):
        raise OutputError(f"{path} names no format that can be written.", f"End it with one of {_known(written=True)}.")
    return found


def _by_name(name: str) -> Format | None:
    """The format with the longest ending that the name has."""
    matches = [(len(end), form) for form in FORMATS for end in form.extensions if name.lower().endswith(end)]
    return max(matches, key=lambda match: match[0])[1] if matches else None


def _format_of_pattern(path: Path) -> Format:
    matches = list(path.parent.glob(path.name))
    if not matches:
        raise FormatError(f"{path} matches no file.", "Check the folder and the pattern.")
    return _DICOM_SERIES if any(dicom.is_dicom(match) for match in matches) else _TIFF_STACK


def _format_of_folder(folder: Path) -> Format:
    if folder.name.lower().endswith(ome_zarr.EXTENSION) or is_zarr(folder):
        return _OME_ZARR
    files = [file for file in sorted(folder.iterdir()) if file.is_file() and not file.name.startswith(".")]
    images = [file for file in files if file.suffix.lower() in slices.EXTENSIONS]
    series = [file for file in files if file.suffix.lower() in dicom.EXTENSIONS or dicom.is_dicom(file)]
    if images and series:
        raise FormatError(
            f"{folder} holds DICOM slices ({series[0].name}) and other images ({images[0].name}).",
            f"Give one DICOM file, or a pattern such as '{folder / ('*' + images[0].suffix)}'.",
        )
    if series:
        return _DICOM_SERIES
    if images:
        return _TIFF_STACK
    others = [file.name for file in files if _by_name(file.name) is not None]
    hint = f"Give one of its files: {', '.join(others[:5])}." if others else "Give a file or a folder of slices."
    raise FormatError(f"{folder} is a folder without slices.", hint)


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb") as file:
            first = file.read(1)
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({error.strerror}).", "Check its permissions.") from error
    if not first:
        raise FormatError(f"{path} is empty.", "Copy or export it again.")


def _known(*, written: bool) -> str:
    """The endings of files, and those of folders of slices as patterns."""
    forms = [form for form in FORMATS if form.write is not None or not written]
    files = [end for form in forms if not form.is_folder for end in form.extensions]
    folders = [f"FOLDER/{form.extensions[0]}" for form in forms if form.is_folder]
    return ", ".join([*files, *folders])
