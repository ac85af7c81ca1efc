"""How far the specimen moved between two scans that lie on the same grid.

The scan that is measured, m, shows at x + t (turned by a small rotation R about the middle c of the grid) what the
other, f, shows at x. Both are smoothed a little, so that noise and aliasing do not matter, and

    m(c + R (x - c) + t) = a f(x) + b

is solved for t, R, a and b by Gauss-Newton steps with the gradient of f (Lucas & Kanade 1981; the way with the
gradient of the image that stays is that of Baker & Matthews 2004, doi:10.1023/B:VISI.0000011205.11775.fd). a and b
are free, so the grey values need not agree; m is read between its voxels by cubic B-splines. The steps begin where the
cross-correlation of the two, made coarse, has its maximum over whole voxels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage
from scipy.spatial.transform import Rotation

from .likeness import likeness

# Standard deviation in voxels of the smoothing. Of the widths tried this one left the smallest errors over all levels
# of noise; less lets the noise pull towards whole and half voxels, more blurs the detail away.
SMOOTHING = 0.7
_COARSE_SIDE = 64
_MOST_POINTS = 600_000
_MARGIN = 3  # voxels at the border, where smoothing and splines know only one side
_MOST_STEPS = 30
_CLOSE_ENOUGH = 5e-4  # voxels
_LONGEST_STEP = 1.5  # voxels; the linear model holds for about one


@dataclass(frozen=True)
class Motion:
    """Where the specimen lies in the one scan, seen from the other.

    :param shift: voxels along z, y, x that it is farther along in the scan that is measured.
    :param rotation: vector z, y, x in radians about the middle of the grid, in voxels that are cubes.
    :param likeness: how far the detail of the two agrees after this motion is taken back, see :mod:`.likeness`.
    """

    shift: tuple[float, float, float]
    rotation: tuple[float, float, float]
    likeness: float


@dataclass(frozen=True, eq=False)
class _Points:
    """Voxels of the scan that stays, at which the two are compared.

    :param places: (3, n), z, y, x, from the middle of the grid.
    :param terms: (k, n): the gradient of f, the terms of the rotation where it is wanted, f itself and 1.
    """

    places: np.ndarray
    terms: np.ndarray


def measure_motion(fixed: np.ndarray, moving: np.ndarray, *, rigid: bool = False) -> Motion:
    """How the specimen of `fixed` lies in `moving`.

    :param fixed: (z, y, x), real numbers.
    :param moving: the same shape, the other scan on the same grid.
    :param rigid: whether to look for a rotation, too; voxels must then be cubes.
    """
    still, moved = _smoothed(fixed), _smoothed(moving)
    start = np.array([*_whole_voxel_shift(still, moved), 0.0, 0.0, 0.0])
    points = _points(still, start[:3], rigid=rigid)
    motion = _solve(points, moved, start, 6 if rigid else 3)
    alike = likeness(fixed, moving, *affine_of(motion, fixed.shape))
    return Motion(tuple(motion[:3].tolist()), tuple(motion[3:].tolist()), alike)


def affine_of(motion: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Matrix and offset that lead from a voxel of the scan that stays to its place in the other, z, y, x.

    :param motion: shift in voxels, then rotation vector in radians.
    :param shape: of the grid.
    """
    matrix = _matrix_of(motion[3:])
    middle = _middle(shape)[:, 0]
    return matrix, middle + motion[:3] - matrix @ middle


def _matrix_of(rotation: np.ndarray) -> np.ndarray:
    """The 3x3 matrix of a rotation vector; both in the order z, y, x.

    A rotation vector is a pseudovector: with the axes in the reverse order, which mirrors them, it turns the other way.
    The formula is the same in any order, as long as vectors and matrix keep to one.
    """
    return Rotation.from_rotvec(rotation).as_matrix()


def _smoothed(voxels: np.ndarray) -> np.ndarray:
    return ndimage.gaussian_filter(voxels.astype(np.float32, copy=False), SMOOTHING, mode="nearest")


