"""A volume written as OME-Zarr comes back as it was, and other programs find in it what NGFF says it has."""

import json

import numpy as np
import pytest
import zarr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import OutputError
from MicroCTSuperResLib.imaging.calibration import Calibration, Line
from MicroCTSuperResLib.imaging.formats import inspect, open_scan, read_volume, write_volume
from MicroCTSuperResLib.imaging.volume import IDENTITY
from sample_volumes import METADATA, assert_same, rotation, sample_volume

VERSIONS = ("0.4", "0.5")
# fmt: off
EVERY_TYPE = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "float32", "float64")
# fmt: on
CALIBRATION = Calibration(
    mu_scaling=8192.0, mu_water=0.2409, slope=1603.51904, intercept=-391.209015, origins={"slope": "header of µ.isq"}
)
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def levels(path):
    """The arrays of an image from fine to coarse, read by plain zarr, and its multiscale metadata."""
    group = zarr.open_group(str(path), mode="r")
    told = group.attrs.asdict()
    image = told.get("ome", told)["multiscales"][0]
    return [group[dataset["path"]] for dataset in image["datasets"]], image


def placed(image):
    """Scale and translation of each level, (z, y, x)."""
    both = [dataset["coordinateTransformations"] for dataset in image["datasets"]]
    return [(np.array(scale["scale"]), np.array(shift["translation"])) for scale, shift in both]


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("ngff", VERSIONS)
@pytest.mark.parametrize("voxel_type", EVERY_TYPE)
def test_every_type_comes_back(tmp_path, ngff, voxel_type, compress):
    kind = np.dtype(voxel_type)
    limits = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
    volume = sample_volume(voxel_type, calibration=CALIBRATION)
    voxels = volume.voxels.copy()
    voxels[0, 0, :2] = limits.min, limits.max
    volume = volume.with_voxels(voxels)
    path = write_volume(volume, tmp_path / "v.zarr", ngff=ngff, compress=compress)
    header, back = inspect(path), read_volume(path)
    assert_same(back, volume)
    assert back.calibration == volume.calibration == header.calibration
    assert dict(back.calibration.origins) == dict(volume.calibration.origins)
    assert (header.size, header.stored_type, header.warnings) == (volume.size, voxel_type, ())


@pytest.mark.parametrize("ngff", VERSIONS)
@few
@given(
    lengths=st.tuples(*[st.floats(1e-4, 5)] * 3),
    places=st.tuples(*[st.floats(-1000, 1000)] * 3),
    angles=st.tuples(*[st.floats(-3.1, 3.1)] * 2),
)
def test_geometry_comes_back_to_the_last_bit(ngff, lengths, places, angles, tmp_path_factory):
    volume = sample_volume(spacing=lengths, origin=places, direction=tuple(rotation(*angles).ravel()))
    assert_same(read_volume(write_volume(volume, tmp_path_factory.mktemp("v") / "v.zarr", ngff=ngff)), volume)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_voxels_that_are_no_numbers_come_back(tmp_path, value):
    voxels = np.full((3, 4, 300), value, np.float32)
    voxels[0, 0, 0] = 1.5
    volume = sample_volume().with_voxels(voxels)
    assert_same(read_volume(write_volume(volume, tmp_path / "v.zarr")), volume)


@pytest.mark.parametrize("ngff", VERSIONS)
def test_voxels_in_another_byte_order_or_layout_come_back(tmp_path, ngff):
    volume = sample_volume()
    turned = volume.with_voxels(np.asfortranarray(volume.voxels.astype(">i2")))
    assert_same(read_volume(write_volume(turned, tmp_path / "v.zarr", ngff=ngff)), volume)


@pytest.mark.parametrize("ngff", VERSIONS)
def test_whole_numbers_keep_their_rescale(tmp_path, ngff):
    volume = sample_volume("float32")
    line = Line(0.5, -3.0)
    path = write_volume(volume, tmp_path / "v.zarr", voxel_type="int16", rescale=line, ngff=ngff)
    header = inspect(path)
    assert (header.stored_type, header.line, header.units) == ("int16", line, volume.units)
    # grey = stored / 2 - 3, so whole grey values 0 to 99 are stored as 6 to 204 without rounding
    np.testing.assert_array_equal(levels(path)[0][0][...], volume.voxels * 2 + 6)
    np.testing.assert_array_equal(read_volume(path).voxels, volume.voxels)


@pytest.mark.parametrize("ngff", VERSIONS)
@few
@given(data=st.data())
def test_a_part_is_what_the_whole_has_there(ngff, data, tmp_path_factory):
    volume = sample_volume(size=(140, 9, 70))  # two chunks along x, three along z
    scan = open_scan(write_volume(volume, tmp_path_factory.mktemp("v") / "v.zarr", ngff=ngff))
    assert scan.reads_parts
    region = []
    for length in volume.voxels.shape:
        start = data.draw(st.integers(0, length - 1))
        region.append(slice(start, data.draw(st.integers(start + 1, length)), data.draw(st.integers(1, 40))))
    np.testing.assert_array_equal(scan.read(tuple(region)), volume.voxels[tuple(region)])


