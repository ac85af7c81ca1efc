"""`compare`: the command as a user runs it, and the job as the panel starts it."""

import csv
import json

import numpy as np
import pytest
from MicroCTSuperResLib import Volume
from MicroCTSuperResLib.imaging.calibration import Calibration
from MicroCTSuperResLib.imaging.formats import read_volume
from MicroCTSuperResLib.imaging.sampling import hr_grid, interpolate
from MicroCTSuperResLib.quality import psnr, ssim
from sample_scans import ball, write_scan

HR_SIZE = (28, 24, 12)


@pytest.fixture
def scans(scan, tmp_path):
    """Paths of LR, of HR on its HR grid, and of a DL that is HR with some noise."""
    grid = hr_grid(read_volume(scan))
    place = {"spacing": grid.spacing, "origin": grid.origin, "direction": grid.direction}
    voxels = ball(np.float32, HR_SIZE)
    noise = np.random.default_rng(0).normal(0, 10, voxels.shape).astype(np.float32)
    return {
        "lr": scan,
        "hr": write_scan(tmp_path / "hr.nrrd", voxels, **place),
        "dl": write_scan(tmp_path / "dl.nrrd", voxels + noise, **place),
    }


def words(scans, *names):
    return [word for name in names for word in (f"--{name}", scans[name])]


def result_of(command, *more):
    status, out, errors = command("compare", "--json", *more)
    assert status == 0, errors
    return json.loads(out.splitlines()[-1])


def test_scores_are_those_of_the_definitions_on_the_grid_of_hr(command, scans):
    result = result_of(command, *words(scans, "hr", "lr", "dl"))
    hr, lr, dl = (read_volume(scans[name]) for name in ("hr", "lr", "dl"))
    expected = {"LR": interpolate(lr).voxels, "LR cubic": interpolate(lr, order=3).voxels, "DL": dl.voxels}
    assert list(result["volumes"]) == list(expected)
    for name, voxels in expected.items():
        scores = result["volumes"][name]
        # 1200 mg HA/cm3 is the fixed data range of densities.
        assert scores["mean_psnr_db"] == pytest.approx(psnr(hr.voxels, voxels, 1200))
        assert scores["mean_ssim"] == pytest.approx(ssim(hr.voxels, voxels, 1200))
        assert len(scores["psnr_db"]) == len(scores["ssim"]) == 12
    assert result["data_range"] == {"value": 1200.0, "units": "mg HA/cm3", "rule": "fixed for mg HA/cm3"}
    assert result["slices"] == list(range(12))
    assert result["z_mm"] == pytest.approx([number * 0.01 for number in range(12)])


def test_scans_that_tell_no_place_are_laid_on_one_another_by_their_corners(command, scans, tmp_path):
    expected = result_of(command, *words(scans, "hr", "lr", "dl"))
    bare = {}
    for name, path in scans.items():
        volume = read_volume(path)
        bare[name] = volume.with_voxels(volume.voxels, origin=(0, 0, 0)).write(tmp_path / f"bare-{name}.nrrd")
    found = result_of(command, *words(bare, "hr", "lr", "dl"))
    assert found["slices"] == expected["slices"]
    for name in expected["volumes"]:
        assert found["volumes"][name]["psnr_db"] == pytest.approx(expected["volumes"][name]["psnr_db"])
    # A DL that was made of this LR tells its place: half an HR voxel before that of LR.
    lr = read_volume(bare["lr"])
    bare["dl"] = interpolate(lr, order=3).write(tmp_path / "made.nrrd")
    made = result_of(command, *words(bare, "hr", "lr", "dl"))["volumes"]
    assert made["DL"]["psnr_db"] == pytest.approx(made["LR cubic"]["psnr_db"])


def test_the_words_name_the_volumes_and_the_data_range(command, scans):
    status, out, _ = command("compare", *words(scans, "hr", "lr", "dl"))
    assert status == 0
    assert [line.split("  ")[0] for line in out.splitlines()[1:4]] == ["LR, linear", "LR, cubic", "DL"]
    assert "1200 mg HA/cm3" in out
    assert "slices 0 to 11 of the 12 of HR" in out


