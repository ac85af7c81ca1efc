"""DICOM files of many frames (enhanced CT): the volume, and what is not known of it."""

import numpy as np
import pytest
from MicroCTSuperResLib.errors import FormatError
from MicroCTSuperResLib.imaging.formats import inspect, read_volume
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedCTImageStorage
from test_formats_dicom import GREYS, ct_slice, files_of, refused, write_series

Z_MM = [0.05 * number for number in range(len(GREYS))]


def group(**values):
    item = Dataset()
    for name, value in values.items():
        setattr(item, name, value)
    return [item]


def write_frames(path, places=Z_MM):
    """All slices in one file, each frame with its own place; pixels are 0.02 mm apart down and 0.03 mm across."""
    file = ct_slice(GREYS[0], "1.2.4", 0.0)
    file.file_meta.MediaStorageSOPClassUID = file.SOPClassUID = EnhancedCTImageStorage
    for tag in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept"):
        delattr(file, tag)
    file.NumberOfFrames, file.PixelData = len(GREYS), GREYS.astype("<i2").tobytes()
    file.SharedFunctionalGroupsSequence = group(
        PixelMeasuresSequence=group(PixelSpacing=[0.02, 0.03], SliceThickness=0.05),
        PlaneOrientationSequence=group(ImageOrientationPatient=[1, 0, 0, 0, 1, 0]),
        PixelValueTransformationSequence=group(RescaleSlope=0.5, RescaleIntercept=-1000, RescaleType="HU"),
    )
    file.PerFrameFunctionalGroupsSequence = [
        group(PlanePositionSequence=group(ImagePositionPatient=[1, 2, place]))[0] for place in places
    ]
    file.save_as(path, enforce_file_format=True)
    return path


def test_frames_are_the_slices_of_a_volume_whose_units_have_to_be_checked(tmp_path):
    volume = read_volume(write_frames(tmp_path / "frames.dcm"))
    np.testing.assert_array_equal(volume.voxels, 0.5 * GREYS - 1000)
    assert volume.spacing == pytest.approx((0.03, 0.02, 0.05))
    assert volume.origin == pytest.approx((1, 2, 0))
    (warning,) = inspect(tmp_path / "frames.dcm").warnings
    assert "units" in warning


def test_a_series_of_single_slices_is_not_warned_of(tmp_path):
    assert inspect(files_of(write_series(tmp_path / "series"))[0]).warnings == ()


def test_frames_in_the_reverse_order_are_refused_also_with_a_spacing(tmp_path):
    path = write_frames(tmp_path / "frames.dcm", Z_MM[::-1])
    for given in (None, (0.03, 0.02, 0.05)):
        with pytest.raises(FormatError, match="reverse order"):
            inspect(path, spacing=given)


def test_frames_at_uneven_places_have_no_spacing(tmp_path):
    refused(write_frames(tmp_path / "frames.dcm", [0, 0.05, 0.1, 0.5, 0.55]), "no voxel spacing|for some axes")
