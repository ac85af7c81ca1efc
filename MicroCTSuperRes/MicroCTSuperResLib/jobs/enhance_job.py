"""`enhance`: low-resolution scans to high resolution."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import read_arguments
from .batch import Batch
from .command import Command, Reporter
from .output_checks import check_output, refuse_to_replace_input
from .output_paths import Task, make_folder, plan_tasks
from .result_options import ResultArguments, add_result_options, describe_scan_to_result, write_result, writing_of
from .scan_options import ScanArguments, ScanWarnings, add_scan_options, bytes_to_read, open_wanted
from .terminal import in_words

if TYPE_CHECKING:
    from ..imaging.formats import OpenScan
    from ..imaging.volume import Volume
    from ..networks.card import ModelCard
    from ..networks.loading import Model


@dataclass(frozen=True)
class EnhanceArguments(ScanArguments, ResultArguments):
    """See `microct-superres enhance --help`."""

    inputs: tuple[str, ...]
    output: str
    model: str = "default"
    device: str = "auto"
    grid: str = "isotropic"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `enhance`."""
    parser.add_argument("inputs", nargs="+", metavar="LR", help="low-resolution scans (files, or folders of slices)")
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT",
        help="file to write, its extension is the format ('FOLDER/*.png' for slices); or, for one or several scans, a "
        "folder: results are <name>_DL.nrrd",
    )
    parser.add_argument("--model", default="default", help="name or path of a model (default: default)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (default: auto)")
    parser.add_argument(
        "--grid",
        choices=("isotropic", "in-plane"),
        default="isotropic",
        help="double the resolution along x, y and z, or along x and y only (default: isotropic)",
    )
    add_scan_options(parser)
    add_result_options(parser)


