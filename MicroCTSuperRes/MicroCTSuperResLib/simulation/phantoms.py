"""Digital phantoms of a mouse femur and a lumbar vertebra, as an HR scan shows them.

They have the parts that matter for enhancement and morphometry (cortex, canals, pores, trabeculae, marrow, fluid) in
realistic sizes, and no more anatomy than that: results on them test software, not biology. The seed fixes every voxel.

Sizes follow mice of about 16 weeks: cortex 0.15-0.2 mm, trabeculae 40-60 um thick and 0.2-0.3 mm apart, canals 10-40
um; mineral 900-1200 mg HA/cm3 in bone, 0-100 in marrow and fluid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..imaging.calibration import DENSITY_UNITS
from ..imaging.volume import Volume
from . import structures
from .noise import backprojection_noise

SITES = ("femur", "spine")

_MARROW = 60.0
_FLUID = 30.0
_MINERAL_VARIATION = 40.0  # standard deviation of the density within bone
_HR_BLUR = 0.6  # voxels: HR scanners resolve a little less than their voxel
HR_NOISE = 45.0  # mg HA/cm3, 2000 projections and 3 frame averages


@dataclass(frozen=True)
class _Bone:
    """The parts of a phantom, all occupancies (z, y, x)."""

    inside: np.ndarray
    cortex: np.ndarray
    trabeculae: np.ndarray
    cortical_density: float
    trabecular_density: float


def make_phantom(
    site: str,
    size: tuple[int, int, int] = (400, 400, 200),
    spacing_mm: float = 0.01,
    seed: int = 0,
    *,
    noise: float = HR_NOISE,
) -> Volume:
    """An HR scan of a phantom.

    :param site: "femur" (distal metaphysis: ring of cortex, canals, trabeculae that thin out along z) or "spine"
        (vertebral body with endplate-to-endplate trabeculae, arch and canal).
    :param size: voxels along x, y, z. The bone keeps its size in mm: a small field shows the middle of it.
    :param spacing_mm: edge of the isotropic voxel.
    :param seed: each seed is another specimen.
    :param noise: standard deviation of the scan's noise in mg HA/cm3; 0 for none.
    :returns: float32 volume in mg HA/cm3, marked as simulated in its metadata.
    :raises InputError: for an unknown site or a size that makes no sense.
    """
    if site not in SITES:
        raise InputError(f"There is no phantom of {site!r}.", f"Choose one of {', '.join(SITES)}.")
    if len(size) != 3 or min(size) < 8 or not 0 < spacing_mm < math.inf:
        raise InputError(
            f"A phantom of {size} voxels of {spacing_mm} mm cannot be made.",
            "Give at least 8 voxels along x, y and z and a positive voxel size.",
        )
    if seed < 0:
        raise InputError(f"The seed must be 0 or more, this is {seed}.")
    rng = np.random.default_rng([SITES.index(site), seed])
    shape = tuple(reversed([int(n) for n in size]))
    bone = (_femur if site == "femur" else _vertebra)(shape, spacing_mm, rng)
    density = structures.blur(_density(bone, rng), _HR_BLUR)
    if noise:
        density += np.float32(noise) * backprojection_noise(shape, rng)
    metadata = {
        "MicroCTSuperRes.simulated": f"phantom of a {site}, seed {seed}",
        "MicroCTSuperRes.image_kind": "simulated HR scan",
    }
    return Volume(density, (spacing_mm,) * 3, units=DENSITY_UNITS, metadata=metadata)


def _femur(shape: tuple[int, int, int], spacing: float, rng: np.random.Generator) -> _Bone:
    z, y, x = _millimetres(shape, spacing)
    # The shaft widens along z by a few per cent and its outline is a wobbly ellipse.
    widening = 1 + 0.05 * z
    depth = _depth_in_outline(y, x, (0.95 * widening, 1.25 * widening), rng) / spacing
    inside = structures.soft_edge(depth)
    thickness = rng.uniform(0.15, 0.21) / spacing
    cortex = inside * structures.soft_edge(thickness - depth)
    cortex = cortex * (1 - _canals_along_z(shape, spacing, rng, count_per_mm3=110))
    # Trabeculae thin out away from the growth plate (low z).
    trabeculae = _trabeculae(shape, spacing, rng, rng.uniform(0.3, 0.42) - 0.06 * (z - z.min()))
    return _Bone(inside, cortex, inside * trabeculae, rng.uniform(1080, 1180), rng.uniform(900, 1000))


def _vertebra(shape: tuple[int, int, int], spacing: float, rng: np.random.Generator) -> _Bone:
    z, y, x = _millimetres(shape, spacing)
    body = _depth_in_outline(y + 0.55, x, (0.75, 1.05), rng) / spacing
    arch_outer = _depth_in_outline(y - 0.66, x, (0.66, 0.74), rng) / spacing
    canal = _depth_in_outline(y - 0.62, x, (0.44, 0.54), rng) / spacing
    process = _depth_in_outline(y - 1.5, x, (0.38, 0.13), rng) / spacing
    arch = np.minimum(np.maximum(arch_outer, process), -canal)
    depth = np.maximum(np.minimum(body, -canal), arch) + 0 * z  # the outline is the same in every slice
    inside = structures.soft_edge(depth)
    thickness = rng.uniform(0.07, 0.1) / spacing
    cortex = inside * structures.soft_edge(thickness - depth)
    # The arch is thin: mostly cortex with few spaces in it.
    cortex = structures.union(cortex, structures.soft_edge(np.minimum(arch, -body)) * inside * np.float32(0.999))
    cortex = cortex * (1 - _canals_along_z(shape, spacing, rng, count_per_mm3=80))
    trabeculae = _trabeculae(shape, spacing, rng, rng.uniform(0.38, 0.55))
    return _Bone(inside, cortex, inside * trabeculae, rng.uniform(1020, 1120), rng.uniform(880, 980))


def _density(bone: _Bone, rng: np.random.Generator) -> np.ndarray:
    variation = structures.gaussian_field(bone.inside.shape, 25, rng, bandwidth=0.5) * np.float32(_MINERAL_VARIATION)
    density = _FLUID + (_MARROW - _FLUID) * bone.inside
    density += (bone.trabecular_density + variation - density) * bone.trabeculae
    density += (bone.cortical_density + variation - density) * bone.cortex
    return density.astype(np.float32)


def _millimetres(shape: tuple[int, int, int], spacing: float) -> list[np.ndarray]:
    """Positions of the voxel centres along z, y, x from the middle of the volume, ready to broadcast."""
    axes = [(np.arange(n, dtype=np.float32) - (n - 1) / 2) * np.float32(spacing) for n in shape]
    return list(np.meshgrid(*axes, indexing="ij", sparse=True))


def _depth_in_outline(
    y: np.ndarray, x: np.ndarray, semi_axes: tuple[float | np.ndarray, float | np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    """Millimetres below the surface of a wobbly ellipse (semi-axes along y and x in mm); negative outside."""
    angle = np.arctan2(y, x)
    wobble = np.float32(1) + sum(
        np.float32(rng.normal(0, 0.05 / order)) * np.cos(order * angle + np.float32(rng.uniform(0, 2 * np.pi)))
        for order in (2, 3, 4)
    )
    radius = np.sqrt((y / semi_axes[0]) ** 2 + (x / semi_axes[1]) ** 2) / wobble
    # Near its surface the depth of an ellipse is (1 - r) / |grad r|.
    slope = np.sqrt((y / semi_axes[0] ** 2) ** 2 + (x / semi_axes[1] ** 2) ** 2) / np.maximum(radius * wobble**2, 1e-6)
    return ((1 - radius) / np.maximum(slope, 1e-6)).astype(np.float32)


def _trabeculae(
    shape: tuple[int, int, int], spacing: float, rng: np.random.Generator, half_thickness: float | np.ndarray
) -> np.ndarray:
    """A network of perforated plates, longer along the bone's axis.

    :param half_thickness: of the plates, in standard deviations of the random field whose zero is their middle.
    """
    # A field is zero twice in each wavelength, so plates lie half a wavelength apart.
    plates = structures.gaussian_field(shape, rng.uniform(0.45, 0.6) / spacing, rng, stretch=(1.8, 1.0, 1.0))
    holes = structures.gaussian_field(shape, rng.uniform(0.3, 0.4) / spacing, rng, stretch=(1.5, 1.0, 1.0))
    return structures.soft_threshold(np.minimum(half_thickness - np.abs(plates), 0.5 * (holes + 0.35)), 0)


def _canals_along_z(
    shape: tuple[int, int, int], spacing: float, rng: np.random.Generator, count_per_mm3: float
) -> np.ndarray:
    """Vascular canals, mostly along the bone's axis, 10-40 um wide."""
    count = max(1, int(count_per_mm3 * np.prod(shape) * spacing**3))
    directions = np.stack([np.ones(count), *rng.normal(0, 0.35, (2, count))], axis=1)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    lengths = rng.uniform(0.15, 0.7, count) / spacing
    starts = rng.uniform(0, shape, (count, 3)) - 0.5 * lengths[:, None] * directions
    radii = 0.5 * np.exp(rng.uniform(np.log(0.01), np.log(0.04), count)) / spacing
    return structures.canals(shape, starts, directions, lengths, radii)
