"""A volume as OME-Zarr, with levels that halve the resolution until they are small.

NGFF places voxels by a scale and a translation along each axis and knows no oblique direction. So direction, units,
calibration, rescale and text fields stand in an attribute of our own beside those of NGFF.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ....errors import FormatError, OutputError
from ...calibration import SAME
from ..meaning import Meaning
from ..options import NGFF_VERSIONS
from .array import array_info
from .chunks import files_below
from .image import OWN_ATTRIBUTE, SPATIAL, image_of
from .json_files import METADATA_FILES, V2_ARRAY

if TYPE_CHECKING:
    import zarr

    from ...volume import Volume
    from ..options import WriteOptions

# 1200 files for 1000 x 1000 x 500 voxels with their levels, and about 0.1 s for one slice along any axis.
CHUNK = (32, 128, 128)
# The coarsest level is at most as long as this: viewers show it at once.
LARGEST_COARSEST = 256
_QUICK_LEVEL, _SMALL_LEVEL, _SMALL_LEVEL_ALONE = 1, 5, 9
_SHOWN_PERCENT = (0.5, 99.9)
_SAMPLED = 128  # voxels along each axis that are looked at for it
_DEEPEST = 32


def write(volume: Volume, path: Path, options: WriteOptions) -> None:
    """Make the folder of an image with all its levels; memory beyond the volume's own is that of a few slices.

    :raises OutputError: for a version of NGFF that is not known.
    """
    import zarr

    if options.ngff not in NGFF_VERSIONS:
        raise OutputError(
            f"OME-Zarr cannot be written as version {options.ngff}.", f"Choose {' or '.join(NGFF_VERSIONS)}."
        )
    steps = _steps(volume.voxels.shape)
    zarr_format = 2 if options.ngff == "0.4" else 3
    group = zarr.create_group(store=zarr.storage.LocalStore(path), zarr_format=zarr_format)
    finer = volume.voxels
    for number, factors in enumerate(steps):
        shape = tuple(-(-length // factor) for length, factor in zip(finer.shape, factors, strict=True))
        array = _new_array(group, str(number), shape, volume.voxels.dtype, options)
        depth = array.chunks[0]
        for start in range(0, shape[0], depth):
            source = finer[start * factors[0] : (start + depth) * factors[0]]
            array[start : start + depth] = _mean(source, factors)
        finer = array
        if zarr_format == 2:
            _drop_setting_of_checksum(path / str(number) / V2_ARRAY)
    group.update_attributes(_attributes(volume, path.stem.removesuffix(".ome"), options, steps, finer[...]))


def foreign_file(folder: Path) -> Path | None:
    """A file in a folder that is no part of one OME-Zarr image; None if the folder may be replaced."""
    try:
        arrays = [array_info(dataset) for dataset in image_of(folder).datasets]
    except FormatError:
        arrays = []
    for entry, _ in files_below(folder, _DEEPEST):
        file = Path(entry.path)
        if file.name not in METADATA_FILES and not any(info.has_chunk(file) for info in arrays):
            return file
    return None


def _steps(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """By how much each level is coarser than the one before it along z, y, x; a single voxel stays one."""
    steps = [(1, 1, 1)]
    while max(shape) > LARGEST_COARSEST:
        steps.append(tuple(2 if length > 1 else 1 for length in shape))
        shape = tuple(-(-length // step) for length, step in zip(shape, steps[-1], strict=True))
    return steps


def _new_array(
    group: zarr.Group, name: str, shape: tuple[int, ...], dtype: np.dtype, options: WriteOptions
) -> zarr.Array:
    is_v2 = options.ngff == "0.4"
    return group.create_array(
        name,
        shape=shape,
        chunks=tuple(min(length, chunk) for length, chunk in zip(shape, CHUNK, strict=True)),
        dtype=dtype.newbyteorder("<"),
        filters=None,
        compressors=_compressors(dtype, small=options.compress, is_v2=is_v2),
        chunk_key_encoding={"name": "v2" if is_v2 else "default", "separator": "/"},
        dimension_names=None if is_v2 else SPATIAL,
        fill_value=0,
        # So that an absent chunk is known to be lost.
        config={"write_empty_chunks": True},
    )


def _compressors(dtype: np.dtype, *, small: bool, is_v2: bool) -> list[object]:
    """Quick ones that cost less time than a disk, or those that make the file small; all keep a checksum of each chunk.

    Blosc makes voxels smaller than Zstandard alone, but on zarr version 2 there is no place for a checksum beside it.
    """
    import numcodecs
    import zarr

    if is_v2:
        return [numcodecs.Zstd(_SMALL_LEVEL_ALONE if small else _QUICK_LEVEL, checksum=True)]
    if small:
        blosc = zarr.codecs.BloscCodec(cname="zstd", clevel=_SMALL_LEVEL, shuffle="shuffle", typesize=dtype.itemsize)
        return [blosc, zarr.codecs.Crc32cCodec()]
    return [zarr.codecs.ZstdCodec(level=_QUICK_LEVEL, checksum=True)]


def _drop_setting_of_checksum(array_file: Path) -> None:
    """Some readers of zarr version 2 refuse the setting; a chunk's bytes tell themselves that they have a checksum."""
    content = json.loads(array_file.read_text("utf-8"))
    del content["compressor"]["checksum"]
    array_file.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def _mean(voxels: np.ndarray, steps: tuple[int, ...]) -> np.ndarray:
    """The mean of each 2 x 2 x 2 voxels, at odd ends of those that are there; whole numbers are rounded."""
    if steps == (1, 1, 1):
        return voxels
    slices = []
    for start in range(0, len(voxels), steps[0]):
        mean = voxels[start : start + steps[0]].astype(np.float64)
        for axis, step in enumerate(steps):
            mean = _halved(mean, axis) if step == 2 else mean
        slices.append(_in_type(mean, voxels.dtype))
    return np.concatenate(slices)