def _whole_voxel_shift(still: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """The shift at which the cross-correlation of the two, made coarse, is largest; up to a third of the grid.

    The coarse images have no mean and no trend of more than a few coarse voxels, and are surrounded by zeros: nothing
    comes in again at the other side.
    """
    factors = [max(1, -(-count // _COARSE_SIDE)) for count in still.shape]
    images = [_coarse(image, factors) for image in (still, moved)]
    shape = [fft.next_fast_len(count + count // 3 + 1, real=True) for count in images[0].shape]
    spectra = [fft.rfftn(image, shape) for image in images]
    correlation = fft.irfftn(np.conj(spectra[0]) * spectra[1], shape)
    reach = [count // 3 for count in images[0].shape]
    # Only shifts that the zeros leave room for, in the order -reach ... reach.
    for axis, far in enumerate(reach):
        correlation = np.take(correlation, np.arange(-far, far + 1), axis=axis)
    peak = np.unravel_index(np.argmax(correlation), correlation.shape)
    return np.array([(at - far) * factor for at, far, factor in zip(peak, reach, factors, strict=True)], float)


def _coarse(image: np.ndarray, factors: list[int]) -> np.ndarray:
    if max(factors) > 1:
        image = ndimage.uniform_filter(image, factors, mode="nearest")
        image = image[tuple(slice(factor // 2, None, factor) for factor in factors)]
    return image - ndimage.gaussian_filter(image, 4, mode="nearest")


def _points(still: np.ndarray, start: np.ndarray, *, rigid: bool) -> _Points:
    """An even grid of voxels, not more than `_MOST_POINTS`, that stay inside under the first guess."""
    low = [_MARGIN + int(max(0, -shift)) for shift in start]
    high = [count - _MARGIN - int(max(0, shift)) for count, shift in zip(still.shape, start, strict=True)]
    # Of a grid too small for margins its middle is taken.
    low = [min(first, count // 2) for first, count in zip(low, still.shape, strict=True)]
    high = [max(last, first + 1) for first, last in zip(low, high, strict=True)]
    count = np.prod([last - first for first, last in zip(low, high, strict=True)], dtype=float)
    step = max(1, int(np.ceil((count / _MOST_POINTS) ** (1 / 3))))
    chosen = tuple(slice(first, last, step) for first, last in zip(low, high, strict=True))
    places = np.stack(np.meshgrid(*[np.arange(s.start, s.stop, s.step) for s in chosen], indexing="ij")).reshape(3, -1)
    places = (places - _middle(still.shape)).astype(np.float32)
    gradient = np.stack([_slope(still, axis)[chosen].ravel() for axis in range(3)])
    # A turn by w moves x by w x x; the change of f is gradient . (w x x) = w . (x x gradient).
    turns = np.cross(places, gradient, axis=0) if rigid else np.empty((0, places.shape[1]), np.float32)
    values = still[chosen].ravel()
    return _Points(places, np.concatenate([gradient, turns, [values, np.ones_like(values)]]))


def _slope(image: np.ndarray, axis: int) -> np.ndarray:
    """Central differences along an axis; 0 along one of a single voxel."""
    return np.gradient(image, axis=axis) if image.shape[axis] > 1 else np.zeros_like(image)


def _solve(points: _Points, moved: np.ndarray, start: np.ndarray, unknowns: int) -> np.ndarray:
    """Gauss-Newton steps from `start` until they are short."""
    terms = points.terms.astype(np.float64)
    middle = _middle(moved.shape)
    splines = ndimage.spline_filter(moved, order=3, output=np.float32, mode="mirror")
    reach = float(np.abs(points.places).max()) or 1.0
    motion = start.copy()
    for _ in range(_MOST_STEPS):
        there = _moved(points.places, motion) + middle
        inside = _inside(there, moved.shape, 1)
        if inside.sum() <= len(terms):
            break
        greys = ndimage.map_coordinates(splines, there[:, inside], order=3, mode="mirror", prefilter=False)
        used = terms[:, inside]
        solution = np.linalg.lstsq(used @ used.T, used @ greys, rcond=1e-12)[0]
        gain = solution[-2]
        if gain <= 0:  # no likeness to follow
            break
        step = solution[:unknowns] / gain
        longest = max(np.abs(step[:3]).max(), np.abs(step[3:]).max(initial=0) * reach)
        motion[:unknowns] -= step * min(1.0, _LONGEST_STEP / max(longest, 1e-12))
        if longest < _CLOSE_ENOUGH:
            break
    return motion


def _moved(places: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """Places from the middle, turned and shifted."""
    turned = _matrix_of(motion[3:]) @ places if np.any(motion[3:]) else places
    return turned + motion[:3, None]


def _inside(places: np.ndarray, shape: tuple[int, ...], margin: int) -> np.ndarray:
    last = np.array(shape)[:, None] - 1 - margin
    return np.all((places >= margin) & (places <= last), axis=0)


def _middle(shape: tuple[int, ...]) -> np.ndarray:
    return (np.array(shape)[:, None] - 1) / 2
