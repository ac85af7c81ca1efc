"""Compressed voxels of AIM files, expanded.

Packed bits: a byte is a block of 2 x 2 x 2 voxels (bit 0 the first, then along x, y, z), the last byte is the value of
the bits that are set. Runs: pairs of a value and how often it stands there. Binary runs: the two values, then lengths
in turn; 255 means 254 voxels after which the value does not change. Both begin with their own length in bytes (32 bits
in version 020, 64 in 030). Source: Compression.cxx of AimIO (https://github.com/Numerics88/AimIO).

Writers leave the frame of voxels that are not valid out of runs: it is filled with 0. Whether they did is told by the
number of voxels that the runs make.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import numpy as np

from ....errors import FormatError
from .aim_header import BINARY_RUNS, PACKED_BITS, RUNS, AimHeader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Voxels that one byte can make.
_MOST_PER_BYTE = {RUNS: 255 / 2, BINARY_RUNS: 254}
_NO_CHANGE, _LONGEST = 255, 254
_VALUES = 2  # of binary runs
# The frame is not in the file, so its size cannot be checked there: volumes beyond this many voxels must be at most
# twice as large as what the runs can make.
_ALLOWED_FRAME = 2**26
_CHUNK = 2**20
# Of files without a value for the bits that are set (ITK and vtk-dicom take the same).
_UNTOLD_VALUE = 127
_HINT = "The file is truncated or damaged: copy or export it again."


def check_claim(path: Path, aim: AimHeader) -> None:
    """Refuse a size that the compressed voxels cannot expand to, at no cost.

    :raises FormatError: if the claimed size exceeds what the stored bytes can make.
    """
    if aim.type_code == PACKED_BITS:
        fits = math.prod(_packed_size(aim)) + 1 <= aim.data_bytes
    else:
        possible = _stream_bytes(path, aim) * _MOST_PER_BYTE[aim.type_code]
        fits = math.prod(_framed_size(aim)) <= possible and math.prod(aim.size) <= max(_ALLOWED_FRAME, 2 * possible)
    if not fits:
        told = " x ".join(str(count) for count in aim.size)
        raise FormatError(f"{path} claims {told} voxels, its {aim.data_bytes} compressed bytes hold less.", _HINT)


def expanded(path: Path, aim: AimHeader) -> np.ndarray:
    """All voxels (z, y, x), int8.

    :raises FormatError: if the compressed voxels make more or less than the header claims.
    """
    check_claim(path, aim)
    if aim.type_code == PACKED_BITS:
        return _unpacked(_bytes_of(path, aim.data_offset, math.prod(_packed_size(aim)) + 1), aim)
    place = aim.data_offset + aim.layout.number_bytes
    stream = _bytes_of(path, place, _stream_bytes(path, aim))
    if aim.type_code == RUNS:
        if stream.size % 2:
            raise FormatError(f"{path} has damaged compressed voxels: half a run at their end.", _HINT)
        values, lengths = stream[0::2], stream[1::2]
        runs = ((values[start : start + _CHUNK], lengths[start : start + _CHUNK]) for start in _starts(lengths))
    else:
        lengths = stream[_VALUES:]
        runs = _binary_runs(stream[:_VALUES], lengths)
        lengths = np.minimum(lengths, _LONGEST)
    return _filled(path, aim, runs, int(lengths.sum(dtype=np.int64)))


def _filled(path: Path, aim: AimHeader, runs: Iterator[tuple[np.ndarray, np.ndarray]], made: int) -> np.ndarray:
    """The voxels that runs of values and lengths make.

    :param made: how many they are.
    """
    sizes = [size for size in (aim.size, _framed_size(aim)) if math.prod(size) == made]
    if not sizes:
        raise FormatError(
            f"{path} has damaged compressed voxels: {made} instead of {math.prod(_framed_size(aim))}.", _HINT
        )
    voxels = np.empty(sizes[0][::-1], np.int8)
    flat, done = voxels.reshape(-1).view(np.uint8), 0
    for values, lengths in runs:
        part = np.repeat(values, lengths)
        flat[done : done + part.size] = part
        done += part.size
    return voxels if sizes[0] == aim.size else _with_frame(voxels, aim)


def _binary_runs(values: np.ndarray, stream: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The two values in turn, with their lengths."""
    changes = 0
    for start in _starts(stream):
        part = stream[start : start + _CHUNK]
        after = changes + np.cumsum(part != _NO_CHANGE)
        changes_before = np.concatenate(([changes], after[:-1]))
        yield values[changes_before % 2], np.minimum(part, _LONGEST)
        changes = int(after[-1])


def _unpacked(content: np.ndarray, aim: AimHeader) -> np.ndarray:
    packed = content[:-1].reshape(_packed_size(aim)[::-1])
    value = content[-1] or np.uint8(_UNTOLD_VALUE)
    voxels = np.empty(aim.size[::-1], np.int8)
    for bit in range(8):
        part = voxels[bit >> 2 & 1 :: 2, bit >> 1 & 1 :: 2, bit & 1 :: 2]
        z, y, x = part.shape
        part[...] = (((packed[:z, :y, :x] >> np.uint8(bit)) & np.uint8(1)) * value).view(np.int8)
    return voxels


def _with_frame(inner: np.ndarray, aim: AimHeader) -> np.ndarray:
    voxels = np.zeros(aim.size[::-1], inner.dtype)
    inside = tuple(slice(width, count - width) for width, count in zip(aim.frame, aim.size, strict=True))
    voxels[inside[::-1]] = inner
    return voxels


def _packed_size(aim: AimHeader) -> tuple[int, ...]:
    return tuple((count + 1) // 2 for count in aim.size)


def _framed_size(aim: AimHeader) -> tuple[int, ...]:
    """The size without the frame."""
    return tuple(count - 2 * width for count, width in zip(aim.size, aim.frame, strict=True))


def _stream_bytes(path: Path, aim: AimHeader) -> int:
    """Bytes of the runs, as they say themselves at their beginning.

    :raises FormatError: if the file holds less.
    """
    unit = aim.layout.number_bytes
    if aim.data_bytes < unit + _VALUES:
        raise FormatError(f"{path} has no compressed voxels.", _HINT)
    told = struct.unpack(f"<{aim.layout.number}", _bytes_of(path, aim.data_offset, unit).tobytes())[0]
    if not unit + _VALUES <= told <= aim.data_bytes:
        raise FormatError(f"{path} claims {told} bytes of compressed voxels, it holds {aim.data_bytes}.", _HINT)
    return told - unit


def _bytes_of(path: Path, place: int, count: int) -> np.ndarray:
    content = np.fromfile(path, np.uint8, count, offset=place)
    if content.size < count:
        raise FormatError(f"{path} ends before its last voxel.", _HINT)
    return content


def _starts(stream: np.ndarray) -> range:
    return range(0, stream.size, _CHUNK)
