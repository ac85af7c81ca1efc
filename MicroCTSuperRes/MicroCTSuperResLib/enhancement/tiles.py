"""Cutting large slices into tiles whose enhanced insides fit together without a seam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# LR pixels along y and x that go through the network at once: it bounds the memory of activations at about 0.6 GB for
# the default model, and the study's slices (200x200) and most others stay whole.
LARGEST_TILE = 640


@dataclass(frozen=True)
class Span:
    """One tile along one axis, in LR pixels.

    :param read: what the network sees, the halo included.
    :param keep: what is kept of it, counted from the start of the axis.
    """

    read: slice
    keep: slice

    @property
    def inside(self) -> slice:
        """`keep` counted from the start of `read`."""
        return slice(self.keep.start - self.read.start, self.keep.stop - self.read.start)


def spans(length: int, largest: int, halo: int, multiple: int) -> Iterator[Span]:
    """Tiles that cover an axis.

    :param length: of the axis.
    :param largest: length of the longest `read`; longer than two halos and a multiple.
    :param halo: pixels that one output pixel can depend on, on each side.
    :param multiple: tiles start at multiples of this, as the network's poolings group pixels in such steps: a tile that
        started elsewhere would be pooled in other groups than the whole slice.
    :raises ValueError: if `largest` leaves no inside.
    """
    if length <= largest:
        yield Span(slice(0, length), slice(0, length))
        return
    halo = -(-halo // multiple) * multiple
    step = (largest - 2 * halo) // multiple * multiple
    if step < 1:
        raise ValueError(f"tiles of {largest} pixels leave nothing inside a halo of {halo}")
    for start in range(0, length, step):
        yield span_around(slice(start, min(start + step, length)), length, halo, multiple)


def span_around(part: slice, length: int, halo: int, multiple: int) -> Span:
    """The tile that keeps a part of an axis; other parameters as in :func:`spans`.

    :param part: start and stop within 0 ... length.
    """
    halo = -(-halo // multiple) * multiple
    start = part.start // multiple * multiple
    stop = -(-part.stop // multiple) * multiple
    return Span(slice(max(0, start - halo), min(length, stop + halo)), part)
