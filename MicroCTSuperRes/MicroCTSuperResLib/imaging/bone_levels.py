"""How bright bone is in a scan: by its density where the scan is calibrated, else by what stands out of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .calibration import DENSITY_UNITS, HU_UNITS
from .neighbours import combined

if TYPE_CHECKING:
    from .bone_sample import Sample
    from .formats.header import Header

# Mean density of a block that counts as bone. Plastic, soft tissue and fluid have up to about 150 mg HA/cm3 and stay
# below it with their noise; a block half filled with cortex (900-1200) or mostly with trabeculae is above.
BONE_MG_HA_CM3 = 300.0
_FLUID_MG_HA_CM3, _CORTEX_MG_HA_CM3 = 50.0, 1000.0

# No mouse bone is solid in a cube of this edge: its cortex is 0.15-0.2 mm thick. Fluid, soft tissue, air and thick
# holders are. In a scan of a few millimetres a smaller cube, this part of its longest side, must do.
_SOLID_MM, _SOLID_PART_OF_SCAN = 0.9, 1 / 8
# The brightest matter of which this share is solid is what surrounds the bone.
_SOLID_SHARE = 0.3
# The threshold lies this part of the way from there to bone: a thin wall of plastic in air is at 0.38.
_THRESHOLD_SHARE = 0.45
# Noise alone reaches 4 to 5 standard deviations somewhere in a million blocks.
_LEAST_NOISE_DEVIATIONS = 8.0
# Density of air is about -390 mg HA/cm3 where water has 0 (Scanco's usual lines): bone stands out of fluid at least by
# 0.6 of what fluid stands out of air. In HU that is known: water has 0 and air -1000.
_LEAST_PART_OF_FLUID = 0.6
# Enough values to find a level, few enough to sort.
_MOST_VALUES = 300_000


@dataclass(frozen=True)
class Levels:
    """Grey values of the means of blocks.

    :param threshold: above it a block counts as bone.
    :param background: of what surrounds the bone.
    :param bone: of blocks full of bone.
    """

    threshold: float
    background: float
    bone: float
    units: str


def units_for_bone(header: Header) -> str:
    """The units to look for bone in: mg HA/cm3 where the scan is calibrated for it, else its own."""
    return DENSITY_UNITS if header.calibration.reaches(header.units, DENSITY_UNITS) else header.units


def looked_for(header: Header) -> str:
    """In words: what would have been a bone."""
    units = units_for_bone(header)
    if units == DENSITY_UNITS:
        return f"nothing of the size of a bone has a mean density above {BONE_MG_HA_CM3:g} {DENSITY_UNITS}"
    return f"no grey values ({units}, not calibrated for density) stand out of the rest as bone does"


def bone_levels(sample: Sample, least_mm3: float) -> Levels | None:
    """How bright bone is in a sample.

    :param least_mm3: the smallest volume of bone that counts.
    :returns: None if nothing stands out of the rest as bone would.
    """
    if sample.units == DENSITY_UNITS:
        return Levels(BONE_MG_HA_CM3, _FLUID_MG_HA_CM3, _CORTEX_MG_HA_CM3, DENSITY_UNITS)
    finite = sample.means[np.isfinite(sample.means)]
    if finite.size == 0:
        return None
    means = np.where(np.isfinite(sample.means), sample.means, finite.min())
    background, fluid_over_air = _surroundings(_averaged(means, _solid_blocks(sample)))
    if sample.units == HU_UNITS:
        background, fluid_over_air = max(background, 0.0), 1000.0
    brighter = means[means > background]
    count = max(1, round(least_mm3 / sample.block_mm3))
    if brighter.size < count:
        return None
    bone = float(np.partition(brighter, -count)[-count])
    contrast = bone - background
    if contrast <= _LEAST_NOISE_DEVIATIONS * _noise(means) or contrast <= _LEAST_PART_OF_FLUID * fluid_over_air:
        return None
    return Levels(background + _THRESHOLD_SHARE * contrast, background, bone, sample.units)


def _solid_blocks(sample: Sample) -> tuple[int, ...]:
    """Blocks along z, y, x that are a third of the cube that is solid in fluid and not in bone."""
    edges = sample.edges_mm[::-1]
    longest = max(count * edge for count, edge in zip(sample.means.shape, edges, strict=True))
    third = min(_SOLID_MM, _SOLID_PART_OF_SCAN * longest) / 3
    return tuple(max(1, round(third / edge)) for edge in edges)


def _surroundings(coarse: np.ndarray) -> tuple[float, float]:
    """The level of what surrounds the bone, and how much it stands out of the darkest there is.

    It is the brightest matter that is solid: above its level little is left of what a cube of 3 blocks erodes.
    """
    eroded = combined(coarse, np.minimum)
    thinning = max(1, coarse.size // _MOST_VALUES)
    values, solid = (np.sort(part.ravel()[::thinning]) for part in (coarse, eroded))
    above = len(values) - np.searchsorted(values, solid)
    above_solid = len(solid) - np.searchsorted(solid, solid)
    level = float(solid[np.flatnonzero(above_solid >= _SOLID_SHARE * above)[-1]])
    other = values[values > values[0]]  # the padding around a round field of view has one value, the lowest
    return level, level - float(np.percentile(other, 2)) if other.size else 0.0


def _noise(means: np.ndarray) -> float:
    """Standard deviation of the noise of blocks, from neighbours in the even parts of the scan.

    Of two values with independent normal noise s, the difference is below 0.4506 s in a quarter of all cases. Equal
    neighbours are padding or cut off at the darkest value, and have no noise.
    """
    longest = int(np.argmax(means.shape))
    rows = np.moveaxis(means, longest, 2).reshape(-1, means.shape[longest])
    differences = np.abs(np.diff(rows[:: max(1, means.size // _MOST_VALUES)], axis=1))
    differences = differences[differences > 0]
    return float(np.percentile(differences, 25)) / 0.4506 if differences.size else 0.0


def _averaged(values: np.ndarray, factors: tuple[int, int, int]) -> np.ndarray:
    """Means of `factors` (z, y, x) values; a rest at the end is left out."""
    factors = tuple(min(factor, count) for factor, count in zip(factors, values.shape, strict=True))
    counts = tuple(count // factor for count, factor in zip(values.shape, factors, strict=True))
    whole = values[tuple(slice(0, count * factor) for count, factor in zip(counts, factors, strict=True))]
    return whole.reshape(counts[0], factors[0], counts[1], factors[1], counts[2], factors[2]).mean(axis=(1, 3, 5))
