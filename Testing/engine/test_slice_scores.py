"""PSNR and SSIM along z, and difference maps."""

import json

import numpy as np
import pytest
from MicroCTSuperResLib.errors import Cancelled
from MicroCTSuperResLib.quality import psnr, ssim
from MicroCTSuperResLib.quality.differences import difference
from MicroCTSuperResLib.quality.pairing import pair
from MicroCTSuperResLib.quality.slice_scores import SliceScores, score_slices
from sample_comparisons import ball, noisy

HR = ball((20, 20, 6))


def test_scores_are_those_of_the_definitions():
    scores = score_slices(pair(HR, {"LR": noisy(HR, 100), "DL": noisy(HR, 20)}))
    # 1200 mg HA/cm3 is the fixed range for densities.
    assert scores.data_range.value == 1200
    for name, deviation in (("LR", 100), ("DL", 20)):
        assert scores.of[name].mean_psnr_db == pytest.approx(psnr(HR.voxels, noisy(HR, deviation).voxels, 1200))
        assert scores.of[name].mean_ssim == pytest.approx(ssim(HR.voxels, noisy(HR, deviation).voxels, 1200))
        assert scores.of[name].psnr_db.shape == scores.of[name].ssim.shape == (6,)


def test_slices_are_counted_in_hr_when_only_a_part_is_compared():
    part = noisy(HR, 20).with_voxels(noisy(HR, 20).voxels[2:], origin=(*HR.origin[:2], HR.origin[2] + 2 * 0.02))
    scores = score_slices(pair(HR, {"DL": part}))
    assert scores.slices.tolist() == [2, 3, 4, 5]
    assert scores.positions_mm == pytest.approx([0.04, 0.06, 0.08, 0.10])


def test_scores_come_back_from_json_as_they_were():
    half = noisy(HR, 20).voxels.copy()
    half[:3] = HR.voxels[:3]  # identical slices: infinite PSNR, which JSON does not know
    scores = score_slices(pair(HR, {"LR": noisy(HR, 100), "DL": HR.with_voxels(half)}))
    again = SliceScores.from_json(json.loads(json.dumps(scores.to_json(), allow_nan=False)))
    assert np.isinf(again.of["DL"].psnr_db).tolist() == [True] * 3 + [False] * 3
    for name in ("LR", "DL"):
        np.testing.assert_array_equal(again.of[name].psnr_db, scores.of[name].psnr_db)
        np.testing.assert_array_equal(again.of[name].ssim, scores.of[name].ssim)
        assert again.of[name].mean_psnr_db == scores.of[name].mean_psnr_db
    assert again.data_range == scores.data_range
    assert again.slices.tolist() == scores.slices.tolist()
    assert again.positions_mm == pytest.approx(scores.positions_mm)


def test_progress_counts_the_slices_of_all_volumes():
    told = []
    score_slices(pair(HR, {"LR": HR, "DL": HR}), on_progress=told.append)
    assert [progress.done for progress in told] == list(range(1, 13))
    assert {progress.total for progress in told} == {12}


def test_scoring_ends_when_it_is_cancelled():
    told = []
    with pytest.raises(Cancelled):
        score_slices(pair(HR, {"LR": HR}), on_progress=told.append, should_cancel=lambda: len(told) == 2)
    assert len(told) == 2


def test_a_difference_of_whole_numbers_does_not_wrap_around():
    reference = HR.with_voxels(np.full((2, 2, 2), 10, np.uint8))
    image = reference.with_voxels(np.full((2, 2, 2), 7, np.uint8))
    np.testing.assert_array_equal(difference(image, reference).voxels, -3)
