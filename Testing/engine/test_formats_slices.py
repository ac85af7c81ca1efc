"""TIFF files and folders of TIFF, PNG or BMP slices, as other programs write them."""

import struct

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
import tifffile
from MicroCTSuperResLib.errors import FormatError, OutputError
from MicroCTSuperResLib.imaging.formats import inspect, read_volume, write_volume
from sample_volumes import sample_volume

GREYS = np.random.default_rng(0).integers(0, 255, (6, 7, 9)).astype("uint8")  # z, y, x
SPACING = (0.01, 0.01, 0.02)


def write_slices(folder, greys=GREYS, name="rec{:08d}.tif", numbers=None):
    folder.mkdir(exist_ok=True)
    for number, pixels in zip(numbers or range(len(greys)), greys, strict=False):
        sitk.WriteImage(sitk.GetImageFromArray(pixels), str(folder / name.format(number)))
    return folder


def bmp_bytes(pixels, table=None, bits=8):
    """An 8-bit BMP, bottom row first, with a grey colour table: written by the format's description."""
    height, width = pixels.shape
    row_bytes = (width + 3) // 4 * 4
    rows = np.zeros((height, row_bytes), np.uint8)
    rows[:, :width] = pixels[::-1]
    table = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, axis=1) if table is None else table
    offset = 14 + 40 + table.nbytes
    head = struct.pack("<2sIHHI", b"BM", offset + rows.nbytes, 0, 0, offset)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 0, rows.nbytes, 2835, 2835, len(table), 0)
    return head + info + table.tobytes() + rows.tobytes()


def refused(path, match, **given):
    with pytest.raises(FormatError, match=match) as caught:
        read_volume(path, **given)
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("name", ["rec{:08d}.tif", "rec{}.TIF", "12um_rec_{:04d}_v2.png"])
def test_slices_come_in_the_order_of_their_numbers(tmp_path, name):
    greys = np.arange(12, dtype="uint8")[:, None, None] * np.ones((1, 3, 4), "uint8")
    folder = write_slices(tmp_path / "scan", greys, name)
    volume = read_volume(folder, spacing=SPACING)
    np.testing.assert_array_equal(volume.voxels, greys)
    assert (volume.spacing, volume.source) == (SPACING, folder)


def test_slices_without_a_spacing_are_refused_with_a_hint(tmp_path):
    error = refused(write_slices(tmp_path / "scan"), "no voxel spacing")
    assert "--spacing X Y Z in mm" in error.hint


def test_a_pattern_chooses_among_several_series(tmp_path):
    folder = write_slices(tmp_path / "scan")
    write_slices(folder, GREYS[:2], "preview{:04d}.tif")
    assert "preview" in refused(folder, "several series", spacing=SPACING).message
    np.testing.assert_array_equal(read_volume(folder / "rec*.tif", spacing=SPACING).voxels, GREYS)


def test_images_of_several_kinds_are_refused(tmp_path):
    folder = write_slices(tmp_path / "scan")
    write_slices(folder, GREYS, "rec{:08d}.png")
    refused(folder, r"several kinds: \.png, \.tif", spacing=SPACING)


def test_a_missing_slice_is_refused(tmp_path):
    folder = write_slices(tmp_path / "scan", numbers=[0, 1, 2, 4, 5, 6])
    assert "rec00000002.tif" in refused(folder, "gap", spacing=SPACING).message


def test_two_numbers_that_vary_are_refused(tmp_path):
    folder = write_slices(tmp_path / "scan", GREYS[:3], "t0_z{}.tif")
    write_slices(folder, GREYS[:3], "t1_z{}.tif")
    refused(folder, "2 numbers vary", spacing=SPACING)


def test_slices_of_different_size_or_type_are_refused(tmp_path):
    folder = write_slices(tmp_path / "scan")
    sitk.WriteImage(sitk.GetImageFromArray(GREYS[0, :3]), str(folder / "rec00000003.tif"))
    assert "9 x 3" in refused(folder, "rec00000003", spacing=SPACING).message
    sitk.WriteImage(sitk.GetImageFromArray(GREYS[0].astype("uint16")), str(folder / "rec00000003.tif"))
    refused(folder, "uint16", spacing=SPACING)


def test_a_folder_without_images_is_refused_and_names_what_could_be_meant(tmp_path):
    refused(tmp_path, "without slices", spacing=SPACING)
    sample_volume().write(tmp_path / "scan.nrrd")
    assert "scan.nrrd" in refused(tmp_path, "without slices").hint
    refused(tmp_path / "*.tif", "matches no file")


