"""The options of `evaluate`, and what they mean as a job."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from MicroCTSuperResLib.jobs.arguments import arguments_from
from MicroCTSuperResLib.jobs.command import UsageError

from .cohort_options import CohortReadingArguments, add_cohort_reading_options, check_cohort_reading_options
from .pairing_options import PairingArguments, add_pairing_options
from .segmentation_options import SegmentationArguments, add_segmentation_options

if TYPE_CHECKING:
    from ..evaluation.settings import EvaluationSettings

ALL = "all"
_OF_ONE = ("lr", "dl", "mask", "specimen", "site")
_OF_COHORT = ("split", "workers")


@dataclass(frozen=True, kw_only=True)
class EvaluateArguments(CohortReadingArguments, PairingArguments, SegmentationArguments):
    """See `microct-superres evaluate --help`; either `hr` and `lr` or `cohort` is given.

    :param model: names or folders of models.
    :param split: None for "test" where the cohort is split, otherwise all of it.
    :param workers: None for one a core, as far as memory lasts.
    """

    output: str
    hr: str | None = None
    lr: str | None = None
    dl: str | None = None
    mask: str | None = None
    specimen: str | None = None
    site: str | None = None
    cohort: str | None = None
    model: tuple[str, ...] = ()
    split: str | None = None
    workers: int | None = None
    device: str = "auto"
    shared_mask_only: bool = False
    margin: float | None = None
    simulated: bool = False
    resume: bool = False
    overwrite: bool = False

    def settings(self) -> EvaluationSettings:
        """How bone is told and measured."""
        from MicroCTSuperResLib.imaging.calibration import DENSITY_UNITS

        from ..evaluation.settings import EvaluationSettings
        from .cohort_options import reading_of

        return EvaluationSettings(
            threshold=self.threshold,
            threshold_units=reading_of(self).units or DENSITY_UNITS,
            sigma_voxels=self.sigma,
            support_voxels=self.support,
            in_plane=self.in_plane,
            without_foramen=self.without_foramen,
            own_contours=not self.shared_mask_only,
            margin=self.margin,
        )


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `evaluate`."""
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results; made if absent")
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="NAME_OR_PATH",
        help="model that makes DL; may be given several times, to compare models",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (default: auto)")
    parser.add_argument("--simulated", action="store_true", help="say in results and figures that these are phantoms")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on: specimens that were finished with these settings, models and files are kept",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace the results of an earlier evaluation; with --resume those alone that had other settings",
    )
    _add_sources(parser)
    _add_measures(parser)
    add_pairing_options(parser)
    add_cohort_reading_options(parser)


def _add_sources(parser: ArgumentParser) -> None:
    one = parser.add_argument_group("one specimen")
    one.add_argument("--hr", help="HR scan, the reference")
    one.add_argument("--lr", help="LR scan of the same specimen")
    one.add_argument("--dl", help="LR enhanced; or name a --model that makes it")
    one.add_argument("--mask", metavar="M", help="tissue area, on the grid of HR (default: the contours of HR)")
    one.add_argument("--specimen", metavar="NAME", help="its name (default: that of the HR file)")
    one.add_argument("--site", help="its bone, such as femur")
    many = parser.add_argument_group("a cohort")
    many.add_argument(
        "--cohort",
        metavar="COHORT.csv",
        help="table of the specimens; see docs/training.md. A column dl names files that hold DL, if no --model does",
    )
    many.add_argument(
        "--split",
        choices=("test", "validation", "train", ALL),
        help="which part is evaluated (default: test; all of a cohort that is not split)",
    )
    many.add_argument(
        "--workers", type=int, metavar="N", help="specimens at a time (default: one a core, as memory allows)"
    )


def _add_measures(parser: ArgumentParser) -> None:
    otsu = "500 mg HA/cm3; Otsu's of HR for scans that are not calibrated"
    group = add_segmentation_options(parser, default_threshold=otsu)
    group.add_argument(
        "--shared-mask-only",
        action="store_true",
        help="leave out the secondary analysis inside each volume's own contours",
    )
    group.add_argument(
        "--margin", type=float, help="largest mean difference of BA/TA that counts as none: adds an equivalence test"
    )


def describe(options: Namespace) -> dict:
    """The job of parsed options.

    :raises UsageError: for options that do not go together.
    """
    check_cohort_reading_options(options)
    told = contradiction_of(options)
    if told is not None:
        raise UsageError(told)
    return arguments_from(EvaluateArguments, options)


def contradiction_of(wanted: Namespace | EvaluateArguments) -> str | None:
    """Why options or arguments do not go together; None if they do."""
    if wanted.cohort is None:
        if wanted.hr is None or wanted.lr is None:
            return "give --hr and --lr, or --cohort"
        if (wanted.dl is None) == (not wanted.model):
            return "give --dl or --model"
        given = [name for name in _OF_COHORT if getattr(wanted, name) is not None]
        return f"--{given[0]} is for a --cohort" if given else None
    given = [name for name in ("hr", *_OF_ONE) if getattr(wanted, name) is not None]
    return f"--{given[0]} is for one specimen, the --cohort's table names it" if given else None
