"""The scores of an epoch are those of the slices as enhance would make them."""

import numpy as np
import pytest
import torch
from MicroCTSuperResLib.enhancement.engine import enhance
from MicroCTSuperResLib.enhancement.slices import SliceRunner
from MicroCTSuperResLib.imaging.sampling import interpolate
from MicroCTSuperResLib.networks.architectures import build_network
from MicroCTSuperResLib.networks.loading import load_model
from MicroCTSuperResLib.quality import psnr_per_slice, ssim_per_slice
from MicroCTSuperResLib.quality.otsu import otsu_threshold
from MicroCTSuperResTrainingLib.training.dataset import sample_shape
from MicroCTSuperResTrainingLib.training.store_building import build_store
from MicroCTSuperResTrainingLib.training.validation import ValidationSlices, mean_scores, spread_evenly
from sample_training import make_store, pair_of, phantom_pair, small_config, specimen


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return make_store(tmp_path_factory.mktemp("validation") / "store")


def views_of(store, preset="fast", **changes):
    config = small_config(preset, **changes)
    network = build_network(config.architecture, dict(config.arguments))
    return ValidationSlices(store.pairs, config, sample_shape(network, store.pairs, config.patch)), network


def test_slices_are_spread_over_all_specimens_and_along_z():
    assert spread_evenly([10, 20], 4) == [(0, 2), (0, 7), (1, 5), (1, 15)]
    assert spread_evenly([3, 3, 3], 1) == [(0, 1), (1, 1), (2, 1)]
    assert spread_evenly([2], 50) == [(0, 0), (0, 1)]


def test_a_slice_scores_as_the_volume_that_enhance_gives(store):
    model = load_model("default")
    views, _ = views_of(store, validation_slices=6)
    lr, hr = store.pairs[1].lr(), store.pairs[1].hr()
    dl = enhance(lr, model, device="cpu")
    runner = SliceRunner(model, "cpu")
    for index, (which, number) in enumerate(views.slices):
        if which != 1:
            continue
        pair = (hr.voxels[2 * number : 2 * number + 2], dl.voxels[2 * number : 2 * number + 2])
        noise_db, similarity, ba_ta_error = views.scores(index, runner)
        assert noise_db == pytest.approx(psnr_per_slice(*pair, 1200.0).mean(), abs=1e-4)
        assert similarity == pytest.approx(ssim_per_slice(*pair, 1200.0).mean(), abs=1e-6)
        assert 0 <= ba_ta_error < 0.2


def test_the_baselines_are_those_of_whole_volumes_interpolated(store):
    views, _ = views_of(store, validation_slices=6)
    told = views.baselines()
    for name, order in (("bilinear", 1), ("bicubic", 3)):
        scores = []
        for which, number in views.slices:
            lr, hr = store.pairs[which].lr(), store.pairs[which].hr()
            image = interpolate(lr, order=order).voxels[2 * number : 2 * number + 2]
            scores.append(psnr_per_slice(hr.voxels[2 * number : 2 * number + 2], image, 1200.0).mean())
        assert told[name]["psnr_db"] == pytest.approx(np.mean(scores), abs=1e-5)


def test_the_loss_sees_whole_slices_scaled_like_the_training_samples(store):
    views, _ = views_of(store, "abstract")
    lr, hr = views.sample(0)
    assert lr.shape == (1, 1, 32, 32)
    assert hr.shape == (1, 2, 64, 64)
    assert (float(lr.min()), float(lr.max())) == (0, 1)


def test_ba_ta_is_measured_inside_the_specimens_own_mask(tmp_path):
    hr = phantom_pair(0)[1].voxels
    mask = np.zeros(hr.shape, bool)
    mask[:, 10:20, 10:20] = True
    store = build_store(tmp_path / "store", [specimen("f0")], lambda of: pair_of(of, mask=mask), {})
    whole = build_store(tmp_path / "other", [specimen("f0")], pair_of, {})
    errors = [views_of(one, validation_slices=4)[0].baselines()["bilinear"]["ba_ta_error"] for one in (store, whole)]
    assert errors[0] != errors[1]


def test_slices_without_tissue_have_no_error_of_ba_ta():
    told = mean_scores([np.array([20.0, 0.5, np.nan]), np.array([30.0, 0.7, 0.02])])
    assert told == pytest.approx({"psnr_db": 25.0, "ssim": 0.6, "ba_ta_error": 0.02})


def test_otsu_parts_two_peaks_between_them():
    rng = np.random.default_rng(0)
    grey = np.concatenate([rng.normal(0, 1, 3000), rng.normal(10, 1, 1000)])
    assert 3 < otsu_threshold(grey) < 7
    assert otsu_threshold(np.full(5, 2.5)) == 2.5


def test_scans_without_calibration_are_scored_too(tmp_path):
    def pair(of):
        return pair_of(of, volumes=phantom_pair(of.row, units="native"))

    store = build_store(tmp_path / "store", [specimen("f0", number=3)], pair, {})
    views, network = views_of(store)
    scores = views.scores(0, SliceRunner(type("Holder", (), {"network": network}), "cpu"))
    assert np.isfinite(scores).all()
    assert torch.isfinite(views.sample(0)[0]).all()
