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
from MicroCTSuperResLib.jobs.scan_options import DENSITY, ScanWarnings, bytes_to_read, open_wanted

from .morphometry_files import check_files, picture_paths, table_paths, write_tables
from .morphometry_options import MorphometryArguments, add_arguments, describe, names_of
from .morphometry_words import tell

if TYPE_CHECKING:
    import numpy as np
    from MicroCTSuperResLib.imaging.formats import OpenScan
    from MicroCTSuperResLib.imaging.volume import Volume

    from ..evaluation.segmentation import Segmentation
    from ..morphometry.measuring import Measured, OwnTissue

# At the peak: masks and labels; distances, medial voxels and balls beside them; and ITK with its images (measured).
_BYTES_PER_VOXEL, _BYTES_PER_VOXEL_OF_THICKNESS, _BYTES_PER_VOXEL_OF_ITK, _ITK_BYTES = 12, 30, 22, 640 * 2**20
_CORTEX_COUNTED = (
    "Tb.Th, Tb.Sp and the plate model count the cortex, too: --cortex measures inside it, or give a --mask of the "
    "trabecular bone."
)


@dataclass(frozen=True, eq=False)
class _Tissue:
    """Where tissue is, for all volumes alike; neither leaves it to each volume's own contours."""

    mask: Volume | None = None
    reference: Volume | None = None
    of_reference: np.ndarray | None = None


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
    tissue = _tissue(wanted, reporter)
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
            "warnings": [warning for summary in summaries for warning in summary["warnings"]],
            "failed": batch.failures(),
        }
    )


def _check(wanted: MorphometryArguments) -> None:
    """Look at all that can be known to fail before the work."""
    from MicroCTSuperResLib.errors import InputError

    if not wanted.volumes or not all(wanted.volumes):
        raise InputError("There is no volume to measure.", "Name at least one file.")
    if wanted.mask is not None and wanted.reference is not None:
        raise InputError("A mask and a reference were given.", "Give one of them: each says where tissue is.")
    check_files(wanted)
    if wanted.plate_model:
        from ..morphometry.plate_model import load_itk

        load_itk()


def _tissue(wanted: MorphometryArguments, reporter: Reporter) -> _Tissue:
    """Read the mask or the reference."""
    from MicroCTSuperResLib.imaging.formats import read_volume

    from ..morphometry.measuring import own_tissue

    if wanted.mask is not None:
        return _Tissue(mask=read_volume(wanted.mask, spacing=wanted.spacing))
    if wanted.reference is None:
        return _Tissue()
    reporter.log(f"Finding the contours of {wanted.reference}")
    scan = _open(wanted.reference, replace(wanted, crop=None))
    warnings = ScanWarnings(scan, reporter)
    volume = scan.volume()
    found = own_tissue(volume, _segmentation(volume, wanted), without_foramen=wanted.without_foramen)
    for warning in found.warnings:
        warnings.add(warning)
    return _Tissue(reference=volume, of_reference=found.tissue)


def _open(path: str | Path, wanted: MorphometryArguments, reference: Volume | None = None) -> OpenScan:
    """Open a scan in the units of the threshold.

    :param reference: on whose grid it will be measured.
    :raises OutOfMemory: if measuring it does not fit into memory.
    """
    import math

    from MicroCTSuperResLib.enhancement.memory import check_free_memory
    from MicroCTSuperResLib.errors import CalibrationError

    try:
        scan = open_wanted(path, wanted)
    except CalibrationError as error:
        if wanted.units != DENSITY:
            raise
        raise CalibrationError(
            error.message,
            f"{error.hint} Or give --units native and a --threshold in the scan's own grey values.",
        ) from error
    each = _BYTES_PER_VOXEL_OF_ITK if wanted.plate_model else _BYTES_PER_VOXEL
    each = _BYTES_PER_VOXEL_OF_THICKNESS if wanted.thickness else each
    voxels = math.prod((scan.header if reference is None else reference).size)
    needed = bytes_to_read(scan) + each * voxels + _ITK_BYTES * wanted.plate_model
    check_free_memory("Measuring this volume", needed, "Close other programs, or measure a part of it with --crop.")
    return scan


