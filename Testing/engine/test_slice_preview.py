"""A part of a slice, enhanced alone, is what it is in the whole enhanced volume."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.enhancement.engine import enhance
from MicroCTSuperResLib.enhancement.slice_preview import SlicePreview
from MicroCTSuperResLib.errors import InputError, ModelError
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.networks.architectures import build_network
from MicroCTSuperResLib.networks.card import GreyScaling
from MicroCTSuperResLib.networks.loading import Model
from sample_models import small_card, small_network
from sample_volumes import rotation

SHAPE = (4, 141, 134)  # more than two halos of the small network, no multiple of 4
ARCHITECTURES = ("unet_subpixel", "unet_abstract")


def model_of(architecture, folder):
    if architecture == "unet_subpixel":
        return Model(small_card(), small_network(), folder)
    torch.manual_seed(2)
    network = build_network(architecture, {"channels": 2}).eval()
    for weights in network.parameters():
        if weights.ndim == 4:
            torch.nn.init.kaiming_normal_(weights)  # as it is made, its output hardly depends on the image
    return Model(small_card(architecture=architecture, arguments={"channels": 2}, context_slices=1), network, folder)


def scan(shape=SHAPE, dtype="float32", **fields):
    voxels = np.random.default_rng(0).uniform(10, 110, shape).astype(dtype)
    place = {"spacing": (0.02, 0.03, 0.04), "origin": (1, 2, 3), "direction": tuple(rotation(0.3, -0.5).ravel())}
    return Volume(voxels, **(place | fields))


@pytest.fixture(scope="module", params=ARCHITECTURES)
def previewed(request, tmp_path_factory):
    """A preview, and the whole volume enhanced."""
    model = model_of(request.param, tmp_path_factory.mktemp("model"))
    return SlicePreview(scan(), model, "cpu"), enhance(scan(), model, "cpu")


def part_of(dl, index, y0, y1, x0, x1):
    return dl.cropped(Box((2 * x0, 2 * y0, 2 * index), (2 * x1, 2 * y1, 2 * index + 2)))


@given(
    index=st.integers(0, SHAPE[0] - 1),
    rows=st.tuples(st.integers(0, SHAPE[1] - 1), st.integers(1, 40)),
    columns=st.tuples(st.integers(0, SHAPE[2] - 1), st.integers(1, 40)),
)
@settings(max_examples=25, deadline=None)
def test_any_region_equals_that_of_the_whole_volume(previewed, index, rows, columns):
    preview, dl = previewed
    region = (rows[0], min(sum(rows), SHAPE[1]), columns[0], min(sum(columns), SHAPE[2]))
    got, expected = preview.enhance(index, region), part_of(dl, index, *region)
    assert got.voxels.shape == expected.voxels.shape
    assert np.abs(got.voxels - expected.voxels).max() <= 1e-4 * np.ptp(dl.voxels)
    assert got.origin == pytest.approx(expected.origin, abs=1e-9)
    assert (got.spacing, got.direction, got.units) == (expected.spacing, expected.direction, expected.units)


def test_a_slice_without_region_is_whole(previewed):
    preview, dl = previewed
    got = preview.enhance(3)
    assert np.abs(got.voxels - dl.voxels[6:8]).max() <= 1e-4 * np.ptp(dl.voxels)


def test_a_region_alone_would_come_out_differently(tmp_path):
    # The tests above must be able to fail: what lies around a region counts.
    model, lr, box = model_of("unet_subpixel", tmp_path), scan(), Box((60, 60, 0), (70, 70, 4))
    alone = SlicePreview(lr.cropped(box), model, "cpu").enhance(1).voxels
    within = SlicePreview(lr, model, "cpu").enhance(1, (60, 70, 60, 70)).voxels
    assert np.abs(alone - within).max() > 1e-2 * np.ptp(lr.voxels)


def test_whole_numbers_stay_in_their_type(tmp_path):
    model, lr = model_of("unet_subpixel", tmp_path), scan(dtype="int16")
    got, expected = SlicePreview(lr, model, "cpu").enhance(1, (20, 40, 50, 90)), enhance(lr, model, "cpu")
    assert got.voxel_type == "int16"
    # Equal but for values that lie so near to a half that single precision rounds them to either side.
    assert np.abs(got.voxels - part_of(expected, 1, 20, 40, 50, 90).voxels).max() <= 1


def test_a_region_is_limited_to_the_slice(previewed):
    preview, _ = previewed
    assert preview.region((-5, 10, 130, 999)) == (0, 10, 130, 134)
    assert preview.region(None) == (0, 141, 0, 134)


@pytest.mark.parametrize("region", [(5, 5, 0, 9), (9, 2, 0, 9), (200, 300, 0, 9), (0, 9, -9, 0)])
def test_a_region_without_voxels_is_refused(previewed, region):
    with pytest.raises(InputError, match="holds no voxel"):
        previewed[0].enhance(0, region)


@pytest.mark.parametrize("index", [-1, 4])
def test_a_slice_that_is_not_there_is_refused(previewed, index):
    with pytest.raises(InputError, match=f"no slice {index}"):
        previewed[0].enhance(index)


def test_what_enhance_refuses_is_refused(tmp_path):
    model = model_of("unet_subpixel", tmp_path)
    voxels = scan().voxels.copy()
    voxels[0, 0, 0] = np.nan
    with pytest.raises(InputError, match="NaN"):
        SlicePreview(Volume(voxels, (0.02,) * 3), model, "cpu")
    bounds = Model(small_card(scaling=GreyScaling("bounds", -100, 1200, "mg HA/cm3")), model.network, model.folder)
    with pytest.raises(ModelError):
        SlicePreview(scan(units="HU"), bounds, "cpu")
