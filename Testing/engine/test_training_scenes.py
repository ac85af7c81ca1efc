"""Simulated scenes and scans are what they claim to be, and a network that is trained on them beats interpolation."""

import numpy as np
import pytest
import torch
from MicroCTSuperResLib.networks.architectures import build_network
from MicroCTSuperResTrainingLib.training.config import TrainingConfig
from MicroCTSuperResTrainingLib.training.losses import relative_loss
from MicroCTSuperResTrainingLib.training.scenes import blocks, degradation, pairs
from MicroCTSuperResTrainingLib.training.scenes.stream_training import train_on_stream

SMALL_BLOCK = (40, 152, 152)


@pytest.fixture(scope="module")
def pool():
    rng = np.random.default_rng(0)
    return np.stack([blocks.simulated_block(rng, SMALL_BLOCK) for _ in range(6)]).astype(np.float16)


def acquisition(**changes):
    nothing = {
        "hr_sigma": (0, 0, 0), "hr_noise": 0, "lr_sigma": (0, 0, 0), "lr_tail": 0, "lr_noise": 0,
        "decimation": np.array([0, 0.5, 0.5, 0], np.float32), "hr_grain": 0, "lr_grain": 0,
    }  # fmt: skip
    return degradation.Acquisition(**{**nothing, **changes})


def test_scenes_vary_and_stay_near_the_range_of_marrow_and_bone(pool):
    assert np.isfinite(pool).all()
    assert pool.min() > -0.7
    assert pool.max() < 2.5
    means = pool.mean(axis=(1, 2, 3), dtype=float)
    assert np.ptp(means) > 0.1


def test_the_same_seed_draws_the_same_scene():
    first, again = (blocks.simulated_block(np.random.default_rng(5), (16, 32, 32)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_a_clean_acquisition_averages_eight_voxels():
    scene = np.random.default_rng(0).random((8, 10, 12)).astype(np.float32)
    hr, lr = degradation.scan(scene, acquisition(), np.random.default_rng(0))
    np.testing.assert_array_equal(hr, scene)
    np.testing.assert_allclose(lr, scene.reshape(4, 2, 5, 2, 6, 2).mean((1, 3, 5)), atol=1e-6)


@pytest.mark.parametrize("weights", degradation._DECIMATIONS)
def test_every_decimation_keeps_the_lr_voxel_centred_on_its_hr_voxels(weights):
    ramp = np.broadcast_to(np.arange(24, dtype=np.float32), (24, 24, 24)).copy()
    _, lr = degradation.scan(ramp, acquisition(decimation=weights), np.random.default_rng(0))
    np.testing.assert_allclose(lr[6, 6, 2:-2], 2 * np.arange(2, 10) + 0.5, atol=1e-4)


def test_the_noise_of_the_hr_scan_is_in_the_lr_scan_too():
    scene = np.zeros((16, 64, 64), np.float32)
    hr, lr = degradation.scan(scene, acquisition(hr_noise=0.08), np.random.default_rng(0))
    np.testing.assert_allclose(lr, hr.reshape(8, 2, 32, 2, 32, 2).mean((1, 3, 5)), atol=1e-6)
    assert hr.std() == pytest.approx(0.08, rel=0.02)


def test_random_acquisitions_cover_clean_and_noisy_sharp_and_blurred():
    rng = np.random.default_rng(0)
    drawn = [degradation.random_acquisition(rng, degradation.UnblurredShares()) for _ in range(400)]
    for values, low, high in (
        ([a.hr_sigma[1] for a in drawn], 0, 2.5),
        ([a.lr_sigma[1] for a in drawn], 0, 1.9),
        ([a.lr_noise for a in drawn], 0, 0.15),
    ):
        assert min(values) == low
        assert max(values) > high


def test_the_share_of_unblurred_scans_is_what_was_asked_for():
    rng = np.random.default_rng(0)
    for share in (0.0, 0.3, 1.0):
        drawn = [
            degradation.random_acquisition(rng, degradation.UnblurredShares(share, share)).lr_sigma[1] == 0
            for _ in range(300)
        ]
        assert np.mean(drawn) == pytest.approx(share, abs=0.08)


def test_a_pair_shows_the_same_place_in_lr_and_hr(pool):
    stream = pairs.PairStream(pool, draws=2, seed=1)
    lr, hr = next(iter(stream))
    assert lr.shape == (2 * pairs.WINDOWS, 5, 64, 64)
    assert hr.shape == (2 * pairs.WINDOWS, 2, 128, 128)
    # Over many pairs the HR slices, averaged to LR pixels, belong to the middle LR slice and to no shifted one.
    batches = [pair for pair, _ in zip(stream, range(6), strict=False)]
    lr, hr = (torch.cat(parts) for parts in zip(*batches, strict=True))
    small = torch.nn.functional.avg_pool2d(hr, 2).mean(1)
    errors = {
        (slice_, dy, dx): (torch.roll(lr[:, slice_], (dy, dx), (1, 2)) - small)[:, 8:-8, 8:-8].abs().median()
        for slice_, dy, dx in [(2, 0, 0), (1, 0, 0), (3, 0, 0), (2, 1, 0), (2, -1, 0), (2, 0, 1), (2, 0, -1)]
    }
    assert min(errors, key=errors.get) == (2, 0, 0)


def test_the_stream_of_a_seed_is_always_the_same(pool):
    first, again, other = (next(iter(pairs.PairStream(pool, 1, seed))) for seed in (1, 1, 2))
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])


def test_a_short_training_beats_interpolation_on_pairs_it_has_not_seen(pool):
    torch.manual_seed(0)
    network = build_network("unet_subpixel", {"channels": 8, "blocks": [1, 1, 1]})
    every_scan_blurred = degradation.UnblurredShares(0, 0)
    config = TrainingConfig(
        epochs=1, samples_per_epoch=800, batch=4, learning_rate=3e-3, worse_weight=1.0, average=0.9, device="cpu"
    )
    reports = []
    loader = pairs.pair_loader(pairs.PairStream(pool, 2, 0, every_scan_blurred), 0)
    trained = train_on_stream(network, loader, config, reports.append)
    assert [(report["step"], report["samples"]) for report in reports] == [(100, 400), (200, 800)]
    with torch.no_grad():
        unseen = next(iter(pairs.PairStream(pool, 16, 99, every_scan_blurred)))
        value = relative_loss(trained, *unseen, worse_weight=1).item()
    assert value < -0.03  # 1 dB is -0.115; two hundred steps give a part of it


def test_real_volumes_join_the_training_where_they_are_found(tmp_path):
    assert blocks.real_scenes(tmp_path) == []
    pool = pairs.make_blocks(2, tmp_path, real_share=0.5, seed=0)
    assert pool.shape == (2, *blocks.BLOCK_SHAPE)
