"""A long bone to measure: a tube in mg HA/cm3 with one strut through its marrow."""

import numpy as np
from MicroCTSuperResLib import Volume
from sample_structures import ring

SPACING = (0.01, 0.01, 0.01)


def tube(slices=6, size=120, outer=50, inner=40, centre=(60, 60)):
    """True where there is bone, (z, y, x)."""
    return np.repeat(ring(outer, inner, size, centre)[np.newaxis], slices, axis=0)


def scan_of(bone, **fields):
    """Bone of 1000 in marrow of 50."""
    known = {"spacing": SPACING, "units": "mg HA/cm3"}
    return Volume(np.where(bone, 1000, 50).astype(np.int16), **{**known, **fields})
