"""Scanco files that are truncated, damaged or claim what they do not hold are refused in one line that names them."""

import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import FormatError, MicroCTError
from MicroCTSuperResLib.imaging.formats import inspect, read_volume
from sample_scanco import (
    AIM_TYPES,
    DENSITY,
    aim_bytes,
    binary_runs,
    calibration_blocks,
    isq_bytes,
    packed_bits,
    runs,
    with_length,
)

some = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
GREYS = np.arange(24, dtype="int16").reshape(2, 3, 4)
LABELS = (GREYS % 3 == 0).astype("int8")
BLOCKS = calibration_blocks(DENSITY)
ISQ = isq_bytes(GREYS, blocks=BLOCKS, padded=False)
AIMS = {(kind, version): aim_bytes(LABELS, kind, version) for kind in AIM_TYPES for version in ("020", "030")}
HUGE = 2**31 - 1


def refused(folder, content, name, match=None):
    path = folder / name
    path.write_bytes(content)
    with pytest.raises(FormatError, match=match) as caught:
        read_volume(path)
    assert name in caught.value.message
    assert "\n" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("length", [*range(1, 512, 17), 511, 512, 513, 1024, 2048, len(ISQ) - 1])
def test_a_truncated_isq_is_refused_with_its_name(tmp_path, length):
    refused(tmp_path, ISQ[:length], "a.isq")


@pytest.mark.parametrize("version", ["020", "030"])
@pytest.mark.parametrize("kind", ["int16", "float32 VMS", "bits", "runs", "binary runs"])
def test_an_aim_truncated_anywhere_is_refused_with_its_name(tmp_path, kind, version):
    content = AIMS[kind, version]
    header = len(content) - 60
    for length in (*range(1, 260), *range(260, header, 97), *range(header, len(content))):
        refused(tmp_path, content[:length], "a.aim")


def test_bytes_behind_the_voxels_do_no_harm(tmp_path):
    (tmp_path / "a.isq").write_bytes(ISQ + b"more" * 300)
    np.testing.assert_array_equal(read_volume(tmp_path / "a.isq").voxels, GREYS)
    (tmp_path / "a.aim").write_bytes(AIMS["runs", "030"] + b"more" * 300)
    np.testing.assert_array_equal(read_volume(tmp_path / "a.aim").voxels, LABELS)


@pytest.mark.parametrize("size", [(0, 3, 4), (-4, 3, 2), (4, -3, -2), (HUGE, HUGE, HUGE), (4, 3, HUGE), (5, 3, 2)])
def test_a_size_that_the_file_does_not_hold_is_refused_before_memory_is_taken(tmp_path, size):
    tracemalloc.start()
    refused(tmp_path, isq_bytes(GREYS, size=size, size_um=(80, 60, 40), padded=False), "a.isq")
    for kind in ("int16", "bits", "runs", "binary runs"):
        for version in ("020", "030"):
            refused(tmp_path, aim_bytes(LABELS, kind, version, size=size), "a.aim")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4e6


@pytest.mark.parametrize("number", [-1, -2, -(2**31), 2**31 - 1, 40])
def test_voxels_that_begin_outside_the_file_are_refused(tmp_path, number):
    refused(tmp_path, isq_bytes(GREYS, data_offset=number), "a.isq")


@pytest.mark.parametrize(("data_type", "match"), [(9, "radiograph"), (0, "data type 0"), (-1, "data type -1")])
def test_other_contents_of_an_isq_are_refused(tmp_path, data_type, match):
    refused(tmp_path, isq_bytes(GREYS, data_type=data_type), "a.isq", match)


@pytest.mark.parametrize("name", ["a.isq", "a.rsq", "a.aim"])
@pytest.mark.parametrize("content", [b"x", b"CTDATA-HEADER_V2" + bytes(600), b"AIMDATA_V031   \0" + bytes(600)])
def test_files_of_something_else_are_refused(tmp_path, name, content):
    refused(tmp_path, content, name)


@pytest.mark.parametrize("size_um", [(80, 60, 0), (0, 0, 0)])
def test_an_isq_without_voxel_size_needs_one(tmp_path, size_um):
    content = isq_bytes(GREYS, size_um=size_um)
    refused(tmp_path, content, "a.isq", "impossible voxel spacing")
    assert read_volume(tmp_path / "a.isq", spacing=(0.02, 0.02, 0.02)).spacing == (0.02, 0.02, 0.02)


