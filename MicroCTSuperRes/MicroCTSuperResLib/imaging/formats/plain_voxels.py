"""Voxels whose place, type and order in a file are known for certain, so that they are read without a library."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .compressed_voxels import read_compressed
from .itk_files import read_voxels
from .payload import check_claim_of_compressed, check_raw
from .raw_voxels import read_raw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .header import Header
    from .region import Region


@dataclass(frozen=True)
class PlainVoxels:
    """Voxels in the order x, y, z (x fastest), as they are or as one gzip or zlib stream.

    :param path: the file that they are in.
    :param dtype: the type of a voxel with its byte order.
    :param size: voxels along x, y, z.
    :param offset: where they, or their stream, begin in the file.
    :param compressed: whether they are a stream.
    :param lead: bytes of the expanded stream before the first voxel.
    """

    path: Path
    dtype: np.dtype
    size: tuple[int, int, int]
    offset: int
    compressed: bool = False
    lead: int = 0

    @property
    def needed_bytes(self) -> int:
        return math.prod(self.size) * self.dtype.itemsize

    def at_the_end(self) -> PlainVoxels:
        """The same voxels as the last bytes of the file, but not before `offset`."""
        return replace(self, offset=max(self.offset, self.path.stat().st_size - self.needed_bytes))

    def check_claim(self, path: Path) -> None:
        """Refuse more voxels than the file can hold, without reading them.

        :param path: the file that the error names: the one with the header.
        :raises FormatError: if it is shorter.
        """
        stored_bytes = self.path.stat().st_size - self.offset
        check = check_claim_of_compressed if self.compressed else check_raw
        check(path, needed_bytes=self.lead + self.needed_bytes, stored_bytes=stored_bytes)

    def read(self, region: Region) -> np.ndarray:
        """The voxels of a region (z, y, x), in native byte order.

        :raises FormatError: for a file that is too short, or a stream that is damaged.
        """
        if self.compressed:
            return read_compressed(
                self.path, offset=self.offset, lead=self.lead, dtype=self.dtype, size=self.size, region=region
            )
        return read_raw(self.path, offset=self.offset, dtype=self.dtype, size=self.size, region=region)


@dataclass(frozen=True)
class PlainOrItk:
    """The reading of a format whose voxels are read without ITK wherever their place is known for certain.

    :param plain_of: the plain voxels of a header's file; None where only ITK can read them.
    :param image_io: the name of ITK's reader.
    """

    plain_of: Callable[[Header], PlainVoxels | None]
    image_io: str

    def read(self, header: Header, region: Region) -> np.ndarray:
        """The voxels of a region; compressed ones are checked on the way."""
        plain = self.plain_of(header)
        return read_voxels(header.path, self.image_io)[region] if plain is None else plain.read(region)

    def reads_parts(self, header: Header) -> bool:
        """Whether the voxels stand in the file as they are."""
        plain = self.plain_of(header)
        return plain is not None and not plain.compressed

    def keeps_parts(self, header: Header) -> bool:
        """Whether the voxels are read without ITK, which reads all of them at once."""
        return self.plain_of(header) is not None


def are_axes(counts: Sequence[str | int], size: tuple[int, int, int]) -> bool:
    """Whether a header's axes are those of a volume in their order, apart from axes of one voxel.

    :param counts: the header's number of voxels of each axis, the fastest first.
    :param size: voxels along x, y, z.
    """
    try:
        told = [int(count) for count in counts]
    except ValueError:
        return False
    return [count for count in told if count != 1] == [count for count in size if count != 1]
