"""Shapes whose thickness, area and volume are known: bool, axes (z, y, x) or (y, x)."""

import numpy as np


def plates(thickness, separation, shape=(48, 40, 40)):
    """Plates normal to z, each after a space."""
    filled = np.arange(shape[0]) % (thickness + separation) >= separation
    return np.broadcast_to(filled[:, None, None], shape).copy()


def distances(normal, shape=(56, 56, 56), centre=(0.0, 0.0, 0.0)):
    """How far each voxel lies from the plane through the middle (moved by `centre`) with this normal, in voxels; and
    how far from that plane's normal through it."""
    places = np.stack(np.meshgrid(*[np.arange(n) - n / 2 for n in shape], indexing="ij"))
    places -= np.reshape(centre, (3, 1, 1, 1))
    unit = np.asarray(normal) / np.linalg.norm(normal)
    along = np.tensordot(unit, places, 1)
    return np.abs(along), np.sqrt(np.maximum((places**2).sum(axis=0) - along**2, 0))


def ring(outer, inner, size=240, centre=(120, 120)):
    """A cortex: what lies between two circles, radii in pixels, (y, x)."""
    y, x = np.ogrid[:size, :size]
    radius = np.hypot(y - centre[0], x - centre[1])
    return (radius <= outer) & (radius > inner)


def disk(radius, size=240, centre=(120, 120)):
    """What lies inside a circle, (y, x)."""
    y, x = np.ogrid[:size, :size]
    return np.hypot(y - centre[0], x - centre[1]) <= radius
