"""`morphometry`: the command as a user runs it, and the job as a panel starts it."""

import csv
import json
import sys

import numpy as np
import pytest
from MicroCTSuperResLib import Volume, read_volume
from MicroCTSuperResLib.imaging.calibration import CONSTANTS, Calibration
from MicroCTSuperResTrainingLib.jobs.evaluate_options import EvaluateArguments
from MicroCTSuperResTrainingLib.jobs.morphometry_options import MorphometryArguments
from MicroCTSuperResTrainingLib.morphometry.segmentation import Segmentation
from PIL import Image
from sample_tubes import scan_of, tube

# A tube of 0.5 and 0.4 mm radius: 1 - (40 / 50)^2. The Gaussian moves no straight edge whose middle is the threshold,
# 525 here, and by a few um that of a cortex of 10 voxels.
BA_TA = pytest.approx(0.36, abs=0.012)
COLUMNS = ["volume", "specimen", "slice", "z_mm", "b_ar_mm2", "t_ar_mm2", "ba_ta", "bone", "simulated", "note"]


@pytest.fixture
def femur(tmp_path):
    """The path of a small long bone, in mg HA/cm3, slices from z = 3 mm on."""
    return scan_of(tube(), origin=(1.0, 2.0, 3.0)).write(tmp_path / "F07.nrrd")


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def refusal(command, *words):
    status, out, errors = command("morphometry", *words)
    assert status == 1
    assert out == ""
    return errors


def test_the_table_has_a_row_for_each_slice_in_the_units_of_the_study(command, femur, folder):
    status, out, errors = command("morphometry", femur, "-o", folder / "table.csv")
    assert status == 0, errors
    rows = rows_of(folder / "table.csv")
    assert list(rows[0]) == COLUMNS
    assert [row["slice"] for row in rows] == [str(number) for number in range(6)]
    assert [float(row["z_mm"]) for row in rows] == pytest.approx([3 + 0.01 * number for number in range(6)])
    for row in rows:
        assert (row["volume"], row["specimen"], row["note"]) == (str(femur), "F07", "")
        assert float(row["ba_ta"]) == BA_TA
        assert float(row["b_ar_mm2"]) / float(row["t_ar_mm2"]) == pytest.approx(float(row["ba_ta"]))
    assert "Gaussian of 1.2 voxels (12 um" in out
    assert "500 mg HA/cm3 or more" in out


def test_the_second_table_has_a_row_for_each_volume_with_its_settings(command, femur, folder):
    other = read_volume(femur).write(folder / "F08.nrrd")
    table = folder / "table.csv"
    status, out, errors = command(
        "morphometry", femur, other, "-o", table, "--thickness", "--cortex", "--specimen", "F"
    )
    assert status == 0, errors
    assert "(no bone in the region; nothing to fit spheres into for Tb.Th; the volume is 0.06 mm thin" in out
    rows = rows_of(folder / "table_volumes.csv")
    assert [row["volume"] for row in rows] == [str(femur), str(other)]
    assert {row["specimen"] for row in rows} == {"F"}
    assert float(rows[0]["ct_th_mm"]) == pytest.approx(0.1, abs=0.01)
    assert rows[0]["region"] == "inside the cortex"
    assert rows[0]["note"].startswith("no bone in the region; nothing to fit spheres into for Tb.Th")
    settings = ("threshold", "units", "sigma_voxels", "support_voxels", "sigma_um", "tissue")
    assert [rows[0][name] for name in settings] == ["500", "mg HA/cm3", "1.2", "2", "12", "own contours"]
    assert len(rows_of(table)) == 12


def test_the_result_as_json_names_tables_values_and_warnings(command, folder):
    cut = scan_of(tube(centre=(60, 41))).write(folder / "cut.nrrd")
    status, out, errors = command("morphometry", cut, "-o", folder / "t.csv", "--json")
    assert status == 0
    result = json.loads(out.splitlines()[-1])
    assert result["output"] == str(folder / "t.csv")
    assert result["volumes_table"] == str(folder / "t_volumes.csv")
    assert result["volumes"][0]["bones"][0]["slices_with_tissue"] == 6
    assert "image border cuts the bone" in result["warnings"][0]
    assert "image border cuts the bone" in errors


