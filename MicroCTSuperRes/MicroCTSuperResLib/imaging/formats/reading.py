"""From a path to a header or a volume: the part that is wanted, in the units that are wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...errors import CalibrationError, FormatError, OutOfMemory
from ..box import Box
from ..calibration import DENSITY_UNITS, HINT, SAME, UNCALIBRATED
from ..crop import BoneCrop, BoxCrop, parse_crop
from ..source import CROP_FIELD, FILES_FIELD, UNITS_BEFORE_FIELD, WHOLE_SIZE_FIELD, kept_fields
from ..volume import Volume
from .calibration_file import calibration_beside
from .header import Header, given_spacing
from .personal import set_apart
from .region import Region, region_of, shape_of
from .registry import format_to_read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..calibration import Calibration
    from ..crop import Crop
    from .registry import Format


@dataclass(frozen=True)
class OpenScan:
    """A scan whose header was read.

    :param stored: the header of the whole file, with the calibration that was given.
    :param header: what the volume will be: the wanted part in the wanted units.
    """

    form: Format
    stored: Header
    header: Header

    @property
    def reads_parts(self) -> bool:
        """Whether reading a part of it costs about that part only."""
        return self.form.reads_parts(self.stored)

    @property
    def keeps_parts(self) -> bool:
        """Whether reading a part of it needs the memory of that part only."""
        keeps = self.form.keeps_parts or self.form.reads_parts
        return keeps(self.stored)

    def cropped(self, crop: Crop | Box | str | None) -> OpenScan:
        """The same scan with another part wanted, which is a part of the whole file; None leaves it as it is.

        :raises InputError: for a crop beyond the volume or without bone.
        :raises FormatError: if voxels have to be read to find the bone, and cannot be.
        """
        box, warnings = _wanted_box(self, crop)
        if box is None:
            return self
        part = self.stored.in_units(self.header.units).cropped(box)
        return replace(self, header=replace(part, warnings=(*self.header.warnings, *warnings)))

    def read(self, region: Region) -> np.ndarray:
        """Grey values of a region of the whole file, in the units of `header`.

        :raises FormatError: if the file cannot be read or holds something else than its header says.
        :raises OutOfMemory: if they do not fit into memory.
        """
        path = self.stored.path
        try:
            stored = self.form.read(self.stored, region)
            _check_shape(self.stored, stored, region)
            return stored if self.header.line == SAME else self.header.line.applied_to(stored)
        except OSError as error:
            raise _unreadable(path, error) from error
        except MemoryError as error:
            needed = np.prod(shape_of(region), dtype=float) * np.dtype(self.header.voxel_type).itemsize
            raise OutOfMemory(
                f"{path} needs {needed / 2**20:.0f} MiB, which this computer has not.", "Read a part of it with --crop."
            ) from error

    def volume(self, *, keep_personal: bool = False) -> Volume:
        """The wanted part as a volume.

        :param keep_personal: whether fields that may name a person go into its metadata.
        """
        header = self.header
        box = header.box or Box.whole(self.stored.size)
        personal = dict(header.personal) if keep_personal else {}
        return Volume(
            voxels=self.read(region_of(box)),
            spacing=header.spacing,
            origin=header.origin,
            direction=header.direction,
            units=header.units,
            calibration=header.calibration,
            metadata={**kept_fields(header.metadata), **personal, **_provenance(self.stored, header)},
            source=header.path if header.path.exists() else header.path.parent,
        )


def open_scan(
    path: str | Path,
    *,
    spacing: Sequence[float] | None = None,
    crop: Crop | Box | str | None = None,
    calibration: Calibration | Callable[[Header], Calibration] = UNCALIBRATED,
    units: str | None = None,
) -> OpenScan:
    """Read the header of a scan; no voxels, unless the crop asks for a bone to be found.

    :param path: a file, a folder of slices, or a pattern such as `folder/rec_*.bmp`.
    :param spacing: voxel size x, y, z in mm, to use instead of the file's.
    :param crop: the part that is wanted, also as :func:`~..crop.parse_crop` reads it.
    :param calibration: constants to use instead of the file's; or a function that chooses them when it sees the whole
        file's header, for those that depend on what the file tells.
    :param units: what the grey values shall be turned into; None leaves them as the file has them.
    :raises FormatError: if the file is absent, truncated, unreadable, no grey 3-D image, or names no spacing.
    :raises InputError: for a spacing that is not three positive numbers, or a crop beyond the volume or without bone.
    :raises CalibrationError: if the scan is not calibrated for `units`.
    """
    path = Path(path)
    given = given_spacing(spacing)
    try:
        form = format_to_read(path)
        found = set_apart(form.inspect(path, given))
        found.check_place()
        stored = _calibrated(found, calibration)
    except OSError as error:
        raise _unreadable(path, error) from error
    header = stored if units is None else _converted(stored, units)
    return OpenScan(form, stored, header).cropped(crop)


def _calibrated(header: Header, given: Calibration | Callable[[Header], Calibration]) -> Header:
    """The header with the constants of a calibration file beside it, then of the user, and what looks wrong."""
    known = replace(header, calibration=header.calibration.replaced_by(calibration_beside(header)))
    calibration = known.calibration.replaced_by(given(known) if callable(given) else given)
    _refuse_other_constants(header, calibration)
    warnings = header.warnings
    if calibration.reaches(header.units, DENSITY_UNITS):
        # What a format says of a file without calibration ends with the request for one, which was heard.
        warnings = tuple(warning for warning in warnings if not warning.endswith(HINT))
    return replace(known, calibration=calibration, warnings=(*warnings, *calibration.warnings()))


def _refuse_other_constants(header: Header, calibration: Calibration) -> None:
    """Grey values that were converted before hold the constants of then: with others the way back leads elsewhere.

    :param header: with the calibration that the file itself tells.
    """
    own = header.calibration
    for name in own.constants_in(header.units) if own else ():
        before, now = getattr(own, name), getattr(calibration, name)
        if before not in (None, now):
            raise CalibrationError(
                f"{header.path} has grey values in {header.units} that were computed with {name} {before} "
                f"({own.origins.get(name, 'origin not told')}), which {now} cannot replace.",
                "Leave that constant out; or convert the file with --units native first, then give the result others.",
            )


def _converted(header: Header, units: str) -> Header:
    try:
        return header.in_units(units)
    except CalibrationError as error:
        raise CalibrationError(f"{header.path}: {error.message}", error.hint) from error


def _wanted_box(scan: OpenScan, crop: Crop | Box | str | None) -> tuple[Box | None, list[str]]:
    """The box that is meant, and what the user should know about it."""
    wanted = parse_crop(crop) if isinstance(crop, str) else crop
    if isinstance(wanted, BoxCrop):
        return wanted.box(scan.stored.size, scan.stored.spacing), []
    if isinstance(wanted, BoneCrop):
        from ..bones import bone_field

        return bone_field(scan, wanted)
    return wanted, []


def _provenance(stored: Header, header: Header) -> dict[str, str]:
    """What was done on reading."""
    told = {}
    if header.box is not None:
        told[CROP_FIELD] = str(header.box)
        told[WHOLE_SIZE_FIELD] = " x ".join(str(count) for count in stored.size)
    if header.units != stored.units:
        told[UNITS_BEFORE_FIELD] = stored.units
    if len(stored.files) > 1 and not stored.path.is_dir():
        told[FILES_FIELD] = str(len(stored.files))
    return told


def _check_shape(header: Header, voxels: np.ndarray, region: Region) -> None:
    if voxels.shape != shape_of(region):
        told = " x ".join(str(count) for count in shape_of(region)[::-1])
        raise FormatError(
            f"{header.path} should hold {told} voxels, {voxels.shape[::-1]} were read.", "Export it again."
        )


def _unreadable(path: Path, error: OSError) -> FormatError:
    return FormatError(f"{path} cannot be read ({error.strerror}).", "Check the file and its permissions.")
