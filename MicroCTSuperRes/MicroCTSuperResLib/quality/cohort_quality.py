"""The mean of one value a specimen, and its confidence interval: what is told of a cohort."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from collections.abc import Iterable

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """The mean over specimens.

    :param n: specimens with a value.
    :param left_out: specimens without one: an infinite PSNR (identical images) or a percentage without meaning.
    :param mean: None without a specimen.
    :param sd: standard deviation (n - 1 in the denominator); None for fewer than two specimens.
    :param ci: of the mean, by the t distribution with n - 1 degrees of freedom; None for fewer than two specimens.
    """

    n: int
    left_out: int
    mean: float | None
    sd: float | None
    ci: tuple[float, float] | None

    def to_json(self) -> dict:
        """As JSON can hold it: mean, 95 % confidence interval, and the number of specimens that they are of."""
        return {"mean": self.mean, "ci95": None if self.ci is None else list(self.ci), "n": self.n}


def estimate(values: Iterable[float | None], confidence: float = CONFIDENCE) -> Estimate:
    """Mean, standard deviation and confidence interval of one value a specimen.

    A specimen without a finite value is left out and counted. So is an infinite PSNR: a mean with it would be infinite
    whatever the others are, and the slices that are identical are left out of a specimen's mean likewise.
    """
    values = list(values)
    known = np.array([value for value in values if value is not None and math.isfinite(value)])
    n = len(known)
    left_out = len(values) - n
    if n < 2:
        return Estimate(n, left_out, float(known[0]) if n else None, None, None)
    mean, sd = float(known.mean()), float(known.std(ddof=1))
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * sd / math.sqrt(n)
    return Estimate(n, left_out, mean, sd, (mean - half, mean + half))