def test_thickness_of_a_whole_bone_warns_that_the_cortex_counts(command, femur, folder):
    for number, (words, warned) in enumerate([((), True), (("--cortex",), False), (("--mask", femur), False)]):
        status, _, errors = command("morphometry", femur, "-o", folder / f"{number}.csv", "--thickness", *words)
        assert status == 0
        assert ("count the cortex" in errors) == warned


def test_a_threshold_is_a_density_and_the_scan_is_read_as_one(command, folder):
    # density = native - 500, so that bone of 1000 native is 500 mg HA/cm3, which is not less than the threshold.
    constants = Calibration(1000.0, 0.5, 1000.0, -500.0, origins=dict.fromkeys(CONSTANTS, "header"))
    native = scan_of(tube(), units="native", calibration=constants).write(folder / "native.nrrd")
    for threshold, found in ((500, True), (501, False)):
        table = folder / f"{threshold}.csv"
        status, _, errors = command("morphometry", native, "-o", table, "--threshold", threshold, "--sigma", 0)
        assert (status == 0) == found
        assert found or "no bone at 501 mg HA/cm3" in errors


def test_a_scan_that_is_not_calibrated_needs_a_threshold_in_its_own_units(command, folder):
    native = scan_of(tube(), units="native").write(folder / "native.nrrd")
    told = refusal(command, native, "-o", folder / "t.csv", "--threshold", 500)
    assert "not calibrated" in told
    assert "--units native" in told
    assert "standard bone threshold" in refusal(command, native, "-o", folder / "t.csv", "--units", "native")
    words = ("--units", "native", "--threshold", 600)
    assert command("morphometry", native, "-o", folder / "t.csv", *words)[0] == 0
    assert rows_of(folder / "t_volumes.csv")[0]["units"] == "native"


def test_a_shared_mask_is_used_for_all_volumes_by_its_place(command, femur, folder):
    # Slices 2 and 3, on its own grid; the same for both volumes.
    scan = read_volume(femur)
    mask = Volume(np.ones((2, 50, 120), np.uint8), scan.spacing, (1.0, 2.35, 3.02)).write(folder / "mask.nii.gz")
    status, _, errors = command("morphometry", femur, femur, "--mask", mask, "-o", folder / "t.csv")
    assert status == 0, errors
    rows = rows_of(folder / "t.csv")
    assert [row["t_ar_mm2"] for row in rows[2:4]] == ["0.6", "0.6"]
    assert [row["note"] for row in rows[:6]] == ["no tissue", "no tissue", "", "", "no tissue", "no tissue"]
    assert [list(row.values())[2:] for row in rows[:6]] == [list(row.values())[2:] for row in rows[6:]]
    assert rows_of(folder / "t_volumes.csv")[0]["tissue"] == str(mask)


@pytest.mark.parametrize(
    ("voxels", "origin", "told"),
    [
        (np.zeros((3, 5, 5), np.uint8), (1.0, 2.0, 3.0), "is empty"),
        (np.ones((3, 5, 5), np.uint8), (9.0, 2.0, 3.0), "different places"),
    ],
)
def test_a_mask_that_marks_nothing_is_refused(command, femur, folder, voxels, origin, told):
    mask = Volume(voxels, (0.01, 0.01, 0.01), origin).write(folder / "mask.nrrd")
    assert told in refusal(command, femur, "--mask", mask, "-o", folder / "t.csv")
    assert not (folder / "t.csv").exists()


def test_rows_of_a_simulated_scan_say_so(command, femur, folder):
    kind = {"MicroCTSuperRes.image_kind": "simulated HR scan"}
    phantom = scan_of(tube(), metadata=kind).write(folder / "phantom.nrrd")
    status, _, errors = command("morphometry", femur, phantom, "-o", folder / "table.csv")
    assert status == 0, errors
    for table in ("table.csv", "table_volumes.csv"):
        told = {(row["specimen"], row["simulated"]) for row in rows_of(folder / table)}
        assert told == {("F07", "no"), ("phantom", "yes")}


