"""How far a long piece of work has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """A moment of long work.

    :param done: units finished.
    :param total: units in all.
    :param unit: what is counted, in the plural ("slices", "volumes").
    :param seconds: time since the work started.
    """

    done: int
    total: int
    unit: str
    seconds: float

    @property
    def eta_s(self) -> float | None:
        """Seconds left at the speed so far; None before the first unit is done."""
        if self.done <= 0:
            return None
        return self.seconds / self.done * (self.total - self.done)
