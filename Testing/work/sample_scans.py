"""Small scans to work on."""

import numpy as np
from MicroCTSuperResLib import Volume
from MicroCTSuperResLib.imaging.calibration import CONSTANTS, Calibration

SIZE = (14, 12, 6)
SPACING = (0.02, 0.02, 0.02)
ORIGIN = (1.5, -2.25, 3.0)
# A turn of 90 degrees about z, exact in floating point.
DIRECTION = (0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)

# mu = native / 1000, density = 1000 * mu - 500 = native - 500, HU = 2 * native - 1000, water at 0 mg HA/cm3: numbers
# that can be checked by eye.
CALIBRATION = Calibration(1000.0, 0.5, 1000.0, -500.0, origins=dict.fromkeys(CONSTANTS, "header"))


def ball(dtype=np.int16, size=SIZE):
    """A soft ball of 900 in a background of 100, shape (z, y, x)."""
    x, y, z = (np.arange(count) - (count - 1) / 2 for count in size)
    radius = np.sqrt(z[:, None, None] ** 2 + y[:, None] ** 2 + x**2)
    return (100 + 800 / (1 + np.exp(radius - min(size) / 2))).astype(dtype)


def write_scan(path, voxels=None, **fields):
    """Write a scan, by default the ball, and give back its path."""
    known = {"spacing": SPACING, "origin": ORIGIN, "direction": DIRECTION, "units": "mg HA/cm3"}
    return Volume(ball() if voxels is None else voxels, **{**known, **fields}).write(path)


def write_native_scan(path, voxels=None, **fields):
    """Write the ball as native grey values that are calibrated; give back its path."""
    return write_scan(path, voxels, **{"units": "native", "calibration": CALIBRATION, **fields})
