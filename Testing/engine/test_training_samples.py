"""Which samples a training sees: the right places, every slice equally often, the same whoever prepares them."""

import pickle
from itertools import chain

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.imaging.scaling import scaling_of
from MicroCTSuperResLib.networks.architectures import build_network
from MicroCTSuperResTrainingLib.training.data_module import slice_loader, workers_for
from MicroCTSuperResTrainingLib.training.dataset import SampleShape, SliceSamples, sample_shape, turned
from MicroCTSuperResTrainingLib.training.sampling import GlobalBatches, SampleOrder
from sample_training import make_store, small_config


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return make_store(tmp_path_factory.mktemp("samples") / "store")


def samples_for(store, preset, **changes):
    config = small_config(preset, **changes)
    network = build_network(config.architecture, dict(config.arguments))
    return SliceSamples(store.pairs, sample_shape(network, store.pairs, config.patch), config)


@settings(deadline=None, max_examples=20)
@given(slices=st.integers(1, 40), seed=st.integers(0, 2**31 - 1), rounds=st.integers(1, 3))
def test_every_slice_comes_once_before_any_comes_again(slices, seed, rounds):
    order = SampleOrder(slices, seed)
    drawn = [order.slice_of(number) for number in range(rounds * slices)]
    for start in range(0, len(drawn), slices):
        assert sorted(drawn[start : start + slices]) == list(range(slices))


@settings(deadline=None, max_examples=20)
@given(devices=st.sampled_from([1, 2, 3, 4]), steps=st.integers(1, 5), epoch=st.integers(0, 3))
def test_several_devices_together_see_the_batches_of_one(devices, steps, epoch):
    alone = GlobalBatches(steps, 12)
    together = [GlobalBatches(steps, 12, rank, devices) for rank in range(devices)]
    for batches in (alone, *together):
        batches.set_epoch(epoch)
    shares = zip(*together, strict=True)
    assert [list(chain(*parts)) for parts in shares] == list(alone)


def test_the_next_epoch_goes_on_where_the_last_one_ended():
    batches = GlobalBatches(steps=2, batch=3)
    first = list(batches)
    batches.set_epoch(1)
    assert [first, list(batches)] == [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]]


def test_a_sample_shows_the_same_place_in_lr_and_hr(store):
    samples = samples_for(store, "fast")
    lr, hr = samples.__getitems__(range(48))
    assert lr.shape == (48, 5, 16, 16)
    assert hr.shape == (48, 2, 32, 32)
    small = torch.nn.functional.avg_pool2d(hr, 2).mean(1)
    errors = {
        (number, dy, dx): (torch.roll(lr[:, number], (dy, dx), (1, 2)) - small)[:, 2:-2, 2:-2].square().mean()
        for number, dy, dx in [(2, 0, 0), (1, 0, 0), (3, 0, 0), (2, 1, 0), (2, -1, 0), (2, 0, 1), (2, 0, -1)]
    }
    assert min(errors, key=errors.get) == (2, 0, 0)


def test_each_hr_slice_is_paired_with_the_lr_slice_that_contains_it(store):
    samples = samples_for(store, "abstract")
    lr, hr = store.pairs[0].lr().voxels, store.pairs[0].hr().voxels
    assert len(samples) == 3 * len(hr)
    found = {}
    for number in range(len(samples)):
        which = samples.order.slice_of(number)
        if which < len(hr):  # slices of the first specimen
            found[which] = samples[number]
    for which, (lr_slice, hr_slice) in found.items():
        low, high = lr[which // 2].min(), lr[which // 2].max()
        np.testing.assert_allclose(lr_slice[0], (lr[which // 2] - low) / (high - low), atol=1e-6)
        np.testing.assert_allclose(hr_slice[0], (hr[which] - low) / (high - low), atol=1e-6)
    assert sorted(found) == list(range(len(hr)))


def test_grey_values_are_scaled_by_the_bounds_of_the_whole_lr_volume(store):
    config = small_config("fast", patch=None, augment=False)
    shape = SampleShape(5, 2, (32, 32))
    samples = SliceSamples(store.pairs[:1], shape, config)
    middle = {samples.order.slice_of(number): samples[number][0][2] for number in range(len(samples))}
    volume = store.pairs[0].lr()
    scaling = scaling_of(volume, config.scaling)
    np.testing.assert_allclose(middle[3], scaling.apply(volume.voxels[3]), atol=1e-6)


def test_turning_and_mirroring_keeps_each_lr_voxel_on_its_hr_voxels():
    lr = np.random.default_rng(0).random((3, 4, 4))
    hr = lr[1:2].repeat(2, 0).repeat(2, 1).repeat(2, 2)
    seen = set()
    for number in range(60):
        lr_part, hr_part = turned(lr, hr, np.random.default_rng(number))
        np.testing.assert_array_equal(hr_part[0, ::2, ::2], lr_part[1])
        seen.add((lr_part[1].tobytes(), bool((lr_part[0] == lr_part[0]).all() and lr_part[0].sum() == lr[0].sum())))
    assert len({key for key, _ in seen}) == 8  # the eight positions of a square
    assert len(seen) == 16  # each also mirrored in z


def test_slices_that_are_no_squares_are_turned_by_half_turns():
    lr = np.zeros((3, 4, 6))
    shapes = {turned(lr, np.zeros((2, 8, 12)), np.random.default_rng(number))[0].shape for number in range(20)}
    assert shapes == {(3, 4, 6)}


def test_worker_processes_change_no_sample(store):
    samples = samples_for(store, "fast")
    batches = [list(slice_loader(samples, GlobalBatches(3, 4), workers, pin_memory=False)) for workers in (0, 2)]
    for (lr, hr), (lr_of_worker, hr_of_worker) in zip(*batches, strict=True):
        assert torch.equal(lr, lr_of_worker)
        assert torch.equal(hr, hr_of_worker)


def test_the_arrays_are_mapped_again_in_another_process_and_not_copied_there(store):
    samples = samples_for(store, "fast")
    lr, _ = samples[5]
    carried = pickle.dumps(samples)
    assert len(carried) < 20_000  # the arrays of the store have 900 kB
    assert torch.equal(pickle.loads(carried)[5][0], lr)


def test_patches_shrink_to_what_slices_and_poolings_allow(store):
    fast = build_network("unet_subpixel", {"channels": 4})
    abstract = build_network("unet_abstract", {"channels": 2})
    assert sample_shape(fast, store.pairs, 64).patch == (32, 32)
    assert sample_shape(fast, store.pairs, 30).patch == (28, 28)  # two poolings: a multiple of 4
    assert sample_shape(abstract, store.pairs, 30).patch == (24, 24)  # four poolings on the HR grid: of 8 LR pixels


def test_a_cpu_gets_no_workers_unasked_and_a_gpu_some():
    assert workers_for(None, "cpu", 1) == 0
    assert workers_for(None, "cuda", 1) >= 1
    assert workers_for(3, "cpu", 1) == 3
