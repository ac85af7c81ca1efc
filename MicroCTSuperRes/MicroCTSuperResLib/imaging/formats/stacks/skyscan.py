"""What a SkyScan (Bruker) reconstruction log tells of its slices: voxel size, scanner settings, who scanned."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ....errors import FormatError
from ..header import SPACING_HINT
from .skyscan_log import ACQUISITION, NAMES, RECONSTRUCTION, SYSTEM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .skyscan_log import SkyscanLog

PREFIX = "SkyScan."
_UM_PER_MM = 1000
_PIXEL, _SCALED_PIXEL, _CAMERA_PIXEL = "pixel size (um)", "scaled image pixel size (um)", "image pixel size (um)"
# Field, section, names in the log (all that are known for it).
_FIELDS = (
    ("scanner", SYSTEM, ("scanner",)),
    ("software_version", SYSTEM, ("software version", "software")),
    ("source", SYSTEM, ("source type",)),
    ("camera", SYSTEM, ("camera type", "camera")),
    ("energy_kVp", ACQUISITION, ("source voltage (kv)",)),
    ("intensity_uA", ACQUISITION, ("source current (ua)",)),
    ("filter", ACQUISITION, ("filter",)),
    ("exposure_ms", ACQUISITION, ("exposure (ms)",)),
    ("rotation_step_deg", ACQUISITION, ("rotation step (deg)",)),
    ("rotation_360", ACQUISITION, ("use 360 rotation",)),
    ("frame_averaging", ACQUISITION, ("frame averaging",)),
    ("projections", ACQUISITION, ("number of files",)),
    ("camera_binning", ACQUISITION, ("camera binning",)),
    ("projection_pixel_um", ACQUISITION, (_CAMERA_PIXEL,)),
    ("flat_field_correction", ACQUISITION, ("flat field correction",)),
    ("random_movement", ACQUISITION, ("random movement",)),
    ("study_date", ACQUISITION, ("study date and time",)),
    ("scan_duration", ACQUISITION, ("scan duration",)),
    ("reconstruction_program", RECONSTRUCTION, ("reconstruction program",)),
    ("reconstruction_version", RECONSTRUCTION, ("program version",)),
    ("reconstruction_engine", RECONSTRUCTION, ("reconstruction engine",)),
    ("reconstruction_date", RECONSTRUCTION, ("time and date",)),
    ("pixel_size_um", RECONSTRUCTION, (_PIXEL,)),
    ("first_section", RECONSTRUCTION, ("first section",)),
    ("last_section", RECONSTRUCTION, ("last section",)),
    ("section_step", RECONSTRUCTION, ("section to section step",)),
    ("angular_range_deg", RECONSTRUCTION, ("reconstruction angular range (deg)",)),
    ("smoothing", RECONSTRUCTION, ("smoothing",)),
    ("smoothing_kernel", RECONSTRUCTION, ("smoothing kernel",)),
    ("ring_artefact_correction", RECONSTRUCTION, ("ring artifact correction",)),
    ("beam_hardening_correction_percent", RECONSTRUCTION, ("beam hardening correction (%)",)),
    ("reconstruction_filter", RECONSTRUCTION, ("filter type description",)),
    ("undersampling_factor", RECONSTRUCTION, ("undersampling factor",)),
    ("static_rotation_deg", RECONSTRUCTION, ("cs static rotation (deg)",)),
    ("misalignment_compensation", RECONSTRUCTION, ("postalignment",)),
    # NRecon 1.5 misspells the first of the two.
    (
        "grey_scale_minimum",
        RECONSTRUCTION,
        ("minimum for cs to image conversion", "mininum for cs to image conversion"),
    ),
    ("grey_scale_maximum", RECONSTRUCTION, ("maximum for cs to image conversion",)),
    ("hu_calibration", RECONSTRUCTION, ("hu calibration",)),
)
PERSONAL = (
    ("user_name", "user", ("user name",)),
    ("computer_name", "user", ("computer name",)),
    ("operator", ACQUISITION, ("operator", "operator identity", "user name")),
    ("sample", ACQUISITION, ("sample name", "sample", "specimen", "subject", "patient name", "patient id")),
    ("comment", ACQUISITION, ("comment", "comments")),
    ("instrument_serial_number", SYSTEM, ("instrument s/n",)),
    ("data_directory", ACQUISITION, ("data directory",)),
    ("file_prefix", ACQUISITION, ("filename prefix",)),
    ("slice_prefix", NAMES, ("filename prefix",)),
    ("dataset_directory", RECONSTRUCTION, ("dataset directory",)),
    ("dataset_prefix", RECONSTRUCTION, ("dataset prefix",)),
    ("output_directory", RECONSTRUCTION, ("output directory",)),
    ("reconstruction_computers", RECONSTRUCTION, ("reconstruction servers",)),
)


@dataclass(frozen=True)
class Told:
    """What a log says of the slices beside it.

    :param spacing: x, y, z in mm; None where the user gave another.
    """

    spacing: tuple[float, float, float] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    personal: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def told_of(
    log: SkyscanLog, folder: Path, size: tuple[int, int, int], number_step: int, *, spacing_given: bool
) -> Told:
    """What the log says, compared with the slices that are there.

    :param size: of the stack, x, y, z.
    :param number_step: by how much the numbers in the slices' names grow.
    :param spacing_given: whether the user gave the voxel size; what speaks against the log's is then only a warning.
    :raises FormatError: if its voxel size may not be that of the slices.
    """
    doubt = _doubt(log, size, number_step)
    if doubt and not spacing_given:
        raise FormatError(f"{folder}: {doubt}", f"{SPACING_HINT}{_hint_of_pixel(log)}")
    step = _section_step(log)
    warnings = [doubt] if doubt else []
    if not doubt and number_step > step:
        warnings.append(f"{log.path.name}: one of {number_step} sections is there, z is as many pixels.")
    if not spacing_given and log.number(RECONSTRUCTION, _PIXEL) is None:
        warnings.append(
            f"{log.path.name} tells no pixel size of the reconstruction: that of the projections was taken."
        )
    if log.may_be_cut:
        warnings.append(f"{log.path.name} ends within a number: its end may be missing.")
    sections = log.number(RECONSTRUCTION, "sections count")
    if sections is not None and number_step <= step and sections != size[2]:
        warnings.append(f"{log.path.name} tells of {sections:.0f} sections, {size[2]} slices are there.")
    pixel = None if spacing_given else _pixel_size(log) / _UM_PER_MM
    return Told(
        None if pixel is None else (pixel, pixel, pixel * max(step, number_step)),
        _fields(log, _FIELDS),
        _fields(log, PERSONAL),
        tuple(warnings),
    )


def _doubt(log: SkyscanLog, size: tuple[int, int, int], number_step: int) -> str:
    """Why the log's voxel size may not be that of these slices; empty if nothing speaks against it."""
    if _pixel_size(log) is None:
        return f"{log.path.name} tells no pixel size of the slices, or several."
    step = _section_step(log)
    if step < 1:
        return f"{log.path.name} tells no whole step from section to section."
    in_plane = tuple(log.number(RECONSTRUCTION, f"result image {side} (pixels)") for side in ("width", "height"))
    if any(told not in (None, count) for told, count in zip(in_plane, size, strict=False)):
        told = " x ".join("?" if count is None else f"{count:.0f}" for count in in_plane)
        return (
            f"{log.path.name} tells of slices of {told} pixels, these have {size[0]} x {size[1]}: if they were "
            "resized, its pixel size is not theirs."
        )
    sections = log.number(RECONSTRUCTION, "sections count")
    numbered_by_line = number_step == step and (sections is None or sections == size[2])
    if number_step > 1 and step > 1 and not numbered_by_line:
        return (
            f"{log.path.name} tells of a step of {step} lines from section to section, the slices' numbers grow by "
            f"{number_step} and {size[2]} slices are there: their distance is not certain."
        )
    return ""


