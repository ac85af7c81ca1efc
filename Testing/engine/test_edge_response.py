"""Sharpness at the periosteal edge, on tubes whose blur is known."""

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResLib.quality.edge_profiles import ProfileReach, edge_lines, profile_distances
from MicroCTSuperResLib.quality.edge_response import edge_response, edge_responses
from scipy.ndimage import gaussian_filter
from scipy.special import erfc

PIXEL = (0.01, 0.01)
RADIUS_MM = 0.6
CORTEX_MM = 0.2
# 10-90 % of a Gaussian distribution: 2 x 1.28155 (any table of the normal distribution); FWHM 2 sqrt(2 ln 2).
WIDTH, FWHM = 2.56310, 2.35482


def radii(pixel_mm=PIXEL, size=150, slices=3) -> np.ndarray:
    """Distance in mm from an axis that wanders through the pixels; (z, y, x)."""
    y, x = ((np.arange(size) - (size - 1) / 2) * side for side in pixel_mm)
    z = np.arange(slices)[:, None, None]
    return np.hypot(y[:, None] - 0.003 * z, x + 0.002 * z)


def tube(sigma_mm: float, *, pixel_mm=PIXEL, size=150, grow_mm=0.0, noise=0.0) -> Volume:
    """A tube of bone of 1000 mg HA/cm3 whose edges are steps blurred by a Gaussian across them."""
    outside, inside = (
        erfc((radii(pixel_mm, size) - grow_mm - radius) / (sigma_mm * np.sqrt(2))) / 2
        for radius in (RADIUS_MM, RADIUS_MM - CORTEX_MM)
    )
    voxels = 1000 * (outside - inside)
    voxels = voxels + np.random.default_rng(3).normal(0, noise, voxels.shape)
    return Volume(voxels.astype(np.float32), (*pixel_mm[::-1], 0.01), units="mg HA/cm3")


def tissue(pixel_mm=PIXEL, size=150) -> np.ndarray:
    """What the outer surface of the tube encloses."""
    return radii(pixel_mm, size) < RADIUS_MM


@pytest.mark.parametrize("noise", [0, 45])
@pytest.mark.parametrize("sigma_mm", [0.012, 0.02, 0.03])
def test_the_edge_width_is_that_of_the_blur(sigma_mm, noise):
    found = edge_responses(tube(0.01), {"LR": tube(sigma_mm, noise=noise)}, tissue()).of["LR"]
    # Directions taken from a mask of pixels err by some degrees, 1 / cos(5 deg) = 1.004; with 1000 profiles noise of 45
    # leaves 1.4 of 1000 grey values, which at the slope of the 10 % level, 0.44 / 2.563 of the step a width, is 1 %.
    assert found.width_um == pytest.approx(1000 * WIDTH * sigma_mm, rel=0.02 if noise else 0.01)
    assert found.fwhm_um == pytest.approx(1000 * FWHM * sigma_mm, rel=0.01)
    assert found.contrast == pytest.approx(1000, rel=0.005)
    assert found.offset_um == pytest.approx(0, abs=0.1)
    assert found.misfit < 0.002


def test_pixels_that_are_no_squares_make_no_difference():
    pixel_mm = (0.007, 0.012)
    hr, image = (tube(sigma, pixel_mm=pixel_mm, size=210) for sigma in (0.012, 0.02))
    found = edge_responses(hr, {"DL": image}, tissue(pixel_mm, 210))
    assert found.of["DL"].width_um == pytest.approx(20 * WIDTH, rel=0.01)
    # 1 sigma is 1 pixel along x: cubic interpolation between the samples of such an edge widens it by 1 to 2 %.
    assert found.of["HR"].width_um == pytest.approx(12 * WIDTH, rel=0.02)


