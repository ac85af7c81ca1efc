"""Small volumes with everything that a format can lose: odd sizes, unequal spacing, an oblique direction, units."""

import numpy as np
from MicroCTSuperResLib.imaging.source import READING_FIELDS
from MicroCTSuperResLib.imaging.volume import Volume

METADATA = {"Model": "default", "Note": "first line\nsecond line", "Maker": "µCT 50 é", "Path": "C:\\new", "Empty": ""}


def rotation(angle_x: float, angle_z: float) -> np.ndarray:
    """A 3x3 rotation about x, then z; angles in radians."""
    cx, sx, cz, sz = np.cos(angle_x), np.sin(angle_x), np.cos(angle_z), np.sin(angle_z)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_z @ about_x


def sample_volume(voxel_type: str = "int16", size: tuple[int, int, int] = (7, 4, 5), **changes: object) -> Volume:
    """A volume of random grey values 0 to 100; `size` is x, y, z."""
    greys = np.random.default_rng(seed=1).integers(0, 100, size[::-1])
    fields = {
        "spacing": (0.011, 0.02, 0.035),
        "origin": (-1.5, 2.25, 3.0),
        "direction": tuple(rotation(0.3, -0.5).ravel()),
        "units": "mg HA/cm3",
        "metadata": METADATA,
    }
    return Volume(greys.astype(voxel_type), **(fields | changes))


def assert_same(got: Volume, wanted: Volume, tolerance: float = 0.0) -> None:
    """Voxels, units and metadata (but what reading adds) equal; geometry within `tolerance` (absolute)."""
    np.testing.assert_array_equal(got.voxels, wanted.voxels)
    assert got.voxels.dtype == wanted.voxels.dtype
    for name in ("spacing", "origin", "direction"):
        np.testing.assert_allclose(getattr(got, name), getattr(wanted, name), rtol=0, atol=tolerance, err_msg=name)
    assert got.units == wanted.units
    assert {key: text for key, text in got.metadata.items() if key not in READING_FIELDS} == dict(wanted.metadata)
