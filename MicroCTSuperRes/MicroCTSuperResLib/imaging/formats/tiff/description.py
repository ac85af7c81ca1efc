"""What ImageJ (Fiji) and OME writers say of a stack in the description of its first TIFF page.

ImageJ's lines are those of its FileSaver and FileOpener (github.com/imagej/ImageJ, ij/io); OME is OME-XML 2016-06.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from ....errors import FormatError
from ...calibration import NATIVE_UNITS, SAME, Line
from ..header import MM_PER_UNIT, mm_per
from ..meaning import NOTHING_TOLD, Meaning, line_from, units_named

if TYPE_CHECKING:
    from pathlib import Path

    from ...volume import Volume
    from .page import Page

VALUE_UNIT_FIELD = "ImageJ.value_unit"
_IMAGEJ = "ImageJ="
_STRAIGHT_LINE, _NO_FUNCTION = 0, 20
_NAMES_OF_GREYS = ("", "gray value", "grey value", "raw", "none", "native")
# ImageJ keeps signed 16-bit pixels as unsigned ones, this much larger; its calibration starts from those.
_SIGNED_16_BIT_SHIFT = 32768
_CENTIMETRE = 3  # of TIFF's resolution unit


def is_imagej(description: str) -> bool:
    return description.startswith(_IMAGEJ)


def described_images(path: Path, description: str) -> int | None:
    """How many slices the file holds by its description; None where it does not say.

    :raises FormatError: for several channels, times or images, and for OME files that are only a part of a data set.
    """
    if is_imagej(description):
        told = imagej_fields(description)
        counts = {name: _whole(told.get(name, "1")) for name in ("channels", "frames")}
        images = _whole(told["images"]) if "images" in told else None
    else:
        _check_one_ome_file(path, description)
        counts = {name: int(count) for name, count in re.findall(r'\b(SizeC|SizeT)="(\d{1,9})"', description)}
        depths = re.findall(r'\bSizeZ="(\d{1,9})"', description)
        images = int(depths[0]) if "<OME" in description and depths else None
    if any(count > 1 for count in counts.values()):
        named = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise FormatError(f"{path} has more than 3 dimensions ({named}).", "Save one channel at one time alone.")
    return images


def described_spacing(path: Path, page: Page) -> list[float] | None:
    """Spacing x, y, z in mm; NaN for an axis that the description leaves out, None where it tells no lengths."""
    if is_imagej(page.description):
        return _imagej_spacing(page)
    if "<OME" in page.description:
        return [_ome_spacing(path, page.description, axis) for axis in "XYZ"]
    return None


def described_meaning(page: Page) -> Meaning:
    """ImageJ's calibration of grey values where ImageJ itself applies it.

    That is, where a value unit is named: a straight line for 8 and 16-bit pixels, the unit alone for those of 32 bits.
    """
    told = _calibration_fields(page)
    name = _unescaped(told.get("vunit", ""))
    line = SAME if page.bits == 32 else _straight_line(page, told)
    if not name or line is None:
        return NOTHING_TOLD
    units = units_named(name)
    known = units is not None or name.lower() in _NAMES_OF_GREYS
    return Meaning(units, line=line, metadata={} if known else {VALUE_UNIT_FIELD: name})


def description_warnings(page: Page) -> tuple[str, ...]:
    """What of ImageJ's calibration is not applied."""
    told = _calibration_fields(page)
    bends = told.get("zeroclip") == "true" or _straight_line(page, told) is None
    if page.bits == 32 or "vunit" not in told or not bends:
        return ()
    return (
        "Its ImageJ calibration of grey values is more than a straight line and is not applied in full: ImageJ shows "
        f"other values ({_unescaped(told['vunit'])}).",
    )


