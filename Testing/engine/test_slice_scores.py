"""PSNR and SSIM along z, and difference maps."""

import json

import numpy as np
import pytest
from MicroCTSuperResLib.errors import Cancelled, InputError
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.quality import bone_region, psnr, ssim
from MicroCTSuperResLib.quality.differences import difference
from MicroCTSuperResLib.quality.pairing import Paired, pair
from MicroCTSuperResLib.quality.slice_scores import SliceScores, score_slices
from MicroCTSuperResLib.quality.slice_threads import each_slice
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


def with_bone():
    """HR, a pair with a noisy DL, and a bone region that two slices lack."""
    bone = bone_region(HR.voxels > 500)
    bone[:2] = False
    return pair(HR, {"LR": noisy(HR, 100), "DL": noisy(HR, 20)}), bone


def test_scores_of_the_bone_region_stand_beside_those_of_the_whole_slices():
    paired, bone = with_bone()
    scores = score_slices(paired, bone=bone).of["DL"]
    image = noisy(HR, 20).voxels
    assert scores.means == pytest.approx(
        {
            "psnr_db": psnr(HR.voxels, image, 1200),
            "ssim": ssim(HR.voxels, image, 1200),
            "psnr_bone_db": psnr(HR.voxels, image, 1200, bone),
            "ssim_bone": ssim(HR.voxels, image, 1200, bone),
        }
    )
    assert np.isnan(scores.psnr_bone_db).tolist() == [True, True, False, False, False, False]


def test_scores_of_the_bone_region_come_back_from_json_as_they_were():
    paired, bone = with_bone()
    half = noisy(HR, 20).voxels.copy()
    half[3] = HR.voxels[3]  # infinite PSNR, beside the slices without a region, which have none
    paired = pair(HR, {"DL": HR.with_voxels(half)})
    scores = score_slices(paired, bone=bone)
    again = SliceScores.from_json(json.loads(json.dumps(scores.to_json(), allow_nan=False)))
    for name in ("psnr_db", "ssim", "psnr_bone_db", "ssim_bone"):
        np.testing.assert_array_equal(getattr(again.of["DL"], name), getattr(scores.of["DL"], name))


def test_a_bone_region_without_voxels_is_refused():
    with pytest.raises(InputError, match="bone region is empty"):
        score_slices(pair(HR, {"DL": HR}), bone=np.zeros(HR.voxels.shape, dtype=bool))


def test_a_bone_region_of_another_shape_is_refused():
    with pytest.raises(InputError, match="mask has shape"):
        score_slices(pair(HR, {"DL": HR}), bone=np.ones((1, 2, 3), dtype=bool))


def test_scores_are_the_same_to_the_last_bit_for_any_number_of_threads():
    paired, bone = with_bone()
    first, *others = (score_slices(paired, bone=bone, threads=threads).of["DL"] for threads in (1, 2, 5))
    for scores in others:
        np.testing.assert_array_equal(scores.ssim, first.ssim)
        np.testing.assert_array_equal(scores.psnr_db, first.psnr_db)
        np.testing.assert_array_equal(scores.ssim_bone, first.ssim_bone)


def test_slices_are_worked_on_a_few_ahead_and_told_in_order():
    begun = []

    def work(number):
        begun.append(number)
        return number

    results = each_slice(work, 100, threads=2)
    assert [next(results) for _ in range(10)] == list(range(10))
    # Ten were taken, and at most 2 x 2 + 1 wait.
    assert len(begun) <= 15
    results.close()
    assert len(begun) <= 15


def test_an_error_in_one_slice_ends_the_work():
    image = HR.voxels.copy()
    image[2, 4, 4] = np.inf
    with pytest.raises(InputError, match="Slice 2"):
        score_slices(Paired(HR, {"DL": HR.with_voxels(image)}, Box.whole(HR.size)), threads=2)


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