def test_noise_of_hr_hardly_widens_its_own_edge():
    # The crossing of each profile wanders by noise / slope = 45 / (1000 / (sqrt(2 pi) 15 um)) = 1.7 um; edges are lined
    # up by it, which changes 15 um by at most 1.7^2 / (2 15) = 0.1 um, and other volumes' by less.
    noisy, clean = tube(0.015, noise=45), tube(0.02)
    found = edge_responses(noisy, {"DL": clean}, tissue())
    assert found.of["HR"].width_um == pytest.approx(15 * WIDTH, rel=0.02)
    assert found.of["DL"].width_um == pytest.approx(20 * WIDTH, rel=0.01)


def test_a_surface_that_has_moved_is_told_and_no_blur():
    found = edge_responses(tube(0.012), {"DL": tube(0.012, grow_mm=0.004)}, tissue()).of["DL"]
    assert found.offset_um == pytest.approx(4, abs=0.1)
    assert found.width_um == pytest.approx(12 * WIDTH, rel=0.015)


def test_a_wandering_edge_counts_as_blur():
    # An edge that lies 8 um inside in one half of the tube and 8 um outside in the other.
    out, inside = tube(0.015, grow_mm=0.008).voxels, tube(0.015, grow_mm=-0.008).voxels
    voxels = np.where(np.arange(150) < 75, out, inside)
    found = edge_responses(tube(0.015), {"DL": tube(0.015).with_voxels(voxels)}, tissue()).of["DL"]
    # Variances add: sqrt(15^2 + 8^2) = 17; the mixture is no Gaussian, and the middle of the tube is on neither side.
    assert found.fwhm_um == pytest.approx(17 * FWHM, rel=0.05)


def test_all_volumes_are_looked_at_in_the_same_places():
    found = edge_responses(tube(0.012), {"LR": tube(0.03), "DL": tube(0.015)}, tissue())
    assert list(found.of) == ["HR", "LR", "DL"]
    assert found.slices == 3
    for response in found.of.values():
        assert response.profile.shape == found.distances_um.shape
    # Default: 6 voxels into the bone and 10 out of it, four samples a voxel.
    assert (found.distances_um[0], found.distances_um[-1], len(found.distances_um)) == pytest.approx((-60, 100, 65))


def test_bone_that_is_thinner_than_the_profiles_reach_and_neighbours_are_left_out():
    hr = tube(0.012)
    # A second bone 50 um beside the tube, within the 100 um of a profile, along a third of the circle.
    y, x = ((np.arange(150) - 74.5) * side for side in PIXEL)
    beside = np.hypot(y[:, None], x) - (RADIUS_MM + 0.05)
    angle = np.abs(np.arctan2(y[:, None], x))
    neighbour = (beside > 0) & (beside < 0.05) & (angle < np.pi / 3)
    voxels = np.where(neighbour, 1000, hr.voxels)
    reach = ProfileReach(0.06, 0.1)
    whole, part = (edge_lines(image[1], tissue()[1], PIXEL, reach) for image in (hr.voxels, voxels))
    # Two thirds of the circle are left; pixels of its border are not quite evenly spread over the angles.
    assert part.normals.shape[1] / whole.normals.shape[1] == pytest.approx(2 / 3, abs=0.04)
    assert edge_lines(hr.voxels[1], tissue()[1], PIXEL, ProfileReach(0.25, 0.1)).normals.size == 0


@pytest.mark.filterwarnings("error")
def test_a_bone_that_the_border_of_the_slice_cuts_is_measured_where_it_is_whole():
    hr, mask = tube(0.012), tissue()
    # The cut leaves a little more than half of the tube, and no profile beyond it.
    part = Volume(hr.voxels[:, :, 60:], hr.spacing, units=hr.units)
    whole, cut = edge_responses(hr, {}, mask), edge_responses(part, {}, mask[:, :, 60:])
    assert cut.profiles == pytest.approx(whole.profiles * 0.6, rel=0.05)
    assert cut.of["HR"].width_um == pytest.approx(12 * WIDTH, rel=0.015)