def test_a_part_needs_its_own_chunks_alone(tmp_path):
    volume = sample_volume(size=(5, 6, 70))
    path = write_volume(volume, tmp_path / "v.zarr")
    scan = open_scan(path)
    (path / "0" / "c" / "0" / "0" / "0").write_bytes(b"damaged")  # slices 0 to 31
    region = (slice(40, 70, 1), slice(0, 6, 1), slice(0, 5, 1))
    np.testing.assert_array_equal(scan.read(region), volume.voxels[40:])


@pytest.mark.parametrize("ngff", VERSIONS)
def test_the_metadata_are_those_of_ngff(tmp_path, ngff):
    volume = sample_volume(size=(600, 3, 1), direction=IDENTITY)
    path = write_volume(volume, tmp_path / "mouse 7.ome.zarr", ngff=ngff)
    arrays, image = levels(path)
    assert [array.metadata.zarr_format for array in arrays] == [2 if ngff == "0.4" else 3] * 3
    assert image["axes"] == [{"name": name, "type": "space", "unit": "millimeter"} for name in "zyx"]
    assert image["name"] == "mouse 7"
    told = zarr.open_group(str(path), mode="r").attrs.asdict()
    assert (image["version"] if ngff == "0.4" else told["ome"]["version"]) == ngff
    if ngff == "0.5":
        assert all(array.metadata.dimension_names == ("z", "y", "x") for array in arrays)
    else:
        assert all(array.metadata.dimension_separator == "/" for array in arrays)


@pytest.mark.parametrize("ngff", VERSIONS)
def test_levels_halve_until_they_are_small_and_their_edges_align(tmp_path, ngff):
    volume = sample_volume(size=(600, 3, 1), spacing=(0.01, 0.02, 0.03), origin=(1.0, 2.0, 3.0), direction=IDENTITY)
    arrays, image = levels(write_volume(volume, tmp_path / "v.zarr", ngff=ngff))
    # the coarsest is at most 256 long; an odd length is rounded up; a single slice stays one
    assert [array.shape for array in arrays] == [(1, 3, 600), (1, 2, 300), (1, 1, 150)]
    scales, shifts = zip(*placed(image), strict=True)
    np.testing.assert_allclose(scales, [(0.03, 0.02, 0.01), (0.03, 0.04, 0.02), (0.03, 0.08, 0.04)], rtol=1e-12)
    np.testing.assert_allclose(shifts[0], (3.0, 2.0, 1.0), rtol=1e-12)
    for scale, shift in placed(image):
        # the lower edge of the first voxel: half a voxel before its centre
        np.testing.assert_allclose(shift - scale / 2, (2.985, 1.99, 0.995), rtol=1e-12)


@pytest.mark.parametrize("voxel_type", ["int16", "float32"])
def test_a_level_is_the_mean_of_2_x_2_x_2_voxels_of_the_one_before(tmp_path, voxel_type):
    volume = sample_volume(voxel_type, size=(514, 6, 66))  # 66 slices: more than one chunk of a level
    arrays, _ = levels(write_volume(volume, tmp_path / "v.zarr"))
    assert arrays[1].shape == (33, 3, 257)
    means = volume.voxels.reshape(33, 2, 3, 2, 257, 2).astype(float).mean(axis=(1, 3, 5))
    np.testing.assert_array_equal(arrays[1][...], np.rint(means) if voxel_type == "int16" else means.astype("float32"))
    assert arrays[1].dtype == arrays[2].dtype == voxel_type


def test_the_mean_of_the_largest_doubles_stays_finite(tmp_path):
    volume = sample_volume().with_voxels(np.full((2, 2, 258), np.finfo(np.float64).max))
    arrays, _ = levels(write_volume(volume, tmp_path / "v.zarr"))
    np.testing.assert_array_equal(arrays[1][...], np.finfo(np.float64).max)


def test_at_odd_ends_a_level_is_the_mean_of_the_voxels_that_are_there(tmp_path):
    voxels = np.zeros((3, 1, 259), np.float32)
    voxels[2, 0, 258] = 8  # alone in its block of 2 x 2 x 2
    voxels[2, 0, 0] = 8  # shares its block with one voxel along x
    arrays, _ = levels(write_volume(sample_volume().with_voxels(voxels), tmp_path / "v.zarr"))
    assert arrays[1].shape == (2, 1, 130)
    assert (arrays[1][1, 0, 129], arrays[1][1, 0, 0], arrays[1][0, 0, 0]) == (8, 4, 0)