def test_volumes_of_one_specimen_are_measured_on_the_grid_and_inside_the_contours_of_hr(command, femur, folder):
    hr = read_volume(femur)
    halved = hr.voxels.reshape(3, 2, 60, 2, 60, 2).mean(axis=(1, 3, 5)).astype(np.float32)
    lr = Volume(halved, (0.02,) * 3, (1.005, 2.005, 3.005), units=hr.units).write(folder / "lr.nrrd")
    status, _, errors = command("morphometry", femur, lr, "--reference", femur, "-o", folder / "t.csv")
    assert status == 0, errors
    rows = rows_of(folder / "t.csv")
    assert [row["slice"] for row in rows] == [*map(str, range(6))] * 2
    assert [row["t_ar_mm2"] for row in rows[:6]] == [row["t_ar_mm2"] for row in rows[6:]]
    assert [row["z_mm"] for row in rows[:6]] == [row["z_mm"] for row in rows[6:]]
    assert float(rows[8]["ba_ta"]) == pytest.approx(float(rows[2]["ba_ta"]), abs=0.03)


def test_the_table_names_methods_as_agreement_wants_them(command, femur, folder):
    words = ("--specimen", "F07,F07,F08", "--method", "HR,LR,HR", "-o", folder / "t.csv")
    status, _, errors = command("morphometry", femur, femur, femur, *words)
    assert status == 0, errors
    rows = rows_of(folder / "t.csv")
    named = [(row["specimen"], row["method"]) for row in rows[::6]]
    assert named == [("F07", "HR"), ("F07", "LR"), ("F08", "HR")]
    assert list(rows[0])[:2] == ["volume", "specimen"]


def test_names_that_do_not_fit_the_volumes_are_refused(command, femur, folder):
    assert "2 for 1 volumes" in refusal(command, femur, "--method", "HR,LR", "-o", folder / "t.csv")


def test_slices_that_a_volume_shares_with_the_reference_keep_the_numbers_of_the_reference(command, femur, folder):
    hr = read_volume(femur)
    part = Volume(hr.voxels[2:5], hr.spacing, (1.0, 2.0, 3.02), units=hr.units).write(folder / "part.nrrd")
    status, _, errors = command("morphometry", part, "--reference", femur, "-o", folder / "t.csv")
    assert status == 0
    assert [row["slice"] for row in rows_of(folder / "t.csv")] == ["2", "3", "4"]
    assert "0:120,0:120,2:5 of the reference only" in errors


def test_a_volume_of_another_specimen_than_the_reference_is_told(command, femur, folder):
    other = scan_of(tube(outer=42, inner=30, centre=(66, 52)), origin=(1.0, 2.0, 3.0)).write(folder / "other.nrrd")
    status, out, errors = command("morphometry", femur, other, "--reference", femur, "-o", folder / "t.csv", "--json")
    assert status == 0
    (warning,) = json.loads(out.splitlines()[-1])["warnings"]
    assert "does not seem to show the specimen of the reference" in warning
    assert f"{other}: It does not seem to show" in errors


def test_doubts_about_the_contours_of_the_reference_stand_in_the_result_and_in_the_rows(command, folder):
    hr = scan_of(tube(centre=(60, 41)))
    path, part = hr.write(folder / "hr.nrrd"), scan_of(tube(4, centre=(60, 41)), origin=(0, 0, 0.01))
    words = ("--reference", path, "-o", folder / "t.csv", "--json")
    status, out, _ = command("morphometry", part.write(folder / "part.nrrd"), *words)
    assert status == 0
    warnings = json.loads(out.splitlines()[-1])["warnings"]
    assert warnings[0].startswith(f"{path}: In slices 0 to 5 the image border cuts the bone")
    assert [row["note"] for row in rows_of(folder / "t.csv")] == ["the image border cuts the bone"] * 4


