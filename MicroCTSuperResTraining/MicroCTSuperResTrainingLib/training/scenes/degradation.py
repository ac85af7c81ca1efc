"""Random acquisitions: from one scene to the HR scan that shall be predicted and the LR scan that is given.

The ranges are wide on purpose. A network meets scanners, reconstructions and specimens that its makers never saw: HR
scans that are sharp or already blurred, clean or noisy, LR scans with any noise. All lengths are in HR voxels, all grey
values in parts of the contrast between marrow (0) and bone (1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from MicroCTSuperResLib.imaging.sampling import halved
from MicroCTSuperResLib.simulation import structures
from MicroCTSuperResLib.simulation.noise import backprojection_noise
from scipy import ndimage

from .draws import log_uniform

# Ways to bring two voxels to one, all with their centre between the two: the plain average, a softer
# detector and a sharper resampling.
_DECIMATIONS = np.array([[0, 1, 1, 0], [1, 3, 3, 1], [-1, 9, 9, -1]], np.float32)
_DECIMATIONS /= _DECIMATIONS.sum(1, keepdims=True)


@dataclass(frozen=True)
class Acquisition:
    """One random pair of scanners.

    :param hr_sigma: Gaussian blur of the HR scan, (z, y, x).
    :param hr_noise: standard deviation of the noise of the HR scan.
    :param lr_sigma: further blur of the LR scan, before averaging to LR voxels.
    :param lr_tail: share of the LR blur that is twice as wide: real point spreads have wider tails than a Gaussian.
    :param lr_noise: standard deviation of the noise added on the LR grid.
    :param decimation: four weights by which HR voxels are brought to an LR voxel along each axis.
    :param hr_grain: noise texture of the HR scan: 0 white, else the cutoff of `backprojection_noise`.
    :param lr_grain: the same for the LR scan.
    """

    hr_sigma: tuple[float, float, float]
    hr_noise: float
    lr_sigma: tuple[float, float, float]
    lr_tail: float
    lr_noise: float
    decimation: np.ndarray
    hr_grain: float
    lr_grain: float


@dataclass(frozen=True)
class UnblurredShares:
    """How many LR scans have no blur but the averaging. The more of them, the more carefully a network deblurs: it
    cannot tell a sharp object that the LR scanner blurred from an object that is smooth in the HR scan too.

    :param sharp: share where the HR scan is sharp.
    :param smooth: share where the HR scan is itself blurred by more than `SMOOTH_HR` voxels: an oversampled scan, in
        which nothing is missing that could be restored.
    """

    sharp: float = 0.2
    smooth: float = 0.2


SMOOTH_HR = 1.2


def random_acquisition(rng: np.random.Generator, unblurred: UnblurredShares) -> Acquisition:
    """Draw an acquisition; the ranges are those that the bundled model is trained on."""
    hr_blur = 0.0 if rng.random() < 0.2 else log_uniform(rng, 0.3, 3.0)
    unblurred_share = unblurred.smooth if hr_blur > SMOOTH_HR else unblurred.sharp
    lr_blur = 0.0 if rng.random() < unblurred_share else rng.uniform(0.2, 2.0)
    return Acquisition(
        hr_sigma=_nearly_isotropic(hr_blur, rng),
        hr_noise=0.0 if rng.random() < 0.5 else log_uniform(rng, 0.003, 0.1),
        lr_sigma=_nearly_isotropic(lr_blur, rng),
        lr_tail=0.0 if rng.random() < 0.8 else rng.uniform(0.1, 0.4),
        lr_noise=0.0 if rng.random() < 0.15 else log_uniform(rng, 0.002, 0.2),
        decimation=_DECIMATIONS[rng.choice(3, p=(0.7, 0.15, 0.15))],
        hr_grain=_random_grain(rng),
        lr_grain=_random_grain(rng),
    )


def scan(scene: np.ndarray, acquisition: Acquisition, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The HR scan, shape of `scene` (even numbers), and the LR scan, half of it along each axis."""
    hr = structures.blur(scene, acquisition.hr_sigma)
    if acquisition.hr_noise:
        hr = hr + _noise(hr.shape, acquisition.hr_noise, acquisition.hr_grain, rng)
    lr = structures.blur(hr, acquisition.lr_sigma)
    if acquisition.lr_tail:
        wide = structures.blur(hr, tuple(2 * sigma for sigma in acquisition.lr_sigma))
        lr = (1 - acquisition.lr_tail) * lr + acquisition.lr_tail * wide
    for axis in range(3):
        lr = _decimate(lr, acquisition.decimation, axis)
    if acquisition.lr_noise:
        lr = lr + _noise(lr.shape, acquisition.lr_noise, acquisition.lr_grain, rng)
    return hr.astype(np.float32), lr.astype(np.float32)


def _decimate(image: np.ndarray, weights: np.ndarray, axis: int) -> np.ndarray:
    if weights[0] == 0:
        return halved(image, axis)
    # With origin -1 the four taps lie at -1, 0, +1, +2 of each even voxel, centred between the pair 0, +1.
    filtered = ndimage.correlate1d(image, weights, axis=axis, mode="reflect", origin=-1)
    return np.moveaxis(np.moveaxis(filtered, axis, 0)[::2], 0, axis)


def _noise(shape: tuple[int, int, int], deviation: float, grain: float, rng: np.random.Generator) -> np.ndarray:
    if grain == 0:
        return np.float32(deviation) * rng.standard_normal(shape, dtype=np.float32)
    return np.float32(deviation) * backprojection_noise(shape, rng, cutoff=grain, workers=1)


def _random_grain(rng: np.random.Generator) -> float:
    return 0.0 if rng.random() < 0.4 else float(rng.uniform(0.4, 2.0))


def _nearly_isotropic(sigma: float, rng: np.random.Generator) -> tuple[float, float, float]:
    in_plane = sigma * rng.uniform(0.9, 1.1)
    return (float(sigma * rng.uniform(0.7, 1.3)), float(in_plane), float(in_plane))
