"""DL that a file holds: how it is read and placed, and what is told of one that does not fit."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from MicroCTSuperResLib.errors import CalibrationError
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.sampling import interpolate
from MicroCTSuperResLib.quality.baselines import baselines
from MicroCTSuperResLib.quality.pairing import pair
from MicroCTSuperResTrainingLib.cohort.pair_settings import PairingSettings
from MicroCTSuperResTrainingLib.cohort.pairing import pair_specimen
from MicroCTSuperResTrainingLib.cohort.specimen import Reading
from MicroCTSuperResTrainingLib.evaluation.dl_file import doubts_about_content, doubts_about_place, read_dl
from sample_pairs import scans, specimen_of, volumes

WHOLE = PairingSettings(field_voxels=None)


@pytest.fixture(scope="module")
def pictured():
    """LR and HR of a femur."""
    return volumes(scans("femur", 3))


def bare_file(volume, path, spacing=True):
    """The voxels in a file that tells no place and no calibration."""
    image = sitk.GetImageFromArray(volume.voxels)
    if spacing:
        image.SetSpacing(volume.spacing)
    sitk.WriteImage(image, str(path))
    return path


def paired_with(of, dl):
    return pair(of.hr, {**baselines(of.lr, of.hr), "dl": dl})


def test_dl_lies_on_hr_where_no_file_tells_a_place(pictured, tmp_path):
    lr, hr = pictured
    cubic = interpolate(lr, order=3)
    paths = {name: bare_file(one, tmp_path / f"{name}.mha") for name, one in (("lr", lr), ("hr", hr), ("dl", cubic))}
    of = pair_specimen(replace(specimen_of(tmp_path, lr, hr), lr=paths["lr"], hr=paths["hr"]), WHOLE)
    assert of.placement == "corners"
    dl = read_dl(paths["dl"], of)
    # The centre of the first voxel of DL lies half an HR voxel before that of LR: their outer corners coincide.
    assert dl.origin == pytest.approx(
        [-(wide - narrow) / 2 for wide, narrow in zip(lr.spacing, hr.spacing, strict=True)]
    )
    assert doubts_about_place(dl, of.hr) == []
    np.testing.assert_array_equal(paired_with(of, dl).images["dl"].voxels, cubic.voxels)


def test_a_place_that_dl_tells_is_kept(pictured, tmp_path):
    lr, hr = pictured
    of = pair_specimen(specimen_of(tmp_path, lr, hr), WHOLE)
    cubic = interpolate(lr, order=3)
    assert read_dl(cubic.write(tmp_path / "dl.nrrd"), of).origin == pytest.approx(cubic.origin)


def test_voxel_size_and_calibration_given_for_lr_hold_for_dl(pictured, tmp_path):
    lr, hr = pictured
    reading = Reading(lr_spacing=lr.spacing, hr_spacing=hr.spacing, slope=2.0, intercept=-100.0)
    cubic = interpolate(lr, order=3)
    volumes_of = (("lr", lr), ("hr", hr), ("dl", cubic))
    paths = {name: bare_file(one, tmp_path / f"{name}.tif", spacing=False) for name, one in volumes_of}
    specimen = replace(specimen_of(tmp_path, lr, hr), lr=paths["lr"], hr=paths["hr"], reading=reading)
    of = pair_specimen(specimen, WHOLE)
    dl = read_dl(paths["dl"], of)
    assert dl.spacing == pytest.approx(hr.spacing)
    assert dl.units == of.hr.units == "mg HA/cm3"
    np.testing.assert_allclose(dl.voxels, 2 * cubic.voxels - 100, rtol=1e-5)


def test_a_dl_that_has_to_be_interpolated_is_told(pictured, tmp_path):
    lr, hr = pictured
    of = pair_specimen(specimen_of(tmp_path, lr, hr), WHOLE)
    (told,) = doubts_about_place(lr, of.hr)
    assert "its voxels are 40 x 40 x 40 um, those of HR 20 x 20 x 20 um" in told
    cubic = interpolate(lr, order=3)
    quarter = replace(cubic, origin=tuple(np.array(cubic.origin) + np.array(cubic.spacing) / 4))
    assert "interpolated linearly" in doubts_about_place(quarter, of.hr)[0]
    # A part of the HR grid, or a wider one, is on it.
    part = cubic.cropped(Box((10, 10, 4), (60, 60, 20)))
    assert doubts_about_place(part, of.hr) == doubts_about_place(cubic, part) == []


def test_a_part_of_dl_that_shows_another_place_is_doubted(pictured, tmp_path):
    lr, hr = pictured
    of = pair_specimen(specimen_of(tmp_path, lr, hr), WHOLE)
    part = interpolate(lr, order=3).cropped(Box((0, 0, 4), (hr.size[0], hr.size[1], hr.size[2] - 3)))
    assert doubts_about_content(paired_with(of, part), "dl", 0.6) == []
    elsewhere = replace(part, origin=tuple(np.array(part.origin) + 10 * np.array(part.spacing)))
    (told,) = doubts_about_content(paired_with(of, elsewhere), "dl", 0.6)
    assert "lies where LR does" in told


def test_an_error_of_the_file_says_that_it_is_dl(pictured, tmp_path):
    lr, hr = pictured
    of = pair_specimen(specimen_of(tmp_path, lr, hr), WHOLE)
    native = bare_file(interpolate(lr, order=3), tmp_path / "dl.mha")
    with pytest.raises(CalibrationError, match=r"^DL: Grey values in native cannot"):
        read_dl(native, of)


def test_hr_in_the_place_of_dl_is_told(pictured, tmp_path):
    lr, hr = pictured
    of = pair_specimen(specimen_of(tmp_path, lr, hr), WHOLE)
    (told,) = doubts_about_content(paired_with(of, of.hr), "dl", 0.6)
    assert told.startswith("DL is identical to HR")
