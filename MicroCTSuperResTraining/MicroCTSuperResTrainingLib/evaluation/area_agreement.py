"""Agreement of BA/TA with HR over the specimens of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..agreement.analysis import analyse
from ..agreement.bland_altman import bland_altman
from ..agreement.figure import draw_bland_altman
from ..agreement.measurements import Measurements
from ..agreement.result_files import write_agreement_csv, write_agreement_json, write_points_csv
from .against_hr import HR
from .methods import CUBIC_LABEL, REFERENCE, Method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from ..agreement.pairs import Pairs

SHARED, OWN = "ba_ta", "ba_ta_own"
UNITS = "mm2/mm2"
_TITLES = {SHARED: "BA/TA", OWN: "BA/TA (own contours)"}
FILES = {"json": "agreement.json", "csv": "agreement.csv", "points": "agreement_points.csv"}
SPECIMENS, SLICES = "specimens", "slices"
ONE_SPECIMEN = (
    "There is one specimen, so there is no test, no interval and no limit of agreement between specimens. The limits "
    "told are those of its slices, which are not independent: they say nothing about other specimens."
)


@dataclass(frozen=True, eq=False)
class AreaAgreement:
    """What :func:`~..agreement.analysis.analyse` told.

    :param value: the column of the slices that was analysed, "ba_ta" or "ba_ta_own".
    :param result: by the labels of the methods.
    :param pairs: likewise.
    """

    value: str
    result: dict
    pairs: dict[str, Pairs]

    def of(self, method: Method) -> dict:
        """Bias and limits of a method, for scores.json.

        The level tells what the limits are of: "specimens", or "slices" where there is one specimen alone.
        """
        values = self.result[method.label]
        names = ("n", "bias", "bias_ci", "sd", "limits", "limits_ci", "limits_ci_exact")
        told = {name: values[name] for name in names}
        if told["n"] > 1:
            return {**told, "level": SPECIMENS}
        differences = self.pairs[method.label].row_differences()[0]
        if len(differences) < 2:
            return {**told, "level": SLICES}
        of_slices = bland_altman(differences)
        return {**told, "sd": of_slices.sd, "limits": list(of_slices.limits), "level": SLICES}

    def figure(self, *, simulated: bool) -> Figure:
        """The Bland-Altman figure of LR and DL; cubic interpolation is in the tables."""
        settings = {**self.result["settings"], "value": _TITLES[self.value], "units": "mm²/mm²"}
        shown = {name: told for name, told in self.result.items() if name != CUBIC_LABEL} | {"settings": settings}
        return draw_bland_altman(shown, self.pairs, simulated=simulated)


def area_agreement(
    results: Sequence[dict], methods: Sequence[Method], value: str = SHARED, *, margin: float | None = None
) -> AreaAgreement | None:
    """Analyse the BA/TA of specimens; None where a method or HR has none in any specimen.

    :param results: of :func:`~.specimen_evaluation.evaluate_specimen`.
    :param value: "ba_ta" or "ba_ta_own".
    :param margin: of the equivalence test.
    """
    names = {HR: REFERENCE, **{method.key: method.label for method in methods}}
    values = {
        label: {result["specimen"]: _by_slice(result["slices"][key], value) for result in results}
        for key, label in names.items()
    }
    if not all(
        any(rows.keys() & values[REFERENCE][name].keys() for name, rows in of.items()) for of in values.values()
    ):
        return None
    told, pairs = analyse(Measurements(values, value, "slice", 0), margin=margin, units=UNITS)
    return AreaAgreement(value, told, pairs)


def write_area_agreement(agreement: AreaAgreement, folder: Path, *, simulated: bool, software: str) -> None:
    """Write what the command `agreement` writes, but for the figure."""
    folder.mkdir(parents=True, exist_ok=True)
    result = {
        **agreement.result,
        "settings": {**agreement.result["settings"], "simulated": simulated, "software": software},
    }
    write_points_csv(agreement.pairs.values(), folder / FILES["points"], overwrite=True)
    write_agreement_csv(result, folder / FILES["csv"], overwrite=True)
    write_agreement_json(result, folder / FILES["json"], overwrite=True)


def _by_slice(rows: list[dict], value: str) -> dict[str, float]:
    return {str(row["slice"]): row[value] for row in rows if row[value] is not None}
