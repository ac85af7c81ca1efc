"""The scores of LR and DL against HR, and their files."""

import csv
import json

import numpy as np
import pytest
from MicroCTSuperResLib.errors import Cancelled, InputError, OutputError
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality import psnr, ssim
from MicroCTSuperResTrainingLib.evaluation.comparison import compare
from MicroCTSuperResTrainingLib.evaluation.score_files import scores_as_text, write_scores_csv, write_scores_json
from scipy.ndimage import binary_erosion, gaussian_filter


@pytest.fixture(scope="module")
def hr():
    """A random structure inside a shell: 8 slices of 96 x 96, 10 um, in mg HA/cm3."""
    rng = np.random.default_rng(0)
    shape = (8, 96, 96)
    y, x = np.ogrid[:96, :96]
    radius = np.hypot(y - 48, x - 48)
    inside = (gaussian_filter(rng.standard_normal(shape), 3) > 0.01) & (radius < 36)
    bone = inside | ((radius < 44) & (radius > 38))
    voxels = np.where(bone, 1000, 50) + rng.normal(0, 20, shape)
    return Volume(voxels.astype(np.float32), (0.01,) * 3, units="mg HA/cm3")


@pytest.fixture(scope="module")
def blurred(hr):
    return hr.with_voxels(gaussian_filter(hr.voxels, 1.5))


def test_scores_are_those_of_the_measures_themselves(hr, blurred):
    comparison = compare(hr, {"bilinear": blurred})
    (row,) = comparison.rows
    assert row.method == "bilinear"
    assert row.psnr_db == pytest.approx(psnr(hr.voxels, blurred.voxels, 1200))
    assert row.ssim == pytest.approx(ssim(hr.voxels, blurred.voxels, 1200))
    assert comparison.data_range.value == 1200
    assert (comparison.slices, comparison.slices_with_tissue) == (8, 8)


def test_errors_at_bone_weigh_more_in_the_bone_region(hr, blurred):
    # A blur changes bone edges and leaves the even air in the corners alone.
    (row,) = compare(hr, {"bilinear": blurred}).rows
    assert row.psnr_bone_db < row.psnr_db


def test_hr_against_itself_is_identical(hr):
    comparison = compare(hr, {"dl": hr})
    (row,) = comparison.rows
    assert (row.psnr_db, row.psnr_bone_db) == (float("inf"), float("inf"))
    assert row.ssim == pytest.approx(1)
    assert row.ba_ta == comparison.hr_ba_ta
    assert row.ba_ta_bias == 0


def test_the_bias_is_negative_where_bone_is_lost(hr):
    bone = hr.voxels > 500
    thinner = hr.with_voxels(np.where(binary_erosion(bone), hr.voxels, 50).astype(np.float32))
    comparison = compare(hr, {"dl": thinner})
    (row,) = comparison.rows
    assert row.ba_ta_bias < -0.05
    # All slices have tissue, so the bias is also the difference of the means.
    assert row.ba_ta_bias == pytest.approx(row.ba_ta - comparison.hr_ba_ta)


def test_tissue_comes_from_hr_alone(hr):
    # Without any bone of its own the image still has the tissue area of HR: BA/TA is 0, not undefined.
    empty = hr.with_voxels(np.full_like(hr.voxels, 50))
    comparison = compare(hr, {"dl": empty})
    (row,) = comparison.rows
    assert row.ba_ta == 0
    assert row.ba_ta_bias == pytest.approx(-comparison.hr_ba_ta)


def test_uncalibrated_volumes_are_compared_with_a_threshold_of_their_own(hr, blurred):
    hr, image = (volume.with_voxels(volume.voxels * 10, units="native") for volume in (hr, blurred))
    comparison = compare(hr, {"dl": image}, threshold=5000)
    assert comparison.data_range.units == "native"
    assert "percentile" in comparison.data_range.rule
    with pytest.raises(InputError, match="threshold"):
        compare(hr, {"dl": image})


