"""The fixed volumes and degradations of the quality benchmark: none of them was seen in training.

HR volumes are in parts of the bone-marrow contrast (marrow about 0, bone about 1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from MicroCTSuperResLib import read_volume
from MicroCTSuperResLib.simulation.phantoms import make_phantom
from scipy import ndimage


@dataclass(frozen=True)
class Degradation:
    """How an LR scan is made here: independent of the acquisition model that the networks are trained with.

    :param psf: Gaussian blur before averaging 2x2x2, in HR voxels.
    :param noise: standard deviation of white noise added on the LR grid.
    :param smooth_hr: Gaussian blur of the HR volume itself: an oversampled scan.
    :param noisy_hr: standard deviation of white noise in the HR volume.
    """

    psf: float
    noise: float
    smooth_hr: float = 0.0
    noisy_hr: float = 0.0


DEGRADATIONS = {
    "sharp, clean": Degradation(0.0, 0.0),
    "mild": Degradation(0.7, 0.01),
    "usual": Degradation(1.0, 0.03),
    "blurred": Degradation(1.5, 0.02),
    "noisy": Degradation(1.0, 0.08),
    "oversampled": Degradation(1.0, 0.01, smooth_hr=3.0),
    "noisy HR": Degradation(1.0, 0.02, noisy_hr=0.04),
    "beyond training": Degradation(2.4, 0.3),
}

# HR scans that are oversampled themselves, LR scans without a blur of their own: nothing is missing, so a network that
# deblurs falls below interpolation here.
OVERSAMPLED = {
    "blurred by 3, no noise": Degradation(0.0, 0.0, smooth_hr=3.0),
    "blurred by 2, noise 1 %": Degradation(0.0, 0.01, smooth_hr=2.0),
}


def degrade(hr: np.ndarray, how: Degradation, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """HR and LR scan of an HR volume."""
    rng = np.random.default_rng(seed)
    hr = ndimage.gaussian_filter(hr, how.smooth_hr) if how.smooth_hr else hr
    hr = (hr + how.noisy_hr * rng.standard_normal(hr.shape)).astype(np.float32)
    lr = ndimage.gaussian_filter(hr, how.psf) if how.psf else hr
    z, y, x = (n // 2 for n in hr.shape)
    lr = lr.reshape(z, 2, y, 2, x, 2).mean((1, 3, 5))
    return hr, (lr + how.noise * rng.standard_normal(lr.shape)).astype(np.float32)


def hr_volumes(data: Path | None) -> Iterator[tuple[str, np.ndarray]]:
    """Name and HR voxels (z, y, x), even numbers of voxels along each axis."""
    for site in ("femur", "spine"):
        yield f"phantom {site}", make_phantom(site, (200, 200, 24), 0.015, seed=1000).voxels / np.float32(1000)
    if data is None or not data.exists():
        print("The real volumes were not found: phantoms only.")
        return
    yield from _real_volumes(data)


def _real_volumes(data: Path) -> Iterator[tuple[str, np.ndarray]]:
    cylinder = read_volume(data / "lhdl_trabecular_cylinder/LHDL_Ti_2923_D_1_257x257x495_19p5um.nrrd")
    # Slices from 330 on are kept out of training; a gap keeps filters from reaching over.
    grey = cylinder.voxels[345:].astype(np.float32) / 200
    yield "human trabecular, as scanned", grey[40:64, 56:200, 56:200]
    shrunk = ndimage.zoom(ndimage.gaussian_filter(grey[:96], 0.6), 1 / 1.5, order=1, grid_mode=True, mode="nearest")
    yield "human trabecular, averaged by 1.5", shrunk[8:32, 16:160, 16:160]
    yield "human trabecular, averaged by 2", grey[:48, :256, :256].reshape(24, 2, 128, 2, 128, 2).mean((1, 3, 5))
    cortex = read_volume(data / "qbi_mouse_cortex/bone_7H6A_B2_binary_1p4um.nrrd").voxels
    yield "mouse cortex 7H6A (rendered)", _rendered(cortex[200:224, 100:244, 100:244])
    shrew = read_volume(data / "shrew_trabecular/Shrew.nrrd").voxels
    yield "shrew trabecular (rendered)", _rendered(shrew[30:54, :112, :112])


def _rendered(segmented: np.ndarray) -> np.ndarray:
    """A segmented volume as a sharp scan would show it."""
    return ndimage.gaussian_filter((segmented > 0).astype(np.float32), 0.7)
