"""TIFF as ImageJ (Fiji) and OME programs write it: spacing, grey values, stacks above 4 GiB."""

import struct

import numpy as np
import pytest
import tifffile
from MicroCTSuperResLib.errors import FormatError
from MicroCTSuperResLib.imaging.formats import inspect, open_scan, read_volume
from MicroCTSuperResLib.imaging.formats.tiff.directories import read_pages

GREYS = np.random.default_rng(0).integers(0, 255, (6, 7, 9)).astype("uint8")  # z, y, x
SPACING = (0.01, 0.01, 0.02)
LENGTHS = {"unit": "mm", "spacing": 0.02, "axes": "ZYX"}


def write_imagej(path, voxels, **calibration):
    """A file by ImageJ's rules; its calibration is cf, c0, c1, vunit."""
    told = "".join(f"{name}={value}\n" for name, value in calibration.items())
    description = f"ImageJ=1.53t\nimages={len(voxels)}\nslices={len(voxels)}\nunit=mm\nspacing=0.02\n{told}"
    tifffile.imwrite(
        path, voxels, photometric="minisblack", resolution=(100, 100), resolutionunit=1, description=description,
        metadata=None, contiguous=True,
    )  # fmt: skip
    return path


def refused(path, match, **wanted):
    with pytest.raises(FormatError, match=match) as caught:
        inspect(path, **wanted)
    assert caught.value.hint
    return caught.value


# ImageJ's FileOpener: a straight line is c0 + c1 * pixel, and signed 16-bit pixels are kept as pixel + 32768.
@pytest.mark.parametrize(
    ("voxel_type", "c0", "line"),
    [("uint8", -100.0, (2.0, -100.0)), ("uint16", -32768.0, (2.0, -32768.0)), ("int16", -65536.0, (2.0, 0.0))],
)
def test_the_calibration_of_imagej_turns_pixels_into_grey_values(tmp_path, voxel_type, c0, line):
    path = write_imagej(tmp_path / "fiji.tif", GREYS.astype(voxel_type), cf=0, c0=c0, c1=2.0, vunit="Gray Value")
    header = inspect(path)
    assert header.line == line
    assert header.units == "native"
    np.testing.assert_array_equal(read_volume(path).voxels, GREYS * line[0] + line[1])


@pytest.mark.parametrize(
    ("vunit", "units"),
    [("HU", "HU"), ("Hounsfield Unit", "HU"), ("mg HA/cm3", "mg HA/cm3"), ("mg HA/cm\\u00b3", "mg HA/cm3"),
     ("cm-1", "1/cm")],
)  # fmt: skip
def test_a_value_unit_that_is_known_becomes_the_units(tmp_path, vunit, units):
    path = write_imagej(tmp_path / "fiji.tif", GREYS, cf=0, c0=-1000.0, c1=1.5, vunit=vunit)
    assert (inspect(path).units, inspect(path).line) == (units, (1.5, -1000.0))
    path = write_imagej(tmp_path / "float.tif", GREYS.astype("float32"), vunit=vunit)
    assert (inspect(path).units, inspect(path).line) == (units, (1.0, 0.0))


def test_a_value_unit_that_is_not_known_is_kept_as_text(tmp_path):
    header = inspect(write_imagej(tmp_path / "fiji.tif", GREYS, cf=0, c0=0.0, c1=0.5, vunit="\\u00b0C"))
    assert header.units == "native"
    assert header.metadata == {"ImageJ.value_unit": "°C"}


@pytest.mark.parametrize(
    "calibration",
    [{"cf": 1, "c0": 1, "c1": 2, "c2": 3}, {"cf": 0, "c0": 1}, {"cf": 0, "c0": "x", "c1": 1},
     {"cf": 0, "c0": 1, "c1": 0}, {"cf": 0, "c0": 1, "c1": "inf"}],
)  # fmt: skip
def test_a_calibration_that_is_no_straight_line_is_told_and_not_applied(tmp_path, calibration):
    header = inspect(write_imagej(tmp_path / "fiji.tif", GREYS, **calibration, vunit="HU"))
    assert (header.units, header.line) == ("native", (1.0, 0.0))
    assert "more than a straight line" in header.warnings[0]


