"""LR and HR scans of one object whose motion between the two is known exactly."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from MicroCTSuperResLib.imaging.sampling import halved
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.simulation.noise import backprojection_noise
from MicroCTSuperResLib.simulation.phantoms import make_phantom
from MicroCTSuperResLib.simulation.structures import blur
from MicroCTSuperResTrainingLib.cohort.specimen import Specimen
from scipy import ndimage

HR_MM = 0.02
UNITS = "mg HA/cm3"


@dataclass(frozen=True)
class Scans:
    """Voxels of LR and HR (z, y, x) with their edges aligned."""

    lr: np.ndarray
    hr: np.ndarray


@cache
def bone(site: str, seed: int, size=(112, 112, 64)) -> np.ndarray:
    """An object without noise; HR_MM voxels are large enough that a small field shows all of a bone."""
    return make_phantom(site, size, HR_MM, seed, noise=0).voxels


def moved(thing: np.ndarray, shift) -> np.ndarray:
    """What is at x + shift (z, y, x), brought to x."""
    spectrum = ndimage.fourier_shift(np.fft.fftn(thing), [-step for step in shift])
    return np.fft.ifftn(spectrum).real.astype(np.float32)


def averaged(hr: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 x 2 voxels."""
    for axis in range(3):
        hr = halved(hr, axis)
    return hr


def scans(
    site: str, seed: int, shift=(0.0, 0.0, 0.0), *, noise: float = 60.0, cut: int = 8, size=(112, 112, 64)
) -> Scans:
    """Two scans with noise of their own; HR shows at x + shift (z, y, x, HR voxels) what LR shows at x.

    The blurred object has no frequencies near the limit of its grid, and is moved by the phase of its Fourier
    transform: no interpolation takes part. `cut` voxels, where the transform joins the ends, are taken off.
    """
    thing = bone(site, seed, size)
    rng = np.random.default_rng([seed, 7])
    lr = averaged(moved(blur(thing, 1.0), shift))
    lr += np.float32(noise) * backprojection_noise(lr.shape, rng, workers=1)
    hr = thing + np.float32(0.7 * noise) * backprojection_noise(thing.shape, rng, workers=1)
    inner, half = slice(cut, -cut), slice(cut // 2, -cut // 2)
    return Scans(np.ascontiguousarray(lr[half, half, half]), np.ascontiguousarray(hr[inner, inner, inner]))


def volumes(pair: Scans, **geometry) -> tuple[Volume, Volume]:
    """LR and HR with aligned edges, the first voxel of HR at (1, 2, 3) mm."""
    direction = np.reshape(geometry.pop("direction", np.eye(3)), (3, 3))
    origin = np.array((1.0, 2.0, 3.0))
    fields = {"units": UNITS, "direction": tuple(direction.ravel()), **geometry}
    hr = Volume(pair.hr, (HR_MM,) * 3, tuple(origin), **fields)
    # The centre of an LR voxel lies half an HR voxel beyond the centre of its first HR voxel.
    lr = Volume(pair.lr, (2 * HR_MM,) * 3, tuple(origin + direction @ np.full(3, HR_MM / 2)), **fields)
    return lr, hr


def specimen_of(folder: Path, lr: Volume, hr: Volume, **fields) -> Specimen:
    """Write two scans, and the row of the table that names them."""
    names = {kind: volume.write(folder / f"{kind}.nrrd", overwrite=True) for kind, volume in (("lr", lr), ("hr", hr))}
    return replace(Specimen("M1-femur", "M1", "femur", "PTH", **names, row=2), **fields)