def test_the_table_has_a_row_for_each_slice(command, scans, tmp_path):
    table = tmp_path / "scores.csv"
    result = result_of(command, *words(scans, "hr", "lr", "dl"), "--linear-only", "-o", table)
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["slice", "z_mm", "LR psnr_db", "LR ssim", "DL psnr_db", "DL ssim"]
    assert [float(row["DL psnr_db"]) for row in rows] == result["volumes"]["DL"]["psnr_db"]
    assert [float(row["z_mm"]) for row in rows] == result["z_mm"]


def test_a_table_is_not_replaced_unasked(command, scans, tmp_path):
    table = tmp_path / "scores.csv"
    table.write_text("mine")
    status, _, errors = command("compare", *words(scans, "hr", "dl"), "-o", table)
    assert status == 1
    assert "scores.csv" in errors
    assert table.read_text() == "mine"
    assert command("compare", *words(scans, "hr", "dl"), "-o", table, "--overwrite")[0] == 0


def test_a_volume_that_equals_hr_is_told_as_identical(command, scans):
    status, out, _ = command("compare", "--hr", scans["hr"], "--dl", scans["hr"])
    assert status == 0
    assert "identical" in out
    result = result_of(command, "--hr", scans["hr"], "--dl", scans["hr"])
    assert result["volumes"]["DL"]["psnr_db"] == [None] * 12
    assert result["volumes"]["DL"]["mean_ssim"] == pytest.approx(1.0)


def test_an_lr_elsewhere_is_compared_where_both_lie_by_linear_interpolation_alone(command, scans, tmp_path):
    lr = read_volume(scans["lr"])
    # HR's first slice lies 5 um below LR's first centre. Moved up by 13 um, LR leaves it 18 um outside, which is beyond
    # its first voxel (10 um); the next slice is 8 um below the centre.
    moved = lr.with_voxels(lr.voxels, origin=(*lr.origin[:2], lr.origin[2] + 0.013))
    result = result_of(command, "--hr", scans["hr"], "--lr", moved.write(tmp_path / "moved.nrrd"))
    assert list(result["volumes"]) == ["LR"]
    assert result["slices"] == list(range(1, 12))


def test_grey_values_are_compared_in_the_units_of_hr(command, scans, tmp_path):
    dl = read_volume(scans["dl"])
    calibrated = Volume(
        dl.voxels, dl.spacing, dl.origin, dl.direction, dl.units, Calibration(1000, slope=1000, intercept=-500)
    )
    other = calibrated.in_units("1/cm", "float64").write(tmp_path / "other.nrrd")
    got = result_of(command, "--hr", scans["hr"], "--dl", other)["volumes"]["DL"]["mean_psnr_db"]
    wanted = result_of(command, *words(scans, "hr", "dl"))["volumes"]["DL"]["mean_psnr_db"]
    assert got == pytest.approx(wanted, abs=1e-3)


def test_units_that_cannot_be_compared_are_refused(command, scans, tmp_path):
    native = write_scan(tmp_path / "native.nrrd", units="native")
    status, _, errors = command("compare", "--hr", scans["hr"], "--lr", native)
    assert status == 1
    assert "native" in errors


def test_volumes_that_lie_apart_are_refused(command, scans, tmp_path):
    apart = write_scan(tmp_path / "apart.nrrd", origin=(50.0, 50.0, 50.0))
    status, _, errors = command("compare", "--hr", scans["hr"], "--lr", apart)
    assert status == 1
    assert "do not overlap" in errors


def test_nothing_to_compare_is_wrong_usage(command, scans):
    with pytest.raises(SystemExit) as ended:
        command("compare", "--hr", scans["hr"])
    assert ended.value.code == 2


def test_the_job_tells_progress_and_result(start_worker, scans):
    paths = {name: str(path) for name, path in scans.items()}
    events, status, errors = start_worker({"job": "compare", "arguments": paths}).finish()
    assert status == 0, errors
    last = [event for event in events if event["event"] == "progress"][-1]
    assert (last["done"], last["total"]) == (36, 36)  # LR, LR cubic and DL, 12 slices each
    assert set(events[-1]["result"]["volumes"]) == {"LR", "LR cubic", "DL"}


def test_the_job_without_a_volume_is_refused(start_worker, scans):
    events, _, _ = start_worker({"job": "compare", "arguments": {"hr": str(scans["hr"])}}).finish()
    assert events[-1]["code"] == "bad-input"
    assert "nothing to compare" in events[-1]["message"]
