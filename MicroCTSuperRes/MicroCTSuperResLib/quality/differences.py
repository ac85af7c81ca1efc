"""Where volumes are brighter or darker than their reference."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ..imaging.box import Box
from ..imaging.sampling import GRIDS, factors, hr_grid, interpolate
from .pairing import is_same_place, pair

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from ..imaging.volume import Volume

# A step of a volume of 400 x 400 slices takes about 0.02 s.
_STEP_SLICES = 4
# Linear interpolation looks at one slice beyond; two leave room for none to be missed at the ends of a slab.
_MARGIN_SLICES = 2


def difference(image: Volume, reference: Volume) -> Volume:
    """image - reference in float32, computed in double precision slice by slice.

    :param image: on the grid and in the units of `reference`, see :func:`~.pairing.pair`.
    """
    voxels = np.empty(reference.voxels.shape, np.float32)
    for number, (got, expected) in enumerate(zip(image.voxels, reference.voxels, strict=True)):
        voxels[number] = np.subtract(got, expected, dtype=np.float64)
    return reference.with_voxels(voxels, metadata={}, source=None)


def differences(hr: Volume, images: Mapping[str, Volume]) -> Generator[float, None, dict[str, Volume]]:
    """The differences of volumes from HR, in short steps: a generator that yields the part that is done, 0 to 1.

    The result is that of :func:`~.pairing.pair` and :func:`difference`. Volumes on the grid of HR, and LR volumes whose
    HR grid that is, are taken slab by slab; all others, and those with voxels that are no numbers, in one long step.

    :param images: by name, as for :func:`~.pairing.pair`.
    :returns: the differences by name, as the value of the generator's StopIteration.
    :raises InputError: if a volume and HR do not overlap.
    :raises CalibrationError: if a volume cannot be told in the units of HR.
    """
    slabs = {name: _slabs_on_grid(image, hr) for name, image in images.items()}
    if None not in slabs.values():
        made = yield from _slab_by_slab(hr, slabs)
        if made is not None:
            return made
    paired = pair(hr, images)
    return {name: difference(image, paired.reference) for name, image in paired.images.items()}


def _slab_by_slab(hr: Volume, slabs: Mapping[str, Callable]) -> Generator[float, None, dict[str, Volume] | None]:
    """None once voxels were met that are no numbers: what can be compared then is less than all of HR."""
    count, done = hr.size[2], 0
    made = {name: np.empty(hr.voxels.shape, np.float32) for name in slabs}
    for start in range(0, count, _STEP_SLICES):
        stop = min(start + _STEP_SLICES, count)
        expected = hr.voxels[start:stop]
        for name, slab in slabs.items():
            got = slab(start, stop)
            if got.dtype.kind == "f" and not np.isfinite(got).all():
                return None
            made[name][start:stop] = np.subtract(got, expected, dtype=np.float64)
            done += stop - start
            yield done / (count * len(slabs))
    return {name: hr.with_voxels(voxels, metadata={}, source=None) for name, voxels in made.items()}


def _slabs_on_grid(image: Volume, hr: Volume) -> Callable[[int, int], np.ndarray] | None:
    """A function that gives the voxels of a volume in slices of HR, in the units of HR; None where only resampling
    brings it there."""
    if is_same_place(image, hr):
        return lambda start, stop: _slices_of(image, start, stop).in_units(hr.units).voxels
    for grid in GRIDS:
        if is_same_place(hr_grid(image, grid), hr):
            return partial(_interpolated_slices, image, grid, hr.units)
    return None


def _interpolated_slices(lr: Volume, grid: str, units: str, start: int, stop: int) -> np.ndarray:
    """Slices `start` to `stop` of LR's HR grid."""
    factor = factors(grid)[2]
    first = max(start // factor - _MARGIN_SLICES, 0)
    part = _slices_of(lr, first, min(-(-stop // factor) + _MARGIN_SLICES, lr.size[2]))
    voxels = interpolate(part.in_units(units), grid=grid, order=1).voxels
    return voxels[start - factor * first : stop - factor * first]


def _slices_of(volume: Volume, start: int, stop: int) -> Volume:
    x, y, _ = volume.size
    return volume.cropped(Box((0, 0, start), (x, y, stop)))