@pytest.mark.parametrize("calibration", [{"vunit": "HU"}, {"cf": 20, "vunit": "HU"}, {"cf": 0, "c0": 5, "c1": 2}])
def test_a_calibration_that_imagej_itself_leaves_out_is_left_out(tmp_path, calibration):
    header = inspect(write_imagej(tmp_path / "fiji.tif", GREYS, **calibration))
    assert (header.units, header.line, header.warnings) == ("native", (1.0, 0.0), ())


def test_centimetres_of_the_tags_with_micrometres_of_the_description_are_both_believed(tmp_path):
    # ImageJ's FileOpener.decodeDescriptionString does the same.
    description = "ImageJ=1.53t\nimages=6\nslices=6\nunit=um\nspacing=20\n"
    options = {"resolution": (1000, 1000), "resolutionunit": 3, "description": description, "metadata": None}
    tifffile.imwrite(tmp_path / "a.tif", GREYS, photometric="minisblack", **options)
    np.testing.assert_allclose(inspect(tmp_path / "a.tif").spacing, SPACING, rtol=1e-9)


def test_several_frames_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "t.tif", GREYS, imagej=True, metadata={"axes": "TYX"})
    refused(tmp_path / "t.tif", "more than 3 dimensions .*frames 6", spacing=SPACING)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("voxel_type", ["uint8", "uint16", "int16", "float32"])
def test_a_stack_of_which_only_the_first_page_is_listed_is_read(tmp_path, byteorder, voxel_type):
    voxels = (GREYS.astype(voxel_type) - 3).astype(voxel_type)
    path = tmp_path / "large.tif"
    write_one_page_of(path, voxels, byteorder)
    assert len(read_pages(path)) == 1
    np.testing.assert_array_equal(read_volume(path).voxels, voxels)
    scan = open_scan(path, crop="1:8,2:5,3:6")
    assert scan.reads_parts
    np.testing.assert_array_equal(scan.volume().voxels, voxels[3:6, 2:5, 1:8])


def write_one_page_of(path, voxels, byteorder):
    """As ImageJ writes stacks above 4 GiB: one directory, all slices after it."""
    description = f"ImageJ=1.53t\nimages={len(voxels)}\nslices={len(voxels)}\nunit=mm\nspacing=0.02\n"
    options = {"resolution": (100, 100), "resolutionunit": 1, "description": description, "metadata": None}
    tifffile.imwrite(path, voxels[0], byteorder=byteorder, photometric="minisblack", **options)
    with path.open("ab") as file:
        assert file.tell() == read_pages(path)[0].places[0] + voxels[0].nbytes  # nothing stands after the first slice
        file.write(voxels[1:].astype(voxels.dtype.newbyteorder(byteorder)).tobytes())


def test_slices_beyond_4_gib_of_a_stack_by_imagej_are_read(tmp_path):
    path, count = tmp_path / "large.tif", 1100
    page = np.zeros((2000, 2000), "uint8")
    write_one_page_of(path, page[None], ">")
    with path.open("r+b") as file:
        content = file.read()
        file.seek(0)
        file.write(content.replace(b"images=1\nslices=1\n", b"images=1100\n".ljust(18, b"\n")))
        place = read_pages(path)[0].places[0] + (count - 1) * page.size
        file.truncate(place + page.size)  # sparse: takes no room on the disk
        file.seek(place + 3 * 2000 + 5)
        file.write(b"\x07")
    assert path.stat().st_size > 2**32
    header = inspect(path)
    assert header.size == (2000, 2000, count)
    voxels = read_volume(path, crop="0:10,0:10,1099:1100").voxels
    assert voxels[0, 3, 5] == 7
    assert voxels.sum() == 7
    with path.open("r+b") as file:
        file.truncate(place)
    refused(path, "says that it holds 1100 slices")


