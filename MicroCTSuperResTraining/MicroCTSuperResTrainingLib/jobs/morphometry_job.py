"""`morphometry`: bone area, bone volume, thickness and cortex of scans, as tables."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.jobs.arguments import read_arguments
from MicroCTSuperResLib.jobs.batch import Batch
from MicroCTSuperResLib.jobs.command import Command, Reporter
from MicroCTSuperResLib.jobs.output_paths import Task, stem_of
from MicroCTSuperResLib.jobs.scan_options import DENSITY, ScanWarnings

from .morphometry_files import check_files, picture_paths, table_paths, write_tables
from .morphometry_options import MorphometryArguments, add_arguments, describe, names_of
from .morphometry_tissue import Tissue, brought_together, open_volume, segmentation_of, shared_tissue, write_tissue
from .morphometry_words import tell

if TYPE_CHECKING:
    from MicroCTSuperResLib.imaging.volume import Volume

    from ..morphometry.measuring import Measured

_CORTEX_COUNTED = (
    "Tb.Th, Tb.Sp and the plate model count the cortex, too: --cortex measures inside it, or give a --mask of the "
    "trabecular bone."
)


@dataclass(frozen=True, eq=False)
class _Found:
    """One volume: its rows of both tables, and what is told of it."""

    slice_rows: list[dict]
    bone_rows: list[dict]
    summary: dict


def run(arguments: dict, reporter: Reporter) -> dict:
    """Measure each volume and write the tables.

    :raises MicroCTError: if the only volume, the mask or the reference cannot be read or measured, or a table written.
    :raises PartialFailureError: if some of several volumes could not be measured.
    """
    wanted = read_arguments(MorphometryArguments, arguments)
    _check(wanted)
    # Densities, unless the user names other units: the threshold is a density, too.
    wanted = replace(wanted, units=wanted.units or DENSITY)
    tissue = shared_tissue(wanted, reporter)
    if wanted.write_mask is not None and tissue.reference is not None:
        write_tissue(tissue.reference, tissue.of_reference, wanted)
    labels = _labels(wanted)
    tasks = [Task(Path(name), picture) for name, picture in zip(wanted.volumes, picture_paths(wanted), strict=True)]
    batch = Batch(tasks, reporter)
    began = time.monotonic()
    found: list[_Found] = []

    def measure(task: Task) -> None:
        found.append(_measure(task, labels[tasks.index(task)], wanted, tissue, reporter))
        _tell_progress(reporter, len(found), len(tasks), began)

    batch.each(tasks, measure)
    if found:
        slice_rows = [row for one in found for row in one.slice_rows]
        write_tables(slice_rows, [row for one in found for row in one.bone_rows], wanted)
    slices_table, volumes_table = table_paths(wanted)
    summaries = [one.summary for one in found]
    return batch.finish(
        {
            "output": str(slices_table) if found else None,
            "volumes_table": str(volumes_table) if found else None,
            "volumes": summaries,
            "warnings": [*tissue.warnings, *(warning for summary in summaries for warning in summary["warnings"])],
            "failed": batch.failures(),
        }
    )


def _check(wanted: MorphometryArguments) -> None:
    """Look at all that can be known to fail before the work."""
    from MicroCTSuperResLib.errors import InputError

    if not wanted.volumes or not all(wanted.volumes):
        raise InputError("There is no volume to measure.", "Name at least one file.")
    if wanted.write_mask is not None and len(wanted.volumes) > 1 and wanted.reference is None:
        raise InputError("Several volumes have several tissue areas.", "Measure one, or name a --reference.")
    check_files(wanted)
    if wanted.plate_model:
        from ..morphometry.plate_model import load_itk

        load_itk()


def _labels(wanted: MorphometryArguments) -> list[dict[str, str]]:
    """The columns that name each volume."""
    specimens = names_of(wanted.volumes, wanted.specimen, "--specimen")
    methods = names_of(wanted.volumes, wanted.method, "--method")
    return [
        {
            "volume": name,
            "specimen": specimens[number] if specimens else stem_of(Path(name)),
            **({"method": methods[number]} if methods else {}),
        }
        for number, name in enumerate(wanted.volumes)
    ]


def _measure(
    task: Task, labels: dict[str, str], wanted: MorphometryArguments, shared: Tissue, reporter: Reporter
) -> _Found:
    """Read a volume, bring volume and tissue together, and measure."""
    from ..morphometry.measuring import Features, measure

    reporter.log(f"Measuring {task.source}")
    scan = open_volume(task.source, wanted, shared.reference)
    warnings = ScanWarnings(scan, reporter)
    read = scan.volume()
    read.check_grey_values()
    together = brought_together(read, wanted, shared)
    volume, told = together.volume, list(together.warnings)
    features = Features(wanted.thickness, wanted.plate_model, wanted.cortex, wanted.each_bone)
    measured = measure(volume, segmentation_of(volume, wanted), together.tissue, features, together.doubts)
    if (wanted.thickness or wanted.plate_model) and not wanted.cortex and wanted.mask is None:
        told.append(_CORTEX_COUNTED)
    for warning in (*told, *measured.warnings):
        warnings.add(warning)
    if wanted.write_mask is not None and shared.reference is None:
        write_tissue(volume, measured.masks.tissue, wanted)
    if wanted.pictures is not None:
        _draw(volume, measured, task.target, together.first_slice, wanted)
    picture = str(task.target) if wanted.pictures is not None else None
    rows = _rows(volume, measured, together.first_slice, wanted)
    slices, bones = ([{**labels, **row} for row in table] for table in rows)
    return _Found(slices, bones, {**labels, "picture": picture, "bones": bones, "warnings": warnings.texts})


def _draw(volume: Volume, measured: Measured, path: Path, first_slice: int, wanted: MorphometryArguments) -> None:
    from ..morphometry.overlay import overlay_picture, save_overlay

    save_overlay(overlay_picture(volume, measured.masks, first_slice=first_slice), path, overwrite=wanted.overwrite)


def _rows(
    volume: Volume, measured: Measured, first_slice: int, wanted: MorphometryArguments
) -> tuple[list[dict], list[dict]]:
    """The rows of both tables, without the columns that name the volume."""
    from ..cohort.simulated import SIMULATED, scan_is_simulated
    from ..morphometry.settings import settings_of
    from ..morphometry.tables import bone_row, slice_rows

    settings = settings_of(segmentation_of(volume, wanted), volume)
    tissue = wanted.mask or wanted.reference or "own contours"
    simulated = {SIMULATED: "yes" if scan_is_simulated(volume) else "no"}
    slices = [{**row, **simulated} for bone in measured.bones for row in slice_rows(bone, first_slice)]
    return slices, [{**bone_row(bone), **settings, "tissue": tissue, **simulated} for bone in measured.bones]


def _tell_progress(reporter: Reporter, done: int, total: int, began: float) -> None:
    from MicroCTSuperResLib.progress import Progress

    reporter.progress(Progress(done, total, "volumes", time.monotonic() - began))


MORPHOMETRY = Command(
    "morphometry",
    "Measure bone area, bone volume, thickness and cortex of scans.",
    add_arguments,
    describe,
    run,
    tell,
)
