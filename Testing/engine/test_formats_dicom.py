"""DICOM series as scanners write them and as we write them."""

import shutil

import numpy as np
import pydicom
import pytest
from MicroCTSuperResLib.errors import FormatError
from MicroCTSuperResLib.imaging.formats import inspect, read_volume
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from sample_volumes import sample_volume

GREYS = np.random.default_rng(0).integers(-500, 500, (5, 6, 8)).astype("int16")


def write_series(folder, greys=GREYS, series=None, prefix="IM", **tags):
    """A series of CT slices at z = 0, 0.02, 0.04 ... mm, with files in an order unlike that of the places."""
    folder.mkdir(exist_ok=True)
    series = series or generate_uid()
    for number, pixels in enumerate(greys):
        slice_ = ct_slice(pixels, series, z_mm=0.02 * number)
        for name, value in tags.items():
            setattr(slice_, name, value)
        slice_.save_as(folder / f"{prefix}{(7 * number + 3) % 11:03d}", enforce_file_format=True)
    return folder


def ct_slice(pixels, series, z_mm):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    slice_ = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    slice_.SOPClassUID, slice_.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    slice_.SeriesInstanceUID, slice_.StudyInstanceUID = series, "1.2.3"
    slice_.Modality, slice_.PatientName, slice_.Manufacturer = "CT", "Mouse^Secret", "SCANCO Medical"
    slice_.ImagePositionPatient, slice_.ImageOrientationPatient = [1, 2, z_mm], [1, 0, 0, 0, 1, 0]
    slice_.PixelSpacing = [0.012, 0.01]  # distance of rows, then of columns
    slice_.Rows, slice_.Columns = pixels.shape
    slice_.SamplesPerPixel, slice_.PhotometricInterpretation = 1, "MONOCHROME2"
    slice_.BitsAllocated = slice_.BitsStored = 16
    slice_.HighBit, slice_.PixelRepresentation = 15, 1
    slice_.RescaleSlope, slice_.RescaleIntercept = 1, 0
    slice_.PixelData = pixels.astype("<i2").tobytes()
    return slice_


def refused(path, match, **given):
    with pytest.raises(FormatError, match=match) as caught:
        read_volume(path, **given)
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    return caught.value


def files_of(folder):
    return sorted(folder.iterdir())


def test_slices_are_sorted_by_their_place(tmp_path):
    volume = read_volume(write_series(tmp_path / "series"))
    np.testing.assert_array_equal(volume.voxels, GREYS)
    np.testing.assert_allclose(volume.spacing, (0.01, 0.012, 0.02), rtol=1e-12)
    assert volume.origin == (1, 2, 0)


def test_one_file_stands_for_its_series(tmp_path):
    folder = write_series(tmp_path / "series")
    write_series(folder, GREYS + 1, prefix="OTHER")
    error = refused(folder, "2 DICOM series")
    assert "IM" in error.message
    assert "OTHER" in error.message
    chosen = next(file for file in files_of(folder) if file.name.startswith("OTHER"))
    np.testing.assert_array_equal(read_volume(chosen).voxels, GREYS + 1)


def test_a_header_names_no_person(tmp_path):
    metadata = inspect(write_series(tmp_path / "series")).metadata
    assert dict(metadata) == {"Modality": "CT", "Manufacturer": "SCANCO Medical"}


@pytest.mark.parametrize(
    ("tags", "units"),
    [
        ({}, "HU"),  # CT without a rescale type: PS3.3 C.8.2.1
        ({"RescaleType": "HU"}, "HU"),
        ({"RescaleType": "US"}, "native"),
        ({"RescaleType": "mg HA/cm3"}, "mg HA/cm3"),
        ({"RescaleType": "mg HA/ccm"}, "mg HA/cm3"),
        ({"RescaleType": "OD"}, "OD"),
        ({"Modality": "OT"}, "native"),
        ({"Modality": "OT", "RescaleType": "HU"}, "HU"),
    ],
)
def test_units_follow_the_rescale_type(tmp_path, tags, units):
    assert read_volume(write_series(tmp_path / "series", **tags)).units == units


