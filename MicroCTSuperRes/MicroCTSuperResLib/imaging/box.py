"""A box of voxels: the part of a volume that is wanted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError


@dataclass(frozen=True)
class Box:
    """Voxels from `start` up to, not including, `stop`; both in the order x, y, z.

    :raises InputError: for a box without voxels or one that begins before voxel 0.
    """

    start: tuple[int, int, int]
    stop: tuple[int, int, int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", tuple(int(value) for value in self.start))
        object.__setattr__(self, "stop", tuple(int(value) for value in self.stop))
        if min(self.start) < 0 or min(self.size) < 1:
            raise InputError(f"The box {self} holds no voxels of the volume.", "Check the crop.")

    def __str__(self) -> str:
        return ",".join(f"{start}:{stop}" for start, stop in zip(self.start, self.stop, strict=True))

    @property
    def size(self) -> tuple[int, int, int]:
        """Voxels along x, y, z."""
        return tuple(stop - start for start, stop in zip(self.start, self.stop, strict=True))

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """The index of an array in the order z, y, x."""
        return tuple(slice(start, stop) for start, stop in zip(self.start[::-1], self.stop[::-1], strict=True))

    @classmethod
    def whole(cls, size: tuple[int, int, int]) -> Box:
        """All voxels of a volume of this size (x, y, z)."""
        return cls((0, 0, 0), size)

    def check_inside(self, size: tuple[int, int, int]) -> None:
        """:raises InputError: if the box reaches beyond a volume of this size (x, y, z)."""
        if any(stop > count for stop, count in zip(self.stop, size, strict=True)):
            told = " x ".join(str(count) for count in size)
            raise InputError(f"The box {self} reaches beyond the volume of {told} voxels.", "Check the crop.")

    def origin(
        self, spacing: tuple[float, ...], origin: tuple[float, ...], direction: tuple[float, ...]
    ) -> tuple[float, float, float]:
        """The centre of the box's first voxel in mm, for a volume with this geometry."""
        if not any(self.start):
            return tuple(origin)
        offset = np.reshape(direction, (3, 3)) @ (np.asarray(spacing) * self.start)
        return tuple((np.asarray(origin) + offset).tolist())
