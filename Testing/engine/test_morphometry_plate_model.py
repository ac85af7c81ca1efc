"""The plate model of ITKBoneMorphometry, with its known faults kept away; without the package only its refusal."""

import sys

import numpy as np
import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.imaging.volume import Volume
from MicroCTSuperResTrainingLib.morphometry.bone_area import ba_ta_of, slice_areas
from MicroCTSuperResTrainingLib.morphometry.plate_model import check_isotropic, load_itk, plate_model
from MicroCTSuperResTrainingLib.morphometry.segmentation import Segmentation
from sample_structures import disk, distances, plates

VOXEL_MM = 0.01


@pytest.fixture(scope="module")
def itk():
    try:
        return load_itk()
    except InputError as error:
        pytest.skip(error.message)


def all_of(bone):
    return np.ones_like(bone)


def test_plates_have_the_crossings_that_they_have(itk):
    bone = plates(6, 14, shape=(80, 30, 30))
    found = plate_model(bone, all_of(bone), VOXEL_MM)
    # Lines along z cross two surfaces every 20 voxels, those along x and y none: P_L = 2 / 0.2 mm / 3. The last plate's
    # upper surface lies at the border, where the image is repeated: 7 surfaces in 0.8 mm.
    crossings = 7 / 0.8 / 3
    assert found.tb_n_plate_per_mm == pytest.approx(crossings)
    assert found.tb_th_plate_mm == pytest.approx(0.3 / crossings)
    assert found.tb_sp_plate_mm == pytest.approx(0.7 / crossings)
    assert found.bs_bv_plate_per_mm == pytest.approx(2 * crossings / 0.3)


def test_a_ball_has_the_surface_of_a_ball(itk):
    along, across = distances([0, 0, 1], shape=(50, 50, 50))
    ball = np.hypot(along, across) <= 20
    # Lines along any axis cross the surface twice over the section pi R2, so that 2 P_L TV = 4 pi R2: BS/BV = 3 / R.
    assert plate_model(ball, all_of(ball), VOXEL_MM).bs_bv_plate_per_mm == pytest.approx(3 / 0.2, rel=0.02)


def test_a_rod_has_the_crossings_of_its_width(itk):
    rod = np.repeat(disk(20, 60, (30, 30))[np.newaxis], 20, axis=0)
    found = plate_model(rod, all_of(rod), VOXEL_MM)
    # Lines along x and along y cross it twice over its width 2 R, those along z never: 2 P_L / (BV/TV) = 16 / (3 pi R).
    assert found.bs_bv_plate_per_mm == pytest.approx(16 / (3 * np.pi * 0.2), rel=0.04)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_axes_may_be_changed(itk, axis):
    bone = plates(6, 14, shape=(80, 30, 20))
    turned = np.ascontiguousarray(np.moveaxis(bone, 0, axis))
    assert plate_model(turned, all_of(turned), VOXEL_MM) == plate_model(bone, all_of(bone), VOXEL_MM)


def test_bone_that_goes_on_beyond_the_image_has_no_surface_there(itk):
    rods = np.zeros((30, 40, 40), bool)
    rods[:, 10:30, 10:30] = True
    found = plate_model(rods, all_of(rods), VOXEL_MM)
    # Half of the lines along x and along y cross two surfaces in 0.4 mm; those along z none.
    assert found.tb_n_plate_per_mm == pytest.approx((0.5 * 2 + 0.5 * 2) / 0.4 / 3)


def test_bone_that_goes_on_beyond_the_region_has_no_surface_there(itk):
    bone = np.zeros((30, 40, 40), bool)
    bone[:, 10:30, 10:30] = True
    region = np.zeros_like(bone)
    region[5:25, 12:28, 5:35] = True
    # Lines along x, all of which enter and leave the bone in 0.3 mm.
    assert plate_model(bone, region, VOXEL_MM).tb_n_plate_per_mm == pytest.approx(2 / 0.3 / 3)


@pytest.mark.parametrize("empty", ["bone", "region"])
def test_without_bone_or_region_there_are_no_values(empty):
    masks = {"bone": np.ones((5, 6, 7), bool), "region": np.ones((5, 6, 7), bool)}
    masks[empty][:] = False
    assert plate_model(**masks, voxel_mm=VOXEL_MM) is None


def test_solid_bone_has_no_surface_and_no_values(itk):
    bone = np.ones((5, 6, 7), bool)
    assert plate_model(bone, all_of(bone), VOXEL_MM) is None


def test_ba_ta_of_slices_is_what_the_filter_tells_of_images_of_one_slice(itk):
    rng = np.random.default_rng(0)
    scan = rng.integers(0, 1000, (6, 30, 40)).astype(np.int16)
    tissue = np.zeros(scan.shape, bool)
    tissue[:, 4:25, 6:33] = True
    fast = ba_ta_of(slice_areas(Volume(scan, (0.01, 0.01, 0.01)), tissue, Segmentation(500, sigma_voxels=0)))
    filter_type = itk.BoneMorphometryFeaturesFilter
    for number in range(len(scan)):
        image = itk.image_from_array(scan[number : number + 1])
        mask = itk.image_from_array(tissue[number : number + 1].view(np.uint8))
        measured = filter_type.New(Input=image, MaskImage=mask, Threshold=500)
        measured.Update()
        assert measured.GetBVTV() == fast[number]


def test_voxels_with_unequal_edges_are_refused():
    check_isotropic((0.01, 0.01, 0.010001), "The plate model")
    with pytest.raises(InputError, match="equal edges"):
        check_isotropic((0.01, 0.01, 0.02), "The plate model")


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "itk", None)  # as if it could not be imported
    with pytest.raises(InputError, match="pip install itk-bonemorphometry"):
        load_itk()
