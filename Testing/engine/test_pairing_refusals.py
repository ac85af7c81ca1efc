"""Scans that do not belong together are refused, with the reason and what to do."""

from dataclasses import replace

import numpy as np
import pytest
from MicroCTSuperResLib.errors import CalibrationError, FormatError, InputError
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResTrainingLib.cohort.pair_settings import PairingSettings
from MicroCTSuperResTrainingLib.cohort.pairing import pair_specimen
from MicroCTSuperResTrainingLib.cohort.specimen import Reading
from sample_pairs import HR_MM, scans, specimen_of, volumes

WHOLE = PairingSettings(field_voxels=None)


@pytest.fixture
def pair():
    return volumes(scans("femur", 1))


def refused(tmp_path, lr, hr, match, error=InputError, settings=WHOLE, **fields):
    specimen = specimen_of(tmp_path, lr, hr, **fields)
    with pytest.raises(error, match=match) as caught:
        pair_specimen(specimen, settings)
    assert caught.value.hint


def test_hr_of_another_specimen(tmp_path, pair):
    _, other = volumes(scans("femur", 2))
    refused(tmp_path, pair[0], other, "same specimen")


def test_a_mirrored_hr(tmp_path, pair):
    lr, hr = pair
    refused(tmp_path, lr, hr.with_voxels(hr.voxels[:, :, ::-1]), "same specimen")


def test_a_mirrored_hr_that_is_like_enough_is_told(tmp_path, pair):
    lr, hr = pair
    allowed = replace(WHOLE, least_likeness=-1.0, limit_um=1e4)
    mirrored = specimen_of(tmp_path, lr, hr.with_voxels(hr.voxels[:, :, ::-1]))
    assert any("neither is mirrored" in warning for warning in pair_specimen(mirrored, allowed).warnings)
    assert not any("mirrored" in warning for warning in pair_specimen(specimen_of(tmp_path, lr, hr), WHOLE).warnings)


def test_a_specimen_that_moved_beyond_the_limit(tmp_path):
    """Four HR voxels of 20 um are more than 70 um and less than the default of three LR voxels, 120 um."""
    lr, hr = volumes(scans("femur", 1, (0, 0, 4)))
    pair = pair_specimen(specimen_of(tmp_path, lr, hr), WHOLE)
    np.testing.assert_allclose(np.array(pair.shift_um) / (1000 * HR_MM), (-4, 0, 0), atol=0.1)
    refused(tmp_path, lr, hr, "beyond the limit of 70 um", settings=replace(WHOLE, limit_um=70.0))


def test_a_specimen_that_moved_much_farther_is_told_how_far(tmp_path):
    lr, hr = volumes(scans("femur", 4, (10, -12, 14), cut=16, size=(112, 112, 80)))
    refused(tmp_path, lr, hr, "beyond the limit of 120 um")


def test_lr_and_hr_in_each_others_place(tmp_path, pair):
    refused(tmp_path, pair[1], pair[0], "swapped")


def test_hr_with_another_scale(tmp_path, pair):
    lr, hr = pair
    refused(tmp_path, lr, hr.with_voxels(hr.voxels, spacing=(0.016,) * 3), "The scale is 2.5")


def test_scans_that_lie_apart(tmp_path, pair):
    lr, hr = pair
    refused(tmp_path, lr, hr.with_voxels(hr.voxels, origin=(50.0, 0.0, 0.0)), "do not overlap")


def test_a_common_part_too_thin_to_measure(tmp_path, pair):
    lr, hr = pair
    thin = hr.cropped(Box((0, 0, 20), (*hr.size[:2], 32)))
    refused(tmp_path, lr, thin, "share 48 x 48 x 6 LR voxels")


@pytest.mark.parametrize("which", [0, 1])
def test_voxels_that_are_not_finite(tmp_path, pair, which):
    voxels = pair[which].voxels.copy()
    voxels[8, 9, 10] = np.nan
    both = [each.with_voxels(voxels) if number == which else each for number, each in enumerate(pair)]
    refused(tmp_path, *both, "NaN")


@pytest.mark.parametrize("which", [0, 1])
def test_an_empty_scan(tmp_path, pair, which):
    both = [
        each.with_voxels(np.full_like(each.voxels, 30)) if number == which else each for number, each in enumerate(pair)
    ]
    refused(tmp_path, *both, f"{('LR', 'HR')[which]} has the same grey value everywhere")


def test_a_scan_without_bone_where_a_field_is_wanted(tmp_path, pair):
    lr, hr = (each.with_voxels(0.1 * each.voxels) for each in pair)
    refused(tmp_path, lr, hr, "No bone was found", settings=PairingSettings(field_voxels=32))


def test_nothing_but_noise(tmp_path, pair):
    rng = np.random.default_rng(0)
    lr, hr = (each.with_voxels(rng.normal(size=each.voxels.shape).astype(np.float32)) for each in pair)
    refused(tmp_path, lr, hr, "same specimen")


def test_calibrated_beside_uncalibrated(tmp_path, pair):
    lr, hr = pair
    refused(tmp_path, lr, Volume(hr.voxels, hr.spacing, hr.origin), "calibrated", InputError)


def test_units_without_calibration(tmp_path, pair):
    lr, hr = (Volume(each.voxels, each.spacing, each.origin) for each in pair)
    refused(tmp_path, lr, hr, "native", InputError, reading=Reading(units="HU"))
    assert issubclass(CalibrationError, InputError)


def test_a_mask_of_another_grid(tmp_path, pair):
    lr, hr = pair
    mask = hr.with_voxels((hr.voxels > 500).astype(np.uint8), spacing=(0.03,) * 3, units="native")
    refused(tmp_path, lr, hr, "mask", mask=mask.write(tmp_path / "mask.nrrd"))


def test_a_missing_file(tmp_path, pair):
    specimen = replace(specimen_of(tmp_path, *pair), hr=tmp_path / "none.nrrd")
    with pytest.raises((InputError, FormatError), match=r"none\.nrrd"):
        pair_specimen(specimen, WHOLE)


def test_all_wrong_settings_are_told_at_once():
    with pytest.raises(InputError) as caught:
        PairingSettings(
            field_voxels=3, limit_um=-1, refine="affine", refine_from_voxels=9, placement="?", least_likeness=2
        )
    for name in ("field_voxels", "limit_um", "refine", "refine_from_voxels", "placement", "least_likeness"):
        assert name in caught.value.message
