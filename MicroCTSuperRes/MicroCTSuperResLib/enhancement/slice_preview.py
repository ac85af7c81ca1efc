"""Single slices of an LR volume enhanced as `enhance` enhances the whole, to look at before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..imaging.sampling import SCALE, hr_grid
from ..imaging.scaling import scaling_of
from .grey_values import store_slices
from .memory import result_type
from .slices import SliceRunner

if TYPE_CHECKING:
    from ..imaging.volume import Volume
    from ..networks.loading import Model

Region = tuple[int, int, int, int]


class SlicePreview:
    """An LR volume and a network that enhances parts of its slices.

    :param volume: the whole LR volume: its grey values are scaled by bounds of all of it.
    :param model: as `load_model` gives it.
    :param device: torch's name of a device that exists.
    :raises InputError: for NaN or infinite voxels.
    :raises ModelError: if the model is not for this volume.
    """

    def __init__(self, volume: Volume, model: Model, device: str) -> None:
        volume.check_grey_values()
        model.card.check_fits(volume.units)
        self._volume = volume
        self._scaling = scaling_of(volume, model.card.scaling)
        self._runner = SliceRunner(model, device)

    def region(self, wanted: Region | None) -> Region:
        """The part of `wanted` that lies within a slice, all of the slice for None.

        :param wanted: y0, y1, x0, x1 in LR voxels, from y0 up to but not including y1.
        :raises InputError: if nothing is left.
        """
        width, height, _ = self._volume.size
        if wanted is None:
            return (0, height, 0, width)
        y0, y1, x0, x1 = wanted
        region = (max(0, y0), min(height, y1), max(0, x0), min(width, x1))
        if region[0] >= region[1] or region[2] >= region[3]:
            raise InputError(
                f"The region {tuple(wanted)} (y0, y1, x0, x1) holds no voxel of a slice of {height} x {width} (y, x).",
                "Choose a region inside the slice.",
            )
        return region

    def enhance(self, index: int, wanted: Region | None = None) -> Volume:
        """Enhance a part of one LR slice.

        :param index: of the LR slice, from 0.
        :param wanted: as in :meth:`region`.
        :returns: the two HR slices inside it, at their place in the world; the same voxels, to single precision, as
            those of the whole volume enhanced on the isotropic grid.
        :raises InputError: for a slice that the volume has not, or a region without voxels.
        """
        import torch

        count = self._volume.size[2]
        if not 0 <= index < count:
            raise InputError(f"There is no slice {index}.", f"The volume has slices 0 to {count - 1}.")
        y0, y1, x0, x1 = self.region(wanted)
        width, height, _ = self._volume.size
        rows = self._runner.span_around(slice(y0, y1), height)
        columns = self._runner.span_around(slice(x0, x1), width)
        margin = self._runner.margin
        # Beyond the first and last slice the volume is continued by these.
        slices = np.clip(np.arange(index - margin, index + margin + 1), 0, count - 1)
        lr = self._volume.voxels[slices, rows.read, columns.read]
        enhanced = self._runner.run(torch.from_numpy(self._scaling.apply(lr))).numpy()
        inside = np.ascontiguousarray(enhanced[:, :, _doubled(rows.inside), _doubled(columns.inside)])
        return self._placed(inside, index, y0, x0)

    def _placed(self, enhanced: np.ndarray, index: int, y0: int, x0: int) -> Volume:
        """Scaled slices (1, 2, y, x) as a volume that begins with the first HR voxel in LR voxel (index, y0, x0)."""
        lr = self._volume
        voxels = np.empty(enhanced.shape[1:], result_type(lr.voxels.dtype))
        store_slices(enhanced, self._scaling, voxels, slice(0, 1), SCALE)
        grid = hr_grid(lr)
        shift = lr.direction_matrix @ (SCALE * np.array((x0, y0, index)) * grid.spacing)
        origin = tuple(float(value) for value in np.array(grid.origin) + shift)
        return lr.with_voxels(voxels, spacing=grid.spacing, origin=origin, metadata={}, source=None)


def _doubled(part: slice) -> slice:
    return slice(SCALE * part.start, SCALE * part.stop)
