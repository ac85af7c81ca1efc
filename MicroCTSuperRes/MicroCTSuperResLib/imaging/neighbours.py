"""Small filters of volumes with numpy alone: each value combined with its neighbours in a box, axis by axis.

scipy.ndimage has them, too, but takes longer to import (0.2 s) than a coarse sample of a scan takes to be filtered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


def combined(
    values: np.ndarray,
    combine: Callable[[np.ndarray, np.ndarray], np.ndarray],
    reach: tuple[int, int, int] = (1, 1, 1),
    *,
    outside: float | None = None,
) -> np.ndarray:
    """Each value combined with those up to `reach` away along each axis: np.minimum erodes, np.maximum dilates.

    :param values: (z, y, x).
    :param combine: of two arrays; the order in which it is applied must not matter.
    :param reach: along z, y, x, in values. Beyond 1, `combine` must also not mind a value that it gets twice.
    :param outside: the value beyond the border; None repeats the outermost.
    """
    for axis, times in enumerate(reach):
        for _ in range(times):
            values = _of_three(values, axis, combine, outside)
    return values


def closed(mask: np.ndarray, reach: tuple[int, int, int]) -> np.ndarray:
    """The mask with gaps of up to twice `reach` values (z, y, x) closed; beyond the border it may go on."""
    return combined(combined(mask, np.logical_or, reach, outside=False), np.logical_and, reach, outside=True)


def _of_three(values: np.ndarray, axis: int, combine: Callable, outside: float | None) -> np.ndarray:
    around = [(1, 1) if number == axis else (0, 0) for number in range(values.ndim)]
    padded = np.pad(values, around, "edge") if outside is None else np.pad(values, around, constant_values=outside)
    parts = np.moveaxis(padded, axis, 0)
    return np.moveaxis(combine(combine(parts[:-2], parts[1:-1]), parts[2:]), 0, axis)
