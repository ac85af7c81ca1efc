"""DICOM series: a folder of slices, one file of it, or a file of many frames.

Tag numbers and their meaning: DICOM PS3.3, Image Plane Module (C.7.6.2) and Modality LUT Module (C.11.1).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ....errors import FormatError
from ...calibration import NATIVE_UNITS
from ..header import Header, settled_spacing
from ..itk_files import Information, header_from, read_voxels
from ..meaning import units_named
from ..region import shape_of
from ..sidecar import FOLDER_SIDECAR, Sidecar, read_sidecar, sidecar_of
from .geometry import SlicePlane, slice_plane, stacked
from .pixels import IMAGE_IO, checked_information
from .regular_slices import SliceReader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..region import Region

NAME = "DICOM"
EXTENSIONS = (".dcm", ".dicom", ".ima")
_INDEX = "DICOMDIR"  # a list of files, no image
_MAGIC, _MAGIC_PLACE = b"DICM", 128
_SERIES, _MODALITY, _FRAMES = "0020|000e", "0008|0060", "0028|0008"
_BITS, _RESCALE_INTERCEPT, _RESCALE_SLOPE, _RESCALE_TYPE = "0028|0100", "0028|1052", "0028|1053", "0028|1054"
_MOST_BITS = 16
_UNSPECIFIED_UNITS = ("", "US")
# These stand in functional groups (PS3.3 C.7.6.16), of which ITK tells the spacing alone.
_ABOUT_FRAMES = (
    "Of a DICOM file of many frames neither the places of the single frames nor the units of its grey values are read: "
    "check both, or export it as a series of one file a slice."
)
# Text worth keeping with a scan; nothing that names a person.
_KEPT_TEXT = {
    "0008|0060": "Modality",
    "0008|0070": "Manufacturer",
    "0008|1090": "ManufacturerModelName",
    "0018|0060": "KVP",
    "0018|1151": "XRayTubeCurrent",
    "0018|1210": "ConvolutionKernel",
}
# Text that may name a person or a place; operators write names into descriptions, too (PS3.15, annex E).
PERSONAL_TEXT = {
    "0010|0010": "PatientName",
    "0010|0020": "PatientID",
    "0010|0030": "PatientBirthDate",
    "0010|0040": "PatientSex",
    "0010|1010": "PatientAge",
    "0010|4000": "PatientComments",
    "0008|0050": "AccessionNumber",
    "0008|0080": "InstitutionName",
    "0008|0081": "InstitutionAddress",
    "0008|0090": "ReferringPhysicianName",
    "0008|1010": "StationName",
    "0008|1040": "InstitutionalDepartmentName",
    "0008|1050": "PerformingPhysicianName",
    "0008|1070": "OperatorsName",
    "0008|0020": "StudyDate",
    "0008|1030": "StudyDescription",
    "0008|103e": "SeriesDescription",
    "0020|0010": "StudyID",
    "0018|1000": "DeviceSerialNumber",
}


def is_dicom(path: Path) -> bool:
    """Whether a file bears DICOM's mark, whatever its name."""
    try:
        with path.open("rb") as file:
            file.seek(_MAGIC_PLACE)
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def inspect(path: Path, given: tuple[float, float, float] | None) -> Header:
    """What the slices' headers say.

    :param path: a folder with one series, a pattern, or one file: then its series in the same folder.
    :raises FormatError: for no series or several, slices that differ, or places that are not evenly spaced.
    """
    if path.is_file():
        told = checked_information(path)
        if int(told.metadata.get(_FRAMES, "1").strip() or 1) > 1:
            return _many_frames(path, told, given)
        candidates, wanted = path.parent.iterdir(), told.metadata.get(_SERIES, "").strip()
    else:
        candidates, wanted = (path.iterdir() if path.is_dir() else path.parent.glob(path.name)), None
    series = _series_among(sorted(candidates))
    return _one_series(path, _chosen(path, series, wanted), given)


def read(header: Header, region: Region) -> np.ndarray:
    """The slices in the order of their places, with slope and intercept applied; shape (z, y, x)."""
    if len(header.files) == 1:
        voxels = read_voxels(header.files[0], IMAGE_IO).reshape(header.size[::-1])[region]
        return voxels.astype(header.stored_type, copy=False)
    voxels = np.empty(shape_of(region), header.stored_type)
    for number, file in enumerate(header.files[region[0]]):
        voxels[number] = read_voxels(file, IMAGE_IO).reshape(header.size[1::-1])[region[1:]]
    return voxels


def reads_parts(header: Header) -> bool:
    """Whether it has a file for each slice: only those of the region are read."""
    return len(header.files) > 1