@pytest.mark.parametrize("ending", [".tif", ".png", ".bmp"])
@pytest.mark.parametrize("kept", [0.95, 0.5, 0.05])
def test_a_truncated_slice_is_refused_with_its_name(tmp_path, capfd, ending, kept):
    noise = np.random.default_rng(0).integers(0, 255, (3, 50, 60)).astype("uint8")
    folder = write_slices(tmp_path / "scan", noise, "rec{:04d}" + ending)
    file = folder / f"rec0001{ending}"
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * kept)])
    assert file.name in refused(folder, None, spacing=SPACING).message
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("ending", [".tif", ".png", ".bmp"])
def test_colour_slices_are_refused(tmp_path, ending):
    image = sitk.GetImageFromArray(np.random.default_rng(0).integers(0, 255, (5, 6, 3)).astype("uint8"), isVector=True)
    sitk.WriteImage(image, str(tmp_path / f"colour{ending}"))
    refused(tmp_path / f"colour{ending}", "colour|24 bits", spacing=SPACING)


@pytest.mark.parametrize("ending", [".tif", ".png", ".bmp"])
def test_a_single_slice_is_a_volume_only_with_a_spacing(tmp_path, ending):
    sitk.WriteImage(sitk.GetImageFromArray(GREYS[0]), str(tmp_path / f"one{ending}"))
    refused(tmp_path / f"one{ending}", "no voxel spacing")
    np.testing.assert_array_equal(read_volume(tmp_path / f"one{ending}", spacing=SPACING).voxels, GREYS[:1])


def test_a_bmp_with_a_grey_table_is_read_and_one_with_colours_refused(tmp_path):
    (tmp_path / "grey.bmp").write_bytes(bmp_bytes(GREYS[0]))
    np.testing.assert_array_equal(read_volume(tmp_path / "grey.bmp", spacing=SPACING).voxels[0], GREYS[0])
    table = np.repeat(np.arange(256, dtype=np.uint8)[::-1, None], 4, axis=1)
    (tmp_path / "inverted.bmp").write_bytes(bmp_bytes(GREYS[0], table))
    np.testing.assert_array_equal(read_volume(tmp_path / "inverted.bmp", spacing=SPACING).voxels[0], 255 - GREYS[0])
    table[:, 0] = 0
    (tmp_path / "colour.bmp").write_bytes(bmp_bytes(GREYS[0], table))
    refused(tmp_path / "colour.bmp", "colour", spacing=SPACING)
    (tmp_path / "rgb.bmp").write_bytes(bmp_bytes(GREYS[0], bits=24))
    refused(tmp_path / "rgb.bmp", "24 bits", spacing=SPACING)


def test_a_png_that_claims_more_than_it_can_hold_is_refused(tmp_path):
    path = tmp_path / "huge.png"
    sitk.WriteImage(sitk.GetImageFromArray(GREYS[0]), str(path))
    content = bytearray(path.read_bytes())
    content[16:24] = struct.pack(">II", 60000, 60000)
    path.write_bytes(content)
    refused(path, None, spacing=SPACING)


def test_the_spacing_of_imagej_is_used(tmp_path):
    path = tmp_path / "fiji.tif"
    told = {"spacing": 20, "unit": "\\u00b5m", "axes": "ZYX"}
    tifffile.imwrite(path, GREYS, imagej=True, resolution=(1 / 10, 1 / 12.5), metadata=told)
    np.testing.assert_allclose(read_volume(path).spacing, (0.01, 0.0125, 0.02), rtol=1e-6)
    np.testing.assert_array_equal(read_volume(path).voxels, GREYS)


def test_imagej_without_units_or_slice_distance_is_refused(tmp_path):
    path = tmp_path / "fiji.tif"
    tifffile.imwrite(path, GREYS, imagej=True, resolution=(50, 50), metadata={"axes": "ZYX"})
    refused(path, "no voxel spacing")
    tifffile.imwrite(path, GREYS, imagej=True, resolution=(50, 50), metadata={"axes": "ZYX", "unit": "mm"})
    refused(path, r"some axes only \(0\.02 x 0\.02 x \? mm\)")