def _segmentation(volume: Volume, wanted: MorphometryArguments) -> Segmentation:
    from ..evaluation.segmentation import segmentation_for

    chosen = segmentation_for(volume, wanted.threshold)
    return replace(chosen, sigma_voxels=wanted.sigma, support_voxels=wanted.support, in_plane=wanted.in_plane)


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
    task: Task, labels: dict[str, str], wanted: MorphometryArguments, shared: _Tissue, reporter: Reporter
) -> _Found:
    """Read a volume, bring volume and tissue together, and measure."""
    from ..morphometry.measuring import Features, measure

    reporter.log(f"Measuring {task.source}")
    scan = _open(task.source, wanted, shared.reference)
    warnings = ScanWarnings(scan, reporter)
    read = scan.volume()
    read.check_grey_values()
    volume, tissue, first_slice, told = _brought_together(read, wanted, shared)
    features = Features(wanted.thickness, wanted.plate_model, wanted.cortex, wanted.each_bone)
    measured = measure(volume, _segmentation(volume, wanted), tissue, features)
    if (wanted.thickness or wanted.plate_model) and not wanted.cortex and wanted.mask is None:
        told.append(_CORTEX_COUNTED)
    for warning in (*told, *measured.warnings):
        warnings.add(warning)
    if wanted.pictures is not None:
        _draw(volume, measured, task.target, first_slice, wanted)
    picture = str(task.target) if wanted.pictures is not None else None
    rows = _rows(volume, measured, first_slice, wanted)
    slices, bones = ([{**labels, **row} for row in table] for table in rows)
    return _Found(slices, bones, {**labels, "picture": picture, "bones": bones, "warnings": warnings.texts})


def _brought_together(
    volume: Volume, wanted: MorphometryArguments, shared: _Tissue
) -> tuple[Volume, np.ndarray | OwnTissue, int, list[str]]:
    """The volume as it is measured, its tissue, the number of its first slice, and what the user should know."""
    from ..morphometry.masks import mask_on_grid
    from ..morphometry.measuring import own_tissue
    from ..morphometry.reference import on_grid_of_reference

    if shared.reference is not None:
        on_grid, tissue, box = on_grid_of_reference(volume, shared.reference, shared.of_reference)
        whole = box.size == shared.reference.size
        told = [] if whole else [f"It covers the voxels {box} of the reference only; these are measured."]
        return on_grid, tissue, box.start[2], told
    if shared.mask is not None:
        mask, told = mask_on_grid(shared.mask, volume)
        return volume, mask, 0, told
    return volume, own_tissue(volume, _segmentation(volume, wanted), without_foramen=wanted.without_foramen), 0, []


def _draw(volume: Volume, measured: Measured, path: Path, first_slice: int, wanted: MorphometryArguments) -> None:
    from ..morphometry.overlay import overlay_picture, save_overlay

    save_overlay(overlay_picture(volume, measured.masks, first_slice=first_slice), path, overwrite=wanted.overwrite)


def _rows(
    volume: Volume, measured: Measured, first_slice: int, wanted: MorphometryArguments
) -> tuple[list[dict], list[dict]]:
    """The rows of both tables, without the columns that name the volume."""
    from ..morphometry.settings import settings_of
    from ..morphometry.tables import bone_row, slice_rows

    settings = settings_of(_segmentation(volume, wanted), volume)
    tissue = wanted.mask or wanted.reference or "own contours"
    slices = [row for bone in measured.bones for row in slice_rows(bone, first_slice)]
    return slices, [{**bone_row(bone), **settings, "tissue": tissue} for bone in measured.bones]


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
