"""A cohort of simulated animals: scans that show the same bone, moved by what its table tells."""

from pathlib import Path

import numpy as np
import pytest
from MicroCTSuperResLib import read_volume
from MicroCTSuperResLib.errors import Cancelled, InputError, OutputError
from MicroCTSuperResLib.imaging.sampling import hr_grid
from MicroCTSuperResLib.quality.pairing import is_same_place
from MicroCTSuperResTrainingLib.cohort.checks import check_cohort
from MicroCTSuperResTrainingLib.cohort.phantom_cohort import (
    SHIFT_COLUMNS,
    PhantomCohortSettings,
    make_phantom_cohort,
    scan_pair,
)
from MicroCTSuperResTrainingLib.cohort.split import SplitSettings, split_cohort
from MicroCTSuperResTrainingLib.cohort.table import read_cohort

SMALL = {"size": (32, 32, 16), "spacing_mm": 0.1}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    settings = PhantomCohortSettings(("femur", "spine"), animals=4, **SMALL)
    return make_phantom_cohort(tmp_path_factory.mktemp("phantoms") / "cohort", settings)


def test_each_animal_has_each_bone_and_the_table_passes_the_check(cohort):
    assert len(cohort.specimens) == 8
    assert {each.animal for each in cohort.specimens} == {"A1", "A2", "A3", "A4"}
    assert {each.site for each in cohort.specimens} == {"femur", "spine"}
    report = check_cohort(cohort)
    assert (report.problems, len(report.facts)) == ((), 8)
    assert read_cohort(cohort.path) == cohort
    assert len(split_cohort(cohort, SplitSettings((0.5, 0.25, 0.25))).of_split("train")) == 4


def test_a_cohort_in_a_relative_folder_finds_its_scans(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = make_phantom_cohort(Path("phantoms"), PhantomCohortSettings(animals=1, **SMALL))
    assert made.specimens[0].lr == tmp_path / "phantoms" / "A1-femur-lr.nrrd"
    assert made.specimens[0].lr.exists()


def test_hr_lies_on_the_grid_of_lr(cohort):
    for each in cohort.specimens[:2]:
        lr, hr = read_volume(each.lr), read_volume(each.hr)
        assert is_same_place(hr_grid(lr), hr)
        assert (lr.units, hr.units) == ("mg HA/cm3", "mg HA/cm3")


def test_the_table_tells_a_shift_for_some_and_none_for_others(cohort):
    shifts = np.array([[float(each.further[column]) for column in SHIFT_COLUMNS] for each in cohort.specimens])
    moved = np.any(shifts, axis=1)
    # Every third animal lies still: A1 and A4 of A1 to A4.
    assert moved.tolist() == [False, False, True, True, True, True, False, False]
    # One HR voxel of 100 um at most.
    assert np.abs(shifts).max() <= 100
    assert len(np.unique(shifts[moved])) == shifts[moved].size


@pytest.mark.parametrize("shift", [(1.0, 0.0, 0.0), (0.3, -0.7, 0.0)])
def test_the_bone_lies_farther_along_the_axes_in_lr_than_in_hr_by_the_shift(shift):
    # A bone of 2.5 mm in a field of 4 mm: its centre of mass moves with it.
    settings = PhantomCohortSettings(size=(100, 100, 16), spacing_mm=0.04, frames=1000)
    (lr, hr), (still, _) = scan_pair("femur", settings, 5, shift), scan_pair("femur", settings, 5)
    moved = np.subtract(_centre_of_bone(lr), _centre_of_bone(still)) / 0.04
    # Along z the bone goes on at both ends. With 1000 frames the noise is 60 / sqrt(1000) = 2 mg HA/cm3.
    np.testing.assert_allclose(moved, shift[:2], atol=0.02)
    np.testing.assert_allclose(_centre_of_bone(hr), _centre_of_bone(still), atol=0.01)


def test_the_noise_of_lr_is_not_that_of_hr():
    settings = PhantomCohortSettings(size=(40, 40, 32), spacing_mm=0.1)
    lr, hr = scan_pair("femur", settings, 1)
    other_lr, other_hr = scan_pair("femur", settings, 2)
    coarse = hr.voxels.reshape(16, 2, 20, 2, 20, 2).mean(axis=(1, 3, 5))
    # The femur is 2.5 mm wide, the field 4 mm: in its corner there is fluid alone, so that what varies is noise.
    corner = (slice(None), slice(0, 4), slice(0, 4))
    agreement = np.corrcoef(lr.voxels[corner].ravel(), coarse[corner].ravel())[0, 1]
    # Of 256 independent numbers |r| is below 4 / sqrt(256).
    assert abs(agreement) < 0.25
    assert np.any(other_lr.voxels != lr.voxels)
    assert np.any(other_hr.voxels != hr.voxels)


def test_the_same_seed_makes_the_same_cohort(tmp_path):
    settings = PhantomCohortSettings(animals=2, **SMALL)
    first, second = (make_phantom_cohort(tmp_path / name, settings) for name in "ab")
    for one, other in zip(first.specimens, second.specimens, strict=True):
        np.testing.assert_array_equal(read_volume(one.lr).voxels, read_volume(other.lr).voxels)
        np.testing.assert_array_equal(read_volume(one.hr).voxels, read_volume(other.hr).voxels)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        make_phantom_cohort(tmp_path, PhantomCohortSettings(**SMALL))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_cohort_that_is_cancelled_leaves_nothing(tmp_path):
    answers = iter((False, True))
    with pytest.raises(Cancelled):
        make_phantom_cohort(tmp_path / "c", PhantomCohortSettings(**SMALL), should_cancel=lambda: next(answers))
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_room_is_told_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr("MicroCTSuperResTrainingLib.cohort.phantom_cohort.scan_pair", pytest.fail)
    with pytest.raises(OutputError, match="its disk has"):
        make_phantom_cohort(tmp_path / "c", PhantomCohortSettings(animals=10**6, size=(4000, 4000, 4000)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"sites": ()},
        {"sites": ("skull",)},
        {"sites": ("femur", "femur")},
        {"animals": 0},
        {"size": (33, 32, 16)},
        {"size": (8, 32, 16)},
        {"largest_shift": -1},
        {"largest_shift": float("nan")},
        {"seed": -1},
    ],
)
def test_settings_that_make_no_cohort_are_refused(wrong):
    with pytest.raises(InputError):
        PhantomCohortSettings(**wrong)


def _centre_of_bone(volume):
    """Centre of mass of what is denser than fluid, x and y in mm."""
    mass = np.clip(volume.voxels - 100.0, 0, None).sum(axis=0)
    y, x = (np.arange(n) for n in mass.shape)
    centre = np.array(((mass.sum(axis=0) * x).sum(), (mass.sum(axis=1) * y).sum())) / mass.sum()
    return centre * volume.spacing[:2] + volume.origin[:2]
