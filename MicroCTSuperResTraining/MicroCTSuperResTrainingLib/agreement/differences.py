"""Differences of two methods. Without scipy, so that what only shows results loads at once."""

from __future__ import annotations

import numpy as np

# Numbers that differ by less than this part of their size differ by the rounding of the arithmetic alone.
ROUNDING = 1e-12


def differences_of(measured: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Method minus reference; where the differences are equal but for the rounding of the arithmetic, equal.

    :param measured: by the method, shape (n,).
    :param reference: of the same specimens.
    """
    differences = np.asarray(measured, np.float64) - np.asarray(reference, np.float64)
    largest = max(float(np.max(np.abs(measured))), float(np.max(np.abs(reference))))
    if np.ptp(differences) <= ROUNDING * largest:
        return np.full_like(differences, differences.mean())
    return differences
