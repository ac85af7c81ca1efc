"""LR, DL and HR voxel by voxel: other volumes brought onto the grid of HR by where they lie in the world."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk  # noqa: N813

from ..errors import InputError
from ..imaging.box import Box
from ..imaging.formats.itk_files import image_of
from ..imaging.sampling import GRIDS, Grid, hr_grid, interpolate
from ..imaging.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..imaging.formats import Header

# Grids are the same where their voxels lie this part of a voxel apart at most: files round their geometry.
_SAME_PLACE_VOXELS = 1e-3
_INTERPOLATORS = {1: sitk.sitkLinear, 3: sitk.sitkBSpline}


@dataclass(frozen=True, eq=False)
class Paired:
    """A reference and other volumes on the same grid: the part of the reference's grid that all of them cover.

    :param reference: HR, cropped.
    :param images: by name, on the grid and in the units of `reference`.
    :param box: the part of HR that `reference` is.
    """

    reference: Volume
    images: Mapping[str, Volume]
    box: Box


def pair(hr: Volume, images: Mapping[str, Volume]) -> Paired:
    """Bring volumes onto the grid of HR, by linear interpolation where they are not on it.

    :param images: by name, anywhere in the world; in the units of HR or calibrated for them.
    :raises InputError: if a volume and HR do not overlap.
    :raises CalibrationError: if a volume cannot be told in the units of HR.
    """
    on_grid = {name: on_grid_of(image.in_units(hr.units), hr) for name, image in images.items()}
    covered = np.ones(hr.voxels.shape, bool)
    for image in on_grid.values():
        if image.voxels.dtype.kind == "f":
            covered &= np.isfinite(image.voxels)
    box = covered_box(covered)
    return Paired(hr.cropped(box), {name: image.cropped(box) for name, image in on_grid.items()}, box)


def displacement(lr: Header | Volume, hr: Header | Volume, placement: str = "auto") -> np.ndarray | None:
    """By how much the origin of the whole HR file has to be corrected, in mm along the axes of the world; None for
    the place that the files tell.

    Scanco's ISQ, stacks of slices and others tell no place: their readers put the centre of the first voxel at 0, of LR
    and HR alike. But it is the outer corners of two scans of one field that coincide, so HR would lie half an HR voxel
    too far along each axis.

    :param placement: "files" for the origins as they are, "corners" to put the outer corners of the two first voxels
        at one point, "auto" for "corners" where neither file tells a place, and "files" otherwise.
    """
    untold = not any(lr.origin) and not any(hr.origin) and np.array_equal(lr.direction, hr.direction)
    if placement == "files" or (placement == "auto" and not untold):
        return None
    corner = np.array(lr.origin) - np.reshape(lr.direction, (3, 3)) @ np.array(lr.spacing) / 2
    return corner + np.reshape(hr.direction, (3, 3)) @ np.array(hr.spacing) / 2 - hr.origin


def laid_on_hr(hr: Volume, images: Mapping[str, Volume]) -> dict[str, Volume] | None:
    """Where neither LR nor HR tells its place: the volumes with LR's outer corner, and with it DL, at that of HR.

    :param images: by name; where "LR" is not among them nothing tells whether DL lies where HR does.
    :returns: None where they lie as their files tell. See :func:`displacement`.
    """
    by_mm = displacement(hr, images["LR"]) if "LR" in images else None
    if by_mm is None:
        return None
    laid = {}
    for name, image in images.items():
        # A DL that tells no place is put like LR; one that tells its place was made from LR and goes with it.
        own_mm = displacement(hr, image)
        moved_mm = by_mm if own_mm is None else own_mm
        laid[name] = replace(image, origin=tuple((np.array(image.origin) + moved_mm).tolist()))
    return laid


def on_grid_of(image: Volume, reference: Volume, order: int = 1) -> Volume:
    """A volume on the grid of another; NaN where it does not reach.

    :param order: of the interpolation: 1 linear, 3 cubic (see :func:`~.baselines.baselines`).
    :returns: `image` itself where it is on that grid already, otherwise float32.
    """
    if is_same_place(image, reference):
        return image
    for grid in GRIDS:
        if is_same_place(hr_grid(image, grid), reference):
            return interpolate(image, grid=grid, order=order)
    voxels = sitk.GetArrayFromImage(
        sitk.Resample(
            sitk.Cast(image_of(image), sitk.sitkFloat32),
            reference.size,
            sitk.Transform(),
            _INTERPOLATORS[order],
            reference.origin,
            reference.spacing,
            reference.direction,
            float("nan"),
        )
    )
    return image.with_voxels(
        voxels, spacing=reference.spacing, origin=reference.origin, direction=reference.direction, source=None
    )


def is_same_place(first: Volume | Grid, second: Volume | Grid) -> bool:
    """Whether the voxels of two grids lie at the same points, to a thousandth of a voxel at the outermost ones."""
    if first.size != second.size:
        return False
    tolerance = _SAME_PLACE_VOXELS * min(second.spacing)
    return bool(np.abs(_corners(first) - _corners(second)).max() <= tolerance)


def covered_box(covered: np.ndarray) -> Box:
    """A box of True voxels: the side that is covered least is taken off until only covered voxels are left.

    :param covered: (z, y, x).
    :raises InputError: if nothing is left.
    """
    ranges = [slice(0, count) for count in covered.shape]
    part = covered
    while part.size and not part.all():
        faces = [(part.take(index, axis).mean(), axis, index) for axis in range(3) for index in (0, -1)]
        _, axis, index = min(faces)
        here = ranges[axis]
        ranges[axis] = slice(here.start + 1, here.stop) if index == 0 else slice(here.start, here.stop - 1)
        part = covered[tuple(ranges)]
    if not part.size:
        raise InputError(
            "The volumes do not overlap.", "Check that they show the same specimen and are registered to each other."
        )
    return Box(tuple(r.start for r in ranges[::-1]), tuple(r.stop for r in ranges[::-1]))


def _corners(grid: Volume | Grid) -> np.ndarray:
    last = np.array(grid.size) - 1
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)]) * last
    return corners * grid.spacing @ np.reshape(grid.direction, (3, 3)).T + grid.origin