def _pixel_size(log: SkyscanLog) -> float | None:
    """In micrometres. That of the reconstruction, else that of the projections unless they were undersampled."""
    pixel = log.number(RECONSTRUCTION, _PIXEL)
    if pixel is None and log.number(RECONSTRUCTION, "undersampling factor") in (None, 1):
        pixel = log.number(ACQUISITION, _SCALED_PIXEL, _CAMERA_PIXEL)
    return pixel if pixel is not None and 0 < pixel < math.inf else None


def _section_step(log: SkyscanLog) -> int:
    """Lines from section to section; 0 if that is no whole number."""
    step = log.number(RECONSTRUCTION, "section to section step")
    if step is None:
        return 1 if not log.text(RECONSTRUCTION, "section to section step") else 0
    return int(step) if 1 <= step == int(step) else 0


def _hint_of_pixel(log: SkyscanLog) -> str:
    pixel = _pixel_size(log)
    return "" if pixel is None else f" The log's pixel size is {pixel / _UM_PER_MM:g} mm."


def _fields(log: SkyscanLog, names: tuple[tuple[str, str, tuple[str, ...]], ...]) -> dict[str, str]:
    told = {PREFIX + field: log.text(section, *known) for field, section, known in names}
    return {field: text for field, text in told.items() if text}