def test_an_isq_with_a_negative_voxel_size_is_refused_whatever_is_given(tmp_path):
    refused(tmp_path, isq_bytes(GREYS, size_um=(80, -60, 40)), "a.isq", "negative voxel spacing")
    with pytest.raises(FormatError, match="negative voxel spacing"):
        read_volume(tmp_path / "a.isq", spacing=(0.02, 0.02, 0.02))


def test_projections_without_a_given_spacing_are_refused_with_their_size(tmp_path):
    refused(tmp_path, isq_bytes(GREYS), "a.rsq", "4 columns x 3 frames x 2 rows")


@pytest.mark.parametrize("code", [0, 0x00060003, 0x00120003, 0x00080003, 0x00030008, -1])
def test_voxel_types_that_are_not_known_are_refused(tmp_path, code):
    refused(tmp_path, aim_bytes(GREYS, type_code=code), "a.aim", "type 0x")


@pytest.mark.parametrize("old", [92, 96])
def test_an_aim_older_than_version_020_is_refused(tmp_path, old):
    refused(tmp_path, aim_bytes(GREYS, version="020", blocks=(20, old, 0, 48, 0)), "a.aim", "older than")


@pytest.mark.parametrize(
    "blocks",
    [
        (40, 224, -1, 48, 0),
        (40, 224, 2**40, 48, 0),
        (40, 224, 10, -48, 0),
        (40, -224, 10, 48, 0),
        (2**60, 224, 0, 48, 0),
    ],
)
def test_impossible_lengths_of_an_aim_are_refused(tmp_path, blocks):
    refused(tmp_path, aim_bytes(GREYS, version="030", blocks=blocks, log=""), "a.aim")


@pytest.mark.parametrize("frame", [(-1, 0, 0), (2, 0, 0), (0, 0, 2**31 - 1)])
def test_an_impossible_frame_is_refused(tmp_path, frame):
    refused(tmp_path, aim_bytes(LABELS, "runs", frame=frame), "a.aim", "impossible header")


def test_a_frame_far_larger_than_what_the_runs_make_is_refused(tmp_path):
    inner = np.ones((1, 1, 1), "int8")
    side = 2**20
    content = aim_bytes(inner, "runs", size=(2 * side + 1,) * 3, frame=(side,) * 3)
    refused(tmp_path, content, "a.aim", "claims")


@pytest.mark.parametrize(
    ("kind", "stream"),
    [
        ("runs", runs(LABELS)[:-2]),  # ends early
        ("runs", runs(LABELS)[:-1]),  # half a run
        ("runs", runs(LABELS) + b"\1\1"),  # runs over
        ("runs", b"\1\xff" * 20),
        ("runs", b"\1\0" * 20),  # nothing but runs without voxels
        ("binary runs", binary_runs(LABELS)[:-1]),
        ("binary runs", binary_runs(LABELS) + b"\1"),
        ("binary runs", b"\0\1" + b"\0" * 30),
        ("binary runs", b"\0\1\xff"),
        ("binary runs", b"\0\1"),
    ],
)
@pytest.mark.parametrize("version", ["020", "030"])
def test_runs_that_make_another_number_of_voxels_are_refused(tmp_path, kind, stream, version):
    refused(tmp_path, aim_bytes(LABELS, kind, version, data=with_length(stream, version)), "a.aim", "compressed")


@pytest.mark.parametrize("length", [-1, 0, 4, 9, 10**6, 2**62])
def test_runs_of_an_impossible_length_are_refused(tmp_path, length):
    refused(tmp_path, aim_bytes(LABELS, "runs", data=struct.pack("<q", length) + runs(LABELS)), "a.aim", "compressed")


def test_packed_bits_that_end_early_are_refused(tmp_path):
    refused(tmp_path, aim_bytes(LABELS, "bits", data=packed_bits(LABELS)[:-1]), "a.aim", "compressed")


@some
@given(
    start=st.sampled_from([("a.isq", ISQ), *(("a.aim", content) for content in AIMS.values())]),
    changes=st.lists(st.tuples(st.integers(0, 600), st.binary(min_size=1, max_size=8)), max_size=4),
    end=st.integers(0, 4000),
)
def test_damaged_files_are_read_or_refused_and_nothing_else(tmp_path, start, changes, end):
    name, content = start[0], bytearray(start[1])
    for place, values in changes:
        content[place : place + len(values)] = values
    (tmp_path / name).write_bytes(content[: max(end, 1)])
    try:
        header = inspect(tmp_path / name)
        assert header.stored_bytes <= 2**27
        assert read_volume(tmp_path / name).size == header.size
    except MicroCTError:
        pass  # refused; any other exception fails the test