def test_a_part_of_an_ome_data_set_in_several_files_is_refused(tmp_path):
    tifffile.imwrite(tmp_path / "whole.ome.tif", GREYS, metadata={"axes": "ZYX", "PhysicalSizeX": 10})
    ome = tifffile.TiffFile(tmp_path / "whole.ome.tif").ome_metadata
    two = ome.replace("</Pixels>", '<TiffData><UUID FileName="a.tif">a</UUID></TiffData>'
                      '<TiffData><UUID FileName="b.tif">b</UUID></TiffData></Pixels>')  # fmt: skip
    for name, text, match in (
        ("files", two, "one of several files"),
        ("binary", '<OME><BinaryOnly MetadataFile="x.ome"/></OME>', "one of several files"),
        ("images", ome.replace("</OME>", "<Image/></OME>"), "several images"),
        ("order", ome.replace("</Pixels>", '<TiffData IFD="0" FirstZ="5"/></Pixels>'), "out of order"),
        ("missing", ome.replace('SizeZ="6"', 'SizeZ="60"'), "says that it holds 60 slices"),
    ):
        path = tmp_path / f"{name}.tif"
        tifffile.imwrite(path, GREYS, photometric="minisblack", description=text.encode(), metadata=None)
        refused(path, match, spacing=SPACING)


def test_units_of_ome_are_turned_into_mm(tmp_path):
    sizes = {f"PhysicalSize{axis}": size for axis, size in zip("XYZ", (10, 0.02, 3e4), strict=True)}
    units = {f"PhysicalSize{axis}Unit": unit for axis, unit in zip("XYZ", ("µm", "mm", "nm"), strict=True)}
    tifffile.imwrite(tmp_path / "a.ome.tif", GREYS, metadata={"axes": "ZYX", **sizes, **units})
    np.testing.assert_allclose(inspect(tmp_path / "a.ome.tif").spacing, (0.01, 0.02, 0.03), rtol=1e-12)


@pytest.mark.parametrize("kept", np.linspace(0.02, 0.98, 25))
def test_a_tiff_that_was_cut_off_anywhere_is_refused(tmp_path, kept):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, GREYS, imagej=True, resolution=(100, 100), metadata=LENGTHS)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    refused(path, None)


def test_directories_that_list_the_same_pixels_again_and_again_are_refused(tmp_path):
    pages, pixels = 50, bytes(100 * 100)
    entries = [(256, 100), (257, 100), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 100), (279, len(pixels))]
    content = struct.pack("<2sHI", b"II", 42, 8 + len(pixels)) + pixels  # header, strip, then the directories
    for number in range(pages):
        directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
        following = 0 if number == pages - 1 else len(content) + 2 + len(directory) + 4
        content += struct.pack("<H", len(entries)) + directory + struct.pack("<I", following)
    (tmp_path / "bomb.tif").write_bytes(content)
    refused(tmp_path / "bomb.tif", "lists more pixels than its 15708 bytes can hold", spacing=SPACING)


@pytest.mark.parametrize("tag", [256, 257, 258, 259, 262, 270, 273, 277, 278, 279, 282, 296, 339])
@pytest.mark.parametrize("kind", [0, 1, 2, 5, 6, 8, 9, 11, 12, 99])
def test_tags_of_a_type_that_tiff_does_not_allow_do_no_harm(tmp_path, tag, kind):
    path = tmp_path / "a.tif"
    write_imagej(path, GREYS)
    content = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as file:
        place = file.pages[0].tags[tag].offset if tag in file.pages[0].tags else 0
    content[place + 2 : place + 4] = struct.pack("<H", kind)
    path.write_bytes(content)
    try:
        volume = read_volume(path, spacing=SPACING)
    except FormatError:
        return
    assert volume.size in ((9, 7, 6), (9, 7, 1))
