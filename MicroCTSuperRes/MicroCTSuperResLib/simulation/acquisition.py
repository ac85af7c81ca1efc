"""The acquisition model in the image domain: the LR scan that a scanner would have made of what an HR scan shows.

    LR = mean over 2x2x2 HR voxels of (PSF * HR) + noise
The PSF stands for focal spot and detector. The noise has the spectrum of filtered back projection, and its variance is
proportional to 1 / (frames * projections): an average of 3 frames has sqrt(3) less noise than one. The noise of the HR
scan is averaged into the LR scan with everything else.
"""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..imaging.sampling import SCALE, halved
from ..imaging.volume import Volume
from .noise import backprojection_noise
from .structures import blur

LR_PROJECTIONS = 1000
# Standard deviation of an LR scan's noise with one frame and 1000 projections, as part of the contrast between the
# volume's bone and background: 0.06 is 60 mg HA/cm3 in a phantom.
DEFAULT_NOISE = 0.06
DEFAULT_PSF_VOXELS = 1.0


def simulate_lr(
    hr: Volume,
    *,
    seed: int = 0,
    frames: int = 1,
    projections: int = LR_PROJECTIONS,
    psf_mm: float | None = None,
    noise: float | None = None,
) -> Volume:
    """Simulate the LR scan of an HR scan.

    :param hr: the HR volume. A last odd slice, row or column has no partner and is left out.
    :param seed: fixes the noise.
    :param frames: frame averages (the study used 1 and 3).
    :param projections: of the LR scan.
    :param psf_mm: standard deviation of the Gaussian point spread in mm; by default one HR voxel.
    :param noise: standard deviation, in the volume's own grey values, that one frame and 1000 projections would have;
        by default 6 % of the contrast between the 1st and 99th percentile of the volume.
    :returns: float32 volume on the LR grid, edges aligned with `hr`, same units, marked as simulated.
    :raises InputError: for settings that make no sense, NaN or infinite voxels, or a volume thinner than two voxels.
    """
    _check(hr, frames, projections, psf_mm, noise)
    hr.check_grey_values()
    if seed < 0:
        raise InputError(f"The seed must be 0 or more, this is {seed}.")
    even = tuple(slice(0, n - n % SCALE) for n in hr.voxels.shape)
    voxels = hr.voxels[even].astype(np.float32)
    spacing = np.array(hr.spacing)
    sigma_mm = DEFAULT_PSF_VOXELS * spacing.min() if psf_mm is None else psf_mm
    averaged = _mean_of_pairs(blur(voxels, tuple(sigma_mm / spacing[::-1])))
    if noise is None:
        low, high = np.percentile(voxels[::2, ::2, ::2], (1, 99))
        noise = DEFAULT_NOISE * float(high - low)
    deviation = noise * np.sqrt(LR_PROJECTIONS / (frames * projections))
    if deviation > 0:
        averaged += np.float32(deviation) * backprojection_noise(averaged.shape, np.random.default_rng(seed))
    metadata = {
        **hr.metadata,
        "MicroCTSuperRes.image_kind": "simulated LR scan",
        "MicroCTSuperRes.acquisition": f"image domain, PSF sigma {sigma_mm:.5g} mm, mean of 2x2x2 voxels, FBP noise SD "
        f"{deviation:.5g} {hr.units}, frames {frames}, projections {projections}, seed {seed}",
    }
    # The centre of an LR voxel lies half an HR voxel beyond the centre of its first HR voxel.
    origin = np.array(hr.origin) + hr.direction_matrix @ (spacing / 2)
    return hr.with_voxels(
        averaged, spacing=tuple(SCALE * spacing), origin=tuple(origin), metadata=metadata, source=None
    )


def _mean_of_pairs(voxels: np.ndarray) -> np.ndarray:
    for axis in range(3):
        voxels = halved(voxels, axis)
    return np.ascontiguousarray(voxels)


def _check(hr: Volume, frames: int, projections: int, psf_mm: float | None, noise: float | None) -> None:
    if min(hr.size) < SCALE:
        raise InputError(f"An HR volume of {hr.size} voxels has no LR voxel in it.", "Give at least 2 voxels an axis.")
    if frames < 1 or projections < 1:
        raise InputError(f"{frames} frames and {projections} projections make no scan.", "Give at least 1 of each.")
    for name, value in (("point spread", psf_mm), ("noise", noise)):
        if value is not None and not (np.isfinite(value) and value >= 0):
            raise InputError(f"The {name} must be 0 or more, this is {value}.")