def _halved(values: np.ndarray, axis: int) -> np.ndarray:
    values = values.swapaxes(0, axis)
    halved, odd = values[0::2] * 0.5, values[1::2] * 0.5
    with np.errstate(invalid="ignore"):  # of infinite voxels
        halved[: len(odd)] += odd
    halved[len(odd) :] *= 2
    return halved.swapaxes(0, axis)


def _in_type(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if dtype.kind == "f":
        return values.astype(dtype)
    values = np.rint(values)
    if dtype.itemsize == 8:  # the largest of these, as a double, is beyond the type
        values = np.minimum(values, np.nextafter(float(np.iinfo(dtype).max), 0))
    return values.astype(dtype)


def _attributes(
    volume: Volume, name: str, options: WriteOptions, steps: list[tuple[int, ...]], coarsest: np.ndarray
) -> dict[str, object]:
    ngff: dict[str, object] = {"multiscales": [_multiscale(volume, name, steps)]}
    window = _window(coarsest)
    if window is not None:
        label = volume.units if options.line == SAME else "stored numbers"
        ngff["omero"] = {"channels": [{"label": label, "color": "FFFFFF", "active": True, "window": window}]}
    own = {
        "size": volume.size,
        "stored_type": volume.voxel_type,
        "direction": volume.direction,
        **Meaning.of(volume, options.line).as_dict(),
    }
    if options.ngff == "0.4":
        ngff["multiscales"][0]["version"] = options.ngff
        return {**ngff, OWN_ATTRIBUTE: own}
    return {"ome": {"version": options.ngff, **ngff}, OWN_ATTRIBUTE: own}


def _multiscale(volume: Volume, name: str, steps: list[tuple[int, ...]]) -> dict[str, object]:
    """The edges of all levels align, so the first voxel of a coarser one lies half the difference farther in.

    That is along the axes of the image: NGFF does not turn them.
    """
    datasets, factors = [], np.ones(3)
    finest, origin = np.array(volume.spacing[::-1]), np.array(volume.origin[::-1])
    for number, step in enumerate(steps):
        factors = factors * step
        scale = finest * factors
        datasets.append(
            {
                "path": str(number),
                "coordinateTransformations": [
                    {"type": "scale", "scale": scale.tolist()},
                    {"type": "translation", "translation": (origin + (scale - finest) / 2).tolist()},
                ],
            }
        )
    return {
        "name": name,
        "axes": [{"name": axis, "type": "space", "unit": "millimeter"} for axis in SPATIAL],
        "datasets": datasets,
        "type": "mean",
        "metadata": {"description": "Each level has the mean of 2 x 2 x 2 voxels of the level before it."},
    }


def _window(voxels: np.ndarray) -> dict[str, float] | None:
    """The grey values to show, as stored; None for a volume of one grey value."""
    sample = voxels[tuple(slice(None, None, -(-length // _SAMPLED)) for length in voxels.shape)]
    finite = sample[np.isfinite(sample)]
    if not finite.size or finite.min() == finite.max():
        return None
    start, end = np.percentile(finite, _SHOWN_PERCENT)
    return {"min": float(finite.min()), "max": float(finite.max()), "start": float(start), "end": float(end)}
