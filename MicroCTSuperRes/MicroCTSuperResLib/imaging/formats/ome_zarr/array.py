"""What the metadata of one zarr array say, of version 2 or 3, checked before zarr itself is asked.

Layouts: https://zarr-specs.readthedocs.io (v2 and v3 core; sharding-indexed codec).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ....errors import FormatError
from .codecs import COMPRESSORS, FILTERS, is_known
from .json_files import V2_ARRAY, V3_FILE, checked, read_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Blosc, which most programs use, holds no more in one chunk.
MOST_CHUNK_BYTES = 2**31
_V2_TYPE = re.compile(r"[<>|]([iu][1248]|f[248])")
_NUMBER = re.compile("0|[1-9][0-9]{0,17}")
_V3_TYPES = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64")
_TYPES_IN_FILTERS = ("dtype", "astype", "encode_dtype", "decode_dtype")
_SHARD_INDEX_BYTES = 16  # of each chunk in a shard: offset and length
_HINT = "Export it again with numbers as voxels and common settings."


@dataclass(frozen=True)
class ArrayInfo:
    """One array of a zarr folder.

    :param chunks: voxels of one file along each axis: of a chunk, or of a shard with many chunks.
    :param dtype: in native byte order.
    :param codecs: their names, in the order of writing; of a shard those of the chunks in it.
    :param inner_chunks: voxels of a chunk in a shard; None where a file is one chunk.
    :param key_prefix: what the names of chunk files begin with: "c" and the separator, or nothing.
    :param separator: what stands between the numbers in the names of chunk files: "/" or ".".
    """

    folder: Path
    zarr_format: int
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype
    codecs: tuple[str, ...]
    inner_chunks: tuple[int, ...] | None
    key_prefix: str
    separator: str

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Files along each axis."""
        return tuple(-(-length // chunk) for length, chunk in zip(self.shape, self.chunks, strict=True))

    @property
    def file_bytes(self) -> tuple[int, int]:
        """The fewest and the most bytes that one file can have, as far as the metadata tell."""
        if self.inner_chunks is not None:
            return math.prod(self.chunks) // math.prod(self.inner_chunks) * _SHARD_INDEX_BYTES, 2**63
        whole = math.prod(self.chunks) * self.dtype.itemsize
        if not any(codec.removeprefix("numcodecs.") in COMPRESSORS | FILTERS for codec in self.codecs):
            return whole, whole
        return 1, 2 * self.most_expanded_bytes

    @property
    def most_expanded_bytes(self) -> int:
        """The most bytes that a chunk may expand to; filters may have made them more than its voxels have."""
        filtered = any(codec.removeprefix("numcodecs.") in FILTERS for codec in self.codecs)
        return math.prod(self.chunks) * (8 if filtered else self.dtype.itemsize) + 1024

    def file_of(self, position: Sequence[int]) -> Path:
        """The file of a chunk or shard."""
        return self.folder / (self.key_prefix + self.separator.join(map(str, position)))

    def position_of(self, name: str) -> tuple[int, ...] | None:
        """The place of a chunk in the grid by its file's name, with "/" between folders; None for other files."""
        parts = name.removeprefix(self.key_prefix).split(self.separator)
        if not name.startswith(self.key_prefix) or not all(_NUMBER.fullmatch(part) for part in parts):
            return None
        position = tuple(map(int, parts))
        inside = len(position) == len(self.counts) and all(
            number < count for number, count in zip(position, self.counts, strict=True)
        )
        return position if inside else None

    def has_chunk(self, file: Path) -> bool:
        """Whether a file is one of its chunks."""
        return self.folder in file.parents and self.position_of(file.relative_to(self.folder).as_posix()) is not None


def array_info(folder: Path) -> ArrayInfo:
    """The metadata of the array in a folder.

    :raises FormatError: if they are missing or damaged, or no real numbers in a grid of chunks of sensible size.
    """
    if (folder / V3_FILE).is_file():
        info = _v3_array(folder)
    elif (folder / V2_ARRAY).is_file():
        info = _v2_array(folder)
    else:
        raise FormatError(f"{folder} holds no array ({V2_ARRAY} or {V3_FILE}).", "Copy it again with all its files.")
    _check_codecs(info)
    chunk_bytes = math.prod(info.inner_chunks or info.chunks) * info.dtype.itemsize
    if chunk_bytes > MOST_CHUNK_BYTES:
        raise FormatError(f"{folder} has chunks of {chunk_bytes} bytes.", "Export it in smaller chunks.")
    return info


def _v2_array(folder: Path) -> ArrayInfo:
    path = folder / V2_ARRAY
    told = read_json(path)
    compressor, filters = told.get("compressor"), told.get("filters")
    codecs = [*checked(path, "filters", filters or [], list), *([] if compressor is None else [compressor])]
    shape = _lengths(path, "shape", told.get("shape"))
    return ArrayInfo(
        folder=folder,
        zarr_format=2,
        shape=shape,
        chunks=_lengths(path, "chunks", told.get("chunks"), len(shape)),
        dtype=_v2_type(path, told.get("dtype")),
        codecs=_codec_names(path, codecs, "id"),
        inner_chunks=None,
        key_prefix="",
        separator=_separator(path, told.get("dimension_separator", ".")),
    )


def _v3_array(folder: Path) -> ArrayInfo:
    path = folder / V3_FILE
    told = read_json(path)
    if told.get("node_type") != "array" or told.get("zarr_format") != 3 or told.get("storage_transformers"):
        raise FormatError(f"{path} is no array of zarr version 3 as its specification has it.", _HINT)
    if told.get("data_type") not in _V3_TYPES:
        raise _no_numbers(path, told.get("data_type"))
    shape = _lengths(path, "shape", told.get("shape"))
    chunks = _lengths(path, "chunk_shape", _setting(path, told, "chunk_grid", "regular", "chunk_shape"), len(shape))
    codecs, inner = checked(path, "codecs", told.get("codecs"), list), None
    if _codec_names(path, codecs, "name") == ("sharding_indexed",):
        inner = _lengths(path, "chunk_shape", _configuration(path, codecs[0]).get("chunk_shape"), len(shape))
        _check_index_codecs(path, codecs[0])
        codecs = checked(path, "codecs", _configuration(path, codecs[0]).get("codecs"), list)
    prefix, separator = _v3_keys(path, told)
    return ArrayInfo(
        folder=folder,
        zarr_format=3,
        shape=shape,
        chunks=chunks,
        dtype=np.dtype(told["data_type"]),
        codecs=_codec_names(path, codecs, "name"),
        inner_chunks=inner,
        key_prefix=prefix,
        separator=separator,
    )


def _v3_keys(path: Path, told: dict) -> tuple[str, str]:
    encoding = checked(path, "chunk_key_encoding", told.get("chunk_key_encoding"), dict)
    is_default = encoding.get("name") == "default"
    if not is_default and encoding.get("name") != "v2":
        raise FormatError(f"{path} names its chunks in an unknown way: {encoding.get('name')!r:.40}.", _HINT)
    separator = _separator(path, _configuration(path, encoding).get("separator", "/" if is_default else "."))
    return ("c" + separator if is_default else ""), separator


def _setting(path: Path, told: dict, name: str, kind: str, setting: str) -> object:
    part = checked(path, name, told.get(name), dict)
    if part.get("name") != kind:
        raise FormatError(f"{path}: {name} {part.get('name')!r:.40} is not supported.", _HINT)
    return _configuration(path, part).get(setting)


def _configuration(path: Path, part: dict) -> dict:
    return checked(path, "configuration", part.get("configuration", {}), dict)


def _codec_names(path: Path, codecs: Sequence[object], key: str) -> tuple[str, ...]:
    names = []
    for codec in codecs:
        settings = checked(path, "codec", codec, dict)
        names.append(str(settings.get(key)))
        settings = settings if key == "id" else _configuration(path, settings)
        for name in _TYPES_IN_FILTERS:
            if settings.get(name) is not None:
                _v2_type(path, settings[name])
    return tuple(names)


def _check_index_codecs(path: Path, shard: dict) -> None:
    names = _codec_names(
        path, checked(path, "index_codecs", _configuration(path, shard).get("index_codecs"), list), "name"
    )
    if not set(names) <= {"bytes", "crc32c"}:
        raise FormatError(f"{path} stores the index of its shards in an unknown way: {names!r:.80}.", _HINT)


def _check_codecs(info: ArrayInfo) -> None:
    unknown = [codec for codec in info.codecs if not is_known(codec, info.zarr_format)]
    compressors = [codec for codec in info.codecs if codec.removeprefix("numcodecs.") in COMPRESSORS]
    if unknown or "sharding_indexed" in info.codecs or len(compressors) > 1:
        told = ", ".join(map(repr, unknown or info.codecs))
        raise FormatError(f"{info.folder} stores its voxels in a way that is not supported: {told:.80}.", _HINT)
    if info.inner_chunks and any(whole % part for whole, part in zip(info.chunks, info.inner_chunks, strict=True)):
        raise FormatError(f"{info.folder} has shards that are no whole number of chunks.", _HINT)


def _v2_type(path: Path, name: object) -> np.dtype:
    if not isinstance(name, str) or not _V2_TYPE.fullmatch(name):
        raise _no_numbers(path, name)
    return np.dtype(name).newbyteorder("=")


def _no_numbers(path: Path, name: object) -> FormatError:
    return FormatError(f"{path} has voxels of type {name!r:.40}, which is not a real number.", _HINT)


def _separator(path: Path, separator: object) -> str:
    if separator not in ("/", "."):
        raise FormatError(f"{path} separates the numbers of its chunks by {separator!r:.20}.", _HINT)
    return separator


def _lengths(path: Path, name: str, values: object, count: int | None = None) -> tuple[int, ...]:
    lengths = checked(path, name, values, list)
    if not lengths or (count is not None and len(lengths) != count):
        raise FormatError(f"{path} has {len(lengths)} numbers as its {name}.", _HINT)
    if not all(type(length) is int and 0 < length < 2**40 for length in lengths):
        raise FormatError(f"{path} has an impossible {name}: {lengths!r:.80}.", _HINT)
    return tuple(lengths)
