"""One specimen measured against HR: image quality, shared and own tissue areas, sharpness."""

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.box import Box
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality import psnr, ssim
from MicroCTSuperResLib.quality.pairing import Paired
from MicroCTSuperResTrainingLib.evaluation.against_hr import measure_against_hr
from MicroCTSuperResTrainingLib.evaluation.settings import EvaluationSettings
from MicroCTSuperResTrainingLib.evaluation.sharpness import sharpness_of
from MicroCTSuperResTrainingLib.morphometry.segmentation import Segmentation
from scipy.ndimage import gaussian_filter

SHAPE, MM = (6, 120, 120), 0.01
PLAIN = Segmentation(500.0, sigma_voxels=0, support_voxels=0)


def tube(outer=45, inner=30, bone=1000.0, **fields):
    """A tube of bone along z, radii in voxels."""
    y, x = (np.arange(count) - (count - 1) / 2 for count in SHAPE[1:])
    radius = np.hypot(y[:, None], x[None, :])
    plane = np.where((radius < outer) & (radius > inner), bone, 0.0)
    voxels = np.broadcast_to(plane, SHAPE).astype(np.float32)
    return Volume(voxels, (MM,) * 3, units="mg HA/cm3", **fields)


def measured(hr, *, segmentation=PLAIN, tissue=None, own_contours=True, **images):
    paired = Paired(hr, images, Box.whole(hr.size))
    return measure_against_hr(paired, segmentation, tissue=tissue, own_contours=own_contours, threads=1)


def test_scores_are_those_of_the_measures_themselves():
    hr = tube()
    dl = hr.with_voxels(gaussian_filter(hr.voxels, (0, 2, 2)))
    means = measured(hr, dl=dl).means("dl")
    assert means["psnr_db"] == pytest.approx(psnr(hr.voxels, dl.voxels, 1200))
    assert means["ssim"] == pytest.approx(ssim(hr.voxels, dl.voxels, 1200))
    assert means["psnr_bone_db"] < means["psnr_db"]  # the corners are air, without error


def test_the_tissue_area_of_hr_is_shared_and_the_own_one_follows_the_volume():
    # DL shows the outer surface 5 voxels farther in, and as much bone as that leaves.
    hr, dl = tube(45, 30), tube(40, 30)
    found = measured(hr, dl=dl)
    areas = {radius: np.pi * radius**2 for radius in (45, 40, 30)}
    shared, own = found.means("dl")["ba_ta"], found.means("dl")["ba_ta_own"]
    assert shared == pytest.approx((areas[40] - areas[30]) / areas[45], abs=0.01)
    assert own == pytest.approx((areas[40] - areas[30]) / areas[40], abs=0.01)
    assert found.means("dl")["ba_ta_bias"] == pytest.approx((areas[40] - areas[45]) / areas[45], abs=0.01)
    assert found.means("dl")["bv_tv"] == pytest.approx(shared)  # all slices have the same tissue area
    rows = found.slice_rows("dl")
    assert [row["slice"] for row in rows] == list(range(6))
    assert rows[0]["t_ar_mm2"] == pytest.approx(areas[45] * MM**2, rel=0.01)
    assert rows[0]["t_ar_own_mm2"] == pytest.approx(areas[40] * MM**2, rel=0.01)


def test_a_volume_without_bone_has_no_own_contours_and_says_so():
    found = measured(tube(), dl=tube(bone=100.0))
    assert found.means("dl")["ba_ta"] == 0
    assert np.isnan(found.means("dl")["ba_ta_own"])
    assert any(warning.startswith("dl: there are no contours") for warning in found.warnings)


def test_a_given_mask_is_the_tissue_area_of_all():
    mask = np.zeros(SHAPE, bool)
    mask[:, 20:100, 20:100] = True
    found = measured(tube(), tissue=mask, dl=tube())
    assert found.tissue == "given mask"
    assert [row["t_ar_mm2"] for row in found.slice_rows("dl")] == pytest.approx([6400 * MM**2] * SHAPE[0])


def test_an_empty_mask_is_refused():
    with pytest.raises(InputError, match="empty"):
        measured(tube(), tissue=np.zeros(SHAPE, bool), dl=tube())


def test_an_hr_without_bone_is_refused_or_measured_inside_a_mask_with_a_warning():
    air = tube(bone=100.0)
    with pytest.raises(InputError, match="no bone"):
        measured(air, dl=tube())
    found = measured(air, tissue=np.ones(SHAPE, bool), dl=tube())
    assert found.means("hr")["ba_ta"] == 0
    assert np.isnan(found.means("dl")["psnr_bone_db"])
    assert any("no voxel inside the tissue area" in warning for warning in found.warnings)


def test_bone_cut_by_the_border_is_told_once_for_all_volumes():
    found = measured(tube(outer=80), dl=tube(outer=80), bicubic=tube(outer=80))
    cut = [warning for warning in found.warnings if "border cuts" in warning]
    assert len(cut) == 1
    assert cut[0].startswith("HR, dl, bicubic: in slices 0 to 5")


def test_slices_are_numbered_as_in_the_whole_of_hr():
    hr = tube(outer=80)
    found = measure_against_hr(Paired(hr, {"dl": hr}, Box((0, 0, 10), (120, 120, 16))), PLAIN, threads=1)
    assert [row["slice"] for row in found.slice_rows("dl")] == list(range(10, 16))
    assert "in slices 10 to 15" in found.warnings[0]


def test_own_contours_can_be_left_out():
    found = measured(tube(), own_contours=False, dl=tube())
    assert np.isnan(found.means("dl")["ba_ta_own"])
    assert found.slice_rows("dl")[0]["ba_ta_own"] is None


