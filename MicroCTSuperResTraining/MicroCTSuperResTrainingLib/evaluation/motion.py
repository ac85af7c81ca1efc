"""What the motion of specimens between their scans means for their scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..cohort.pairing import WARNED_HR_VOXELS

if TYPE_CHECKING:
    from collections.abc import Sequence


def motion_notes(results: Sequence[dict]) -> list[str]:
    """How many specimens moved, what was done about it, and how many are left apart.

    :param results: of :func:`~.specimen_evaluation.evaluate_specimen`, at least one.
    """
    notes, count = [], len(results)
    refined = [result for result in results if result["left_um"] is not None]
    if refined:
        longest = max(math.hypot(*result["shift_um"]) for result in refined)
        left = max(math.hypot(*result["left_um"]) for result in refined)
        notes.append(
            f"The motion of {len(refined)} of {count} specimens between LR and HR was taken back by resampling HR: up "
            f"to {longest:.1f} um before, {left:.1f} um after."
        )
    apart = [length for result in results if (length := _left_um(result)) > _warned_um(result)]
    if apart:
        remedy = "" if len(refined) == count else "; --refine translation would take it back"
        lie = "lies" if len(apart) == 1 else "lie"
        notes.append(
            f"{len(apart)} of {count} specimens {lie} more than half an HR voxel farther along in one scan than in the "
            f"other, by up to {max(apart):.1f} um. That lowers all scores, those of the sharpest volume most{remedy}."
        )
    return notes


def _left_um(result: dict) -> float:
    return math.hypot(*(result["shift_um"] if result["left_um"] is None else result["left_um"]))


def _warned_um(result: dict) -> float:
    return WARNED_HR_VOXELS * 1000 * min(result["hr_spacing_mm"])
