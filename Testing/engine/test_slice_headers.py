"""Slices as PNG, BMP and JPEG 2000: headers read without the pixels, parts of rows, damaged files refused."""

import struct
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import FormatError, MicroCTError
from MicroCTSuperResLib.imaging.formats import inspect, read_volume
from MicroCTSuperResLib.imaging.formats.stacks.bmp import read_bitmap, read_part
from PIL import Image

SPACING = (0.01, 0.01, 0.02)
GREYS = np.random.default_rng(0).integers(0, 2**16, (11, 13)).astype("uint16")  # y, x
PICTURES = {
    ".png": GREYS,
    ".jp2": GREYS,
    ".j2k": GREYS,
    ".bmp": GREYS.astype("uint8"),
    ".tif": GREYS,
}
few = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def saved(folder, ending, pixels=None):
    path = folder / f"slice{ending}"
    Image.fromarray(PICTURES[ending] if pixels is None else pixels).save(path)
    return path


def refused(path, match):
    with pytest.raises(FormatError, match=match) as caught:
        read_volume(path, spacing=SPACING)
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("ending", [".jp2", ".j2k", ".png"])
@pytest.mark.parametrize("voxel_type", ["uint8", "uint16"])
def test_grey_slices_of_8_and_16_bits_are_read_exactly(tmp_path, ending, voxel_type):
    path = saved(tmp_path, ending, GREYS.astype(voxel_type))
    header = inspect(path, spacing=SPACING)
    assert (header.size, header.voxel_type) == ((13, 11, 1), voxel_type)
    np.testing.assert_array_equal(read_volume(path, spacing=SPACING).voxels[0], GREYS.astype(voxel_type))


def test_a_png_of_few_bits_is_spread_over_a_byte(tmp_path):
    path = tmp_path / "mask.png"
    Image.fromarray(GREYS > 2**15).save(path)  # one bit a pixel
    assert inspect(path, spacing=SPACING).voxel_type == "uint8"
    np.testing.assert_array_equal(read_volume(path, spacing=SPACING).voxels[0], (GREYS > 2**15) * 255)


@pytest.mark.parametrize("ending", [".png", ".jp2"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_colours_and_transparency_are_refused(tmp_path, ending, mode):
    path = tmp_path / f"colour{ending}"
    Image.fromarray(GREYS.astype("uint8")).convert(mode).save(path)
    refused(path, "colour")


def test_a_png_with_a_colour_table_is_refused(tmp_path):
    path = tmp_path / "table.png"
    Image.fromarray(GREYS.astype("uint8")).convert("P").save(path)
    refused(path, "colour")


@pytest.mark.parametrize("ending", PICTURES)
@pytest.mark.parametrize("other", [".nrrd", ".txt"])
def test_something_else_under_the_name_of_a_slice_is_refused(tmp_path, ending, other):
    path = tmp_path / f"slice{ending}"
    path.write_bytes({".nrrd": b"NRRD0004\n", ".txt": b"x"}[other] * 50)
    refused(path, "is not a")


@pytest.mark.parametrize("ending", PICTURES)
@pytest.mark.parametrize("kept", np.linspace(0, 0.97, 30))
def test_a_slice_that_was_cut_off_anywhere_is_refused(tmp_path, capfd, ending, kept):
    path = saved(tmp_path, ending)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    refused(path, None)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("ending", PICTURES)
@few
@given(data=st.data())
def test_a_slice_with_damaged_bytes_gives_an_error_of_ours_or_an_image_of_its_size(tmp_path_factory, ending, data):
    path = saved(tmp_path_factory.mktemp("slice"), ending)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, min(len(content), 200) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        header = inspect(path, spacing=SPACING)
        volume = read_volume(path, spacing=SPACING)
    except MicroCTError:
        return
    assert volume.size == header.size
    assert volume.voxel_type == header.voxel_type


@pytest.mark.parametrize(("ending", "place", "match"), [(".png", 16, "claims"), (".j2k", 8, "which cannot be")])
def test_a_size_that_the_file_cannot_hold_is_refused_before_memory_is_taken(tmp_path, ending, place, match):
    path = saved(tmp_path, ending)
    content = bytearray(path.read_bytes())
    content[place : place + 8] = struct.pack(">II", 60000, 60000)  # width and height in IHDR and in SIZ
    path.write_bytes(content)
    with pytest.raises(FormatError, match=match):
        inspect(path, spacing=SPACING)


@pytest.mark.parametrize(("precision", "match"), [(11, "values of 12 bits"), (0x87, "signed values of 8 bits")])
def test_jpeg_2000_of_other_bits_is_refused(tmp_path, precision, match):
    path = saved(tmp_path, ".j2k")
    content = bytearray(path.read_bytes())
    assert content[42] == 15  # Ssiz: bits less one, after marker, length and 36 bytes of sizes and components
    content[42] = precision
    path.write_bytes(content)
    refused(path, match)


def test_the_codestream_of_a_jp2_is_found_behind_other_boxes_and_long_lengths(tmp_path):
    path = saved(tmp_path, ".jp2")
    content = path.read_bytes()
    place = content.index(b"jp2c") - 4
    codestream = content[place + 8 :]
    other = struct.pack(">I4s", 12, b"uuid") + b"1234"
    path.write_bytes(content[:place] + other + struct.pack(">I4sQ", 1, b"jp2c", len(codestream) + 16) + codestream)
    np.testing.assert_array_equal(read_volume(path, spacing=SPACING).voxels[0], GREYS)
    path.write_bytes(content[:place] + struct.pack(">I4s", 0, b"jp2c") + codestream)  # up to the end of the file
    assert inspect(path, spacing=SPACING).size == (13, 11, 1)
    path.write_bytes(content[:place] + struct.pack(">I4s", 2**31, b"jp2c") + codestream)
    refused(path, "beyond its end")


def test_jpeg_2000_without_pillow_says_what_to_install(tmp_path, monkeypatch):
    path = saved(tmp_path, ".jp2")
    for name in [name for name in sys.modules if name == "PIL" or name.startswith("PIL.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert inspect(path, spacing=SPACING).size == (13, 11, 1)
    assert "pip install pillow" in refused(path, "Pillow is missing").hint


@few
@given(data=st.data())
def test_rows_of_a_bmp_are_read_from_either_end(tmp_path_factory, data):
    path = saved(tmp_path_factory.mktemp("slice"), ".bmp")
    if data.draw(st.booleans()):  # a negative height tells that the top row comes first
        content = bytearray(path.read_bytes())
        content[22:26] = struct.pack("<i", -11)
        path.write_bytes(content)
        shown = GREYS.astype("uint8")[::-1]
    else:
        shown = GREYS.astype("uint8")
    first, left = data.draw(st.integers(0, 10)), data.draw(st.integers(0, 12))
    rows = slice(first, data.draw(st.integers(first + 1, 11)), data.draw(st.integers(1, 4)))
    columns = slice(left, data.draw(st.integers(left + 1, 13)), data.draw(st.integers(1, 4)))
    np.testing.assert_array_equal(read_part(path, read_bitmap(path), (rows, columns)), shown[rows, columns])
