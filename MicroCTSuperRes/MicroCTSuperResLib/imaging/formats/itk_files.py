"""SimpleITK's file reader and writer, with its errors told in one line and none of its output on the terminal."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk  # noqa: N813

from ...errors import FormatError, OutOfMemory, OutputError
from .header import Header

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ..volume import Volume

_VOXEL_TYPES = {
    sitk.sitkUInt8: "uint8",
    sitk.sitkInt8: "int8",
    sitk.sitkUInt16: "uint16",
    sitk.sitkInt16: "int16",
    sitk.sitkUInt32: "uint32",
    sitk.sitkInt32: "int32",
    sitk.sitkUInt64: "uint64",
    sitk.sitkInt64: "int64",
    sitk.sitkFloat32: "float32",
    sitk.sitkFloat64: "float64",
}
_STDERR = 2
_stderr_lock = threading.Lock()


@dataclass(frozen=True)
class Information:
    """What SimpleITK's reader says of a file: size, origin and direction may be 2-D."""

    size: tuple[int, ...]
    spacing: tuple[float, ...]
    origin: tuple[float, ...]
    direction: tuple[float, ...]
    voxel_type: str
    metadata: Mapping[str, str]


def information(path: Path, image_io: str = "") -> Information:
    """Read a file's header, no voxels.

    :param image_io: the name of ITK's reader; without it ITK chooses by extension and content.
    :raises FormatError: if ITK cannot read it or it is not a 2-D or 3-D grey image.
    """
    reader = _reader(path, image_io)
    with _quiet(path):
        reader.ReadImageInformation()
        pixel_id, components = reader.GetPixelID(), reader.GetNumberOfComponents()
        size = reader.GetSize()
        _refuse_other_than_grey(path, pixel_id, components)
        size = _without_trailing_ones(path, size)
        dimension, stored = len(size), reader.GetDimension()
        direction = np.asarray(reader.GetDirection()).reshape(stored, stored)[:dimension, :dimension]
        return Information(
            size=size,
            spacing=reader.GetSpacing()[:dimension],
            origin=reader.GetOrigin()[:dimension],
            direction=tuple(direction.ravel().tolist()),
            voxel_type=_VOXEL_TYPES[pixel_id],
            metadata={key: reader.GetMetaData(key) for key in reader.GetMetaDataKeys() if _is_unicode(key)},
        )


def header_from(
    path: Path,
    format_name: str,
    told: Information,
    *,
    spacing: tuple[float, float, float],
    origin_scale: float = 1.0,
    data_file: Path | None = None,
    **fields: object,
) -> Header:
    """A header of what ITK and the file's own text say.

    :param spacing: in mm; ITK's is not used, since it is 1 where the file tells none.
    :param origin_scale: mm in the unit of ITK's origin.
    :param data_file: the file that the voxels are in; None if it is `path` itself or there are several.
    """
    missing = 3 - len(told.size)
    direction = np.eye(3)
    dimension = len(told.size)
    direction[:dimension, :dimension] = np.asarray(told.direction).reshape(dimension, dimension)
    return Header(
        path=path,
        format=format_name,
        size=told.size + (1,) * missing,
        spacing=spacing,
        origin=tuple(value * origin_scale for value in told.origin) + (0.0,) * missing,
        direction=tuple(direction.ravel().tolist()),
        stored_type=told.voxel_type,
        files=(path,) if data_file in (None, path) else (path, data_file),
        **fields,
    )


def read_voxels(path: Path, image_io: str = "") -> np.ndarray:
    """All voxels of a file, shape (z, y, x); a 2-D file has one slice, axes of one voxel beyond z are dropped."""
    reader = _reader(path, image_io)
    with _quiet(path):
        voxels = sitk.GetArrayFromImage(reader.Execute())
    return voxels.reshape((1, 1, 1, *voxels.shape)[-3:])


def image_of(volume: Volume) -> sitk.Image:
    """The volume as a SimpleITK image with its geometry; half precision, which ITK lacks, becomes single."""
    voxels = volume.voxels.astype(np.float32) if volume.voxels.dtype == np.float16 else volume.voxels
    try:
        image = sitk.GetImageFromArray(voxels)
    except RuntimeError as error:
        if "allocate memory" not in str(error):
            raise
        raise OutOfMemory(
            f"A copy of the volume to be written ({voxels.nbytes / 2**20:.0f} MiB) does not fit into memory.",
            "Close other programs, or write '*.tif' slices.",
        ) from error
    image.SetSpacing(volume.spacing)
    image.SetOrigin(volume.origin)
    image.SetDirection(volume.direction)
    return image


