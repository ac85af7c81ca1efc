"""Scans and the tissue area for `morphometry`: read, and brought together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.jobs.command import Reporter
from MicroCTSuperResLib.jobs.scan_options import DENSITY, ScanWarnings, bytes_to_read, open_wanted

from .morphometry_options import MorphometryArguments

if TYPE_CHECKING:
    import numpy as np
    from MicroCTSuperResLib.imaging.formats import OpenScan
    from MicroCTSuperResLib.imaging.volume import Volume

    from ..evaluation.segmentation import Segmentation
    from ..morphometry.measuring import OwnTissue

# At the peak: masks and labels; distances, medial voxels and balls beside them; and ITK with its images (measured).
_BYTES_PER_VOXEL, _BYTES_PER_VOXEL_OF_THICKNESS, _BYTES_PER_VOXEL_OF_ITK, _ITK_BYTES = 12, 30, 22, 640 * 2**20


@dataclass(frozen=True, eq=False)
class Tissue:
    """Where tissue is, for all volumes alike; neither leaves it to each volume's own contours.

    :param mask: an image of it, for each volume on its own grid.
    :param reference: the volume on whose grid all are measured; `of_reference` is the tissue there.
    """

    mask: Volume | None = None
    reference: Volume | None = None
    of_reference: np.ndarray | None = None


def shared_tissue(wanted: MorphometryArguments, reporter: Reporter) -> Tissue:
    """Read the mask, the reference, or both: then the mask says where the tissue of the reference is.

    :raises MicroCTError: if one of them cannot be read, or they lie at different places.
    """
    from MicroCTSuperResLib.imaging.formats import read_volume

    from ..morphometry.masks import mask_on_grid
    from ..morphometry.measuring import own_tissue

    mask = None if wanted.mask is None else read_volume(wanted.mask, spacing=wanted.spacing)
    if wanted.reference is None:
        return Tissue(mask=mask)
    scan = open_volume(wanted.reference, replace(wanted, crop=None))
    warnings = ScanWarnings(scan, reporter)
    volume = scan.volume()
    if mask is not None:
        tissue, told = mask_on_grid(mask, volume)
    else:
        reporter.log(f"Finding the contours of {wanted.reference}")
        found = own_tissue(volume, segmentation_of(volume, wanted), without_foramen=wanted.without_foramen)
        tissue, told = found.tissue, list(found.warnings)
    for warning in told:
        warnings.add(warning)
    return Tissue(reference=volume, of_reference=tissue)


def brought_together(
    volume: Volume, wanted: MorphometryArguments, shared: Tissue
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
    return volume, own_tissue(volume, segmentation_of(volume, wanted), without_foramen=wanted.without_foramen), 0, []


def open_volume(path: str | Path, wanted: MorphometryArguments, reference: Volume | None = None) -> OpenScan:
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


def segmentation_of(volume: Volume, wanted: MorphometryArguments) -> Segmentation:
    """How bone is told in a volume.

    :raises InputError: for settings that make no sense.
    """
    from ..evaluation.segmentation import segmentation_for

    chosen = segmentation_for(volume, wanted.threshold)
    return replace(chosen, sigma_voxels=wanted.sigma, support_voxels=wanted.support, in_plane=wanted.in_plane)


def write_tissue(volume: Volume, tissue: np.ndarray, wanted: MorphometryArguments) -> None:
    """Write a tissue area as an image of 0 and 1, for `--mask` after it was corrected.

    :raises OutputError: where the file exists and may not be replaced, or cannot be written.
    """
    import numpy as np
    from MicroCTSuperResLib.imaging.calibration import UNCALIBRATED

    mask = volume.with_voxels(tissue.astype(np.uint8), units="native", calibration=UNCALIBRATED, metadata={})
    mask.write(wanted.write_mask, overwrite=wanted.overwrite, compress=False)
