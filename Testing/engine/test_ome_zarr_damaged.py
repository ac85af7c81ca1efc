"""Damaged and hostile OME-Zarr folders: refused in one line before memory is taken, never read as something else."""

import json
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import FormatError, MicroCTError
from MicroCTSuperResLib.imaging.formats import inspect, open_scan, read_volume, write_volume
from MicroCTSuperResLib.imaging.formats.ome_zarr.image import OWN_ATTRIBUTE
from sample_ome_zarr import VOXELS, attributes, change_json, multiscale, write_other
from sample_volumes import assert_same, sample_volume

VERSIONS = ("0.4", "0.5")
both = pytest.mark.parametrize("version", VERSIONS)


@pytest.fixture(params=VERSIONS)
def own(tmp_path, request):
    """A folder of ours with three chunks."""
    return write_volume(sample_volume(size=(7, 4, 70)), tmp_path / "v.zarr", ngff=request.param)


def chunks_of(path):
    names = {"zarr.json", ".zarray", ".zattrs", ".zgroup"}
    return sorted(file for file in (path / "0").rglob("*") if file.is_file() and file.name not in names)


def metadata_of(path, array=False):
    """The file with the group's or the array's metadata."""
    folder = path / "0" if array else path
    return next(folder / name for name in ("zarr.json", ".zarray" if array else ".zattrs") if (folder / name).is_file())


def refused(path, match, read=read_volume):
    with pytest.raises(FormatError, match=match) as told:
        read(path)
    assert "\n" not in str(told.value)
    assert told.value.hint


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_missing_chunk_of_ours_is_found(own, number):
    chunks_of(own)[number].unlink()
    refused(own, "2 of 3 chunks", inspect)


def test_a_chunk_that_goes_missing_after_the_header_was_read_is_found(own):
    scan = open_scan(own)
    chunks_of(own)[1].unlink()
    with pytest.raises(FormatError, match="is missing"):
        scan.volume()


@pytest.mark.parametrize("kept", [0, 1, 10, -1])
def test_a_truncated_chunk_is_found(own, kept):
    chunk = chunks_of(own)[1]
    chunk.write_bytes(chunk.read_bytes()[:kept])
    refused(own, "chunk|damaged")


@both
@pytest.mark.parametrize("compress", [False, True])
def test_every_changed_bit_of_a_chunk_is_found(tmp_path, version, compress):
    # The checksum of the chunk (XXH64 of zstd, CRC32C) sees every one. What differs may also be a setting of the
    # compressor that does not change the voxels: then they are as they were.
    volume = sample_volume(size=(5, 4, 3))
    path = write_volume(volume, tmp_path / "v.zarr", compress=compress, ngff=version)
    (chunk,) = chunks_of(path)
    content = chunk.read_bytes()
    found = 0
    for place in range(len(content)):
        chunk.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        try:
            assert_same(read_volume(path), volume)
        except FormatError:
            found += 1
    assert found > 0.9 * len(content)


@both
def test_uncompressed_chunks_of_another_length_are_refused(tmp_path, version):
    path = write_other(tmp_path / "v.zarr", version, compressors=None)
    with chunks_of(path)[0].open("ab") as file:
        file.write(b"x")
    refused(path, "no whole chunk", inspect)


@both
def test_a_folder_without_any_chunk_is_refused(tmp_path, version):
    path = write_other(tmp_path / "v.zarr", version)
    for chunk in chunks_of(path):
        chunk.unlink()
    refused(path, "0 of 8 chunks", inspect)  # 4 x 5 x 6 voxels in chunks of 3 x 3 x 3


def test_a_claim_of_far_more_chunks_than_are_there_is_refused(tmp_path):
    path = write_other(tmp_path / "v.zarr")
    change_json(path / "0" / ".zarray", lambda told: told.update(shape=[10**9] * 3))
    refused(path, "of .* chunks", inspect)


@both
@pytest.mark.parametrize("shape", [[0, 1, 1], [-1, 1, 1], [2**70, 1, 1], [1.5, 1, 1], [True, 1, 1], [], 5, None])
def test_an_impossible_shape_is_refused(tmp_path, version, shape):
    path = write_other(tmp_path / "v.zarr", version)
    change_json(metadata_of(path, array=True), lambda told: told.update(shape=shape))
    refused(path, "shape", inspect)