@pytest.mark.parametrize("voxel_type", ["int64", "uint64"])
def test_the_mean_of_the_largest_whole_numbers_stays_one_of_them(tmp_path, voxel_type):
    largest = np.iinfo(voxel_type).max
    volume = sample_volume().with_voxels(np.full((2, 2, 258), largest, voxel_type))
    arrays, _ = levels(write_volume(volume, tmp_path / "v.zarr"))
    # a double has 53 bits: the largest one below 2^63 or 2^64 is 2^-53 of it away
    assert arrays[1][...].min() >= largest - largest // 2**52


def test_viewers_are_told_which_grey_values_to_show(tmp_path):
    volume = sample_volume(size=(20, 20, 20))
    told = json.loads((write_volume(volume, tmp_path / "v.zarr") / "zarr.json").read_text())
    (channel,) = told["attributes"]["ome"]["omero"]["channels"]
    window = channel["window"]
    assert channel["label"] == volume.units
    assert (window["min"], window["max"]) == (volume.voxels.min(), volume.voxels.max())
    assert window["min"] <= window["start"] < window["end"] <= window["max"]


def test_a_volume_of_one_grey_value_tells_no_window(tmp_path):
    path = write_volume(sample_volume().with_voxels(np.ones((2, 2, 2))), tmp_path / "v.zarr")
    assert "omero" not in json.loads((path / "zarr.json").read_text())["attributes"]["ome"]


def test_chunks_of_zeros_are_written_too(tmp_path):
    path = write_volume(sample_volume().with_voxels(np.zeros((70, 3, 3), np.int16)), tmp_path / "v.zarr")
    assert len([file for file in (path / "0" / "c").rglob("*") if file.is_file()]) == 3


def test_version_2_names_no_setting_that_some_readers_refuse(tmp_path):
    path = write_volume(sample_volume(), tmp_path / "v.zarr", ngff="0.4")
    # zarrs (Rust) and what is built on it: "unknown field `checksum`"
    assert json.loads((path / "0" / ".zarray").read_text())["compressor"] == {"id": "zstd", "level": 1}


def test_an_unknown_version_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"0\.6"):
        write_volume(sample_volume(), tmp_path / "v.zarr", ngff="0.6")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ngff", VERSIONS)
def test_an_earlier_result_is_replaced_only_when_allowed(tmp_path, ngff):
    old, new = sample_volume(size=(300, 4, 5)), sample_volume("float32")
    path = write_volume(old, tmp_path / "v.zarr", ngff=ngff)
    with pytest.raises(OutputError, match="exists"):
        write_volume(new, path)
    assert_same(read_volume(path), old)
    assert_same(read_volume(write_volume(new, path, overwrite=True)), new)
    assert not (path / "1").exists()  # a level of the old one
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["notes.txt", "0/notes.txt", "labels/bone/0/0", "0/9/9/9", "1/0"])
@pytest.mark.parametrize("ngff", VERSIONS)
def test_a_folder_with_anything_else_is_never_replaced(tmp_path, place, ngff):
    path = write_volume(sample_volume(), tmp_path / "v.zarr", ngff=ngff)
    other = path / place
    other.parent.mkdir(parents=True, exist_ok=True)
    other.write_text("mine")
    with pytest.raises(OutputError, match="other files"):
        write_volume(sample_volume(), path, overwrite=True)
    assert other.read_text() == "mine"


def test_a_folder_that_is_no_zarr_is_never_replaced(tmp_path):
    (tmp_path / "v.zarr").mkdir()
    (tmp_path / "v.zarr" / "scan.nrrd").write_text("mine")
    with pytest.raises(OutputError, match=r"scan\.nrrd"):
        write_volume(sample_volume(), tmp_path / "v.zarr", overwrite=True)


def test_an_empty_folder_may_be_replaced(tmp_path):
    (tmp_path / "v.zarr").mkdir()
    volume = sample_volume()
    assert_same(read_volume(write_volume(volume, tmp_path / "v.zarr", overwrite=True)), volume)


def test_a_file_is_never_replaced_by_a_folder(tmp_path):
    (tmp_path / "v.zarr").write_text("mine")
    with pytest.raises(OutputError, match="is a file"):
        write_volume(sample_volume(), tmp_path / "v.zarr", overwrite=True)
    assert (tmp_path / "v.zarr").read_text() == "mine"


def test_nothing_is_left_where_writing_fails(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("MicroCTSuperResLib.imaging.formats.ome_zarr.writing._mean", fail)
    with pytest.raises(OutputError, match="full"):
        write_volume(sample_volume(), tmp_path / "v.zarr")
    assert list(tmp_path.iterdir()) == []


def test_metadata_of_any_alphabet_come_back(tmp_path):
    volume = sample_volume(metadata={**METADATA, "名": "骨 🦴", "ome": "a name that NGFF uses", "\u2028": "\x00\x1f"})
    assert_same(read_volume(write_volume(volume, tmp_path / "v.zarr")), volume)
