"""Random draws that scenes, acquisitions and pairs share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between two positive ones, as often below as above their geometric mean."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_cut(image: np.ndarray, shape: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    """A view of `shape` at a random place of an image that is at least as large."""
    starts = [rng.integers(have - wanted + 1) for have, wanted in zip(image.shape, shape, strict=True)]
    return image[tuple(slice(start, start + n) for start, n in zip(starts, shape, strict=True))]
