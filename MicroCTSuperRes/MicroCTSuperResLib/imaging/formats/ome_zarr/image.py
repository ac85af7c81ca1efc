"""What the NGFF metadata of a group say: which array is the image, what its axes are, and where its voxels lie.

Layouts: NGFF 0.4 (https://ngff.openmicroscopy.org/0.4/) and 0.5 (https://ngff.openmicroscopy.org/0.5/).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....errors import FormatError
from ..header import MM_PER_UNIT, SPACING_HINT
from .json_files import attributes_of, checked

if TYPE_CHECKING:
    from pathlib import Path

OWN_ATTRIBUTE = "MicroCTSuperRes"
SPATIAL = ("z", "y", "x")
# The lengths that NGFF takes from UDUNITS-2.
MM_PER_NGFF_UNIT = {
    "angstrom": 1e-7,
    "attometer": 1e-15,
    "centimeter": 1e1,
    "decimeter": 1e2,
    "exameter": 1e21,
    "femtometer": 1e-12,
    "foot": 304.8,
    "gigameter": 1e12,
    "hectometer": 1e5,
    "inch": 25.4,
    "kilometer": 1e6,
    "megameter": 1e9,
    "meter": 1e3,
    "micrometer": 1e-3,
    "mile": 1609344.0,
    "millimeter": 1.0,
    "nanometer": 1e-6,
    "parsec": 3.0856775814913673e19,  # IAU 2015 resolution B2: 648000 / pi astronomical units
    "petameter": 1e18,
    "picometer": 1e-9,
    "terameter": 1e15,
    "yard": 914.4,
    "yoctometer": 1e-21,
    "yottameter": 1e27,
    "zeptometer": 1e-18,
    "zettameter": 1e24,
}
_HINT = "Export it again as OME-Zarr 0.4 or 0.5."


@dataclass(frozen=True)
class Axis:
    """One axis of the array, in its order.

    :param name: "z", "y" or "x" for those of space, as the file has it for the others.
    :param scale: distance of two voxels in `unit`; NaN where the file does not tell.
    :param translation: place of the first voxel in `unit`.
    :param unit: of length; None where the file names none.
    """

    name: str
    is_space: bool
    scale: float
    translation: float
    unit: str | None

    @property
    def mm_per_unit(self) -> float:
        """NaN where the unit is not known."""
        return MM_PER_NGFF_UNIT.get(self.unit, MM_PER_UNIT.get(self.unit, math.nan))


@dataclass(frozen=True)
class Image:
    """The image of a group.

    :param metadata_file: where its metadata stand.
    :param datasets: the folders of its arrays, that of the finest voxels first.
    :param axes: those of the finest array, in its order.
    :param own: what MicroCTSuperRes has added to the metadata; None in files of other programs.
    """

    metadata_file: Path
    datasets: tuple[Path, ...]
    axes: tuple[Axis, ...]
    own: dict | None

    @property
    def spacing(self) -> tuple[float, float, float]:
        """x, y, z in mm; NaN where the file does not tell."""
        return tuple(axis.scale * axis.mm_per_unit if axis else math.nan for axis in self._xyz())

    @property
    def scales(self) -> tuple[float, ...]:
        """x, y, z in the file's own units; NaN where it does not tell."""
        return tuple(axis.scale if axis else math.nan for axis in self._xyz())

    @property
    def origin(self) -> tuple[float, float, float]:
        """x, y, z in mm; 0 where the file does not tell."""
        places = [axis.translation * axis.mm_per_unit if axis else 0.0 for axis in self._xyz()]
        return tuple(0.0 if math.isnan(place) else place for place in places)

    @property
    def unknown_units(self) -> list[str]:
        """Units of space that are named but mean nothing here ("pixel")."""
        return [axis.unit for axis in self.axes if axis.is_space and axis.unit and math.isnan(axis.mm_per_unit)]

    def _xyz(self) -> list[Axis | None]:
        named = {axis.name: axis for axis in self.axes if axis.is_space}
        return [named.get(name) for name in reversed(SPATIAL)]


def image_of(group: Path) -> Image:
    """The image that a group's metadata describe.

    :raises FormatError: if it is no image of NGFF 0.4 or 0.5, or one that is not supported.
    """
    path, attributes = attributes_of(group)
    ngff = checked(path, "ome", attributes.get("ome", attributes), dict)
    multiscales = ngff.get("multiscales")
    if not multiscales:
        raise _no_image(group, attributes | ngff)
    if "image-label" in ngff:
        raise FormatError(f"{group} is a label image, not a scan.", "Give the image that it belongs to.")
    if len(checked(path, "multiscales", multiscales, list)) != 1:
        raise FormatError(f"{group} holds {len(multiscales)} multiscale images in one group.", "Export one alone.")
    multiscale = checked(path, "multiscales", multiscales[0], dict)
    _check_version(group, ngff.get("version", multiscale.get("version", "0.4")))
    datasets = _datasets(path, multiscale)
    own = attributes.get(OWN_ATTRIBUTE)
    return Image(
        metadata_file=path,
        datasets=tuple(_folder_in(group, dataset.get("path")) for dataset in datasets),
        axes=_axes(path, multiscale, datasets[0]),
        own=None if own is None else checked(path, OWN_ATTRIBUTE, own, dict),
    )


