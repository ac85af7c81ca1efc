"""Enhancing a volume: the same result however it is cut up, nothing lost of what the volume is, and clear refusals."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.enhancement import engine
from MicroCTSuperResLib.enhancement.engine import enhance
from MicroCTSuperResLib.errors import Cancelled, DeviceError, InputError, ModelError, OutOfMemory
from MicroCTSuperResLib.imaging.sampling import interpolate
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.networks.architectures import build_network
from MicroCTSuperResLib.networks.card import GreyScaling
from MicroCTSuperResLib.networks.loading import Model
from sample_models import small_card, small_network
from torch import nn

ALL_TYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "float32", "float64"]


@pytest.fixture
def model(tmp_path):
    return Model(small_card(), small_network(), tmp_path)


@pytest.fixture
def abstract_model(tmp_path):
    torch.manual_seed(2)
    card = small_card(architecture="unet_abstract", arguments={"channels": 2}, context_slices=1)
    return Model(card, build_network("unet_abstract", {"channels": 2}).eval(), tmp_path)


def scan(shape=(6, 22, 18), dtype="float32", spacing=(0.02, 0.02, 0.02), seed=0, **fields):
    voxels = np.random.default_rng(seed).uniform(10, 110, shape).astype(dtype)
    return Volume(voxels, spacing, **fields)


@pytest.mark.parametrize("kind", ["model", "abstract_model"])
def test_a_large_slice_in_tiles_equals_the_whole_slice(kind, request):
    model = request.getfixturevalue(kind)
    lr = scan((3, 150, 131))
    whole = enhance(lr, model).voxels
    tiled = enhance(lr, model, largest_tile=1).voxels  # the smallest tile that the halo allows
    assert np.abs(tiled - whole).max() <= 1e-4 * np.ptp(lr.voxels)


def test_tiles_without_halo_would_show_seams(model, monkeypatch):
    # The test above must be able to fail: with no halo the same comparison is far off.
    monkeypatch.setattr(type(model.network), "halo", 0)
    lr = scan((3, 150, 131))
    whole = enhance(lr, model).voxels
    tiled = enhance(lr, model, largest_tile=1).voxels
    assert np.abs(tiled - whole).max() > 1e-2 * np.ptp(lr.voxels)


@pytest.mark.parametrize("block", [1, 2, 3, 100])
def test_blocks_of_any_size_give_the_same_volume(model, block):
    lr = scan((7, 20, 12))
    expected = enhance(lr, model, block_slices=7).voxels
    assert np.abs(enhance(lr, model, block_slices=block).voxels - expected).max() <= 1e-4 * np.ptp(lr.voxels)


def test_the_result_lies_on_the_hr_grid_with_all_that_the_scan_was(model):
    lr = scan(
        spacing=(0.02, 0.03, 0.04),
        origin=(1, 2, 3),
        direction=(0, -1, 0, 1, 0, 0, 0, 0, 1),
        units="mg HA/cm3",
        metadata={"Specimen": "F12"},
    )
    dl = enhance(lr, model)
    assert dl.size == tuple(2 * n for n in lr.size)
    assert dl.spacing == pytest.approx((0.01, 0.015, 0.02))
    assert dl.direction == lr.direction
    assert dl.units == "mg HA/cm3"
    assert dl.metadata["Specimen"] == "F12"
    assert dl.origin == interpolate(lr).origin


def test_a_network_that_adds_nothing_gives_cubic_interpolation_inside(tmp_path):
    network = build_network("unet_subpixel", {"channels": 4})  # its last layer starts at zero
    lr = scan((8, 16, 16))
    dl = enhance(lr, Model(small_card(arguments={"channels": 4}), network.eval(), tmp_path))
    np.testing.assert_allclose(dl.voxels, interpolate(lr, order=3).voxels, atol=0.01)


def test_the_in_plane_grid_averages_the_two_slices_in_each_lr_slice(model):
    lr = scan()
    isotropic, in_plane = enhance(lr, model), enhance(lr, model, grid="in-plane")
    assert in_plane.size == (36, 44, 6)
    np.testing.assert_allclose(in_plane.voxels, (isotropic.voxels[::2] + isotropic.voxels[1::2]) / 2, rtol=1e-4)


def test_density_calibration_passes_through_unharmed(model):
    # A linear change of grey values before or after enhancement is the same: so native units may be calibrated later.
    lr = scan()
    calibrated = lr.with_voxels(lr.voxels * 7.5 - 400)
    np.testing.assert_allclose(enhance(calibrated, model).voxels, enhance(lr, model).voxels * 7.5 - 400, atol=0.02)


@pytest.mark.parametrize("dtype", ALL_TYPES)
def test_every_real_voxel_type_is_enhanced_and_integers_keep_theirs(model, dtype):
    dl = enhance(scan((3, 9, 7), dtype), model)
    assert dl.voxels.dtype == (np.dtype(dtype) if dtype[0] in "ui" else np.float32)
    reference = enhance(
        scan((3, 9, 7), dtype).with_voxels(scan((3, 9, 7), dtype).voxels.astype(np.float32)), model
    ).voxels
    low, high = (np.iinfo(dtype).min, np.iinfo(dtype).max) if dtype[0] in "ui" else (-np.inf, np.inf)
    np.testing.assert_allclose(dl.voxels.astype(float), np.clip(reference, low, high), atol=0.51)


def test_voxels_at_the_ends_of_64_bit_integers_do_not_wrap_around(model):
    ends = np.full((2, 8, 8), np.iinfo(np.int64).max)
    ends[:, ::2] = np.iinfo(np.int64).min
    dl = enhance(Volume(ends, (1, 1, 1)), model).voxels
    cubic = interpolate(Volume(ends, (1, 1, 1)), order=3).voxels
    far = np.abs(cubic) > 2**62
    assert np.mean(np.sign(dl[far]) == np.sign(cubic[far])) > 0.6


@given(st.tuples(*[st.integers(1, 9)] * 3), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_any_size_down_to_one_voxel_is_enhanced(shape, seed):
    model = Model(small_card(), small_network(), None)
    dl = enhance(scan(shape, seed=seed), model)
    assert dl.voxels.shape == tuple(2 * n for n in shape)
    assert np.isfinite(dl.voxels).all()


@given(st.integers(-(10**6), 10**6).map(lambda hundredths: hundredths / 100), st.sampled_from([(1, 8, 8), (5, 9, 11)]))
@settings(max_examples=20, deadline=None)
def test_a_constant_volume_stays_constant(value, shape):
    dl = enhance(Volume(np.full(shape, value, np.float32), (0.02,) * 3), Model(small_card(), small_network(), None))
    np.testing.assert_allclose(dl.voxels, value, rtol=1e-4, atol=1e-3)


def test_voxels_beyond_the_type_are_limited_counted_and_told(model):
    checkered = np.zeros((4, 16, 16), np.uint8)
    checkered[:, ::2, ::2] = 255  # interpolation of so steep a pattern overshoots
    told = []
    dl = enhance(Volume(checkered, (0.02,) * 3), model, on_warning=told.append)
    assert any("beyond the range of uint8" in text for text in told)
    assert "beyond the range" in dl.metadata["MicroCTSuperRes.warnings"]


def test_the_result_says_what_was_done_with_which_model(model, tmp_path):
    from MicroCTSuperResLib.files import sha256_of

    source = tmp_path / "mouse 7.nrrd"
    source.write_bytes(b"scan")
    model = replace(model, card=small_card(sha256="ab" * 32))
    fields = enhance(scan(source=source), model, "cpu").metadata
    told = {
        name: fields[f"MicroCTSuperRes.{name}"] for name in ("image_kind", "model", "model_sha256", "device", "grid")
    }
    assert told == {
        "image_kind": "AI-enhanced", "model": "small 1.0.0", "model_sha256": "ab" * 32, "device": "cpu", "grid":
        "isotropic",
    }  # fmt: skip
    assert fields["MicroCTSuperRes.source_file"] == "mouse 7.nrrd"
    assert fields["MicroCTSuperRes.source_sha256"] == sha256_of(source)
    assert float(fields["MicroCTSuperRes.scaling_low"]) < float(fields["MicroCTSuperRes.scaling_high"])
    assert fields["MicroCTSuperRes.software"].startswith("MicroCTSuperRes ")
    assert fields["MicroCTSuperRes.date"].startswith("20")


def test_a_voxel_size_the_model_never_saw_is_told(model):
    told = []
    enhance(scan(spacing=(0.2, 0.2, 0.2)), model, on_warning=told.append)
    assert any("voxel size" in text for text in told)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_voxels_that_are_no_numbers_are_counted_and_refused(model, bad):
    lr = scan()
    lr.voxels[2, 3, 4] = bad
    with pytest.raises(InputError, match=r"1 of 2376 voxels are NaN or infinite"):
        enhance(lr, model)


def test_a_model_for_another_scale_is_refused(model):
    with pytest.raises(ModelError, match="4 times"):
        enhance(scan(), replace(model, card=small_card(scale=4)))


def test_an_unknown_grid_or_device_is_refused(model):
    with pytest.raises(InputError, match="cubic"):
        enhance(scan(), model, grid="cubic")
    with pytest.raises(DeviceError, match="quantum"):
        enhance(scan(), model, "quantum")


def test_work_that_cannot_fit_is_refused_before_it_starts(model):
    seen = []
    with pytest.raises(OutOfMemory, match=r"needs about .* GiB"):
        enhance(scan(), model, memory_limit_bytes=10**6, on_progress=seen.append)
    assert seen == []


def test_progress_ends_at_the_last_slice(model):
    seen = []
    enhance(scan((5, 8, 8)), model, on_progress=seen.append, block_slices=2)
    assert [(p.done, p.total, p.unit) for p in seen] == [(2, 5, "slices"), (4, 5, "slices"), (5, 5, "slices")]
    assert seen[0].eta_s > 0
    assert seen[-1].eta_s == 0


def test_cancelling_ends_the_work_at_the_next_block(model):
    seen = []
    with pytest.raises(Cancelled, match="after 2 of 5 slices"):
        enhance(scan((5, 8, 8)), model, on_progress=seen.append, should_cancel=lambda: len(seen) == 2, block_slices=1)


class HungryNetwork(nn.Module):
    """A device whose memory holds only a few slices at once: what CUDA does, where there is no CUDA."""

    context_slices, input_grid, output, multiple, halo = 5, "lr", "grey", 4, 4

    def __init__(self, fits):
        super().__init__()
        self.fits = fits
        self.batches = []

    def forward(self, slices):
        self.batches.append(len(slices))
        if len(slices) > self.fits:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return slices[:, 2:3].repeat_interleave(2, 1).repeat_interleave(2, 2).repeat_interleave(2, 3)


def test_when_memory_ends_the_block_is_halved_and_nothing_is_done_twice(tmp_path):
    network = HungryNetwork(fits=3)
    lr = scan((9, 8, 8))
    dl = enhance(lr, Model(small_card(), network, tmp_path), block_slices=8)
    assert network.batches == [8, 4, 2, 2, 2, 2, 1]
    np.testing.assert_allclose(dl.voxels[::2, ::2, ::2], lr.voxels, rtol=1e-5)


def test_when_one_slice_does_not_fit_the_work_goes_on_on_the_cpu_and_says_so(tmp_path, monkeypatch):
    class FullDevice(HungryNetwork):
        def forward(self, slices):
            if slices.device.type != "cpu":
                raise torch.OutOfMemoryError("CUDA out of memory")
            return super().forward(slices)

    monkeypatch.setattr(engine, "choose_device", lambda name: "meta")
    monkeypatch.setitem(engine._BLOCK_PIXELS, "meta", 200)
    told = []
    lr = scan((4, 8, 8))
    dl = enhance(lr, Model(small_card(), FullDevice(fits=9), tmp_path), on_warning=told.append)
    assert any("went on on the CPU" in text for text in told)
    assert dl.metadata["MicroCTSuperRes.device"] == "cpu"
    np.testing.assert_allclose(dl.voxels[::2, ::2, ::2], lr.voxels, rtol=1e-5)


def test_when_even_the_cpu_has_no_memory_it_is_told(tmp_path):
    with pytest.raises(OutOfMemory, match="memory ended"):
        enhance(scan((2, 8, 8)), Model(small_card(), HungryNetwork(fits=0), tmp_path))


def test_an_error_of_the_network_itself_is_not_taken_for_lack_of_memory(tmp_path):
    class Broken(HungryNetwork):
        def forward(self, slices):
            raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        enhance(scan((2, 8, 8)), Model(small_card(), Broken(fits=9), tmp_path))


def test_the_study_network_gives_grey_values_between_its_bounds(abstract_model):
    card = replace(abstract_model.card, scaling=GreyScaling("image-minmax"))
    lr = scan()
    dl = enhance(lr, replace(abstract_model, card=card)).voxels
    assert lr.voxels.min() <= dl.min() < dl.max() <= lr.voxels.max()
    # A 2-D network has one image for both HR slices in an LR slice.
    np.testing.assert_array_equal(dl[::2], dl[1::2])
