"""All measures of image quality of one specimen at once."""

import json

import numpy as np
import pytest
from MicroCTSuperResLib.errors import Cancelled, InputError
from MicroCTSuperResLib.imaging.sampling import halved
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality import psnr
from MicroCTSuperResLib.quality.baselines import baselines
from MicroCTSuperResLib.quality.pairing import pair
from MicroCTSuperResLib.quality.specimen_quality import specimen_quality
from scipy.ndimage import gaussian_filter


def a_tube(slices=16) -> tuple[Volume, np.ndarray]:
    """A tube of bone with a wall of 0.2 mm and pores, 1000 mg HA/cm3, and what its surface encloses."""
    y, x = np.mgrid[:120, :120] - 59.5
    radius = np.repeat(np.hypot(y, x)[None], slices, axis=0)
    pores = gaussian_filter(np.random.default_rng(0).standard_normal(radius.shape), 2) > 0.12
    bone = (radius < 45) & (radius > 25) & ~(pores & (radius < 36))
    voxels = gaussian_filter(np.where(bone, 1000.0, 0.0), 0.8) + np.random.default_rng(1).normal(0, 15, bone.shape)
    return Volume(voxels.astype(np.float32), (0.01,) * 3, units="mg HA/cm3"), radius < 45


def an_lr(hr: Volume) -> Volume:
    """The means of 2 x 2 x 2 voxels of a blurred HR."""
    voxels = gaussian_filter(hr.voxels, 1.2)
    for axis in range(3):
        voxels = halved(voxels, axis)
    return Volume(voxels, (0.02,) * 3, (0.005,) * 3, units=hr.units)


def a_specimen(slices=16):
    hr, tissue = a_tube(slices)
    methods = {**baselines(an_lr(hr), hr), "dl": hr.with_voxels(gaussian_filter(hr.voxels, 0.6))}
    return pair(hr, methods), hr.voxels > 500, tissue


def test_every_method_has_scores_gains_resolutions_and_an_edge():
    paired, bone, tissue = a_specimen()
    told = json.loads(json.dumps(specimen_quality(paired, bone, tissue).to_json(), allow_nan=False))
    assert list(told["methods"]) == ["bilinear", "bicubic", "dl"]
    assert told["notes"] == []
    assert told["settings"]["data_range"]["value"] == 1200
    linear, dl = told["methods"]["bilinear"], told["methods"]["dl"]
    assert dl["psnr_db"] == pytest.approx(psnr(paired.reference.voxels, paired.images["dl"].voxels, 1200))
    assert "gain" not in linear
    assert dl["gain"]["psnr_db"]["difference"] == pytest.approx(dl["psnr_db"] - linear["psnr_db"])
    assert dl["gain"]["ssim"]["percent"] == pytest.approx(100 * (dl["ssim"] / linear["ssim"] - 1))
    for kind in ("ring_resolution", "shell_resolution"):
        # A narrow blur of HR itself loses nothing that a correlation sees; LR lacks what is finer than its voxels.
        assert dl[kind]["0.5"] == {"um": 20, "reach": "up to the Nyquist frequency"}
        assert linear[kind]["0.5"]["um"] > 20
    assert told["hr"]["edge"]["width_um"] < dl["edge"]["width_um"] < linear["edge"]["width_um"]


def test_what_a_small_specimen_does_not_allow_is_noted():
    paired, bone, tissue = a_specimen(slices=4)
    quality = specimen_quality(paired, bone, np.zeros_like(tissue))
    told = quality.to_json()
    assert len(told["notes"]) == 2  # one for all three volumes, one for the edge
    assert "at least 16" in told["notes"][0]
    assert "clean periosteal edge" in told["notes"][1]
    assert "shell_resolution" not in told["methods"]["dl"]
    assert told["methods"]["dl"]["edge"] is told["hr"]["edge"] is None
    assert told["methods"]["dl"]["ring_resolution"]["0.5"]["um"] == 20


def test_a_baseline_that_is_not_there_is_refused():
    paired, bone, tissue = a_specimen(slices=4)
    with pytest.raises(InputError, match="nearest"):
        specimen_quality(paired, bone, tissue, baseline="nearest")


def test_a_specimen_can_be_cancelled_after_its_scores():
    paired, bone, tissue = a_specimen(slices=4)
    told = []
    with pytest.raises(Cancelled):
        specimen_quality(paired, bone, tissue, on_progress=told.append, should_cancel=lambda: len(told) == 12)
    assert len(told) == 12
