"""The learning rate along a training."""

from __future__ import annotations

import math
from dataclasses import dataclass

# What a cosine comes down to, in parts of the highest rate.
_LOWEST = 0.01


@dataclass(frozen=True)
class Schedule:
    """How fast when.

    :param learning_rate: highest rate.
    :param steps: of the optimizer in the whole training.
    :param shape: "constant", or "cosine": lowered along half a cosine to a hundredth.
    :param warm_up: part of all steps in which the rate rises from near zero.
    """

    learning_rate: float
    steps: int
    shape: str = "cosine"
    warm_up: float = 0.02

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        part = step / self.steps
        if part < self.warm_up:
            return self.learning_rate * (part + 1e-3) / self.warm_up
        if self.shape == "constant":
            return self.learning_rate
        return self.learning_rate * (_LOWEST + (1 - _LOWEST) * 0.5 * (1 + math.cos(math.pi * min(1.0, part))))