def test_bones_are_told_one_by_one_on_demand(command, folder):
    both = tube(4, 240, centre=(120, 60)) | tube(4, 240, 30, 20, centre=(120, 180))
    scan = scan_of(both).write(folder / "two.nrrd")
    status, _, errors = command("morphometry", scan, "-o", folder / "t.csv", "--each-bone")
    assert status == 0, errors
    assert [row["bone"] for row in rows_of(folder / "t.csv")] == ["1"] * 4 + ["2"] * 4
    assert [row["bone"] for row in rows_of(folder / "t_volumes.csv")] == ["1", "2"]


def test_pictures_for_checking_are_written_for_each_volume(command, femur, folder, tmp_path):
    (tmp_path / "more").mkdir()
    twin = read_volume(femur).write(tmp_path / "more" / femur.name)
    words = ("-o", folder / "t.csv", "--pictures", folder / "pictures")
    status, _, errors = command("morphometry", femur, twin, *words)
    assert status == 0, errors
    names = sorted(path.name for path in (folder / "pictures").iterdir())
    assert names == ["1_F07.png", "2_F07.png"]


def test_one_bad_volume_does_not_stop_the_others(command, femur, folder):
    empty = scan_of(np.zeros((3, 30, 30), bool)).write(folder / "air.nrrd")
    status, _, errors = command("morphometry", empty, femur, "-o", folder / "t.csv")
    assert status == 1
    assert "no bone" in errors
    assert {row["volume"] for row in rows_of(folder / "t.csv")} == {str(femur)}


def test_nan_voxels_are_refused(command, folder):
    voxels = np.where(tube(), 1000.0, 50.0).astype(np.float32)
    voxels[1, 1, 1] = np.nan
    scan = Volume(voxels, (0.01,) * 3, units="mg HA/cm3").write(folder / "nan.nrrd")
    assert "NaN" in refusal(command, scan, "-o", folder / "t.csv")


@pytest.mark.parametrize("existing", ["t.csv", "t_volumes.csv"])
def test_tables_are_never_overwritten_unasked(command, femur, folder, existing):
    (folder / existing).write_text("mine")
    assert "exists already" in refusal(command, femur, "-o", folder / "t.csv")
    assert (folder / existing).read_text() == "mine"
    assert command("morphometry", femur, "-o", folder / "t.csv", "--overwrite")[0] == 0