def _folder_in(group: Path, name: object) -> Path:
    """The folder of a dataset; it lies inside its group."""
    folder = group / checked(group, "the path of a dataset", name, str)
    try:
        inside = group.resolve() in folder.resolve().parents
    except (ValueError, OSError, RuntimeError):  # a null character, a loop of links
        inside = False
    if not inside:
        raise FormatError(f"{group} names an array outside itself: {name!r:.80}.", _HINT)
    return folder


def _no_image(group: Path, attributes: dict) -> FormatError:
    """Why a group is no image, and which of its parts to name instead."""
    if "plate" in attributes:
        return FormatError(f"{group} is a plate of many images.", f"Give one of them, such as {group / 'A/1/0'}.")
    if "well" in attributes or "bioformats2raw.layout" in attributes:
        return FormatError(f"{group} holds a series of images.", f"Give one of them, such as {group / '0'}.")
    if "labels" in attributes:
        return FormatError(f"{group} holds label images, no scan.", f"Give the image: {group.parent}.")
    return FormatError(
        f"{group} is zarr without the metadata of an OME-Zarr image (multiscales).",
        "Give the folder that holds them; that of one resolution alone does not tell the voxel size.",
    )


def _check_version(group: Path, version: object) -> None:
    if version not in ("0.4", "0.5"):
        raise FormatError(f"{group} is OME-Zarr of version {version!r:.20}; 0.4 and 0.5 are read.", _HINT)


def _datasets(path: Path, multiscale: dict) -> list[dict]:
    """NGFF lists them from fine to coarse."""
    datasets = checked(path, "datasets", multiscale.get("datasets"), list)
    if not datasets:
        raise FormatError(f"{path} lists no datasets.", _HINT)
    return [checked(path, "datasets", dataset, dict) for dataset in datasets]


def _axes(path: Path, multiscale: dict, dataset: dict) -> tuple[Axis, ...]:
    axes = [checked(path, "axes", axis, dict) for axis in checked(path, "axes", multiscale.get("axes"), list)]
    own_steps = checked(path, "coordinateTransformations", dataset.get("coordinateTransformations", []), list)
    common_steps = checked(path, "coordinateTransformations", multiscale.get("coordinateTransformations", []), list)
    told = any(isinstance(step, dict) and step.get("type") == "scale" for step in own_steps)
    scale, translation = [1.0 if told else math.nan] * len(axes), [0.0] * len(axes)
    for steps in (own_steps, common_steps):
        factors, shifts = _transformation(path, steps, len(axes))
        scale = [first * then for first, then in zip(scale, factors, strict=True)]
        translation = [first * then + shift for first, then, shift in zip(translation, factors, shifts, strict=True)]
    found = tuple(
        Axis(
            name=str(axis.get("name")),
            is_space=axis.get("type") == "space",
            scale=factor,
            translation=shift,
            unit=str(axis["unit"]) if axis.get("unit") else None,
        )
        for axis, factor, shift in zip(axes, scale, translation, strict=True)
    )
    names = sorted(axis.name for axis in found if axis.is_space)
    if names not in (["x", "y", "z"], ["x", "y"]):
        raise FormatError(f"{path} has axes of space called {names!r:.80}, not z, y, x.", _HINT)
    return found


def _transformation(path: Path, steps: list, count: int) -> tuple[list[float], list[float]]:
    """Scale and translation of a list of transformations, one after the other."""
    scale, translation = [1.0] * count, [0.0] * count
    for step in steps:
        kind = checked(path, "coordinateTransformations", step, dict).get("type")
        if kind == "scale":
            factors = _numbers(path, step, "scale", count)
            scale = [value * factor for value, factor in zip(scale, factors, strict=True)]
            translation = [value * factor for value, factor in zip(translation, factors, strict=True)]
        elif kind == "translation":
            shifts = _numbers(path, step, "translation", count)
            translation = [value + shift for value, shift in zip(translation, shifts, strict=True)]
        elif kind != "identity":
            raise FormatError(f"{path} places its voxels by {kind!r:.40}, which is not supported.", SPACING_HINT)
    return scale, translation


def _numbers(path: Path, step: dict, name: str, count: int) -> list[float]:
    values = checked(path, name, step.get(name), list)
    try:
        numbers = [float(value) for value in values if not isinstance(value, str | bool)]
    except (TypeError, OverflowError):
        numbers = []
    if len(numbers) != count or len(values) != count or not all(math.isfinite(number) for number in numbers):
        raise FormatError(f"{path} has a {name} that is not {count} numbers: {step!r:.80}.", _HINT)
    return numbers
