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

    from ..morphometry.contour_doubts import Doubts
    from ..morphometry.measuring import OwnTissue
    from ..morphometry.segmentation import Segmentation

# At the peak: masks and labels; distances, medial voxels and balls beside them; and ITK with its images (measured).
_BYTES_PER_VOXEL, _BYTES_PER_VOXEL_OF_THICKNESS, _BYTES_PER_VOXEL_OF_ITK, _ITK_BYTES = 12, 30, 22, 640 * 2**20


@dataclass(frozen=True, eq=False)
class Tissue:
    """Where tissue is, for all volumes alike; neither leaves it to each volume's own contours.

    :param mask: an image of it, for each volume on its own grid.
    :param reference: the volume on whose grid all are measured; `of_reference` is the tissue there.
    :param doubts: about the contours of the reference, if they were looked for.
    :param warnings: what the user should know about the reference.
    """

    mask: Volume | None = None
    reference: Volume | None = None
    of_reference: np.ndarray | None = None
    doubts: Doubts | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Together:
    """A volume as it is measured.

    :param tissue: its own, or a mask of its shape; `doubts` are those about the contours that the mask came from.
    :param first_slice: number of its first slice.
    :param warnings: what the user should know.
    """

    volume: Volume
    tissue: np.ndarray | OwnTissue
    doubts: Doubts | None = None
    first_slice: int = 0
    warnings: tuple[str, ...] = ()


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
    doubts = None
    if mask is not None:
        tissue, told = mask_on_grid(mask, volume)
    else:
        reporter.log(f"Finding the contours of {wanted.reference}")
        found = own_tissue(volume, segmentation_of(volume, wanted), without_foramen=wanted.without_foramen)
        tissue, doubts, told = found.tissue, found.doubts, list(found.warnings)
    for warning in told:
        warnings.add(warning)
    return Tissue(None, volume, tissue, doubts, tuple(f"{wanted.reference}: {text}" for text in warnings.texts))


def brought_together(volume: Volume, wanted: MorphometryArguments, shared: Tissue) -> Together:
    """Bring a volume to the grid of the reference, if there is one, and its tissue to the volume.

    :raises MicroCTError: if they lie at different places, or the volume shows no bone to find contours of.
    """
    from ..morphometry.masks import mask_on_grid
    from ..morphometry.measuring import own_tissue

    if shared.reference is not None:
        return _on_grid_of_reference(volume, shared)
    if shared.mask is not None:
        mask, told = mask_on_grid(shared.mask, volume)
        return Together(volume, mask, warnings=tuple(told))
    own = own_tissue(volume, segmentation_of(volume, wanted), without_foramen=wanted.without_foramen)
    return Together(volume, own)


def _on_grid_of_reference(volume: Volume, shared: Tissue) -> Together:
    from ..morphometry.reference import doubts_about_pair, on_grid_of_reference

    on_grid, tissue, box = on_grid_of_reference(volume, shared.reference, shared.of_reference)
    told = doubts_about_pair(on_grid, shared.reference.cropped(box))
    if box.size != shared.reference.size:
        told.append(f"It covers the voxels {box} of the reference only; these are measured.")
    first, stop = box.start[2], box.stop[2]
    doubts = None if shared.doubts is None else shared.doubts.in_slices(first, stop)
    return Together(on_grid, tissue, doubts, first, tuple(told))


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
    from ..morphometry.segmentation import segmentation_for

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
