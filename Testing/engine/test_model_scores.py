"""A model's scores on held-out specimens: one value a specimen, beside interpolation, with intervals."""

import json
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.enhancement.engine import enhance
from MicroCTSuperResLib.errors import Cancelled, ModelError
from MicroCTSuperResLib.imaging.sampling import interpolate
from MicroCTSuperResLib.networks.loading import load_model
from MicroCTSuperResLib.quality.cohort_quality import estimate
from MicroCTSuperResLib.quality.otsu import otsu_threshold
from MicroCTSuperResTrainingLib.evaluation.comparison import compare
from MicroCTSuperResTrainingLib.training.model_scores import (
    MEASURES,
    METHODS,
    HeldOutPair,
    score_on_specimens,
)
from sample_models import save_small_model
from sample_runs import held_out, small_store

# Student's t, two-sided 95 %, two degrees of freedom (table of any textbook).
T_2 = 4.302653


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_model(save_small_model(tmp_path_factory.mktemp("models") / "small"))


@pytest.fixture(scope="module")
def pairs():
    return [held_out(name) for name in ("A4-femur", "A5-femur", "A4-spine")]


@pytest.fixture(scope="module")
def scores(model, pairs):
    return score_on_specimens(model, pairs, device="cpu")


def test_each_specimen_has_the_scores_of_a_comparison_with_its_hr(model, pairs, scores):
    lr, hr = pairs[1].lr, pairs[1].hr
    images = {"bicubic": interpolate(lr, order=3), "dl": enhance(lr, model, device="cpu")}
    expected = {row.method: row for row in compare(hr, images).rows}
    row = scores.rows[1]
    assert (row.specimen, row.animal, row.site, row.group) == ("A5-femur", "A5", "femur", "control")
    for method, known in expected.items():
        for measure in ("psnr_db", "psnr_bone_db", "ssim", "ba_ta_bias"):
            assert row.value(method, measure) == getattr(known, measure)
        assert row.value(method, "ba_ta_error") == abs(known.ba_ta_bias)


def test_the_interval_of_a_mean_is_by_students_t(scores):
    values = np.array([row.value("dl", "psnr_db") for row in scores.rows])
    told = scores.mean("dl", "psnr_db")
    half = T_2 * values.std(ddof=1) / math.sqrt(3)
    assert told.mean == pytest.approx(values.mean())
    assert told.ci == pytest.approx((values.mean() - half, values.mean() + half), rel=1e-6)


def test_a_gain_is_the_mean_of_paired_differences_with_their_interval(scores):
    differences = np.array([row.value("dl", "ssim") - row.value("bicubic", "ssim") for row in scores.rows])
    told = scores.gain("ssim")
    half = T_2 * differences.std(ddof=1) / math.sqrt(3)
    assert told.mean == pytest.approx(scores.mean("dl", "ssim").mean - scores.mean("bicubic", "ssim").mean)
    assert told.ci == pytest.approx((differences.mean() - half, differences.mean() + half), rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20))
def test_an_interval_lies_around_its_mean_and_grows_with_the_spread(values):
    told = estimate(values)
    assert told.n == len(values)
    assert told.ci[0] <= told.mean <= told.ci[1]
    wider = estimate([told.mean + 2 * (value - told.mean) for value in values])
    assert wider.ci[1] - wider.ci[0] == pytest.approx(2 * (told.ci[1] - told.ci[0]), rel=1e-6, abs=1e-6)


def test_one_specimen_has_no_interval(model, pairs):
    alone = score_on_specimens(model, pairs[:1], device="cpu")
    assert alone.mean("dl", "psnr_db").ci is None
    assert alone.gain("psnr_db").ci is None
    told = alone.to_json()["means"]["all"]["dl"]["psnr_db"]
    assert told["ci95"] is None
    assert told["n"] == 1


def test_the_psnr_of_a_specimen_identical_to_hr_is_left_out_of_the_mean_and_of_the_gain(scores):
    row = scores.rows[0]
    identical = [replace(of, psnr_db=math.inf) if of.method == "dl" else of for of in row.comparison.rows]
    first = replace(row, comparison=replace(row.comparison, rows=tuple(identical)))
    told = replace(scores, rows=(first, *scores.rows[1:]))
    others = [each.value("dl", "psnr_db") for each in scores.rows[1:]]
    assert told.mean("dl", "psnr_db").to_json() == estimate(others).to_json()
    assert told.gain("psnr_db").n == 2
    assert told.mean("dl", "ssim").n == 3
    alone = replace(scores, rows=(first,))
    assert alone.mean("dl", "psnr_db").to_json() == {"mean": None, "ci95": None, "n": 0}
    json.dumps(told.to_json(), allow_nan=False)


