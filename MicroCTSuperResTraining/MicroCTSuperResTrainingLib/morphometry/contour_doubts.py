"""What may be wrong with an automatic periosteal contour, slice by slice: nobody looks at 400 of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

# Whole bones of mice have 0.1 to 0.7; a contour that encloses hardly anything but bone did not close around the marrow.
_MOSTLY_BONE = 0.9
# Against the median of the slices within 15: bones change their section slowly, a contour that opens loses its marrow.
_SUDDENLY_SMALL, _NEARBY_SLICES = 0.75, 31
# A sentence with more than these is not read; the table has a note in every slice.
_RUNS_TOLD = 5

CUT = "the image border cuts the bone"
OPEN = "the contour may be open (its area falls suddenly, or it encloses hardly anything but bone)"
NO_TISSUE = "no tissue"


@dataclass(frozen=True, eq=False)
class Doubts:
    """Slices whose contour is to be looked at; both arrays bool, shape (z,).

    :param cut: tissue reaches the border of the slice, so that T.Ar and B.Ar are those of a part of the bone.
    :param may_be_open: T.Ar falls suddenly, or holds hardly anything but bone.
    """

    cut: np.ndarray
    may_be_open: np.ndarray

    def note(self, number: int) -> str:
        """What is to be said of a slice; empty if nothing."""
        told = [text for flags, text in ((self.cut, CUT), (self.may_be_open, OPEN)) if flags[number]]
        return "; ".join(told)

    def in_slices(self, start: int, stop: int) -> Doubts:
        """Those of a part of the slices."""
        return Doubts(self.cut[start:stop], self.may_be_open[start:stop])

    def warnings(self) -> list[str]:
        """The same for the whole volume."""
        return [
            f"In slices {ranges(np.flatnonzero(flags))} {text}: look at the pictures (--pictures), or give a --mask."
            for flags, text in ((self.cut, CUT), (self.may_be_open, OPEN))
            if flags.any()
        ]


def doubts_about(bone: np.ndarray, tissue: np.ndarray) -> Doubts:
    """Judge the contours of a volume.

    :param bone: True where there is bone, (z, y, x).
    :param tissue: what the contours enclose, the same shape.
    """
    edges = (tissue[:, 0], tissue[:, -1], tissue[:, :, 0], tissue[:, :, -1])
    cut = np.logical_or.reduce([edge.any(axis=1) for edge in edges])
    t_ar, b_ar = (np.count_nonzero(mask, axis=(1, 2)) for mask in (tissue, bone & tissue))
    usual = median_filter(t_ar, _NEARBY_SLICES, mode="nearest")
    return Doubts(cut, (t_ar > 0) & ((t_ar < _SUDDENLY_SMALL * usual) | (b_ar > _MOSTLY_BONE * t_ar)))


def ranges(numbers: np.ndarray) -> str:
    """Whole numbers in rising order to read: "3 to 7, 12"; of many runs the first ones."""
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    told = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs[:_RUNS_TOLD]]
    more = sum(map(len, runs[_RUNS_TOLD:]))
    return ", ".join(told) + (f" and {more} more" if more else "")