def test_the_plate_model_without_its_package_is_refused_at_once(command, femur, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "itk", None)  # as if it were not installed
    told = refusal(command, femur, "-o", folder / "t.csv", "--plate-model")
    assert "pip install itk-bonemorphometry" in told
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("-o", "folder/"),
        ("-o", "scan.nrrd"),
        ("-o", "t.csv", "--mask", "m.nrrd", "--without-foramen"),
        ("-o", "t.csv", "--slope", "2"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(command, femur, words):
    with pytest.raises(SystemExit) as ended:
        command("morphometry", femur, *words)
    assert ended.value.code == 2


@pytest.mark.parametrize("kind", [MorphometryArguments, EvaluateArguments])
def test_bone_is_told_as_in_the_engine_unless_the_user_says_otherwise(kind):
    told = {name: getattr(kind, name) for name in ("sigma", "support", "in_plane")}
    engine = Segmentation(500)
    assert told == {"sigma": engine.sigma_voxels, "support": engine.support_voxels, "in_plane": engine.in_plane}


def test_the_job_tells_progress_and_result(start_worker, femur, folder):
    arguments = {"volumes": [str(femur)], "output": str(folder / "t.csv")}
    events, status, errors = start_worker({"job": "morphometry", "arguments": arguments}).finish()
    assert status == 0, errors
    (progress,) = [event for event in events if event["event"] == "progress"]
    assert (progress["done"], progress["total"], progress["unit"]) == (1, 1, "volumes")
    assert events[-1]["result"]["volumes"][0]["specimen"] == "F07"


def test_the_tissue_area_is_written_corrected_and_used_on_the_grid_of_a_reference(command, femur, folder):
    mask, table = folder / "tissue.nrrd", folder / "table.csv"
    status, _, errors = command("morphometry", femur, "-o", table, "--write-mask", mask)
    assert status == 0, errors
    tissue = read_volume(mask)
    hr = read_volume(femur)
    assert (tissue.size, tissue.origin) == (hr.size, hr.origin)
    assert set(np.unique(tissue.voxels)) == {0, 1}
    area_mm2 = np.count_nonzero(tissue.voxels[0]) * hr.spacing[0] * hr.spacing[1]
    assert area_mm2 == pytest.approx(float(rows_of(table)[0]["t_ar_mm2"]))

    # Half of it is taken away; LR, on a grid of its own, is measured on that of HR and inside what is left.
    half = tissue.voxels.copy()
    half[:, :, : half.shape[2] // 2] = 0
    tissue.with_voxels(half).write(mask, overwrite=True)
    blocks = hr.voxels.reshape(hr.size[2] // 2, 2, hr.size[1] // 2, 2, hr.size[0] // 2, 2)
    lr = Volume(
        blocks.mean(axis=(1, 3, 5)).astype(np.float32),
        spacing=tuple(2 * edge for edge in hr.spacing),
        origin=tuple(start + edge / 2 for start, edge in zip(hr.origin, hr.spacing, strict=True)),
        units=hr.units,
    ).write(folder / "lr.nrrd")
    words = ("-o", table, "--reference", femur, "--mask", mask, "--method", "LR,HR", "--overwrite")
    status, _, errors = command("morphometry", lr, femur, *words)
    assert status == 0, errors
    rows = rows_of(table)
    assert [row["method"] for row in rows] == ["LR"] * hr.size[2] + ["HR"] * hr.size[2]
    kept = np.count_nonzero(half[0]) * hr.spacing[0] * hr.spacing[1]
    assert {round(float(row["t_ar_mm2"]), 9) for row in rows} == {round(kept, 9)}
    assert float(rows[-1]["ba_ta"]) == BA_TA


def test_a_tissue_area_is_written_of_one_volume_alone(command, femur, folder):
    mask = folder / "tissue.nrrd"
    other = read_volume(femur).write(folder / "F08.nrrd")
    errors = refusal(command, femur, other, "-o", folder / "t.csv", "--write-mask", mask)
    assert "--reference" in errors
    mask.write_bytes(b"mine")
    assert "exists" in refusal(command, femur, "-o", folder / "t.csv", "--write-mask", mask)
    assert mask.read_bytes() == b"mine"


def test_a_tissue_area_never_replaces_a_scan_and_its_format_is_known_before_the_work(command, femur, folder):
    before = femur.read_bytes()
    words = ("-o", folder / "t.csv", "--overwrite", "--write-mask")
    assert "would replace the input" in refusal(command, femur, *words, femur)
    mask = read_volume(femur).write(folder / "mask.nrrd")
    assert "would replace the input" in refusal(command, femur, "--mask", mask, *words, mask)
    assert "names no format" in refusal(command, femur, *words, folder / "mask.gif")
    assert femur.read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["mask.nrrd"]


def test_a_picture_never_replaces_a_slice_of_the_scan(command, tmp_path):
    slices = tmp_path / "slices"
    slices.mkdir()
    for number, plane in enumerate(255 * tube(slices=3)):
        Image.fromarray(plane.astype(np.uint8)).save(slices / f"F07_{number:04d}.png")
    before = (slices / "F07_0000.png").read_bytes()
    words = ("--spacing", 0.01, 0.01, 0.01, "--units", "native", "--threshold", 128, "-o", tmp_path / "t.csv")
    told = refusal(command, slices / "F07_0000.png", *words, "--pictures", slices, "--overwrite")
    assert "would replace a scan" in told
    assert (slices / "F07_0000.png").read_bytes() == before
