"""Writing a volume as a DICOM series: one file a slice, with `volume.json` for what the tags cannot hold."""

from __future__ import annotations

import struct
import uuid
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from ....errors import OutputError
from ...calibration import NATIVE_UNITS, SAME
from ..itk_files import image_of, write_image
from ..sidecar import FOLDER_SIDECAR, SLICE_PREFIX, write_sidecar

if TYPE_CHECKING:
    from pathlib import Path

    from ...calibration import Line
    from ...volume import Volume
    from ..options import WriteOptions

_HELD_TYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32")
_LONGEST_NUMBER = 16  # characters of a decimal string, PS3.5 6.2
_IMPLICIT_ELEMENT = struct.Struct("<HHI")  # group, element, length: PS3.5 7.1.3, little endian as GDCM writes it


def write(volume: Volume, folder: Path, options: WriteOptions) -> None:
    """Make a folder with a file for each slice and the sidecar; never compressed.

    :raises OutputError: for voxels that are not integers of at most 32 bits, or axes that are not at right angles.
    """
    _check(volume)
    folder.mkdir()
    common = _common_tags(volume)
    for number in range(volume.size[2]):
        image = image_of(volume.with_voxels(volume.voxels[number : number + 1]))
        place = np.asarray(volume.origin) + volume.direction_matrix[:, 2] * (volume.spacing[2] * number)
        image.SetOrigin(place.tolist())
        tags = common | {"0020|0032": _joined(place), "0020|0013": str(number + 1)}
        for tag, value in tags.items():
            image.SetMetaData(tag, value)
        file = folder / f"{SLICE_PREFIX}{number:04d}.dcm"
        write_image(image, file, keep_uids=True)
        if options.line != SAME:
            _put_rescale(file, options.line)
    write_sidecar(volume, folder / FOLDER_SIDECAR, SAME, geometry=False)  # the rescale is told by the tags


def _put_rescale(file: Path, line: Line) -> None:
    """Replace the rescale of 1 and 0 in a slice.

    ITK cannot write it: it takes the pixels it is given for grey values, and divides them in whole numbers.

    :raises OutputError: if the slice is not as ITK wrote it.
    """
    old, new = _rescale_elements(SAME), _rescale_elements(line)
    content = file.read_bytes()
    if old not in content:  # it stands before the pixels, so that the first place is the right one
        raise OutputError(f"{file} holds no rescale of 1 and 0.", "Please report this as a fault.")
    file.write_bytes(content.replace(old, new, 1))


def _rescale_elements(line: Line) -> bytes:
    """Rescale intercept (0028,1052) and slope (0028,1053), which follow each other; texts have an even length."""
    told = b""
    for element, value in ((0x1052, line.offset), (0x1053, line.factor)):
        text = _number(value)
        text += " " * (len(text) % 2)
        told += _IMPLICIT_ELEMENT.pack(0x0028, element, len(text)) + text.encode("ascii")
    return told


def _check(volume: Volume) -> None:
    if volume.voxels.dtype.name not in _HELD_TYPES:
        raise OutputError(
            f"DICOM slices hold whole numbers of at most 32 bits, these voxels are {volume.voxels.dtype}.",
            "Write .nrrd, or convert the voxels first.",
        )
    matrix = volume.direction_matrix
    if not np.allclose(matrix.T @ matrix, np.eye(3), atol=1e-4):
        raise OutputError("DICOM cannot hold axes that are not at right angles.", "Write .nrrd.")


def _common_tags(volume: Volume) -> dict[str, str]:
    now = datetime.now()
    matrix = volume.direction_matrix
    return {
        "0008|0008": "DERIVED\\SECONDARY",
        "0008|0021": now.strftime("%Y%m%d"),
        "0008|0031": now.strftime("%H%M%S"),
        "0008|0060": "CT",
        "0020|000d": _new_identifier(),
        "0020|000e": _new_identifier(),
        "0020|0052": _new_identifier(),
        "0020|0037": _joined([*matrix[:, 0], *matrix[:, 1]]),
        "0018|0050": _number(volume.spacing[2]),
        "0018|0088": _number(volume.spacing[2]),
        "0028|1052": "0",
        "0028|1053": "1",
        "0028|1054": "US" if volume.units == NATIVE_UNITS else volume.units,
    }


def _new_identifier() -> str:
    """A unique identifier made of a UUID, PS3.5 B.2."""
    return f"2.25.{uuid.uuid4().int}"


def _joined(values: object) -> str:
    return "\\".join(_number(value) for value in values)  # type: ignore[attr-defined]


def _number(value: float) -> str:
    """The number with as many digits as fit."""
    for digits in range(_LONGEST_NUMBER, 0, -1):
        text = f"{value:.{digits}g}"
        if len(text) <= _LONGEST_NUMBER:
            return text
    return text
