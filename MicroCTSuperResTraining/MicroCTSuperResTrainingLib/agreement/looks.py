"""How methods are drawn: colours and marks, and which methods share a plot. Without matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERPOLATED, ENHANCED = "LR", "DL"
# LR as the tables of `evaluate` call it.
LINEAR = "BILINEAR"
MOST_IN_A_PLOT = 2


@dataclass(frozen=True)
class Look:
    """How a method's marks are drawn; colour and shape both tell it, so that it can be told without colour."""

    colour: str
    marker: str


# The study's colours, in a red and a blue that colour-blind readers tell apart (ColorBrewer RdBu).
LOOKS = {INTERPOLATED: Look("#0571b0", "^"), ENHANCED: Look("#ca0020", "o")}
# For methods of other names: further colours of Okabe and Ito's palette.
OTHER_LOOKS = (Look("#009e73", "s"), Look("#e69f00", "D"), Look("#cc79a7", "v"), Look("#000000", "P"))


def looks_of(methods: Sequence[str]) -> dict[str, Look]:
    """How each method is drawn: LR blue, DL or else the first "DL ..." red, others in the order of the palette."""
    enhanced = _named(methods, ENHANCED)
    if enhanced is None:
        enhanced = next((method for method in methods if method.upper().startswith(f"{ENHANCED} ")), None)
    known = {_interpolated(methods): LOOKS[INTERPOLATED], enhanced: LOOKS[ENHANCED]}
    others = iter(OTHER_LOOKS * len(methods))
    return {method: known.get(method) or next(others) for method in methods}


def plots_of(methods: Sequence[str]) -> list[list[str]]:
    """The methods of each Bland-Altman plot: lines of more than two would lie over each other.

    With LR there is a plot for each other method, LR beside it; more than two methods without LR have one each.
    """
    lr = _interpolated(methods)
    if len(methods) <= MOST_IN_A_PLOT:
        return [list(methods)]
    if lr is None:
        return [[method] for method in methods]
    return [[lr, method] for method in methods if method != lr]


def _interpolated(methods: Sequence[str]) -> str | None:
    return _named(methods, INTERPOLATED) or _named(methods, LINEAR)


def _named(methods: Sequence[str], name: str) -> str | None:
    return next((method for method in methods if method.upper() == name), None)
