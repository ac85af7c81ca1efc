"""Voxels that stand in a file one after the other, x fastest, then y, then z: only the bytes of a region are read.

Files are read, not mapped: pages of a mapped file count as memory of the process, and a file that shrinks while it is
mapped ends the process instead of raising an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import FormatError
from .region import shape_of

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from .region import Region

# Bytes between two wanted rows from which going there costs less than reading on (a jump takes some microseconds).
_WORTH_SKIPPING = 2**14


def read_raw(
    path: Path, *, offset: int, dtype: np.dtype | str, size: tuple[int, int, int], region: Region
) -> np.ndarray:
    """The voxels of a region, in native byte order.

    Whole slices are read straight into the result. Of a part of them the rows are read together where they lie close
    to each other, else one by one; beside the result that takes the memory of one slice at most.

    :param offset: where the first voxel of the volume begins, in bytes.
    :param dtype: the type of the stored voxels with its byte order, as ">i2".
    :param size: voxels of the whole volume along x, y, z.
    :param region: what is wanted of it, inside the volume.
    :returns: a writable array of the region's shape (z, y, x).
    :raises FormatError: if the file ends before the region does.
    """
    result = np.empty(shape_of(region), dtype)
    slices, rows, columns = region
    row_bytes = size[0] * result.itemsize
    slice_bytes = size[1] * row_bytes
    with path.open("rb", buffering=0) as file:
        if (rows, columns) == (slice(0, size[1], 1), slice(0, size[0], 1)):
            if slices.step == 1:
                _fill(result, file, offset + slices.start * slice_bytes)
            else:
                for voxels, number in zip(result, _numbers(slices), strict=True):
                    _fill(voxels, file, offset + number * slice_bytes)
        else:
            apart = rows.step * row_bytes - len(_numbers(columns)) * columns.step * result.itemsize > _WORTH_SKIPPING
            read_part = _read_rows_apart if apart else _read_rows_together
            for voxels, number in zip(result, _numbers(slices), strict=True):
                read_part(voxels, file, offset + number * slice_bytes, size[0], rows, columns)
    return in_native_order(result)


def in_native_order(voxels: np.ndarray) -> np.ndarray:
    """The same array in the byte order of this machine; its bytes are swapped in their place."""
    return voxels if voxels.dtype.isnative else voxels.byteswap(inplace=True).view(voxels.dtype.newbyteorder("="))


def _read_rows_together(
    voxels: np.ndarray, file: BinaryIO, place: int, width: int, rows: slice, columns: slice
) -> None:
    """Part of one slice, by reading all rows from the first to the last one.

    :param voxels: the result, shape (y, x).
    :param place: where the slice begins in the file.
    :param width: voxels in a whole row.
    """
    first, last = _numbers(rows)[0], _numbers(rows)[-1]
    whole = np.empty((last - first + 1, width), voxels.dtype)
    _fill(whole, file, place + first * width * voxels.itemsize)
    voxels[...] = whole[:: rows.step, columns]


def _read_rows_apart(voxels: np.ndarray, file: BinaryIO, place: int, width: int, rows: slice, columns: slice) -> None:
    """Part of one slice, by reading of each row what lies between its first and last wanted voxel."""
    first, last = _numbers(columns)[0], _numbers(columns)[-1]
    span = np.empty(last - first + 1, voxels.dtype)
    for values, number in zip(voxels, _numbers(rows), strict=True):
        _fill(span, file, place + (number * width + first) * voxels.itemsize)
        values[...] = span[:: columns.step]


def _fill(voxels: np.ndarray, file: BinaryIO, place: int) -> None:
    """Fill a contiguous array from a place in the file on."""
    file.seek(place)
    left = memoryview(voxels.reshape(-1).view(np.uint8))
    while left:
        count = file.readinto(left)  # type: ignore[attr-defined]  # systems read at most 2 GiB at once
        if not count:
            raise FormatError(f"{file.name} ends before its last voxel.", "Copy or export it again.")
        left = left[count:]


def _numbers(part: slice) -> range:
    return range(part.start, part.stop, part.step)
