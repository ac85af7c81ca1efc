"""The types of voxels that Slicer's volume nodes hold."""

from __future__ import annotations

import numpy as np

from ..errors import InputError

# What vtkImageData holds and Slicer shows. Slicer refuses 64-bit whole numbers; VTK has no float16 and no bool.
_HELD = frozenset({"int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"})
_EXACT_IN_FLOAT64 = 2**53


def scene_type(voxels: np.ndarray) -> np.dtype:
    """The type in which a node holds these voxels without loss.

    bool becomes uint8, float16 float32. 64-bit whole numbers become the first of int32, uint32 and float64 that holds
    them all exactly. Other types stay, in this machine's byte order.

    :raises InputError: for whole numbers beyond 2^53, and voxels that are no real numbers.
    """
    kind, name = voxels.dtype.kind, voxels.dtype.name
    if name in _HELD:
        return np.dtype(name)
    if kind == "b":
        return np.dtype(np.uint8)
    if kind == "f":
        return np.dtype(np.float32 if voxels.dtype.itemsize < 4 else np.float64)
    if kind in "iu":
        return _type_for_large(int(voxels.min()), int(voxels.max()))
    raise InputError(f"Voxels of type {voxels.dtype} cannot be shown.", "Convert them to real numbers first.")


def _type_for_large(smallest: int, largest: int) -> np.dtype:
    for held in (np.int32, np.uint32):
        limits = np.iinfo(held)
        if limits.min <= smallest and largest <= limits.max:
            return np.dtype(held)
    if max(-smallest, largest) > _EXACT_IN_FLOAT64:
        raise InputError(
            f"Grey values from {smallest} to {largest} cannot be held exactly.", "Convert them to usual units first."
        )
    return np.dtype(np.float64)