def test_chunks_of_absurd_size_are_refused(tmp_path):
    path = write_other(tmp_path / "v.zarr", chunks=VOXELS.shape)
    change_json(path / "0" / ".zarray", lambda told: told.update(chunks=[5000, 5000, 5000]))
    refused(path, "chunks of 250000000000 bytes", inspect)


@pytest.mark.parametrize(
    ("compressor", "stored"),
    [
        ({"id": "zlib", "level": 9}, zlib.compress(bytes(10**6))),
        ({"id": "zstd", "level": 1}, b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", 2**40) + bytes(50)),
        ({"id": "blosc"}, b"\x02\x01\x01\x02" + struct.pack("<III", 2**31 - 1, 2**20, 60) + bytes(44)),
        ({"id": "lz4"}, struct.pack("<i", 2**31 - 1) + bytes(60)),
    ],
    ids=lambda value: value.get("id", "") if isinstance(value, dict) else "",
)
def test_a_chunk_that_expands_to_more_than_its_voxels_is_refused(tmp_path, compressor, stored):
    path = write_other(tmp_path / "v.zarr", chunks=VOXELS.shape)
    change_json(path / "0" / ".zarray", lambda told: told.update(compressor=compressor))
    chunks_of(path)[0].write_bytes(stored)
    refused(path, "expands to more")


@pytest.mark.parametrize("name", ["pickle", "json2", "msgpack2", "vlen-utf8", "categorize", "bz2", "no-such-codec"])
@pytest.mark.parametrize("place", ["compressor", "filters"])
def test_codecs_that_could_run_code_or_make_no_numbers_are_refused(tmp_path, name, place):
    # numcodecs' pickle would run whatever the chunk says
    path = write_other(tmp_path / "v.zarr")
    codec = {"id": name}
    change_json(path / "0" / ".zarray", lambda told: told.update({place: [codec] if place == "filters" else codec}))
    refused(path, f"not supported: '{name}'", inspect)


@both
@pytest.mark.parametrize("name", ["../secret", "/etc", ".", "", "a/../..", "link", "\0", 5, None])
def test_an_array_outside_the_folder_is_refused(tmp_path, version, name):
    write_other(tmp_path / "secret", version, dataset="a")
    path = write_other(tmp_path / "v.zarr", version, dataset="b")
    (path / "link").symlink_to(tmp_path / "secret" / "a")
    change_json(metadata_of(path), lambda told: _image(told)["datasets"][0].update(path=name))
    refused(path, "outside itself|path of a dataset", inspect)


def _image(told):
    told = told.get("attributes", told)
    return told.get("ome", told)["multiscales"][0]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "5", '{"attributes": 5}', "[" * 10**6, '{"a": ' * 10**5, '{"a": ' + "9" * 10**5 + "}", "\udce4"],
    ids=["empty", "open", "list", "number", "attributes", "deep list", "deep", "long number", "no text"],
)
@pytest.mark.parametrize("array", [False, True])
def test_metadata_that_are_no_json_object_are_refused(own, text, array):
    metadata_of(own, array).write_text(text, "utf-8", "surrogateescape")
    with pytest.raises(FormatError, match=r"damaged|should be|without the metadata|shape|no array"):
        inspect(own)


def test_metadata_of_absurd_length_are_refused_unread(own):
    with metadata_of(own).open("r+b") as file:
        file.truncate(2**40)
    refused(own, "larger than metadata", inspect)


@both
@pytest.mark.parametrize("name", ["z", "q", "a\nb"])
def test_axes_of_other_names_are_refused(tmp_path, version, name):
    path = write_other(tmp_path / "v.zarr", version)
    change_json(metadata_of(path), lambda told: _image(told)["axes"][2].update(name=name))
    refused(path, "axes of space called", inspect)


@both
def test_an_array_of_other_axes_than_the_image_is_refused(tmp_path, version):
    refused(write_other(tmp_path / "v.zarr", version, VOXELS[np.newaxis]), "of an array with 4", inspect)


@both
def test_missing_metadata_of_the_array_are_told(tmp_path, version):
    path = write_other(tmp_path / "v.zarr", version)
    metadata_of(path, array=True).unlink()
    refused(path, "holds no array", inspect)