def test_normals_point_outwards_and_crossings_lie_on_the_surface():
    lines = edge_lines(tube(0.012).voxels[0], tissue()[0], PIXEL, ProfileReach(0.06, 0.1))
    places = (lines.crossings - 74.5) * 0.01
    # Voxels are far smaller than the radius: the surface is found to a twentieth of one, the direction to 8 degrees.
    np.testing.assert_allclose(np.hypot(*places), RADIUS_MM, atol=0.0005)
    assert np.all((places * lines.normals).sum(axis=0) / RADIUS_MM > np.cos(np.radians(8)))


def test_a_phantom_blurred_in_its_plane_is_widened_by_the_blur():
    # Drawn ten times finer and averaged, so that the pixel itself adds its variance, 10^2 / 12 um^2.
    fine = (radii((0.001, 0.001), 1500, 1)[0] < RADIUS_MM).astype(np.float32)
    drawn = gaussian_filter(fine, 15).reshape(150, 10, 150, 10).mean(axis=(1, 3))
    hr = Volume(1000 * np.repeat(drawn[None], 3, axis=0), (0.01, 0.01, 0.01))
    found = edge_responses(hr, {}, np.repeat((drawn > 0.5)[None], 3, axis=0)).of["HR"]
    assert found.width_um == pytest.approx(WIDTH * np.sqrt(15**2 + 100 / 12), rel=0.01)


def test_results_are_the_same_for_any_number_of_threads_and_few_slices_are_looked_at():
    hr, image, mask = tube(0.012), tube(0.02), tissue()
    one, three = (edge_responses(hr, {"DL": image}, mask, threads=threads) for threads in (1, 3))
    np.testing.assert_array_equal(one.of["DL"].profile, three.of["DL"].profile)
    assert edge_responses(hr, {"DL": image}, mask, most_slices=2).slices == 2


def test_a_step_between_two_samples_has_the_width_of_the_samples_at_most():
    distances = profile_distances(PIXEL, ProfileReach(0.06, 0.1))
    found = edge_response(np.where(distances < 0, 1000.0, 0.0), distances)
    # Samples are 2.5 um apart.
    assert found.width_um <= 2.5
    assert found.fwhm_um < 2.5


def test_profiles_that_do_not_reach_the_levels_have_no_width():
    distances = np.linspace(-0.01, 0.01, 41)
    profile = erfc(distances / (0.02 * np.sqrt(2))) / 2
    found = edge_response(profile, distances)
    assert found.width_um is None
    assert found.fwhm_um == pytest.approx(20 * FWHM, rel=1e-3)


def test_a_dark_bone_is_refused():
    distances = profile_distances(PIXEL, ProfileReach(0.06, 0.1))
    with pytest.raises(InputError, match="not brighter"):
        edge_response(np.where(distances < 0, 0.0, 1.0), distances)


def test_too_few_places_are_refused_with_what_is_needed():
    with pytest.raises(InputError, match=r"0 places .* 250 um inside"):
        edge_responses(tube(0.012), {}, tissue(), reach=ProfileReach(0.25, 0.1))


def test_an_empty_mask_is_refused():
    with pytest.raises(InputError, match="0 places"):
        edge_responses(tube(0.012), {}, np.zeros((3, 150, 150), dtype=bool))


def test_volumes_of_another_size_and_nan_are_refused():
    hr = tube(0.012)
    with pytest.raises(InputError, match="shape"):
        edge_responses(hr, {}, tissue()[:2])
    with pytest.raises(InputError, match="shape"):
        edge_responses(hr, {"DL": hr.with_voxels(hr.voxels[:2])}, tissue())
    voxels = hr.voxels.copy()
    voxels[1, 2, 3] = np.nan
    with pytest.raises(InputError, match="Slice 1"):
        edge_responses(hr, {"DL": hr.with_voxels(voxels)}, tissue())
