"""What other programs find in the TIFF files that are written, and what comes back."""

import sys

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import OutputError
from MicroCTSuperResLib.imaging.calibration import Calibration, Line
from MicroCTSuperResLib.imaging.formats import inspect, read_volume, write_volume
from sample_volumes import assert_same, sample_volume

CALIBRATION = Calibration(mu_scaling=4096.0, mu_water=0.25, slope=1600.0, intercept=-390.0)
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def shown_by_imagej(path, number=0):
    """Pixel sizes in mm and grey values of a page, by the rules of ImageJ's TiffDecoder and FileOpener."""
    with tifffile.TiffFile(path) as file:
        page, told = file.pages[number], file.imagej_metadata
        pixels = page.asarray().astype(float)
        assert page.tags["ResolutionUnit"].value == 3
        assert told["unit"] == "cm"
        sizes = [10 * b / a for a, b in (page.tags[name].value for name in ("XResolution", "YResolution"))]
        if page.dtype == np.int16:
            pixels += 32768
        if page.dtype.itemsize < 4 and "cf" in told:
            assert told["cf"] == 0
            pixels = told["c0"] + told["c1"] * pixels
        elif page.dtype == np.int16:
            pixels -= 32768
        return [*sizes, 10 * told["spacing"]], pixels, told.get("vunit")


@pytest.mark.parametrize("name", ["v.tif", "slices/*.tif"])
@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("voxel_type", ["uint8", "uint16", "int16", "float32"])
def test_imagej_shows_the_spacing_and_the_units(tmp_path, name, compress, voxel_type):
    volume = sample_volume(voxel_type)
    written = write_volume(volume, tmp_path / name, compress=compress)
    path = written if written.is_file() else written / "slice_0000.tif"
    spacing, pixels, unit = shown_by_imagej(path)
    np.testing.assert_allclose(spacing, volume.spacing, rtol=1e-6)
    np.testing.assert_array_equal(pixels, volume.voxels[0])
    assert unit == "mg HA/cm3"


@pytest.mark.parametrize("voxel_type", ["uint8", "int16", "uint16"])
def test_imagej_shows_the_grey_values_of_rescaled_voxels(tmp_path, voxel_type):
    volume = sample_volume("float32", units="HU")
    write_volume(volume, tmp_path / "v.tif", voxel_type=voxel_type, rescale=Line(0.5, -10.0))
    _, pixels, unit = shown_by_imagej(tmp_path / "v.tif")
    np.testing.assert_allclose(pixels, volume.voxels[0], atol=0.25)  # half a step of 0.5
    assert unit == "HU"


@pytest.mark.parametrize("voxel_type", ["uint8", "int16", "uint16", "float32"])
def test_without_its_sidecar_a_file_still_tells_spacing_units_and_grey_values(tmp_path, voxel_type):
    rescale = {} if voxel_type == "float32" else {"rescale": Line(0.5, -10.0)}
    volume = sample_volume("float32", units="HU")
    write_volume(volume, tmp_path / "v.tif", voxel_type=voxel_type, **rescale)
    with_sidecar = read_volume(tmp_path / "v.tif")
    (tmp_path / "v.tif.json").unlink()
    back = read_volume(tmp_path / "v.tif")
    np.testing.assert_array_equal(back.voxels, with_sidecar.voxels)
    np.testing.assert_allclose(back.spacing, volume.spacing, rtol=1e-6)
    assert back.units == "HU"


@pytest.mark.parametrize("compress", [False, True])
def test_simpleitk_and_tifffile_read_the_same_voxels(tmp_path, compress):
    volume = sample_volume("int16")
    write_volume(volume, tmp_path / "v.tif", compress=compress)
    image = sitk.ReadImage(str(tmp_path / "v.tif"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), volume.voxels)
    np.testing.assert_allclose(image.GetSpacing()[:2], volume.spacing[:2], rtol=1e-6)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "v.tif"), volume.voxels)


def test_uncompressed_pages_follow_each_other_without_a_gap_as_imagej_expects_them(tmp_path):
    volume = sample_volume("uint16")
    write_volume(volume, tmp_path / "v.tif")
    with tifffile.TiffFile(tmp_path / "v.tif") as file:
        assert file.is_imagej
        places = [page.dataoffsets[0] for page in file.pages]
    assert np.unique(np.diff(places)).tolist() == [volume.voxels[0].nbytes]


@pytest.mark.parametrize("name", ["v.tif", "slices/*.tif", "slices/*.png"])
@few
@given(data=st.data())
def test_calibration_and_rescale_come_back(tmp_path_factory, name, data):
    voxel_type = data.draw(st.sampled_from(["uint8", "uint16"] if "png" in name else ["uint8", "int16", "int32"]))
    line = Line(data.draw(st.sampled_from([0.25, 0.5, 2.0])), data.draw(st.integers(-20, 0)))
    volume = sample_volume("float32", calibration=CALIBRATION, units="1/cm")
    path = tmp_path_factory.mktemp("volume") / name
    written = write_volume(volume, path, voxel_type=voxel_type, rescale=line, compress=data.draw(st.booleans()))
    header, back = inspect(written), read_volume(written)
    assert (header.line, header.stored_type) == (line, voxel_type)
    assert back.calibration == CALIBRATION
    np.testing.assert_allclose(back.voxels, np.clip(volume.voxels, *reach(line, voxel_type)), atol=line.factor / 2)
    expected = volume.with_voxels(back.voxels, metadata=back.metadata)
    assert_same(back, expected)


def reach(line, voxel_type):
    limits = np.iinfo(voxel_type)
    return line.of(limits.min), line.of(limits.max)


def test_a_volume_above_4_gib_is_written_as_bigtiff(tmp_path, monkeypatch):
    volume = sample_volume("uint16")
    imwrite = tifffile.imwrite

    def of_a_large_volume(*args, **options):
        return imwrite(*args, bigtiff=True, **options)  # what tifffile itself decides from 4 GiB on

    monkeypatch.setattr(tifffile, "imwrite", of_a_large_volume)
    write_volume(volume, tmp_path / "v.tif")
    assert tifffile.TiffFile(tmp_path / "v.tif").is_bigtiff
    assert_same(read_volume(tmp_path / "v.tif"), volume)


def test_a_part_of_a_volume_is_written_without_a_copy_of_all_of_it(tmp_path):
    volume = sample_volume("int16", size=(9, 8, 6))
    view = volume.with_voxels(volume.voxels[::2, 1:7, ::-1].astype(">i2"))
    back = read_volume(write_volume(view, tmp_path / "v.tif"))
    np.testing.assert_array_equal(back.voxels, view.voxels)


def test_writing_without_tifffile_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tifffile", None)
    with pytest.raises(OutputError, match="tifffile") as caught:
        write_volume(sample_volume(), tmp_path / "v.tif")
    assert "pip install tifffile" in caught.value.hint
    assert not (tmp_path / "v.tif").exists()
