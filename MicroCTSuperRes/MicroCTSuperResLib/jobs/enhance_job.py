"""`enhance`: low-resolution scans to high resolution."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import arguments_from, read_arguments
from .batch import Batch
from .command import Command, Reporter
from .output_checks import check_output, refuse_to_replace_input
from .output_paths import Task, make_folder, plan_tasks
from .terminal import in_words

if TYPE_CHECKING:
    from ..imaging.formats import Header
    from ..networks.card import ModelCard
    from ..networks.loading import Model


@dataclass(frozen=True)
class EnhanceArguments:
    """See `microct-superres enhance --help`; `spacing` is the LR voxel size along x, y, z in mm."""

    inputs: tuple[str, ...]
    output: str
    model: str = "default"
    device: str = "auto"
    grid: str = "isotropic"
    spacing: tuple[float, float, float] | None = None
    overwrite: bool = False
    compress: bool = False


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
    parser.add_argument(
        "--spacing", nargs=3, type=float, metavar=("X", "Y", "Z"), help="LR voxel size in mm, for files that have none"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace existing output files")
    parser.add_argument("--compress", action="store_true", help="write compressed files where the format can")


def describe(options: Namespace) -> dict:
    """The job of parsed options."""
    return arguments_from(EnhanceArguments, options)


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
    volumes = list(batch.each(checked, lambda task: _enhance(task, model, wanted, reporter)).values())
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


def _check_all(wanted: EnhanceArguments, tasks: list[Task], batch: Batch) -> Iterable[Task]:
    """The tasks for which nothing speaks against starting; those with the quickest checks are refused first."""
    from ..enhancement.devices import choose_device
    from ..imaging.formats import inspect
    from ..networks.store import ModelStore

    card = ModelStore().find(wanted.model).card
    card.check_supported()
    headers = batch.each(tasks, lambda task: inspect(task.source, spacing=wanted.spacing))
    device = choose_device(wanted.device)
    if tasks[0].target != Path(wanted.output):
        make_folder(Path(wanted.output))
    reserved_bytes = 0

    def check(task: Task) -> None:
        nonlocal reserved_bytes
        reserved_bytes += _check(task, headers[task], card, device, wanted, reserved_bytes)

    return batch.each(headers, check)


def _check(
    task: Task, header: Header, card: ModelCard, device: str, wanted: EnhanceArguments, reserved_bytes: int
) -> int:
    """Check memory and output of one volume; returns the bytes that its result will take.

    :param reserved_bytes: what the results before it will take on the same disk.
    """
    import numpy as np

    from ..enhancement.memory import check_memory, estimate, result_type

    card.check_fits(header.units)
    needed = estimate(header, card, device, wanted.grid)
    check_memory(needed)
    refuse_to_replace_input(header, task.target, compress=wanted.compress)
    check_output(
        task.target,
        result_type(np.dtype(header.voxel_type)).name,
        overwrite=wanted.overwrite,
        compress=wanted.compress,
        needed_bytes=reserved_bytes + needed.output_bytes,
    )
    return needed.output_bytes


def _load_model(wanted: EnhanceArguments, reporter: Reporter) -> Model:
    from ..networks.loading import load_model

    reporter.log(f"Loading model {wanted.model}")
    return load_model(wanted.model)


def _enhance(task: Task, model: Model, wanted: EnhanceArguments, reporter: Reporter) -> dict:
    """Enhance one volume; returns its part of the result."""
    from ..enhancement.engine import enhance
    from ..enhancement.provenance import PREFIX
    from ..imaging.formats import read_volume

    began = time.monotonic()
    warnings: list[str] = []

    def warn(message: str) -> None:
        warnings.append(message)
        reporter.warn(f"{task.source}: {message}")

    reporter.log(f"Enhancing {task.source}")
    dl = enhance(
        read_volume(task.source, spacing=wanted.spacing),
        model,
        wanted.device,
        wanted.grid,
        on_progress=reporter.progress,
        should_cancel=reporter.cancelled,
        on_warning=warn,
    )
    reporter.log(f"Writing {task.target}")
    written = dl.write(task.target, overwrite=wanted.overwrite, compress=wanted.compress)
    return {
        "input": str(task.source),
        "output": str(written),
        "device": dl.metadata[f"{PREFIX}device"],
        "seconds": time.monotonic() - began,
        "slices": dl.size[2],
        "size": list(dl.size),
        "spacing_mm": list(dl.spacing),
        "warnings": warnings,
    }


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
