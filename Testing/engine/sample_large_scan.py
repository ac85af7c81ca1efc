"""A scan larger than memory that computes the voxels which are read of it."""

from dataclasses import replace

import numpy as np
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.calibration import DENSITY_UNITS, NATIVE_UNITS
from MicroCTSuperResLib.imaging.formats.header import Header
from MicroCTSuperResLib.imaging.formats.reading import OpenScan
from sample_holders import CALIBRATION, FLUID, density_of_shell, opened


class LargeScan:
    """A scan of 41 x 41 x 26 mm, 10.7 GB as int16, that computes what is read of it; counts the voxels."""

    size, spacing = (2048, 2048, 1280), 0.02
    # Side by side with a gap of 0.5 mm, and one above the other with a gap of 0.6 mm.
    bones = (
        ((10.0, 10.0, 6.0), (10.0, 10.0, 11.0)),
        ((13.0, 10.0, 6.0), (13.0, 10.0, 9.0)),
        ((30.0, 25.0, 5.0), (30.0, 25.0, 8.0)),
        ((30.0, 25.0, 11.1), (30.0, 25.0, 12.0)),
    )
    radius = 1.25

    def __init__(self) -> None:
        self.voxels_read = 0
        self._rng = np.random.default_rng(5)

    def scan(self) -> OpenScan:
        one = opened(np.zeros((1, 1, 1), np.int16), (self.spacing,) * 3)
        header = replace(one.stored, size=self.size, calibration=CALIBRATION)
        return OpenScan(replace(one.form, read=self._read), header, header)

    def truth(self) -> list[Box]:
        reach = self.radius / self.spacing
        ends = np.array(self.bones) / self.spacing
        return [Box(np.rint(low - reach), np.rint(high + reach)) for low, high in ends]

    def _read(self, header: Header, region: tuple[slice, slice, slice]) -> np.ndarray:
        z, y, x = ((np.arange(part.start, part.stop, part.step, dtype=np.float32) + 0.5) * 0.02 for part in region)
        density = np.full((len(z), len(y), len(x)), FLUID, np.float32)
        self.voxels_read += density.size
        for ends in self.bones:
            near = [
                np.flatnonzero(np.abs(places - np.mean(part)) < np.ptp(part) / 2 + self.radius + 0.1)
                for places, part in zip((z, y, x), np.transpose(ends)[::-1], strict=True)
            ]
            if min(map(len, near)) == 0:
                continue
            places = (x[near[2]], y[near[1]][:, None], z[near[0]][:, None, None])
            block = tuple(slice(part[0], part[-1] + 1) for part in near)
            bone = density_of_shell(places, ends, self.radius, 0.18, self.spacing)
            density[block] = np.maximum(density[block], bone)
        density += 80 * self._rng.standard_normal(density.shape, dtype=np.float32)
        factor, offset = CALIBRATION.line(DENSITY_UNITS, NATIVE_UNITS)
        return (density * factor + offset).astype(np.int16)