def _series_among(files: Sequence[Path]) -> dict[str, list[tuple[Path, Information]]]:
    """Every DICOM file with its header, by the identifier of its series."""
    series: dict[str, list[tuple[Path, Information]]] = {}
    reader = SliceReader()
    for file in files:
        if not file.is_file() or file.name.upper() == _INDEX or file.name.startswith("."):
            continue
        if not is_dicom(file) and file.suffix.lower() in EXTENSIONS:
            raise FormatError(f"{file} is not a whole DICOM file.", "Copy or export it again, or move it away.")
        if is_dicom(file):
            told = reader.information(file)
            series.setdefault(told.metadata.get(_SERIES, "").strip(), []).append((file, told))
    return series


def _chosen(
    path: Path, series: dict[str, list[tuple[Path, Information]]], wanted: str | None
) -> list[tuple[Path, Information]]:
    if wanted is not None:
        return series[wanted]
    if not series:
        raise FormatError(f"{path} holds no DICOM images.", "Give the folder of one series.")
    if len(series) > 1:
        told = ", ".join(f"{len(members)} files like {members[0][0].name}" for members in series.values())
        raise FormatError(
            f"{path} holds {len(series)} DICOM series: {told}.", "Give one file of the series to choose it."
        )
    return next(iter(series.values()))


def _one_series(
    path: Path, members: Sequence[tuple[Path, Information]], given: tuple[float, float, float] | None
) -> Header:
    first_file, first = members[0]
    for file, told in members:
        if told.size[:2] != first.size[:2]:
            raise FormatError(
                f"{file} has {told.size[:2]} pixels, but {first_file.name} of the same series {first.size[:2]}.",
                "Give a folder with slices of one volume alone.",
            )
    planes = [slice_plane(file, told) for file, told in members]
    ordered, frame = stacked(path, planes)
    size = (*first.size[:2], len(members))
    folder = first_file.parent
    sidecar = read_sidecar(folder / FOLDER_SIDECAR, size)
    return Header(
        path=path,
        format=NAME,
        size=size,
        spacing=settled_spacing(path, frame.spacing, given),
        origin=frame.origin,
        direction=frame.direction,
        stored_type=np.result_type(*{_held_type(told) for _, told in members}).name,
        files=_files(ordered),
        **_meaning(first.metadata, sidecar),
    )


def _files(planes: Sequence[SlicePlane]) -> tuple[Path, ...]:
    return tuple(plane.file for plane in planes)


def _many_frames(path: Path, told: Information, given: tuple[float, float, float] | None) -> Header:
    if min(told.spacing) < 0:  # with a given spacing the specimen would be mirrored
        raise FormatError(
            f"{path} has its frames in the reverse order of its slices.", "Export it as a series of one file a slice."
        )
    # ITK gives 1 where the functional groups tell no spacing; no microCT scan has voxels of exactly 1 mm.
    declared = [math.nan if value == 1.0 else value for value in told.spacing]
    sidecar = read_sidecar(sidecar_of(path), told.size)
    spacing = settled_spacing(path, declared, given)
    warnings = () if sidecar else (_ABOUT_FRAMES,)
    meaning = _meaning(told.metadata, sidecar)
    header = header_from(path, NAME, told, spacing=spacing, warnings=warnings, **meaning)
    return replace(header, stored_type=_held_type(told))


def _held_type(told: Information) -> str:
    """GDCM computes the rescale in double precision; single precision is used where it errs by less than an eighth of a
    step (2 to the power of -24 of the largest value), so that the stored numbers can be told from the result."""
    if told.voxel_type != "float64" or _number(told.metadata, _BITS) > _MOST_BITS:
        return told.voxel_type
    slope, intercept = (_number(told.metadata, tag) for tag in (_RESCALE_SLOPE, _RESCALE_INTERCEPT))
    largest = abs(slope) * 2**_MOST_BITS + abs(intercept)
    return "float32" if largest < min(abs(slope) * 2**21, float(np.finfo(np.float32).max)) else "float64"


def _number(tags: Mapping[str, str], tag: str) -> float:
    """A number among the tags; NaN where there is none, which is neither larger nor smaller than any."""
    try:
        return float(tags.get(tag, "").strip(" \0"))
    except ValueError:
        return math.nan


def _meaning(tags: Mapping[str, str], sidecar: Sidecar | None) -> dict[str, object]:
    """Units and metadata: the sidecar's, else those of the tags."""
    personal = _texts(tags, PERSONAL_TEXT)
    if sidecar is not None:
        return sidecar.meaning.for_header() | {"personal": personal}
    return {"units": _units(tags), "metadata": _texts(tags, _KEPT_TEXT), "personal": personal}


def _texts(tags: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {name: tags[tag].strip(" \0") for tag, name in names.items() if tags.get(tag, "").strip(" \0")}


def _units(tags: Mapping[str, str]) -> str:
    """The rescale type; a CT slice with a rescale intercept but no type is in HU (PS3.3 C.8.2.1)."""
    named = tags.get(_RESCALE_TYPE, "").strip()
    if named not in _UNSPECIFIED_UNITS:
        return units_named(named) or named
    is_ct = tags.get(_MODALITY, "").strip() == "CT" and _RESCALE_INTERCEPT in tags
    return "HU" if is_ct and named == "" else NATIVE_UNITS
