"""What the headers of a cohort's scans tell before any voxel is read."""

import numpy as np
import pytest
from MicroCTSuperResLib import Volume, read_volume
from MicroCTSuperResLib.errors import CalibrationError, Cancelled
from MicroCTSuperResLib.imaging.calibration import Calibration
from MicroCTSuperResLib.imaging.volume import IDENTITY
from MicroCTSuperResTrainingLib.cohort.checks import check_cohort
from MicroCTSuperResTrainingLib.cohort.geometry import covered_share, same_lattice
from MicroCTSuperResTrainingLib.cohort.problems import CohortError
from MicroCTSuperResTrainingLib.cohort.scans import open_pair
from MicroCTSuperResTrainingLib.cohort.table import read_cohort
from sample_cohorts import write_pair, write_scan, write_table

KNOWN = Calibration(1000.0, 0.5, 1000.0, -500.0)
NATIVE = {"units": "native"}
CALIBRATED = {"units": "native", "calibration": KNOWN}


def check(folder, *rows):
    return check_cohort(read_cohort(write_table(folder / "cohort.csv", rows)))


def told(problems):
    return [(problem.row, problem.specimen, problem.column) for problem in problems]


def test_a_good_cohort_has_no_problems_and_its_facts_are_told(tmp_path):
    report = check(tmp_path, write_pair(tmp_path, "F1"), write_pair(tmp_path, "F2"))
    assert (report.problems, report.warnings) == ((), ())
    facts = report.facts[1]
    assert (facts.row, facts.specimen, facts.units, facts.overlap) == (3, "F2", "mg HA/cm3", pytest.approx(1))
    assert (facts.lr_size, facts.hr_size) == ((8, 6, 4), (16, 12, 8))


def test_no_voxel_is_read(tmp_path, monkeypatch):
    row = write_pair(tmp_path, "F1")
    monkeypatch.setattr("MicroCTSuperResLib.imaging.formats.reading.OpenScan.read", pytest.fail)
    assert check(tmp_path, {**row, "lr_crop": "auto", "hr_crop": "auto:4mm"}).problems == ()


def test_everything_wrong_is_told_at_once(tmp_path):
    rows = [write_pair(tmp_path, f"F{number}") for number in range(1, 5)]
    rows[0]["lr"], rows[0]["hr"] = rows[0]["hr"], rows[0]["lr"]
    (tmp_path / rows[1]["lr"]).unlink()
    (tmp_path / rows[1]["hr"]).write_bytes(b"no scan")
    rows[3]["hr_crop"] = "0:99,:,:"
    report = check(tmp_path, *rows)
    assert told(report.problems) == [(2, "F1", "lr"), (3, "F2", "lr"), (3, "F2", "hr"), (5, "F4", "hr_crop")]
    assert "swapped" in report.problems[0].message
    with pytest.raises(CohortError, match="4 problems"):
        report.raise_problems(read_cohort(tmp_path / "cohort.csv"))


@pytest.mark.parametrize(
    ("lr", "hr", "words"),
    [
        (0.02, 0.02, "HR is not finer than LR"),
        (0.02, 0.03, "HR is not finer than LR"),
        (0.01, 0.02, "swapped"),
        (0.02, 0.005, "The scale is 4 x 4 x 4, not 2"),
        # 20 / 10.3 = 1.94: beyond the 2 % that scanners differ by.
        (0.02, 0.0103, "The scale is 1.94"),
    ],
)
def test_voxel_sizes_that_are_no_pair_are_told(tmp_path, lr, hr, words):
    report = check(tmp_path, write_pair(tmp_path, "F1", lr={"spacing": lr}, hr={"spacing": hr}))
    (problem,) = report.problems
    assert words in problem.message
    assert f"{1000 * lr:g} x" in problem.message
    assert f"{1000 * hr:g} x" in problem.message


def test_voxel_sizes_as_scanners_round_them_are_a_pair(tmp_path):
    # 20 / 10.1 = 1.98
    assert check(tmp_path, write_pair(tmp_path, "F1", hr={"spacing": 0.0101})).problems == ()


def test_a_given_voxel_size_comes_before_that_of_the_file(tmp_path):
    row = write_pair(tmp_path, "F1", hr={"spacing": 0.02})
    assert check(tmp_path, {**row, "hr_spacing": "0.01"}).problems == ()


