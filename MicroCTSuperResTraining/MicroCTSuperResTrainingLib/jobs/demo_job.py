"""`demo`: the whole way on a simulated specimen, from the phantom to the scores and the picture."""

from __future__ import annotations

import math
import sys
import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import Cancelled, InputError, MicroCTError, OutputError
from MicroCTSuperResLib.jobs.arguments import arguments_from, read_arguments
from MicroCTSuperResLib.jobs.command import Command, Reporter

if TYPE_CHECKING:
    from MicroCTSuperResLib.imaging.volume import Volume

SITES = ("femur", "spine")
FILES = {
    "hr": "hr.nrrd",
    "lr": "lr.nrrd",
    "dl": "dl.nrrd",
    "picture": "comparison.png",
    "scores_csv": "scores.csv",
    "scores_json": "scores.json",
}
_FLOAT32_BYTES = 4
FRAMES = 1  # the study's noisier LR scans, where there is most to gain


@dataclass(frozen=True)
class DemoArguments:
    """See `microct-superres demo --help`; `size` counts HR voxels along x, y, z."""

    output: str
    site: str = "femur"
    size: tuple[int, int, int] = (400, 400, 100)
    seed: int = 0
    overwrite: bool = False


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `demo`."""
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results; made if absent")
    parser.add_argument("--site", choices=SITES, default="femur", help="the bone (default: femur)")
    parser.add_argument(
        "--size",
        nargs=3,
        type=int,
        default=DemoArguments.size,
        metavar=("X", "Y", "Z"),
        help="HR voxels, even numbers (default: 400 400 100)",
    )
    parser.add_argument("--seed", type=int, default=0, help="same seed, same specimen (default: 0)")
    parser.add_argument("--overwrite", action="store_true", help="replace the results of an earlier run")


def describe(options: Namespace) -> dict:
    """The job of parsed options."""
    return arguments_from(DemoArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Make a specimen, simulate its LR scan, enhance it, and compare; writes all results at the end.

    :raises InputError: for a size that has no LR grid, or an unknown site.
    :raises OutputError: if the folder or a file in it cannot be written.
    :raises Cancelled: when the reporter says so.
    """
    wanted = read_arguments(DemoArguments, arguments)
    paths = _prepare(wanted)
    started = time.monotonic()
    hr, lr = _specimen(wanted, reporter)
    linear, cubic, dl = _to_hr_grid(lr, reporter)
    from ..evaluation.comparison import compare

    reporter.log("Comparing LR (linear, cubic) and DL with HR")
    comparison = compare(
        hr,
        {"bilinear": linear, "bicubic": cubic, "dl": dl},
        on_progress=reporter.progress,
        should_cancel=reporter.cancelled,
    )
    from ..evaluation.picture import Specimen, draw_comparison, save_picture
    from ..evaluation.score_files import write_scores_csv, write_scores_json

    reporter.log("Drawing the picture and writing the results")
    figure = draw_comparison(
        Specimen(wanted.site.capitalize(), simulated=True),
        hr,
        lr,
        linear,
        dl,
        slice_number=hr.size[2] // 2,
        data_range=comparison.data_range,
    )
    scores = comparison.to_json()
    for name, volume in (("hr", hr), ("lr", lr), ("dl", dl)):
        volume.write(paths[name], overwrite=wanted.overwrite)
    save_picture(figure, paths["picture"], overwrite=wanted.overwrite)
    write_scores_csv(scores, paths["scores_csv"], overwrite=wanted.overwrite)
    write_scores_json(scores, paths["scores_json"], overwrite=wanted.overwrite)
    return {
        "output": wanted.output,
        "site": wanted.site,
        "seed": wanted.seed,
        "size": list(hr.size),
        "seconds": time.monotonic() - started,
        "files": {name: str(path) for name, path in paths.items()},
        "scores": scores,
    }


def tell(result: dict) -> str:
    """The result in plain words, the scores as a table."""
    from ..evaluation.score_files import scores_as_text

    size = " x ".join(map(str, result["size"]))
    files = result["files"]
    lines = [
        f"Made a simulated {result['site']} of {size} voxels, scanned it at half the resolution and enhanced the scan.",
        "A simulated specimen shows that the software works; it says nothing about biology.",
        "",
        scores_as_text(result["scores"], colour=sys.stdout.isatty()),
        "",
        f"Picture    {files['picture']}  (LR, DL and HR side by side; look at this first)",
        f"Volumes    {files['hr']}  {files['lr']}  {files['dl']}",
        f"Scores     {files['scores_csv']}  {files['scores_json']}",
    ]
    return "\n".join(lines)


def _prepare(wanted: DemoArguments) -> dict[str, Path]:
    """Everything that can be found wrong before the work; returns the paths of the results."""
    if wanted.site not in SITES:
        raise InputError(f"There is no site {wanted.site!r}.", f"The sites are {' and '.join(SITES)}.")
    if min(wanted.size) < 2 or any(count % 2 for count in wanted.size):
        raise InputError(
            f"The size must be even numbers of voxels, this is {' x '.join(map(str, wanted.size))}.",
            "One LR voxel covers 2 x 2 x 2 HR voxels.",
        )
    if find_spec("matplotlib") is None:
        raise MicroCTError(
            "The demo draws a picture with matplotlib, which is not installed.",
            "Install it with: pip install 'microct-superres[evaluate]'",
        )
    from MicroCTSuperResLib.files import check_writable

    folder = Path(wanted.output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {folder} cannot be made ({error.strerror}).", "Name another folder.") from error
    paths = {name: folder / file for name, file in FILES.items()}
    needed_bytes = _FLOAT32_BYTES * math.prod(wanted.size) * 17 // 8  # HR, DL, and LR with an eighth of their voxels
    for path in paths.values():
        check_writable(path, overwrite=wanted.overwrite, needed_bytes=needed_bytes)
    return paths


def _specimen(wanted: DemoArguments, reporter: Reporter) -> tuple[Volume, Volume]:
    """HR and LR."""
    from MicroCTSuperResLib.simulation.acquisition import simulate_lr
    from MicroCTSuperResLib.simulation.phantoms import make_phantom

    reporter.log(f"Making a {wanted.site} phantom of {' x '.join(map(str, wanted.size))} voxels (HR)")
    hr = make_phantom(wanted.site, size=wanted.size, seed=wanted.seed)
    _stop_if_cancelled(reporter)
    reporter.log("Simulating its low-resolution scan (LR)")
    lr = simulate_lr(hr, seed=wanted.seed, frames=FRAMES)
    _stop_if_cancelled(reporter)
    return hr, lr


def _to_hr_grid(lr: Volume, reporter: Reporter) -> tuple[Volume, Volume, Volume]:
    """LR interpolated linearly, LR interpolated cubically, DL."""
    from MicroCTSuperResLib.enhancement.engine import enhance
    from MicroCTSuperResLib.imaging.sampling import interpolate

    reporter.log("Enhancing LR with the default model (DL)")
    dl = enhance(lr, on_progress=reporter.progress, should_cancel=reporter.cancelled, on_warning=reporter.warn)
    linear, cubic = (interpolate(lr, order=order) for order in (1, 3))
    _stop_if_cancelled(reporter)
    return linear, cubic, dl


def _stop_if_cancelled(reporter: Reporter) -> None:
    if reporter.cancelled():
        raise Cancelled("The demo was cancelled.")


DEMO = Command(
    "demo", "Enhance a simulated specimen and compare it with the truth.", add_arguments, describe, run, tell
)
