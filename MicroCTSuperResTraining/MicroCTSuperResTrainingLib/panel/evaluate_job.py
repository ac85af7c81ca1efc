"""What an evaluation asks of its worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .morphometry_parameters import STUDY_THRESHOLD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..cohort.specimen import Specimen
    from .evaluate_parameters import Part
    from .parameters import Parameters


def part_of(specimens: Sequence[Specimen], part: Part) -> list[Specimen]:
    """The specimens that are evaluated: those of a part, or all of a cohort that is not divided."""
    if part.value == "all" or not _is_divided(specimens):
        return list(specimens)
    return [each for each in specimens if each.split == part.value]


def evaluation_job(
    parameters: Parameters, specimens: Sequence[Specimen], models: Sequence[str], folder: str, *, replacing: bool
) -> dict:
    """The job; how bone is told, motion and margin are as chosen in the other sections.

    :param specimens: all of the cohort.
    :param models: names or folders; empty where the rows of the cohort name files of DL.
    :param replacing: results of other models or settings in the folder are replaced; those of the same are kept.
    """
    chosen, bone, motion = parameters.evaluate, parameters.morphometry, parameters.specimens.refine.value
    arguments = {
        "cohort": parameters.specimens.cohortPath,
        "output": folder,
        "model": list(models),
        "split": chosen.part.value if _is_divided(specimens) else None,
        "workers": chosen.workers or None,
        "device": chosen.device.value,
        "refine": motion if motion != "none" else None,
        # The study's threshold is the job's own, which also knows what to do with scans that are not calibrated.
        "threshold": bone.threshold if bone.threshold != STUDY_THRESHOLD else None,
        "sigma": bone.sigma,
        "support": bone.support,
        "without_foramen": bone.withoutForamen,
        "margin": parameters.agreement.margin or None,
        "resume": True,
        "overwrite": replacing or None,
    }
    return {"job": "evaluate", "arguments": {name: value for name, value in arguments.items() if value is not None}}


def _is_divided(specimens: Sequence[Specimen]) -> bool:
    return any(each.split for each in specimens)