def test_scans_that_do_not_overlap_are_told(tmp_path):
    # LR is 0.16 mm wide.
    apart = check(tmp_path, write_pair(tmp_path, "F1", hr={"origin": (0.17, 0.005, 0.005)}))
    assert told(apart.problems) == [(2, "F1", "hr")]
    assert "do not overlap" in apart.problems[0].message
    little = check(tmp_path, write_pair(tmp_path, "F2", hr={"origin": (0.125, 0.005, 0.005)}))
    assert little.problems == ()
    # HR begins at 0.12 of 0.16 mm: a quarter is common.
    assert "overlap by 25 %" in little.warnings[0].message


def test_calibrated_beside_uncalibrated_is_told_within_and_between_specimens(tmp_path):
    within = check(tmp_path, write_pair(tmp_path, "F1", lr=CALIBRATED, hr=NATIVE))
    assert "LR is calibrated" in within.problems[0].message
    rows = [write_pair(tmp_path, f"G{number}", lr=CALIBRATED, hr=CALIBRATED) for number in range(3)]
    between = check(tmp_path, *rows, write_pair(tmp_path, "G9", lr=NATIVE, hr=NATIVE))
    assert told(between.problems) == [(5, "G9", "lr")]
    assert "native, those of most specimens in mg HA/cm3" in between.problems[0].message


def test_units_that_differ_are_told(tmp_path):
    report = check(tmp_path, write_pair(tmp_path, "F1", lr=NATIVE, hr={"units": "HU"}))
    assert "LR has grey values in native, HR in HU" in report.problems[0].message


def test_a_calibration_in_the_table_makes_density_of_native_scans(tmp_path):
    row = write_pair(tmp_path, "F1", lr=NATIVE, hr=NATIVE)
    columns = {"slope": "2", "intercept": "-100", "density_of": "native"}
    report = check(tmp_path, {**row, **columns})
    assert report.facts[0].units == "mg HA/cm3"
    (specimen,) = read_cohort(tmp_path / "cohort.csv").specimens
    lr, hr = open_pair(specimen)
    # density = 2 * native - 100
    native = read_volume(specimen.lr)
    assert native.units == "native"
    np.testing.assert_allclose(lr.volume().voxels, 2.0 * native.voxels - 100)
    assert hr.header.units == "mg HA/cm3"


def test_units_that_a_scan_cannot_be_turned_into_are_told(tmp_path):
    row = write_pair(tmp_path, "F1", lr=NATIVE, hr=NATIVE)
    assert told(check(tmp_path, {**row, "units": "HU"}).problems) == [(2, "F1", "lr")]
    with pytest.raises(CalibrationError):
        open_pair(read_cohort(tmp_path / "cohort.csv").specimens[0])


def test_a_pair_is_opened_in_common_units_with_the_crops_of_its_row(tmp_path):
    row = {**write_pair(tmp_path, "F1", lr=CALIBRATED), "lr_crop": "2:6,:,1:3", "hr_crop": "4:12,:,2:6"}
    write_table(tmp_path / "cohort.csv", [row])
    lr, hr = open_pair(read_cohort(tmp_path / "cohort.csv").specimens[0])
    assert (lr.header.size, hr.header.size) == ((4, 6, 2), (8, 12, 4))
    assert (lr.header.units, hr.header.units) == ("mg HA/cm3", "mg HA/cm3")
    # LR begins 2 voxels of 20 um in, at the outer corner of the field.
    assert lr.header.origin == pytest.approx((0.05, 0.01, 0.03))


class TestMasks:
    def problems(self, tmp_path, **mask):
        write_scan(tmp_path / "mask.nrrd", **{"size": (16, 12, 8), "spacing": 0.01, "units": "native", **mask})
        report = check(tmp_path, {**write_pair(tmp_path, "F1"), "mask": "mask.nrrd"})
        return [problem.message for problem in report.problems], [warning.message for warning in report.warnings]

    def test_a_mask_on_the_grid_of_hr_is_good(self, tmp_path):
        assert self.problems(tmp_path) == ([], [])

    def test_a_mask_of_another_grid_is_told(self, tmp_path):
        for mask in ({"spacing": 0.02}, {"origin": (0.0, 0.0, 0.0)}):
            (message,), _ = self.problems(tmp_path, **mask)
            assert "not on the grid of HR" in message
            (tmp_path / "mask.nrrd").unlink()
            (tmp_path / "F1-lr.nrrd").unlink()
            (tmp_path / "F1-hr.nrrd").unlink()

    def test_a_mask_of_a_part_is_taken_with_a_warning(self, tmp_path):
        problems, (warning,) = self.problems(tmp_path, size=(8, 8, 4), origin=(0.045, 0.025, 0.005))
        assert problems == []
        assert "another part" in warning

    def test_a_mask_that_is_missing_is_told(self, tmp_path):
        report = check(tmp_path, {**write_pair(tmp_path, "F1"), "mask": "none.nrrd"})
        assert told(report.problems) == [(2, "F1", "mask")]


