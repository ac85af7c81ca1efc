"""A reference with bone, and volumes that differ from it by a known noise."""

import numpy as np
from MicroCTSuperResLib.imaging.calibration import Calibration
from MicroCTSuperResLib.imaging.volume import Volume

# density = 1600.5 * attenuation - 390
CALIBRATION = Calibration(mu_scaling=8192, slope=1600.5, intercept=-390.0)


def ball(size=(24, 24, 24), spacing=0.02, radius=0.15) -> Volume:
    """A ball of 1000 mg HA/cm3 in the middle of a volume that is centred at 0; `size` is x, y, z."""
    x, y, z = ((np.arange(count) - (count - 1) / 2) * spacing for count in size)
    inside = np.sqrt(x[None, None, :] ** 2 + y[None, :, None] ** 2 + z[:, None, None] ** 2) < radius
    origin = tuple(float(axis[0]) for axis in (x, y, z))
    voxels = np.where(inside, 1000.0, 0.0).astype(np.float32)
    return Volume(voxels, (spacing,) * 3, origin, units="mg HA/cm3", calibration=CALIBRATION)


def noisy(volume: Volume, deviation: float) -> Volume:
    """The volume with Gaussian noise of that standard deviation."""
    noise = np.random.default_rng(0).normal(0, deviation, volume.voxels.shape)
    return volume.with_voxels((volume.voxels + noise).astype(np.float32))