def test_sites_are_told_by_themselves_and_together(scores):
    assert scores.sites == ("femur", "spine")
    assert [row.specimen for row in scores.of_site("femur").rows] == ["A4-femur", "A5-femur"]
    means = scores.to_json()["means"]
    assert list(means) == ["all", "femur", "spine"]
    # A4 gave a femur and a vertebra.
    assert {name: (part["specimens"], part["animals"]) for name, part in means.items()} == {
        "all": (3, 2),
        "femur": (2, 2),
        "spine": (1, 1),
    }


def test_scores_pass_through_pickle_and_json(scores):
    assert pickle.loads(pickle.dumps(scores)) == scores
    read = json.loads(json.dumps(scores.to_json(), allow_nan=False))
    assert [row["specimen"] for row in read["specimens"]] == ["A4-femur", "A5-femur", "A4-spine"]
    assert set(METHODS) <= read["specimens"][0].keys()
    assert set(read["means"]["all"]["dl"]) == set(MEASURES)
    assert read["means"]["all"]["dl_minus_bicubic"]["psnr_db"]["n"] == 3
    assert read["failed"] == []


def test_a_pair_of_a_store_has_the_scores_of_the_pair_in_memory(model, scores, tmp_path):
    store = small_store(tmp_path / "store")
    stored = [HeldOutPair.of_stored(pair) for pair in store.of(["A4-femur"])]
    assert score_on_specimens(model, stored, device="cpu").rows[0] == scores.rows[0]


def test_a_specimen_that_cannot_be_scored_is_told_and_does_not_stop_the_others(model, pairs):
    air = pairs[0].hr.with_voxels(np.zeros_like(pairs[0].hr.voxels))
    broken = held_out("A4-femur", hr=air)
    told = []
    scores = score_on_specimens(model, [broken, pairs[1]], device="cpu", on_warning=told.append)
    assert [row.specimen for row in scores.rows] == ["A5-femur"]
    assert [failure.specimen for failure in scores.failures] == ["A4-femur"]
    assert "No slice of HR shows bone" in scores.failures[0].message
    assert told[0].startswith("A4-femur could not be scored: No slice of HR shows bone")
    assert scores.to_json()["failed"][0]["specimen"] == "A4-femur"


def test_bone_of_scans_without_calibration_is_found_by_otsu(model, pairs):
    lr, hr = (volume.with_voxels(volume.voxels, units="native") for volume in (pairs[0].lr, pairs[0].hr))
    row = score_on_specimens(model, [held_out("A4-femur", lr=lr, hr=hr)], device="cpu").rows[0]
    assert row.comparison.segmentation.threshold == otsu_threshold(hr.voxels)


def test_a_mask_of_the_specimen_is_its_tissue_area(model, pairs):
    mask = np.zeros(pairs[0].hr.voxels.shape, bool)
    mask[:, 20:50, 20:50] = True
    row = score_on_specimens(model, [held_out("A4-femur", mask=mask)], device="cpu").rows[0]
    dl = enhance(pairs[0].lr, model, device="cpu")
    expected = compare(pairs[0].hr, {"dl": dl}, tissue=mask)
    assert row.comparison.hr_ba_ta == expected.hr_ba_ta
    assert row.value("dl", "ba_ta_bias") == expected.rows[0].ba_ta_bias


def test_an_empty_mask_is_told(model, pairs):
    mask = np.zeros(pairs[0].hr.voxels.shape, bool)
    scores = score_on_specimens(model, [held_out("A4-femur", mask=mask)], device="cpu")
    assert "The mask of the tissue is empty." in scores.failures[0].message


def test_progress_is_told_after_each_specimen_also_of_pairs_that_are_made_as_they_are_asked_for(model, pairs):
    told = []
    score_on_specimens(model, iter(pairs[:2]), total=2, device="cpu", on_progress=told.append)
    assert [(moment.done, moment.total, moment.unit) for moment in told] == [
        (1, 2, "specimens scored"),
        (2, 2, "specimens scored"),
    ]


def test_scoring_is_cancelled_within_a_specimen(model, pairs):
    asked = []

    def after_some():
        asked.append(None)
        return len(asked) > 5

    with pytest.raises(Cancelled):
        score_on_specimens(model, pairs, device="cpu", should_cancel=after_some)
    assert len(asked) == 6


def test_a_model_that_is_not_there_is_refused(pairs):
    with pytest.raises(ModelError, match="no model 'absent'"):
        score_on_specimens("absent", pairs, device="cpu")
