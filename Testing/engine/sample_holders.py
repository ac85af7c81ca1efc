"""Scans of bones in a holder: a tube of plastic with fluid and bones in it, air around it, padding outside the circle.

Densities in mg HA/cm3 follow Scanco's usual line: air has its intercept, water 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.calibration import DENSITY_UNITS, NATIVE_UNITS, UNCALIBRATED, Calibration
from MicroCTSuperResLib.imaging.formats.header import Header
from MicroCTSuperResLib.imaging.formats.reading import OpenScan
from MicroCTSuperResLib.imaging.formats.registry import Format
from MicroCTSuperResLib.simulation.phantoms import make_phantom

AIR, FLUID, PLASTIC, MARROW, CORTEX = -390.0, 30.0, 130.0, 60.0, 1050.0
# The study's threshold.
TRUE_BONE = 500.0
CALIBRATION = Calibration(mu_scaling=4096, mu_water=0.24, slope=1603.51, intercept=-391.209)
NOISE = 60.0
# Of the voxels of most holders in mm: blocks of bone are 2 voxels then.
SPACING = 0.04


@cache
def phantom(site: str, spacing: float, size_mm: tuple[float, float, float], seed: int = 0) -> np.ndarray:
    """Density (z, y, x) of a femur or a spine without noise."""
    size = tuple(round(edge / spacing) for edge in size_mm)
    return make_phantom(site, size, spacing, seed, noise=0).voxels


def femur(spacing: float, length: float = 1.5) -> np.ndarray:
    """About 2.5 x 1.9 mm wide; its cortex is 0.15-0.2 mm thick."""
    return phantom("femur", spacing, (3.2, 2.6, length))


def vertebra(spacing: float, length: float = 1.5) -> np.ndarray:
    """Body, arch and process: about 2.1 mm wide and 3.2 mm deep; its cortex is 0.07-0.1 mm thick."""
    return phantom("spine", spacing, (3.0, 4.2, length), 1)


def shell(
    shape: tuple[int, int, int],
    spacing: float,
    ends: tuple[tuple[float, ...], tuple[float, ...]],
    radius: float,
    thickness: float = 0.18,
) -> np.ndarray:
    """Density (z, y, x) of a long bone with round ends, in fluid.

    :param ends: the middles of its ends in mm, x, y, z from the first voxel's outer corner.
    """
    z, y, x = (
        ((np.arange(count, dtype=np.float32) + 0.5) * spacing).reshape(form)
        for count, form in zip(shape, ((-1, 1, 1), (1, -1, 1), (1, 1, -1)), strict=True)
    )
    return density_of_shell((x, y, z), ends, radius, thickness, spacing)


def density_of_shell(
    places: tuple[np.ndarray, np.ndarray, np.ndarray],
    ends: tuple[tuple[float, ...], tuple[float, ...]],
    radius: float,
    thickness: float,
    spacing: float,
) -> np.ndarray:
    """Density of a long bone with round ends at places x, y, z in mm that broadcast."""
    start, stop = np.array(ends, np.float32)
    axis = (stop - start) / max(float(np.linalg.norm(stop - start)), 1e-6)
    offsets = [place - first for place, first in zip(places, start, strict=True)]
    length = float(np.linalg.norm(stop - start))
    along = np.clip(sum(offset * part for offset, part in zip(offsets, axis, strict=True)), 0, length)
    away = np.sqrt(sum((offset - along * part) ** 2 for offset, part in zip(offsets, axis, strict=True)))
    depth = (radius - away) / spacing
    filled = np.clip(depth + 0.5, 0, 1)
    marrow = np.clip(depth - thickness / spacing + 0.5, 0, 1)
    return FLUID + (CORTEX - FLUID) * filled + (MARROW - CORTEX) * marrow


def tube(shape: tuple[int, int, int], spacing: float, *, wall: float = 1.0, inside: float = FLUID) -> np.ndarray:
    """Density (z, y, x) of a tube along z that leaves 0.3 mm of air to the circle, filled with fluid or air.

    :param wall: its thickness in mm.
    """
    away = _away(shape, spacing)
    outer = min(shape[1:]) * spacing / 2 - 0.3
    section = np.where(away > outer, AIR, np.where(away > outer - wall, PLASTIC, inside))
    return np.broadcast_to(section.astype(np.float32), shape).copy()


def put(density: np.ndarray, bone: np.ndarray, start: tuple[int, int, int]) -> None:
    """Put a bone's block into a holder at voxel x, y, z; its densest parts stay, parts outside the holder are lost."""
    target, source = [], []
    for first, count, size in zip(start[::-1], bone.shape, density.shape, strict=True):
        target.append(slice(max(first, 0), min(first + count, size)))
        source.append(slice(max(-first, 0), min(size - first, count)))
    place = density[tuple(target)]
    np.copyto(place, bone[tuple(source)], where=bone[tuple(source)] > MARROW / 2 + FLUID / 2)


