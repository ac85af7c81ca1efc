"""A specimen evaluated from its files: what is written, and when it is done again; the figures of all."""

import csv
import json
import os
import shutil
from dataclasses import replace

import pytest
from MicroCTSuperResLib.errors import Cancelled, InputError
from MicroCTSuperResLib.imaging.sampling import interpolate
from MicroCTSuperResTrainingLib.cohort.pair_settings import PairingSettings
from MicroCTSuperResTrainingLib.evaluation.evaluation_files import write_evaluation
from MicroCTSuperResTrainingLib.evaluation.methods import all_methods
from MicroCTSuperResTrainingLib.evaluation.quality_figure import draw_quality
from MicroCTSuperResTrainingLib.evaluation.settings import EvaluationSettings
from MicroCTSuperResTrainingLib.evaluation.specimen_evaluation import evaluate_specimen
from MicroCTSuperResTrainingLib.evaluation.specimen_task import SpecimenTask
from MicroCTSuperResTrainingLib.evaluation.tables import write_specimens
from sample_evaluations import METHODS, evaluation_of, result_of
from sample_pairs import scans, specimen_of, volumes


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A specimen of three files: LR, HR, and as DL the cubic interpolation of LR."""
    folder = tmp_path_factory.mktemp("specimen")
    lr, hr = volumes(scans("femur", 3))
    specimen = specimen_of(folder, lr, hr)
    return specimen, interpolate(lr, order=3).write(folder / "dl.nrrd")


@pytest.fixture(scope="module")
def task(files, tmp_path_factory):
    specimen, dl = files
    folder = tmp_path_factory.mktemp("evaluation")
    return SpecimenTask(specimen, METHODS, EvaluationSettings(), PairingSettings(), folder, dl=dl, threads=1)


@pytest.fixture(scope="module")
def result(task):
    return evaluate_specimen(task)


def test_dl_of_a_file_is_scored_as_what_it_is(result):
    # DL is the cubic interpolation, so it scores as that does.
    assert result["methods"]["dl"] == pytest.approx(result["methods"]["bicubic"], abs=1e-5)
    assert result["methods"]["dl"]["psnr_db"] != pytest.approx(result["methods"]["bilinear"]["psnr_db"], abs=0.01)


def test_the_result_tells_where_it_is_from(task, result):
    assert set(result["files"]) == {"lr", "hr", "dl"}
    assert all(len(file["sha256"]) == 64 for file in result["files"].values())
    assert result["hr_spacing_mm"] == pytest.approx([0.02] * 3)
    assert result["tissue"] == "contours of HR"
    assert result["slices_with_tissue"] == result["hr_voxels"][2] == len(result["slices"]["dl"])
    assert json.loads(task.result_path.read_text()) == result


def test_pictures_are_written_beside_the_result(task, result):
    folder = task.result_path.parent
    assert sorted(path.name for path in folder.iterdir()) == [
        "comparison.pdf",
        "comparison.png",
        "comparison.svg",
        "result.json",
    ]
    assert (task.folder / "overlays" / "M1-femur.png").read_bytes().startswith(b"\x89PNG")


def test_a_finished_specimen_is_kept_until_what_it_depends_on_changes(task, result, tmp_path):
    assert task.kept_result() == result
    assert replace(task, settings=EvaluationSettings(sigma_voxels=1.0)).kept_result() is None
    assert replace(task, pairing=PairingSettings(field_voxels=None)).kept_result() is None
    assert replace(task, specimen=replace(task.specimen, site="spine")).kept_result() is None
    assert replace(task, folder=tmp_path).kept_result() is None
    # How the work is shared out changes nothing, nor does the margin of a test that is made of all results together.
    assert replace(task, threads=2, device="cpu", settings=EvaluationSettings(margin=0.01)).kept_result() == result


def test_what_changed_in_the_work_is_told_in_words(task, result, tmp_path):
    assert task.changed_work() == []
    assert replace(task, folder=tmp_path, settings=EvaluationSettings(threshold=400.0)).changed_work() == []
    assert replace(task, settings=EvaluationSettings(threshold=400.0)).changed_work() == [
        "threshold was not given, is 400.0"
    ]
    assert replace(task, pairing=PairingSettings(refine="rigid")).changed_work() == ["refine was none, is rigid"]
    model = all_methods([(tmp_path, {"name": "sharp", "sha256": "0123456789"})])
    assert replace(task, methods=model).changed_work() == ["models was files of DL, is sharp (01234567)"]
    # Other files and another row are no other work.
    assert replace(task, specimen=replace(task.specimen, site="spine", lr=task.specimen.hr)).changed_work() == []


def test_a_result_that_tells_nothing_of_its_work_is_of_another_version(task, result, tmp_path):
    other = replace(task, folder=tmp_path)
    other.result_path.parent.mkdir(parents=True)
    other.result_path.write_text(json.dumps({name: value for name, value in result.items() if name != "work"}))
    (told,) = other.changed_work()
    assert told.startswith("software was another version, is ")


def test_a_file_that_was_written_again_is_evaluated_again(task, result):
    before = task.specimen.lr.stat()
    try:
        os.utime(task.specimen.lr, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
        assert task.kept_result() is None
    finally:
        os.utime(task.specimen.lr, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert task.kept_result() == result


def test_a_specimen_whose_picture_was_deleted_is_evaluated_again(task, result, tmp_path):
    other = replace(task, folder=shutil.copytree(task.folder, tmp_path / "copy"))
    assert other.kept_result() == result
    other.overlay_path.unlink()
    assert other.kept_result() is None


def test_a_damaged_result_is_as_none(task, result, tmp_path):
    other = replace(task, folder=shutil.copytree(task.folder, tmp_path / "copy"))
    other.result_path.write_text(json.dumps(result)[:100])
    assert other.kept_result() is None


def test_the_evaluation_of_a_specimen_can_be_cancelled_and_leaves_no_result(task, tmp_path):
    other = replace(task, folder=tmp_path)
    with pytest.raises(Cancelled):
        evaluate_specimen(other, should_cancel=lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_scans_of_two_specimens_are_refused(files, task, tmp_path):
    _, hr = volumes(scans("spine", 4))
    stranger = replace(task.specimen, hr=hr.write(tmp_path / "hr.nrrd"))
    with pytest.raises(InputError, match="same specimen"):
        evaluate_specimen(replace(task, specimen=stranger, folder=tmp_path))


def test_a_dl_of_another_specimen_is_told(task, result, tmp_path):
    lr, _ = volumes(scans("spine", 4))
    stranger = replace(task, dl=interpolate(lr, order=3).write(tmp_path / "dl.nrrd"), folder=tmp_path)
    assert not any("DL does not seem" in warning for warning in result["warnings"])
    assert any("DL does not seem to show" in warning for warning in evaluate_specimen(stranger)["warnings"])


def test_all_files_of_an_evaluation_are_written_and_named_in_the_scores(task, result):
    scores = write_evaluation(evaluation_of([result]), task.folder)
    told = scores["files"]
    named = [told["specimens"], told["slices"], *told["overlays"].values()]
    named += [path for kinds in told["figures"].values() for path in kinds.values()]
    named += [f"{told[name]}/agreement.json" for name in ("agreement", "agreement_own")]
    assert [name for name in named if not (task.folder / name).is_file()] == []
    assert told["cross_site"] is None
    assert json.loads((task.folder / "scores.json").read_text()) == scores
    assert set(told["figures"]) == {"A_comparison", "B_quality", "C_agreement", "C_agreement_own", "D_resolution"}


def test_a_cross_site_table_of_an_earlier_evaluation_does_not_stay(task, result):
    (task.folder / "cross_site.csv").write_text("of other specimens")
    write_evaluation(evaluation_of([result]), task.folder)
    assert not (task.folder / "cross_site.csv").exists()


def test_what_an_earlier_evaluation_alone_had_does_not_stay(task, result):
    write_evaluation(evaluation_of([result]), task.folder)
    mine = task.folder / "agreement_own" / "mine.txt"
    mine.write_text("not ours")
    without = {
        **result,
        "slices": {key: [{**row, "ba_ta_own": None} for row in rows] for key, rows in result["slices"].items()},
    }
    scores = write_evaluation(evaluation_of([without]), task.folder)
    assert scores["files"]["agreement_own"] is None
    assert not list((task.folder / "figures").glob("C_agreement_own*"))
    assert [path.name for path in mine.parent.iterdir()] == ["mine.txt"]
    mine.unlink()


def test_the_table_tells_what_became_of_the_shift(tmp_path):
    results = [
        result_of("a", shift_um=[3.0, 4.0, 12.0], left_um=[0.3, 0.4, 0.0], resampled=True),
        result_of("b", shift_um=[3.0, 0.0, 4.0]),
    ]
    write_specimens(results, METHODS, tmp_path / "specimens.csv")
    with (tmp_path / "specimens.csv").open(newline="") as stream:
        rows = {row["specimen"]: row for row in csv.DictReader(stream)}
    names = ("shift_um", "shift_taken_back", "shift_left_um", "hr_resampled")
    assert [float(rows["a"][name]) for name in (names[0], names[2])] == pytest.approx([13.0, 0.5])
    assert [float(rows["b"][name]) for name in (names[0], names[2])] == pytest.approx([5.0, 5.0])
    assert [rows[name]["shift_taken_back"] for name in "ab"] == ["yes", "no"]
    assert [rows[name]["hr_resampled"] for name in "ab"] == ["yes", "no"]


def test_the_figure_of_quality_has_a_mark_for_every_specimen_and_says_n():
    results = [result_of("a"), result_of("b", psnr=(20.0, 21.0, None)), result_of("c", site="spine", simulated=True)]
    figure = draw_quality(results, METHODS)
    of_ssim, of_psnr = figure.axes
    marks = {marks.get_label(): len(marks.get_offsets()) for marks in of_ssim.collections}
    assert marks == {"LR \N{MINUS SIGN} HR, n = 3": 3, "DL \N{MINUS SIGN} HR, n = 3": 3}
    # An identical volume has no finite PSNR, so that it has no mark and does not count.
    assert [len(marks.get_offsets()) for marks in of_psnr.collections] == [3, 2]
    assert {text.get_text() for text in of_ssim.texts} == {"femur, n = 2", "spine, n = 1"}
    caption = " ".join(figure._supxlabel.get_text().split())
    assert "Simulated" in caption
    assert "1200 mg HA/cm³" in caption


def test_models_of_one_name_have_labels_of_their_own(tmp_path):
    methods = all_methods([(tmp_path / "a", {"name": "m"}), (tmp_path / "b", {"name": "m"})])
    assert [method.label for method in methods] == ["LR", "LR cubic", "DL m 1", "DL m 2"]
