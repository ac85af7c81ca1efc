"""How bone is told from the rest: the options that every command that measures bone has."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _ArgumentGroup


@dataclass(frozen=True, kw_only=True)
class SegmentationArguments:
    """The arguments of a command that measures bone are a child of this; see its --help.

    :param threshold: None for the command's own choice.
    :param sigma: this, `support` and `in_plane` are fields of :class:`~..morphometry.segmentation.Segmentation`.
    """

    threshold: float | None = None
    sigma: float = 1.2
    support: int = 2
    in_plane: bool = False
    without_foramen: bool = False


def add_segmentation_options(parser: ArgumentParser, *, default_threshold: str) -> _ArgumentGroup:
    """Add the options of :class:`SegmentationArguments`.

    :param default_threshold: what the command does without `--threshold`, for its help.
    :returns: their group, for more that the command has of this kind.
    """
    group = parser.add_argument_group("bone and tissue")
    group.add_argument(
        "--threshold",
        type=float,
        metavar="T",
        help="from here on, inclusive, voxels are bone; in mg HA/cm3, or in the units that --units names "
        f"(default: {default_threshold})",
    )
    group.add_argument(
        "--sigma",
        type=float,
        default=1.2,
        help="Gaussian before the threshold, in voxels, of HR where scans are compared (default: 1.2; 0 for none)",
    )
    group.add_argument(
        "--support",
        type=int,
        default=2,
        metavar="N",
        help="the Gaussian ends after N voxels; IPL has the same setting (default: 2)",
    )
    group.add_argument("--in-plane", action="store_true", help="smooth each slice by itself")
    group.add_argument(
        "--without-foramen",
        action="store_true",
        help="leave the vertebral foramen out of the tissue area that is found by contours",
    )
    return group