def write_image(
    image: sitk.Image,
    path: Path,
    *,
    compress: bool = False,
    fields: Mapping[str, str] | None = None,
    keep_uids: bool = False,
) -> None:
    """Write an image; ITK chooses the format by the extension.

    :param fields: text fields to put into the image's metadata.
    :param keep_uids: keep the DICOM identifiers set in the image's metadata.
    :raises OutputError: if ITK cannot write it.
    """
    for key, value in (fields or {}).items():
        image.SetMetaData(key, value)
    writer = sitk.ImageFileWriter()
    writer.SetFileName(str(path))
    writer.SetUseCompression(compress)
    writer.SetKeepOriginalImageUID(keep_uids)
    with _quiet(path, OutputError, "written", "Check the free space of its disk, or choose another format."):
        writer.Execute(image)


@contextmanager
def _quiet(
    path: Path,
    error_type: type[FormatError] | type[OutputError] = FormatError,
    deed: str = "read",
    hint: str = "Check that the file is whole and of the format that its name says.",
) -> Iterator[None]:
    """Keep what ITK and the libraries under it print away from stderr, and tell their errors in one line.

    They print to the process's file descriptor, past Python's sys.stderr. What matters of it is found by the checks
    of each format before its voxels are read; the rest are warnings about harmless tags.
    """
    with _stderr_lock, _captured_stderr():
        try:
            yield
        except MemoryError as error:
            raise OutOfMemory(f"{path} does not fit into memory.", "Use a machine with more memory.") from error
        except RuntimeError as error:
            if "allocate memory" in str(error):
                raise OutOfMemory(f"{path} does not fit into memory.", "Use a machine with more memory.") from error
            raise error_type(f"{path} cannot be {deed} ({_one_line(str(error))}).", hint) from error


@contextmanager
def _captured_stderr() -> Iterator[None]:
    try:
        saved = os.dup(_STDERR)
    except OSError:  # a program without a console has no stderr to keep clean
        yield
        return
    try:
        with tempfile.TemporaryFile() as spilled:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(spilled.fileno(), _STDERR)
            try:
                yield
            finally:
                os.dup2(saved, _STDERR)
    finally:
        os.close(saved)


def _one_line(text: str) -> str:
    """The last telling line of an ITK exception, without addresses and source lines."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = lines[-1] if lines else "no reason given"
    telling = re.sub(r"^(sitk::|ITK |itk::)ERROR:\s*", "", telling)
    telling = re.sub(r"\w+\(0x[0-9a-f]+\):\s*", "", telling)
    return re.sub(r"[\x00-\x1f\x7f]+", " ", telling).strip().rstrip(".")[:200]


def _reader(path: Path, image_io: str) -> sitk.ImageFileReader:
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    if image_io:
        reader.SetImageIO(image_io)
    return reader


def _is_unicode(text: str) -> bool:
    """Whether SimpleITK can look the key up: bytes that are not UTF-8 arrive as surrogates, which it does not take."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _refuse_other_than_grey(path: Path, pixel_id: int, components: int) -> None:
    if pixel_id in (sitk.sitkComplexFloat32, sitk.sitkComplexFloat64):
        raise FormatError(f"{path} holds complex numbers.", "Save its magnitude as a grey image first.")
    if components != 1:
        raise FormatError(
            f"{path} has {components} values a voxel (colours, vectors or complex numbers).",
            "Save it as a grey image with one value a voxel first.",
        )
    if pixel_id not in _VOXEL_TYPES:
        name = sitk.GetPixelIDValueAsString(pixel_id)
        raise FormatError(f"{path} has voxels of type {name}.", "Save it as an integer or floating-point grey image.")


def _without_trailing_ones(path: Path, size: tuple[int, ...]) -> tuple[int, ...]:
    if len(size) > 3 and any(count > 1 for count in size[3:]):
        told = " x ".join(str(count) for count in size)
        raise FormatError(f"{path} has {len(size)} dimensions ({told}).", "Save one 3-D volume of it first.")
    if len(size) < 2 or min(size) < 1:
        raise FormatError(f"{path} is not a 2-D or 3-D image (size {size}).", "Give a 3-D volume.")
    return size[:3]