def test_the_spacing_of_ome_is_used(tmp_path):
    path = tmp_path / "scan.ome.tif"
    sizes = {"PhysicalSizeX": 10, "PhysicalSizeY": 12.5, "PhysicalSizeZ": 0.02, "PhysicalSizeZUnit": "mm"}
    tifffile.imwrite(path, GREYS, metadata={"axes": "ZYX", **sizes})
    np.testing.assert_allclose(inspect(path).spacing, (0.01, 0.0125, 0.02), rtol=1e-12)


def test_a_resolution_tag_alone_is_told_but_not_used(tmp_path):
    path = tmp_path / "scan.tif"
    tifffile.imwrite(path, GREYS, photometric="minisblack", resolution=(1000, 500), resolutionunit="CENTIMETER")
    refused(path, "0.01 x 0.02 mm within a slice, nothing of the slice distance")
    assert read_volume(path, spacing=SPACING).spacing == SPACING


@pytest.mark.parametrize(
    ("greys", "options", "match"),
    [
        (GREYS.astype("float16"), {}, "16-bit values"),
        (GREYS.astype("float64"), {}, "64-bit values"),
        (GREYS.astype("complex64"), {}, "64-bit values"),
        (GREYS, {"tile": (16, 16)}, "tiles"),
        (GREYS, {"photometric": "miniswhite"}, "inverted"),
        (GREYS, {"photometric": "palette", "colormap": np.zeros((3, 256), "uint16")}, "colour"),
        (np.zeros((2, 8, 8, 3), "uint8"), {"photometric": "rgb"}, "colour"),
        (np.zeros((2, 3, 8, 8), "uint8"), {"imagej": True, "metadata": {"axes": "ZCYX"}}, "more than 3 dimensions"),
        (np.zeros((2, 3, 8, 8), "uint8"), {"ome": True, "metadata": {"axes": "TZYX"}}, "more than 3 dimensions"),
    ],
)
def test_tiff_files_that_would_give_wrong_values_are_refused(tmp_path, greys, options, match):
    path = tmp_path / "wrong.tif"
    tifffile.imwrite(path, greys, **({"photometric": "minisblack"} | options))
    refused(path, match, spacing=SPACING)


def test_tiff_pages_of_different_size_are_refused(tmp_path):
    with tifffile.TiffWriter(tmp_path / "mixed.tif") as file:
        file.write(GREYS[0])
        file.write(GREYS[1, :3])
    refused(tmp_path / "mixed.tif", "page 2: 9 x 3", spacing=SPACING)


def test_imagej_stacks_with_pages_that_no_directory_lists_are_refused(tmp_path):
    description = "ImageJ=1.53t\nimages=500\nslices=500\nunit=mm\nspacing=0.01\n"
    tifffile.imwrite(tmp_path / "large.tif", GREYS[0], description=description, metadata=None)
    refused(tmp_path / "large.tif", "holds 500 slices, but lists 1", spacing=SPACING)


@pytest.mark.parametrize(
    "options", [{"bigtiff": True}, {"byteorder": ">"}, {"compression": "zlib"}, {"rowsperstrip": 2}]
)
def test_the_variants_of_tiff_are_read(tmp_path, options):
    greys = GREYS.astype("uint16") * 200
    tifffile.imwrite(tmp_path / "scan.tif", greys, photometric="minisblack", **options)
    np.testing.assert_array_equal(read_volume(tmp_path / "scan.tif", spacing=SPACING).voxels, greys)


def test_a_tiff_that_claims_more_than_it_can_hold_is_refused(tmp_path):
    path = tmp_path / "huge.tif"
    for options in ({}, {"compression": "zlib"}):
        tifffile.imwrite(path, GREYS[0], photometric="minisblack", **options)
        with tifffile.TiffFile(path, mode="r+b") as file:
            file.pages[0].tags["ImageWidth"].overwrite(60000)
            file.pages[0].tags["ImageLength"].overwrite(60000)
        refused(path, "its size asks for 3600000000", spacing=SPACING)


def test_slices_of_somebody_else_are_never_replaced_even_if_they_are_called_like_ours(tmp_path):
    volume = sample_volume("uint8")
    write_volume(volume, tmp_path / "slices/*.png")
    write_volume(volume, tmp_path / "slices/*.png", overwrite=True)
    (tmp_path / "slices/volume.json").unlink()
    before = {file.name: file.read_bytes() for file in (tmp_path / "slices").iterdir()}
    with pytest.raises(OutputError, match="holds other files"):
        write_volume(volume, tmp_path / "slices/*.png", overwrite=True)
    assert {file.name: file.read_bytes() for file in (tmp_path / "slices").iterdir()} == before