def test_slope_and_intercept_are_applied(tmp_path):
    volume = read_volume(write_series(tmp_path / "series", RescaleSlope=0.5, RescaleIntercept=-1000))
    np.testing.assert_array_equal(volume.voxels, GREYS * 0.5 - 1000)
    assert volume.voxels.dtype == np.float32


def test_a_rescale_gives_the_single_precision_that_is_nearest(tmp_path):
    volume = read_volume(write_series(tmp_path / "series", RescaleSlope="0.0901255", RescaleIntercept="-191.56"))
    np.testing.assert_array_equal(volume.voxels, (GREYS * 0.0901255 - 191.56).astype(np.float32))


def test_a_step_that_single_precision_cannot_tell_keeps_double_precision(tmp_path):
    # At 2e6 its numbers are 1/8 apart (24 bits of mantissa), which is more than an eighth of a step of 0.5.
    volume = read_volume(write_series(tmp_path / "series", RescaleSlope="0.5", RescaleIntercept="2000000"))
    np.testing.assert_array_equal(volume.voxels, GREYS * 0.5 + 2e6)
    assert volume.voxels.dtype == np.float64


def test_a_rescale_beyond_single_precision_keeps_double_precision(tmp_path):
    folder = write_series(tmp_path / "series", RescaleSlope="1e300", RescaleIntercept="0")
    volume = read_volume(folder)
    np.testing.assert_allclose(volume.voxels, GREYS * 1e300, rtol=1e-12)
    assert inspect(folder).stored_type == volume.voxels.dtype.name == "float64"


def test_pixels_of_32_bits_with_a_rescale_keep_double_precision(tmp_path):
    tags = {"BitsAllocated": 32, "BitsStored": 32, "HighBit": 31, "RescaleSlope": 0.5}
    greys = np.full((6, 8), 2**24 + 1, "<i4")  # the first whole number that single precision does not hold
    volume = read_volume(write_series(tmp_path / "series", PixelData=greys.tobytes(), **tags))
    np.testing.assert_array_equal(volume.voxels, np.full((5, 6, 8), (2**24 + 1) / 2))


def test_slices_with_different_slopes_share_a_type_that_holds_them_all(tmp_path):
    folder = write_series(tmp_path / "series")
    file = next(file for file in files_of(folder) if pydicom.dcmread(file).ImagePositionPatient[2] == 0.04)
    slice_ = pydicom.dcmread(file)
    slice_.RescaleSlope = 0.5
    slice_.save_as(file)
    volume = read_volume(folder)
    np.testing.assert_array_equal(volume.voxels[2], GREYS[2] * 0.5)
    np.testing.assert_array_equal(volume.voxels[3], GREYS[3])
    assert inspect(folder).voxel_type == volume.voxels.dtype.name


def test_slices_without_a_place_are_refused(tmp_path):
    folder = write_series(tmp_path / "series")
    for file in files_of(folder):
        slice_ = pydicom.dcmread(file)
        del slice_.ImagePositionPatient
        slice_.save_as(file)
    refused(folder, "without a position")


def test_a_missing_slice_is_refused(tmp_path):
    folder = write_series(tmp_path / "series")
    next(file for file in files_of(folder) if pydicom.dcmread(file).ImagePositionPatient[2] == 0.04).unlink()
    refused(folder, r"not evenly spaced: 0\.04 mm")


def test_two_slices_at_one_place_are_refused(tmp_path):
    folder = write_series(tmp_path / "series")
    shutil.copy(files_of(folder)[2], folder / "copy")
    refused(folder, "not evenly spaced: 0 mm")


def test_slices_of_another_size_or_orientation_are_refused(tmp_path):
    series = generate_uid()
    folder = write_series(tmp_path / "size", series=series)
    ct_slice(GREYS[0, :4], series, 0.1).save_as(folder / "other", enforce_file_format=True)
    refused(folder, "pixels")
    folder = write_series(tmp_path / "turned", series=series)
    turned = ct_slice(GREYS[0], series, 0.1)
    turned.ImageOrientationPatient = [0, 1, 0, 0, 0, 1]
    turned.save_as(folder / "other", enforce_file_format=True)
    refused(folder, "turned")