class TestSplits:
    def report(self, tmp_path, *splits, animals=None):
        rows = [write_pair(tmp_path, f"F{number}") for number in range(len(splits))]
        for number, (row, split) in enumerate(zip(rows, splits, strict=True)):
            row.update({"split": split, "animal": animals[number] if animals else f"M{number}"})
        return check(tmp_path, *rows)

    def test_one_animal_on_both_sides_is_told(self, tmp_path):
        report = self.report(tmp_path, "train", "train", "validation", "test", animals=["M1", "M2", "M3", "M1"])
        (problem,) = report.problems
        assert (problem.row, problem.column) == (5, "split")
        assert "M1 is in test here and in train in row 2" in problem.message

    def test_a_part_of_one_specimen_is_warned_of(self, tmp_path):
        report = self.report(tmp_path, "train", "train", "validation", "validation", "test")
        assert report.problems == ()
        assert [warning.message for warning in report.warnings] == ["There is one specimen in test."]

    def test_nothing_to_train_or_to_validate_with_and_rows_left_out_are_told(self, tmp_path):
        report = self.report(tmp_path, "test", "", "test")
        assert told(report.problems) == [(0, "", "split"), (0, "", "split"), (3, "F1", "split")]

    def test_a_cohort_that_is_not_split_yet_is_good(self, tmp_path):
        report = self.report(tmp_path, "", "")
        assert (report.problems, report.warnings) == ((), ())


def test_a_column_that_is_nearly_named_like_a_known_one_is_warned_of(tmp_path):
    report = check(tmp_path, {**write_pair(tmp_path, "F1"), "hr_cropp": "auto", "sex": "f"})
    assert [(warning.column, warning.hint) for warning in report.warnings] == [
        ("hr_cropp", "Should its name be hr_crop?")
    ]


def test_other_voxel_sizes_than_the_usual_one_are_warned_of(tmp_path):
    rows = [write_pair(tmp_path, f"F{number}") for number in range(3)]
    rows.append(write_pair(tmp_path, "F9", lr={"spacing": 0.03}, hr={"spacing": 0.015}))
    report = check(tmp_path, *rows)
    assert report.problems == ()
    assert told(report.warnings) == [(5, "F9", "lr")]


def test_the_check_tells_its_progress_and_ends_when_asked(tmp_path):
    rows = [write_pair(tmp_path, f"F{number}") for number in range(3)]
    cohort = read_cohort(write_table(tmp_path / "cohort.csv", rows))
    moments = []
    check_cohort(cohort, on_progress=moments.append)
    assert [(moment.done, moment.total) for moment in moments] == [(1, 3), (2, 3), (3, 3)]
    with pytest.raises(Cancelled):
        check_cohort(cohort, should_cancel=lambda: True)


def _grid(size, spacing, origin, direction=IDENTITY):
    return Volume(np.zeros(size[::-1], np.uint8), (spacing,) * 3, origin, tuple(np.ravel(direction)))


def test_overlap_is_counted_from_outer_face_to_outer_face():
    # Both begin at -0.5 and 3.5 mm along x: 4 of 8 mm are common, all along y and z.
    first = _grid((8, 4, 4), 1.0, (0.0, 0.0, 0.0))
    second = _grid((16, 8, 8), 0.5, (3.75, -0.25, -0.25))
    assert covered_share(first, second) == pytest.approx(0.5)
    # A quarter turn about z lays x along y: the boxes are 8 x 4 and 4 x 8, of which 4 x 4 are common.
    turned = _grid((8, 4, 4), 1.0, (3.0, 0.0, 0.0), [[0, -1, 0], [1, 0, 0], [0, 0, 1]])
    assert covered_share(first, turned) == pytest.approx(0.5)


def test_one_grid_is_one_grid_from_any_of_its_voxels():
    first = _grid((8, 4, 4), 0.01, (0.0, 0.0, 0.0))
    assert same_lattice(first, _grid((2, 2, 2), 0.01, (0.03, 0.01, -0.02)))
    assert not same_lattice(first, _grid((8, 4, 4), 0.01, (0.005, 0.0, 0.0)))
    assert not same_lattice(first, _grid((4, 2, 2), 0.02, (0.0, 0.0, 0.0)))
    assert not same_lattice(first, _grid((8, 4, 4), 0.01, (0.0, 0.0, 0.0), np.diag((-1, -1, 1))))
