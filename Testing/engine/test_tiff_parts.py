"""Parts of TIFF files and slices: the same numbers as slicing the whole, and only what is needed is read."""

import zlib

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import FormatError
from MicroCTSuperResLib.imaging.formats import inspect, open_scan, read_volume
from PIL import Image

SPACING = (0.01, 0.01, 0.02)
GREYS = np.random.default_rng(0).integers(0, 2**16, (5, 11, 13)).astype("uint16")  # z, y, x
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WRITTEN = {
    "plain": {},
    "big": {"bigtiff": True},
    "big-endian": {"byteorder": ">"},
    "big big-endian": {"bigtiff": True, "byteorder": ">"},
    "strips": {"rowsperstrip": 4},
    "big-endian strips": {"rowsperstrip": 4, "byteorder": ">"},
    "deflated": {"compression": "zlib"},
    "deflated big-endian strips": {"compression": "zlib", "rowsperstrip": 3, "byteorder": ">"},
}


def span(draw, count):
    start = draw(st.integers(0, count - 1))
    return slice(start, draw(st.integers(start + 1, count)), draw(st.integers(1, 4)))


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize("voxel_type", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32"])
@few
@given(data=st.data())
def test_any_region_of_any_tiff_is_that_of_the_whole(tmp_path_factory, how, voxel_type, data):
    voxels = GREYS.astype(voxel_type)
    path = tmp_path_factory.mktemp("tiff") / "a.tif"
    tifffile.imwrite(path, voxels, photometric="minisblack", metadata=None, **WRITTEN[how])
    scan = open_scan(path, spacing=SPACING)
    region = tuple(span(data.draw, count) for count in voxels.shape)
    part = scan.read(region)
    np.testing.assert_array_equal(part, voxels[region])
    assert part.dtype == voxels.dtype
    assert part.dtype.isnative
    assert scan.reads_parts


@pytest.mark.parametrize("compression", ["packbits", "tiff_lzw"])
@few
@given(data=st.data())
def test_any_region_of_a_tiff_that_is_left_to_itk_is_that_of_the_whole(tmp_path_factory, compression, data):
    path = tmp_path_factory.mktemp("tiff") / "a.tif"
    first, *others = [Image.fromarray(pixels) for pixels in GREYS]
    first.save(path, save_all=True, append_images=others, compression=compression)
    scan = open_scan(path, spacing=SPACING)
    region = tuple(span(data.draw, count) for count in GREYS.shape)
    np.testing.assert_array_equal(scan.read(region), GREYS[region])
    assert not scan.reads_parts


@pytest.mark.parametrize("voxel_type", ["uint8", "uint16", "int32"])
@pytest.mark.parametrize(("compression", "in_parts"), [("tiff_adobe_deflate", True), ("tiff_lzw", False)])
def test_pixels_that_are_stored_as_differences_are_summed_up(tmp_path, voxel_type, compression, in_parts):
    pixels = GREYS[0].astype(voxel_type)
    path = tmp_path / "a.tif"
    Image.fromarray(pixels).save(path, compression=compression, tiffinfo={317: 2})  # libtiff writes it
    scan = open_scan(path, spacing=SPACING)
    assert tifffile.TiffFile(path).pages[0].predictor == 2
    assert scan.reads_parts == in_parts
    np.testing.assert_array_equal(scan.volume().voxels[0], pixels)


@pytest.mark.parametrize("ending", [".tif", ".bmp", ".png", ".jp2"])
@few
@given(data=st.data())
def test_any_region_of_a_stack_is_that_of_the_whole(tmp_path_factory, ending, data):
    voxels = GREYS.astype("uint8" if ending == ".bmp" else data.draw(st.sampled_from(["uint8", "uint16"])))
    folder = tmp_path_factory.mktemp("stack")
    for number, pixels in enumerate(voxels):
        Image.fromarray(pixels).save(folder / f"a{number}{ending}")
    scan = open_scan(folder, spacing=SPACING)
    region = tuple(span(data.draw, count) for count in voxels.shape)
    part = scan.read(region)
    np.testing.assert_array_equal(part, voxels[region])
    assert part.dtype == voxels.dtype
    assert scan.reads_parts


def test_damaged_deflated_pixels_are_refused_and_pages_beside_them_read(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, GREYS, photometric="minisblack", metadata=None, compression="zlib")
    with tifffile.TiffFile(path) as file:
        place, length = file.pages[2].dataoffsets[0], file.pages[2].databytecounts[0]
    whole, harmless = path.read_bytes(), 0
    for position in range(length):  # the checksum in the last bytes is compared, too
        content = bytearray(whole)
        content[place + position] ^= 0x10
        path.write_bytes(content)
        assert inspect(path, spacing=SPACING).size == (13, 11, 5)
        np.testing.assert_array_equal(read_volume(path, spacing=SPACING, crop=":,:,3:5").voxels, GREYS[3:5])
        try:
            voxels = read_volume(path, spacing=SPACING).voxels
        except FormatError:
            continue
        np.testing.assert_array_equal(voxels, GREYS)
        harmless += 1
    assert harmless <= 2  # the padding bits of a stored block (RFC 1951, 3.2.4) mean nothing


def test_a_compressed_strip_that_is_too_short_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as file:
        options = {"photometric": "minisblack", "metadata": None, "compression": 8, "rowsperstrip": 11}
        file.write(iter([zlib.compress(GREYS[0, :7].tobytes())]), shape=(11, 13), dtype="uint16", **options)
    with pytest.raises(FormatError, match="182 bytes instead of 286"):  # 7 and 11 rows of 13 values of 2 bytes
        read_volume(path, spacing=SPACING)


def test_turned_pages_are_read_as_itk_turns_them(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, GREYS[0], photometric="minisblack", metadata=None, extratags=[(274, "H", 1, 4, True)])
    scan = open_scan(path, spacing=SPACING)
    assert not scan.reads_parts  # orientation 4: the first row is the lowest
    np.testing.assert_array_equal(scan.volume().voxels[0], GREYS[0, ::-1])


def test_a_file_that_changes_after_its_header_was_read_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, GREYS, photometric="minisblack", metadata=None)
    scan = open_scan(path, spacing=SPACING)
    tifffile.imwrite(path, GREYS[:, :5], photometric="minisblack", metadata=None)
    with pytest.raises(FormatError, match="differs from its header"):
        scan.volume()


@pytest.mark.parametrize("changed", [GREYS[0, :3], GREYS[0].astype("uint8")])
def test_a_slice_that_changes_after_its_header_was_read_is_refused(tmp_path, changed):
    for number, pixels in enumerate(GREYS):
        tifffile.imwrite(tmp_path / f"a{number}.tif", pixels, photometric="minisblack")
    scan = open_scan(tmp_path, spacing=SPACING)
    tifffile.imwrite(tmp_path / "a3.tif", changed, photometric="minisblack")
    with pytest.raises(FormatError, match=r"a3.tif differs from its header"):
        scan.volume()
    np.testing.assert_array_equal(scan.read((slice(0, 3, 1), slice(0, 11, 1), slice(0, 13, 1))), GREYS[:3])