def test_a_blurred_volume_has_a_wider_edge_and_a_coarser_resolution():
    rng = np.random.default_rng(0)
    # Texture, so that the correlation has something to fall with; DL is blurred by a Gaussian of 3 voxels.
    sharp = tube()
    hr = sharp.with_voxels((gaussian_filter(sharp.voxels, (0, 1, 1)) + rng.normal(0, 50, SHAPE)).astype(np.float32))
    dl = hr.with_voxels((gaussian_filter(sharp.voxels, (0, 3, 3)) + rng.normal(0, 50, SHAPE)).astype(np.float32))
    tissue = measured(hr, segmentation=Segmentation(500.0), dl=dl).masks.tissue
    found = sharpness_of(Paired(hr, {"dl": dl}, Box.whole(hr.size)), tissue, threads=1)
    # 10-90 % of a blurred step is 2.563 sigma.
    assert found.of["hr"]["edge_width_um"] == pytest.approx(25.63, rel=0.1)
    assert found.of["dl"]["edge_width_um"] == pytest.approx(3 * 25.63, rel=0.1)
    assert found.of["dl"]["resolution_um"] > 20
    # Six slices are too few for shells.
    assert found.of["dl"]["resolution_3d_um"] is None
    (told,) = found.warnings
    assert "shell correlation is not told" in told
    assert len(found.curves["edges"]["profiles"]["dl"]) == len(found.curves["edges"]["distance_um"])


def test_resolution_is_told_in_the_slices_and_in_all_directions():
    # DL has HR's waves of less than 20 per mm in the slices and 12 along z, and others beyond. A shell of 20 per mm is
    # shared to 12 / 20, one of 22 to hardly more than a tenth. A slice shows the waves along z all together, up to 50
    # per mm, of which 12 / 50 are shared: no ring reaches 0.5.
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(2, 64, 64, 64))
    z, y, x = np.meshgrid(*(np.fft.fftfreq(64, MM),) * 3, indexing="ij")
    shared = (np.hypot(x, y) < 20) & (np.abs(z) < 12)
    own, other = np.fft.fftn(noise, axes=(1, 2, 3))
    hr, dl = (
        Volume((500 + 100 * np.fft.ifftn(waves).real).astype(np.float32), (MM,) * 3, units="mg HA/cm3")
        for waves in (own, np.where(shared, own, other))
    )
    found = sharpness_of(Paired(hr, {"dl": dl}, Box.whole(hr.size)), np.ones(hr.voxels.shape, bool), threads=1)
    told = found.of["dl"]
    assert told["resolution_3d_um"] == pytest.approx(1000 / 20, rel=0.15)
    assert (told["resolution_um"], told["resolution_reach"]) == (None, "nowhere")
    assert set(found.curves["fourier_shells"]) == set(found.curves["fourier_rings"]) == {"dl"}


def test_sharpness_that_cannot_be_measured_is_a_warning():
    hr = tube(outer=80)  # no air within reach of the edge
    found = sharpness_of(Paired(hr, {"dl": hr}, Box.whole(hr.size)), np.ones(SHAPE, bool), threads=1)
    assert found.of["dl"]["edge_width_um"] is None
    assert any("periosteal edge" in warning for warning in found.warnings)


def test_an_uncalibrated_hr_gets_otsus_threshold_and_a_warning():
    hr = tube().with_voxels(tube().voxels * 8, units="native")
    segmentation, told = EvaluationSettings().segmentation(hr)
    assert 0 < segmentation.threshold < 8000
    assert "not calibrated" in told


def test_a_density_threshold_for_uncalibrated_scans_is_refused_and_one_in_their_units_taken():
    hr = tube().with_voxels(tube().voxels, units="native")
    with pytest.raises(InputError, match="threshold is in mg HA/cm3"):
        EvaluationSettings(threshold=500).segmentation(hr)
    segmentation, told = EvaluationSettings(threshold=4000, threshold_units="native", sigma_voxels=0.5).segmentation(hr)
    assert (segmentation.threshold, segmentation.sigma_voxels, told) == (4000, 0.5, "")


def test_settings_that_make_no_sense_are_refused_before_any_work():
    for wrong in ({"margin": -1.0}, {"margin": float("nan")}, {"sigma_voxels": float("nan")}, {"support_voxels": -1}):
        with pytest.raises(InputError):
            EvaluationSettings(**wrong)


def test_a_volume_without_an_edge_does_not_hide_the_edges_of_the_others():
    hr = tube()
    paired = Paired(hr, {"dl": hr, "dl2": hr.with_voxels(np.full(SHAPE, 30, np.float32))}, Box.whole(hr.size))
    found = sharpness_of(paired, tube(inner=0).voxels > 0, labels={"dl2": "DL other"}, threads=1)
    assert found.of["hr"]["edge_width_um"] == found.of["dl"]["edge_width_um"] > 0
    assert found.of["dl2"]["edge_width_um"] is None
    assert set(found.curves["edges"]["profiles"]) == {"hr", "dl"}
    (told,) = (warning for warning in found.warnings if "edge" in warning)
    assert told.startswith("DL other: the width of its periosteal edge is not told")


def test_warnings_call_volumes_by_their_labels():
    hr = tube()
    paired = Paired(hr, {"bilinear": tube(bone=100.0)}, Box.whole(hr.size))
    (told,) = measure_against_hr(paired, PLAIN, labels={"bilinear": "LR"}, threads=1).warnings
    assert told.startswith("LR: there are no contours of its own")
