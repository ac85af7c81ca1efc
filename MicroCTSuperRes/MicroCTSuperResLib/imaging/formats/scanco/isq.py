"""Scanco ISQ, a reconstructed scan, and RSQ, the projections it was reconstructed from.

Behind the header blocks stand 16-bit voxels, x fastest, little-endian. An ISQ file holds native grey values as signed
numbers. Of an RSQ file only the beginning of the header is the same; what it holds are detector counts as unsigned
numbers in the order column, frame, row (https://github.com/wallematthias/aimio-py, rsq.py).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from ....errors import FormatError
from ..header import Header, settled_spacing
from ..raw_voxels import read_raw
from . import vms
from .calibration import ToldCalibration, trusted
from .fields import named, scaled, text_of
from .isq_header import FirstBlock, calibration_block, header_blocks

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from ..region import Region

NAME = "Scanco ISQ"
RSQ_NAME = "Scanco RSQ"
_ISQ_DATA_TYPE, _RADIOGRAPH_DATA_TYPE = 3, 9
# The slice increment is in whole micrometres.
_MICROMETRE = 1.1


def inspect(path: Path, given: tuple[float, float, float] | None) -> Header:
    """What the header of an ISQ file says."""
    first, blocks = header_blocks(path)
    if first.data_type != _ISQ_DATA_TYPE:
        what = "a scout radiograph" if first.data_type == _RADIOGRAPH_DATA_TYPE else "voxels of an unknown type"
        raise FormatError(
            f"{path} holds {what} (data type {first.data_type}; of an ISQ file it is {_ISQ_DATA_TYPE}).",
            "Export the scan again, or as AIM.",
        )
    declared = [length / count / 1000 for length, count in zip(first.size_um, first.size, strict=True)]
    spacing = settled_spacing(path, declared, given)
    block = calibration_block(blocks)
    calibration, warnings = trusted(_told(first, block), path.name, f"header of {path.name}")
    return Header(
        path=path,
        format=NAME,
        size=first.size,
        spacing=spacing,
        stored_type="int16",
        calibration=calibration,
        metadata=named(_fields(first) | _calibration_fields(block)),
        personal=named({"patient_name": first.patient_name, "patient_index": first.patient_index or None}),
        warnings=warnings if given else (*_spacing_warnings(path, first, spacing), *warnings),
        files=(path,),
    )


def read(header: Header, region: Region) -> np.ndarray:
    first, _ = header_blocks(header.path)
    return read_raw(header.path, offset=first.data_offset, dtype="<i2", size=header.size, region=region)


def reads_parts(header: Header) -> bool:
    return True


def inspect_rsq(path: Path, given: tuple[float, float, float] | None) -> Header:
    """What the header of an RSQ file says; a file of projections has no voxel size, so it has to be given."""
    first, _ = header_blocks(path)
    told = f"{first.size[0]} columns x {first.size[1]} frames x {first.size[2]} rows"
    if given is None:
        raise FormatError(
            f"{path} holds projections ({told} of detector counts), not a volume, so it has no voxel size.",
            "Take the ISQ file that was reconstructed from it; to read the counts as they are, give --spacing 1 1 1.",
        )
    return Header(
        path=path,
        format=RSQ_NAME,
        size=first.size,
        spacing=given,
        stored_type="uint16",
        metadata=named({"scanner_id": first.scanner_id or None, "creation_date": vms.date_of(first.creation_date)}),
        personal=named({"patient_index": first.patient_index or None}),
        warnings=(f"{path.name} holds projections ({told} of detector counts), not a volume of a specimen.",),
        files=(path,),
    )


def read_rsq(header: Header, region: Region) -> np.ndarray:
    first, _ = header_blocks(header.path)
    return read_raw(header.path, offset=first.data_offset, dtype="<u2", size=header.size, region=region)


def _told(first: FirstBlock, block: bytes | None) -> ToldCalibration:
    if block is None:
        return ToldCalibration(mu_scaling=float(first.mu_scaling))
    return ToldCalibration(
        mu_scaling=float(first.mu_scaling),
        mu_water=vms.double_of(block[688:696]),
        slope=vms.double_of(block[664:672]),
        intercept=vms.double_of(block[672:680]),
        density_units=text_of(block[648:664]),
    )


def _calibration_fields(block: bytes | None) -> dict[str, object]:
    if block is None:
        return {}
    return {
        "calibration_data": text_of(block[28:92]),
        "default_unit_type": struct.unpack_from("<i", block, 632)[0],
    }


def _fields(first: FirstBlock) -> dict[str, object]:
    data_range = (first.data_min, first.data_max) if first.data_min < first.data_max else (None, None)
    return {
        "creation_date": vms.date_of(first.creation_date),
        "scanner_id": first.scanner_id or None,
        "scanner_type": first.scanner_type or None,
        "measurement_index": first.measurement_index or None,
        "site": first.site or None,
        "energy_kVp": scaled(first.energy_v, 1e-3),
        "intensity_uA": scaled(first.intensity_ua, 1),
        "integration_time_ms": scaled(first.sample_time_us, 1e-3),
        "samples": first.samples or None,
        "projections": first.projections or None,
        "reconstruction_algorithm": first.reconstruction or None,
        "scan_distance_mm": scaled(first.scan_distance_um, 1e-3),
        "slice_thickness_mm": scaled(first.slice_thickness_um, 1e-3),
        "slice_increment_mm": scaled(first.slice_increment_um, 1e-3),
        "first_slice_position_mm": first.first_slice_um * 1e-3,
        "reference_line_mm": first.reference_line_um * 1e-3,
        "data_min": data_range[0],
        "data_max": data_range[1],
    }


def _spacing_warnings(path: Path, first: FirstBlock, spacing: tuple[float, float, float]) -> tuple[str, ...]:
    increment = first.slice_increment_um
    if increment == 0 or abs(spacing[2] * 1000 - increment) <= _MICROMETRE:
        return ()
    return (
        f"{path.name}: {first.size[2]} slices of {first.size_um[2]} um in all are {spacing[2] * 1000:g} um apart, but "
        f"the header's slice increment is {increment} um: check the voxel size.",
    )