def test_slices_without_bone_do_not_count_for_ba_ta(hr):
    voxels = hr.voxels.copy()
    voxels[:3] = 50
    comparison = compare(hr.with_voxels(voxels), {"dl": hr.with_voxels(voxels + 1)})
    # Of bone at 1000 smoothing carries a third into the slice beside it: less than 500.
    assert comparison.slices_with_tissue == 5
    assert np.isfinite(comparison.rows[0].ba_ta_bias)


@pytest.mark.parametrize(
    "change",
    [
        {"spacing": (0.02, 0.01, 0.01)},
        {"origin": (0.005, 0, 0)},
        {"direction": (0, 1, 0, 1, 0, 0, 0, 0, 1)},
        {"voxels": np.zeros((8, 96, 95), dtype=np.float32)},
    ],
)
def test_a_volume_off_the_hr_grid_is_refused_with_its_name(hr, change):
    fields = {"voxels": hr.voxels, **change}
    with pytest.raises(InputError, match="dl is not on the HR grid"):
        compare(hr, {"dl": hr.with_voxels(**fields)})


def test_a_volume_in_other_units_is_refused(hr):
    with pytest.raises(InputError, match="dl is in HU units"):
        compare(hr, {"dl": hr.with_voxels(hr.voxels, units="HU")})


def test_an_hr_without_bone_is_refused(hr):
    air = hr.with_voxels(np.zeros_like(hr.voxels))
    with pytest.raises(InputError, match="No slice of HR shows bone"):
        compare(air, {"dl": air})


def test_every_slice_of_every_volume_is_told_as_progress(hr, blurred):
    told = []
    compare(hr, {"bilinear": blurred, "dl": hr}, on_progress=told.append)
    assert [moment.done for moment in told] == list(range(1, 17))
    assert {moment.total for moment in told} == {16}


def test_a_comparison_can_be_cancelled(hr, blurred):
    told = []
    with pytest.raises(Cancelled):
        compare(hr, {"dl": blurred}, on_progress=told.append, should_cancel=lambda: len(told) == 3)
    assert len(told) == 3


def test_scores_are_written_as_json_and_csv(hr, blurred, tmp_path):
    scores = compare(hr, {"bilinear": blurred, "dl": hr}).to_json()
    write_scores_json(scores, tmp_path / "scores.json")
    write_scores_csv(scores, tmp_path / "scores.csv")
    read = json.loads((tmp_path / "scores.json").read_text())
    assert read["bilinear"]["psnr_db"] == scores["bilinear"]["psnr_db"]
    assert read["dl"]["psnr_db"] is None  # infinite: identical
    assert read["dl"]["ba_ta"]["bias"] == 0
    assert read["settings"]["data_range"]["value"] == 1200
    with (tmp_path / "scores.csv").open(newline="") as stream:
        rows = {row["method"]: row for row in csv.DictReader(stream)}
    assert list(rows) == ["bilinear", "dl", "hr"]
    assert float(rows["bilinear"]["ssim"]) == scores["bilinear"]["ssim"]
    assert rows["dl"]["psnr_db"] == ""
    assert float(rows["hr"]["ba_ta"]) == scores["hr"]["ba_ta"]["mean"]


def test_scores_are_not_overwritten_unasked(hr, blurred, tmp_path):
    scores = compare(hr, {"dl": blurred}).to_json()
    for write, name in ((write_scores_json, "scores.json"), (write_scores_csv, "scores.csv")):
        (tmp_path / name).write_text("mine")
        with pytest.raises(OutputError):
            write(scores, tmp_path / name)
        assert (tmp_path / name).read_text() == "mine"


def test_the_table_states_the_scores_and_their_settings(hr, blurred):
    scores = compare(hr, {"bilinear": blurred, "dl": hr, "[odd] name": blurred}).to_json()
    text = scores_as_text(scores, colour=False)
    assert "PSNR, dB" in text
    assert "[odd] name" in text
    assert f"{scores['bilinear']['psnr_db']:.2f}" in text
    assert f"{scores['bilinear']['ba_ta']['bias']:+.4f}" in text
    assert "identical" in text
    assert "1200 mg HA/cm3" in text
    assert "500 mg HA/cm3" in text
    assert "\x1b" not in text
    assert "\x1b" in scores_as_text(scores, colour=True)