def true_box(density: np.ndarray) -> Box:
    """The box of all voxels that are bone."""
    found = np.nonzero(density > TRUE_BONE)
    return Box([int(places.min()) for places in found[::-1]], [int(places.max()) + 1 for places in found[::-1]])


@dataclass(frozen=True)
class Stored:
    """How a scanner stores density.

    :param line: factor and offset from density to the stored numbers.
    """

    voxel_type: str
    line: tuple[float, float]
    units: str = NATIVE_UNITS
    calibration: Calibration = UNCALIBRATED
    padding: float | None = None


_TO_NATIVE = CALIBRATION.line(DENSITY_UNITS, NATIVE_UNITS)
_TO_HU = CALIBRATION.line(DENSITY_UNITS, "HU")
WAYS_TO_STORE = {
    "Scanco, calibrated": Stored("int16", _TO_NATIVE, calibration=CALIBRATION, padding=-32768),
    "Scanco, not calibrated": Stored("int16", _TO_NATIVE, padding=-1000),
    "HU": Stored("int16", _TO_HU, units="HU", padding=-1000),
    "density": Stored("float32", (1.0, 0.0), units=DENSITY_UNITS, padding=0),
    "8 bits, air cut off": Stored("uint8", (0.12, 20.0), padding=0),
    "8 bits, no padding": Stored("uint8", (0.1, 60.0)),
}


def scanned(
    density: np.ndarray,
    spacing: float,
    way: str = "Scanco, calibrated",
    *,
    noise: float = NOISE,
    in_parts: bool = True,
) -> OpenScan:
    """The scan of a holder with white noise (mg HA/cm3), opened."""
    stored = WAYS_TO_STORE[way]
    rng = np.random.default_rng(7)
    grey = density + np.float32(noise) * rng.standard_normal(density.shape, dtype=np.float32)
    grey = grey * np.float32(stored.line[0]) + np.float32(stored.line[1])
    if stored.voxel_type != "float32":
        limits = np.iinfo(stored.voxel_type)
        grey = np.clip(np.rint(grey), limits.min, limits.max)
    if stored.padding is not None:
        outside = _away(density.shape, spacing) > min(density.shape[1:]) * spacing / 2
        grey[:, outside] = stored.padding
    return opened(grey.astype(stored.voxel_type), (spacing,) * 3, stored.units, stored.calibration, in_parts=in_parts)


def opened(
    voxels: np.ndarray,
    spacing: tuple[float, float, float],
    units: str = NATIVE_UNITS,
    calibration: Calibration = UNCALIBRATED,
    *,
    in_parts: bool = True,
) -> OpenScan:
    """A scan that lies in memory."""
    size = voxels.shape[::-1]
    stored = {"stored_type": voxels.dtype.name, "units": units, "calibration": calibration}
    header = Header(Path("memory.scan"), "memory", size, spacing, **stored)
    form = Format(
        "memory",
        (".scan",),
        inspect=lambda path, given: header,
        read=lambda _, region: voxels[region],
        reads_parts=lambda _: in_parts,
    )
    return OpenScan(form, header, header)


def _away(shape: tuple[int, int, int], spacing: float) -> np.ndarray:
    """Distance from the axis of the scan in mm (y, x)."""
    y, x = ((np.arange(count, dtype=np.float32) - (count - 1) / 2) * spacing for count in shape[1:])
    return np.hypot(y[:, None], x[None, :])


@cache
def two_bones(inside: float = FLUID, wall: float = 1.0) -> tuple[np.ndarray, list[Box]]:
    """A femur and a vertebra side by side in a holder of 10 mm."""
    density, truth = tube((50, 250, 250), SPACING, inside=inside, wall=wall), []
    for bone, start in ((femur(SPACING), (42, 55, 6)), (vertebra(SPACING), (130, 100, 6))):
        alone = np.full(density.shape, FLUID, np.float32)
        put(alone, bone, start)
        truth.append(true_box(alone))
        put(density, bone, start)
    return density, truth


def without_padding(density: np.ndarray) -> OpenScan:
    """The scan of densities with noise, in a field of view that is not round."""
    noise = 60 * np.random.default_rng(2).standard_normal(density.shape, dtype=np.float32)
    return opened(density + noise, (SPACING,) * 3, DENSITY_UNITS)