def test_a_tilted_gantry_is_refused(tmp_path):
    folder = write_series(tmp_path / "series")
    for file in files_of(folder):
        slice_ = pydicom.dcmread(file)
        slice_.ImagePositionPatient = [1 + slice_.ImagePositionPatient[2], 2, slice_.ImagePositionPatient[2]]
        slice_.save_as(file)
    refused(folder, "shifted sideways")


@pytest.mark.parametrize("kept_bytes", [-1, -40, 400, 140, 0])
def test_a_truncated_slice_is_refused_with_its_name(tmp_path, capfd, kept_bytes):
    folder = write_series(tmp_path / "series")
    file = files_of(folder)[1].rename(folder / "IM999.dcm")
    file.write_bytes(file.read_bytes()[:kept_bytes])
    assert "IM999.dcm" in refused(folder, None).message
    assert capfd.readouterr().err == ""


def test_a_slice_that_claims_more_than_it_holds_is_refused(tmp_path):
    slice_ = ct_slice(GREYS[0], generate_uid(), 0)
    slice_.Rows, slice_.Columns, slice_.SliceThickness = 30000, 30000, 0.02
    slice_.save_as(tmp_path / "huge.dcm", enforce_file_format=True)
    refused(tmp_path / "huge.dcm", "claims 1800000000")


def test_colour_slices_are_refused(tmp_path):
    slice_ = ct_slice(GREYS[0], generate_uid(), 0)
    slice_.SamplesPerPixel, slice_.PhotometricInterpretation, slice_.PlanarConfiguration = 3, "RGB", 0
    slice_.BitsAllocated = slice_.BitsStored = 8
    slice_.HighBit, slice_.PixelRepresentation = 7, 0
    slice_.PixelData = bytes(GREYS[0].size * 3)
    slice_.save_as(tmp_path / "colour.dcm", enforce_file_format=True)
    refused(tmp_path / "colour.dcm", "3 values a voxel")


def test_a_single_slice_needs_its_thickness(tmp_path):
    slice_ = ct_slice(GREYS[0], generate_uid(), 0)
    slice_.save_as(tmp_path / "one.dcm", enforce_file_format=True)
    refused(tmp_path / "one.dcm", r"0\.01 x 0\.012 x \?")
    assert read_volume(tmp_path / "one.dcm", spacing=(0.01, 0.01, 0.02)).size == (8, 6, 1)
    slice_.SliceThickness = 0.03
    slice_.save_as(tmp_path / "one.dcm", enforce_file_format=True)
    assert read_volume(tmp_path / "one.dcm").spacing == (0.01, 0.012, 0.03)


def test_slices_without_pixel_spacing_are_refused(tmp_path):
    folder = write_series(tmp_path / "series")
    for file in files_of(folder):
        slice_ = pydicom.dcmread(file)
        del slice_.PixelSpacing
        slice_.save_as(file)
    refused(folder, r"some axes only \(\? x \? x 0\.02 mm\)")
    assert read_volume(folder, spacing=(0.01, 0.01, 0.02)).spacing == (0.01, 0.01, 0.02)


def test_dicom_mixed_with_other_slices_is_refused(tmp_path):
    folder = write_series(tmp_path / "series")
    sample_volume("uint8").write(tmp_path / "png" / "*.png")
    shutil.copy(tmp_path / "png" / "slice_0000.png", folder)
    refused(folder, "DICOM slices .* and other images", spacing=(1, 1, 1))


def test_our_series_is_valid_dicom_with_its_units(tmp_path):
    folder = sample_volume("int16", units="HU").write(tmp_path / "series" / "*.dcm")
    slice_ = pydicom.dcmread(folder / "slice_0002.dcm")
    assert (slice_.Modality, slice_.RescaleType, slice_.RescaleSlope) == ("CT", "HU", 1)
    np.testing.assert_array_equal(slice_.pixel_array, sample_volume("int16").voxels[2])
    assert len({pydicom.dcmread(file).SOPInstanceUID for file in folder.glob("*.dcm")}) == 5
