"""Blocks of bone-like scenes from which training pairs are cut.

A scene is the ideal object before any scanner saw it: float32 (z, y, x), about 0 for marrow and 1 for bone, edges soft
over one voxel. Scenes are made for variety, not anatomy: the network shall learn how edges, plates and pores of any
size look, at any orientation and bone fraction, and not what a femur is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from MicroCTSuperResLib.simulation import structures
from scipy import ndimage

from .draws import log_uniform, random_cut

BLOCK_SHAPE = (64, 160, 160)


@dataclass(frozen=True)
class RealVolume:
    """A real volume whose structure joins the training.

    :param path: below the folder of real data.
    :param factors: its voxels are averaged by one of these factors to a sharp scene.
    :param slices: the part along z that may be used; the rest is kept for testing.
    :param source: where it comes from, for the model card.
    :param licence: of its source, for the model card.
    """

    path: str
    factors: tuple[float, ...]
    slices: slice
    source: str
    licence: str


REAL_VOLUMES = (
    RealVolume(
        "lhdl_trabecular_cylinder/LHDL_Ti_2923_D_1_257x257x495_19p5um.nrrd",
        (1.4, 1.5, 1.6),
        slice(0, 330),
        "human trabecular bone, specimen Ti 2923 D 1 of the Living Human Digital Library (FP6-IST 026932), from "
        "ciclope-microFE/ciclope; slices 0-329",
        "MIT (repository); body donation program of Universite Libre de Bruxelles, research use",
    ),
    RealVolume(
        "qbi_mouse_cortex/bone_7H3A_B1_binary_1p4um.nrrd",
        (1.0, 1.5),
        slice(None),
        "mouse femur cortex 7H3A_B1, segmented, from ImagingLectures/Quantitative-Big-Imaging-2021",
        "Apache-2.0",
    ),
    RealVolume(
        "qbi_mouse_cortex/bone_7H3B_B1_binary_1p4um.nrrd",
        (1.0, 1.5),
        slice(None),
        "mouse femur cortex 7H3B_B1, segmented, from ImagingLectures/Quantitative-Big-Imaging-2021",
        "Apache-2.0",
    ),
)


def simulated_block(rng: np.random.Generator, shape: tuple[int, int, int] = BLOCK_SHAPE) -> np.ndarray:
    """A scene of a kind drawn at random."""
    kinds = (_trabecular, _cortical, _bone_with_surface, _scattered_grains)
    kind = rng.choice(len(kinds), p=(0.35, 0.2, 0.35, 0.1))
    return _uneven_mineral(kinds[kind](rng, shape), rng)


def real_scenes(data: Path) -> list[np.ndarray]:
    """Whole scenes from the real volumes found below `data`: none where the folder is absent."""
    from MicroCTSuperResLib import read_volume

    scenes = []
    for real in REAL_VOLUMES:
        if not (data / real.path).exists():
            continue
        voxels = read_volume(data / real.path).voxels[real.slices].astype(np.float32)
        low, high = np.percentile(voxels[voxels > 0], (2, 98))
        scene = (voxels - low) / (high - low) if high > low else voxels / high  # a segmented volume has one value only
        for factor in real.factors:
            smooth = structures.blur(scene, 0.45 * factor)
            scenes.append(ndimage.zoom(smooth, 1 / factor, order=1, grid_mode=True, mode="nearest"))
    return scenes


def random_part(scene: np.ndarray, rng: np.random.Generator, shape: tuple[int, int, int] = BLOCK_SHAPE) -> np.ndarray:
    """A block cut from a larger scene at a random place, along axes drawn at random; mirrored where it is too small."""
    scene = scene.transpose(rng.permutation(3))
    missing = [max(0, wanted - have) for wanted, have in zip(shape, scene.shape, strict=True)]
    scene = np.pad(scene, [(m // 2, m - m // 2) for m in missing], mode="symmetric")
    return np.ascontiguousarray(random_cut(scene, shape, rng))


def _field(rng: np.random.Generator, shape: tuple[int, int, int], wavelength: float) -> np.ndarray:
    return structures.gaussian_field(
        shape,
        wavelength,
        rng,
        stretch=tuple(rng.uniform(0.7, 2.0, 3)),
        rotation=structures.random_rotations(1, rng)[0],
        bandwidth=rng.uniform(0.1, 0.5),
    )


def _trabecular(rng: np.random.Generator, shape: tuple[int, int, int]) -> np.ndarray:
    field = _field(rng, shape, log_uniform(rng, 7, 60))
    if rng.random() < 0.3:  # plates: a band of the field instead of all above a level
        return structures.soft_threshold(-np.abs(field), -rng.uniform(0.15, 0.6))
    return structures.soft_threshold(field, structures.threshold_for_fraction(rng.uniform(0.06, 0.6)))


def _pores(rng: np.random.Generator, shape: tuple[int, int, int]) -> np.ndarray:
    volume = np.prod(shape)
    radius = log_uniform(rng, 0.8, 6)
    count = int(min(400, rng.uniform(0.005, 0.06) * volume / (4.2 * radius**3 * 2)))
    radii = radius * np.exp(rng.normal(0, 0.25, (count, 1))) * rng.uniform(0.6, 1.8, (count, 3))
    lacunae = structures.ellipsoids(
        shape, rng.uniform(0, shape, (count, 3)), radii, structures.random_rotations(max(count, 1), rng)[:count]
    )
    number = int(rng.integers(0, 25))
    directions = rng.normal(0, 1, 3) * rng.uniform(1, 4) + rng.normal(0, 1, (number, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    tubes = structures.canals(
        shape,
        rng.uniform(0, shape, (number, 3)) - 30 * directions,
        directions,
        rng.uniform(20, 200, number),
        np.exp(rng.uniform(np.log(0.8), np.log(9), number)),
    )
    return structures.union(lacunae, tubes)


def _cortical(rng: np.random.Generator, shape: tuple[int, int, int]) -> np.ndarray:
    return 1 - _pores(rng, shape)


def _bone_with_surface(rng: np.random.Generator, shape: tuple[int, int, int]) -> np.ndarray:
    """A cortex of some thickness between the outside and a trabecular inside."""
    surface = _field(rng, shape, rng.uniform(80, 300))
    slope = np.sqrt(sum(np.gradient(surface, axis=axis) ** 2 for axis in range(3)))
    depth = (surface - rng.uniform(-0.7, 0.7)) / np.maximum(slope, np.percentile(slope, 20) + 1e-6)
    thickness = log_uniform(rng, 3, 40)
    inside = structures.soft_edge(depth)
    cortex = inside * structures.soft_edge(thickness - depth)
    if rng.random() < 0.6:
        cortex = cortex * _cortical(rng, shape)
    bone = structures.union(cortex, inside * _trabecular(rng, shape))
    outside = rng.uniform(-0.15, 0.1)  # air or fluid beside the marrow's 0
    return bone + outside * (1 - inside)


def _scattered_grains(rng: np.random.Generator, shape: tuple[int, int, int]) -> np.ndarray:
    """Overlapping grains of random grey: edges of every contrast."""
    scene = np.full(shape, rng.uniform(0, 1), np.float32)
    for _ in range(int(rng.integers(3, 8))):
        count = int(rng.integers(4, 40))
        radii = np.exp(rng.uniform(np.log(1), np.log(18), (count, 1))) * rng.uniform(0.5, 2, (count, 3))
        grains = structures.ellipsoids(
            shape, rng.uniform(0, shape, (count, 3)), radii, structures.random_rotations(count, rng)
        )
        scene = scene * (1 - grains) + rng.uniform(0, 1.2) * grains
    return scene


def _uneven_mineral(scene: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mineral content varies within bone by some percent, over a few to many voxels."""
    if rng.random() < 0.3:
        return scene
    variation = structures.gaussian_field(scene.shape, log_uniform(rng, 6, 100), rng, bandwidth=0.5)
    return (scene * (1 + rng.uniform(0, 0.12) * variation)).astype(np.float32)