def describe(options: Namespace) -> dict:
    """The job of parsed options."""
    return describe_scan_to_result(EnhanceArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Enhance each volume. All that can be checked is checked for all volumes before the network runs on the first.

    :raises MicroCTError: if the model or the device is missing, or the only volume cannot be enhanced.
    :raises PartialFailureError: if some of several volumes could not be enhanced.
    """
    wanted = read_arguments(EnhanceArguments, arguments)
    began = time.monotonic()
    tasks = plan_tasks(wanted.inputs, wanted.output)
    batch = Batch(tasks, reporter)
    checked = _check_all(wanted, tasks, batch)
    model = _load_model(wanted, reporter)
    volumes = list(batch.each(checked, lambda task: _enhance(task, checked[task], model, wanted, reporter)).values())
    return batch.finish(
        {
            "output": volumes[0]["output"] if len(tasks) == 1 else wanted.output,
            "model": model.card.name,
            "model_version": model.card.version,
            "model_sha256": model.card.sha256,
            "device": ", ".join(dict.fromkeys(volume["device"] for volume in volumes)),
            "grid": wanted.grid,
            "seconds": time.monotonic() - began,
            "slices": sum(volume["slices"] for volume in volumes),
            "size": volumes[0]["size"] if len(tasks) == 1 else None,
            "warnings": [warning for volume in volumes for warning in volume["warnings"]],
            "volumes": volumes,
            "failed": batch.failures(),
        }
    )


def _check_all(wanted: EnhanceArguments, tasks: list[Task], batch: Batch) -> dict[Task, OpenScan]:
    """The scans for which nothing speaks against starting; those with the quickest checks are refused first."""
    from ..enhancement.devices import choose_device
    from ..networks.store import ModelStore

    card = ModelStore().find(wanted.model).card
    card.check_supported()
    scans = batch.each(tasks, lambda task: open_wanted(task.source, wanted))
    device = choose_device(wanted.device)
    if tasks[0].target != Path(wanted.output):
        make_folder(Path(wanted.output))
    reserved_bytes = 0

    def check(task: Task) -> OpenScan:
        nonlocal reserved_bytes
        reserved_bytes += _check(task, scans[task], card, device, wanted, reserved_bytes)
        return scans[task]

    return batch.each(scans, check)


def _check(
    task: Task, scan: OpenScan, card: ModelCard, device: str, wanted: EnhanceArguments, reserved_bytes: int
) -> int:
    """Check memory and output of one volume; returns the bytes that its result will take.

    :param reserved_bytes: what the results before it will take on the same disk.
    """
    import math

    import numpy as np

    from ..enhancement.memory import check_memory, estimate, result_type
    from ..imaging.calibration import SAME
    from ..imaging.sampling import hr_grid

    header = scan.header
    card.check_fits(header.units)
    working_type = _working_type(header.voxel_type, wanted.voxel_type)
    lr = replace(header, stored_type=working_type, line=SAME)
    check_memory(estimate(lr, card, device, wanted.grid, reading_bytes=bytes_to_read(scan)))
    refuse_to_replace_input(header, task.target, compress=wanted.compress)
    dl_type = result_type(np.dtype(working_type)).name
    output_bytes = math.prod(hr_grid(header, wanted.grid).shape) * np.dtype(wanted.voxel_type or dl_type).itemsize
    check_output(task.target, dl_type, needed_bytes=reserved_bytes + output_bytes, **writing_of(wanted))
    return output_bytes


def _working_type(lr_type: str, wanted_type: str | None) -> str:
    """The type to enhance a scan in: whole numbers are widened first if the result shall be stored in a wider type,
    so that they are not rounded or limited before."""
    import numpy as np

    widens = wanted_type is not None and np.dtype(lr_type).kind in "iu" and np.can_cast(lr_type, wanted_type, "safe")
    return wanted_type if widens else lr_type


def _load_model(wanted: EnhanceArguments, reporter: Reporter) -> Model:
    from ..networks.loading import load_model

    reporter.log(f"Loading model {wanted.model}")
    return load_model(wanted.model)


def _enhance(task: Task, scan: OpenScan, model: Model, wanted: EnhanceArguments, reporter: Reporter) -> dict:
    """Enhance one volume; returns its part of the result."""
    from ..enhancement.engine import enhance
    from ..imaging.source import PREFIX

    began = time.monotonic()
    warnings = ScanWarnings(scan, reporter)
    reporter.log(f"Enhancing {task.source}")
    dl = enhance(
        _read(scan, wanted),
        model,
        wanted.device,
        wanted.grid,
        on_progress=reporter.progress,
        should_cancel=reporter.cancelled,
        on_warning=warnings.add,
    )
    reporter.log(f"Writing {task.target}")
    written, clipped = write_result(dl, task.target, wanted, warnings.add)
    return {
        "input": str(task.source),
        "output": str(written),
        "device": dl.metadata[f"{PREFIX}device"],
        "seconds": time.monotonic() - began,
        "slices": dl.size[2],
        "size": list(dl.size),
        "spacing_mm": list(dl.spacing),
        "units": dl.units,
        "calibration": dl.calibration.as_dict() or None,
        "crop_voxels": None if scan.header.box is None else str(scan.header.box),
        "voxel_type": wanted.voxel_type or dl.voxel_type,
        "clipped": clipped,
        "warnings": warnings.texts,
    }


def _read(scan: OpenScan, wanted: EnhanceArguments) -> Volume:
    lr = scan.volume(keep_personal=wanted.keep_personal)
    return lr.with_voxels(lr.voxels.astype(_working_type(lr.voxel_type, wanted.voxel_type), copy=False))


def tell(result: dict) -> str:
    """The result in plain words."""
    lines = [
        f"{volume['output']}: {' x '.join(map(str, volume['size']))} voxels, "
        f"{volume['slices']} slices in {in_words(volume['seconds'])}"
        for volume in result["volumes"]
    ]
    if lines:
        lines.append(f"Enhanced by model {result['model']} on {result['device']}.")
    return "\n".join(lines)


ENHANCE = Command("enhance", "Enhance low-resolution scans.", add_arguments, describe, run, tell)