def imagej_description(volume: Volume, line: Line) -> str:
    """The description with which ImageJ shows a volume's spacing, and its grey values where it can.

    Lengths are in cm: it is the only unit of ImageJ that TIFF's resolution tags know, so that other programs, which do
    not read the description, see the same pixel size.

    :param line: turns the stored voxels into grey values in the volume's units.
    """
    slices = volume.size[2]
    counts = [f"images={slices}", f"slices={slices}"] if slices > 1 else []
    lengths = ["unit=cm", f"spacing={volume.spacing[2] / MM_PER_UNIT['cm']!r}", "loop=false"]
    return "\n".join(["ImageJ=1.11a", *counts, *lengths, *_calibration_lines(volume, line), ""])


def imagej_fields(description: str) -> dict[str, str]:
    return {name: text.strip() for name, text in re.findall(r"^(\w+)=(.*)$", description, re.MULTILINE)}


def _calibration_lines(volume: Volume, line: Line) -> list[str]:
    """None where the numbers speak for themselves, ImageJ has no such pixels (int8) or no line for them (32 bits)."""
    voxels = volume.voxels.dtype
    if line == SAME and volume.units == NATIVE_UNITS:
        return []
    if voxels.name in ("uint8", "uint16", "int16"):
        offset = line.offset - (_SIGNED_16_BIT_SHIFT * line.factor if voxels.name == "int16" else 0)
        unit = "Gray Value" if volume.units == NATIVE_UNITS else volume.units
        return [f"cf={_STRAIGHT_LINE}", f"c0={offset!r}", f"c1={line.factor!r}", f"vunit={unit}"]
    return [f"vunit={volume.units}"] if line == SAME and voxels.name != "int8" else []


def _calibration_fields(page: Page) -> dict[str, str]:
    """The fields of an ImageJ description whose grey values are calibrated; none otherwise."""
    told = imagej_fields(page.description) if is_imagej(page.description) else {}
    return told if page.bits == 32 or _whole(told.get("cf", str(_NO_FUNCTION))) != _NO_FUNCTION else {}


def _straight_line(page: Page, told: dict[str, str]) -> Line | None:
    """None for another function or broken numbers."""
    if told.get("cf") != str(_STRAIGHT_LINE) or not {"c0", "c1"} <= set(told) or "c2" in told:
        return None
    try:
        line = line_from((told["c1"], told["c0"]))
    except ValueError:
        return None
    shift = _SIGNED_16_BIT_SHIFT if (page.is_signed and page.bits == 16) else 0
    return Line(line.factor, line.offset + line.factor * shift)


def _imagej_spacing(page: Page) -> list[float] | None:
    told = imagej_fields(page.description)
    scale = MM_PER_UNIT.get(told.get("unit", "").lower())
    if scale is None:  # "pixel", or no unit: the numbers are no lengths
        return None
    # ImageJ takes the tags' centimetres where the description says "um".
    in_tags = MM_PER_UNIT["cm"] if (page.resolution_unit == _CENTIMETRE and told["unit"] == "um") else scale
    in_plane = [math.nan if value is None else in_tags / value for value in page.resolution]
    try:
        return [*in_plane, abs(float(told["spacing"])) * scale]
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


def _check_one_ome_file(path: Path, description: str) -> None:
    if "<OME" not in description:
        return
    if "<BinaryOnly" in description or len(set(re.findall(r'\bFileName="([^"]*)"', description))) > 1:
        raise FormatError(f"{path} is one of several files of an OME data set.", "Save it as one OME-TIFF file.")
    if len(re.findall(r"<Image\b", description)) > 1:
        raise FormatError(f"{path} holds several images.", "Save one of them alone.")
    for planes in re.findall(r"<TiffData\b([^>]*)>", description):
        told = {name: int(number) for name, number in re.findall(r'\b(IFD|FirstZ)="(\d{1,9})"', planes)}
        if told.get("IFD", 0) != told.get("FirstZ", told.get("IFD", 0)):
            raise FormatError(f"{path} stores its slices out of order.", "Save it again in the order of the slices.")


def _unescaped(text: str) -> str:
    """ImageJ writes letters beyond ASCII as \\u and four digits."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)


def _whole(text: str) -> int:
    """A whole number, -1 where it is none."""
    return int(text) if re.fullmatch(r"\d{1,9}", text) else -1