def test_a_folder_named_zarr_without_metadata_is_told(tmp_path):
    (tmp_path / "v.zarr").mkdir()
    refused(tmp_path / "v.zarr", "no zarr metadata", inspect)


def test_a_file_named_zarr_is_told(tmp_path):
    (tmp_path / "v.zarr").write_bytes(b"PK")
    refused(tmp_path / "v.zarr", "OME-Zarr is a folder", inspect)


@pytest.mark.parametrize(
    "change",
    [
        {"size": [1, 2, 3]},
        {"stored_type": "uint16"},
        {"direction": [1, 0]},
        {"direction": ["a"] * 9},
        {"direction": [10**400] * 9},
        {"calibration": {"mu_water": 10**400}},
        {"rescale": [0, 1]},
        {"rescale": [1]},
        {"calibration": {"slope": 1}},
        {"metadata": 5},
        {"units": None, "metadata": None},
    ],
    ids=str,
)
def test_an_own_attribute_that_is_damaged_or_of_other_voxels_is_refused(own, change):
    change_json(metadata_of(own), lambda told: told.get("attributes", told)[OWN_ATTRIBUTE].update(change))
    refused(own, "attribute MicroCTSuperRes|direction", inspect)


# JSON values that a writer could never have meant.
ODD = (None, True, -1, 0, 2**63, 10**400, 1e308, "", "x", "\0", [], {}, [[]], [None], {"a": 1})


def assert_read_or_refused(path):
    """Voxels of the size that the header tells, or an error of one line with the name of the folder."""
    try:
        header = inspect(path)
        voxels = read_volume(path).voxels
    except MicroCTError as error:
        told = str(error)
    else:
        told = f"{path} is read"
        assert voxels.shape == header.size[::-1]
    assert str(path) in told
    assert "\n" not in told


@both
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 200), value=st.sampled_from(ODD), array=st.booleans())
def test_odd_values_anywhere_in_the_metadata_never_crash(version, place, value, array, tmp_path_factory):
    path = write_other(tmp_path_factory.mktemp("odd") / "v.zarr", version, told=attributes(version, multiscale("zyx")))
    change_json(metadata_of(path, array), lambda told: _put(told, place, value))
    assert_read_or_refused(path)


def _put(told, number, value):
    """Replace the value at the number-th place of a tree of JSON, counted around."""
    places = list(_places(told))
    parent, key = places[number % len(places)]
    parent[key] = value


def _places(node):
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield node, key
        yield from _places(value)


@both
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_changed_bytes_anywhere_never_crash(version, data, tmp_path_factory):
    path = write_volume(sample_volume(size=(4, 3, 2)), tmp_path_factory.mktemp("bytes") / "v.zarr", ngff=version)
    file = data.draw(st.sampled_from(sorted(file for file in path.rglob("*") if file.is_file())))
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(content)
    assert_read_or_refused(path)


def test_chunks_of_another_shape_than_their_metadata_say_are_refused(tmp_path):
    path = write_volume(sample_volume(size=(4, 3, 2)), tmp_path / "v.zarr")
    told = json.loads((path / "0" / "zarr.json").read_text())
    told["chunk_grid"]["configuration"]["chunk_shape"] = [2, 3, 3]
    (path / "0" / "zarr.json").write_text(json.dumps(told))
    refused(path, "chunk")


def test_a_hole_in_a_shard_is_the_fill_value(tmp_path):
    voxels = VOXELS.copy()
    voxels[0] = 0
    path = write_other(tmp_path / "v.zarr", "0.5", voxels, chunks=(1, 5, 6), shards=(4, 5, 6))
    np.testing.assert_array_equal(read_volume(path).voxels, voxels)


@pytest.mark.parametrize("kept", [0, 20, -1])
def test_a_truncated_shard_is_refused(tmp_path, kept):
    path = write_other(tmp_path / "v.zarr", "0.5", VOXELS + 1, chunks=(1, 5, 6), shards=(4, 5, 6))
    (shard,) = chunks_of(path)
    shard.write_bytes(shard.read_bytes()[:kept])
    refused(path, "no whole chunk|damaged")
