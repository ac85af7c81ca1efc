"""`evaluate`, of one specimen and of cohorts: results, parallel work, going on, bad specimens."""

import csv
import json
import os
import shutil

import pytest
from MicroCTSuperResLib import read_volume
from MicroCTSuperResLib.errors import Cancelled, InputError, OutputError
from MicroCTSuperResLib.imaging.sampling import interpolate
from MicroCTSuperResLib.jobs.arguments import read_arguments
from MicroCTSuperResLib.jobs.failures import Failure
from MicroCTSuperResTrainingLib.cohort.phantom_cohort import PhantomCohortSettings, make_phantom_cohort
from MicroCTSuperResTrainingLib.jobs.evaluate_job import EVALUATE
from MicroCTSuperResTrainingLib.jobs.evaluate_options import EvaluateArguments
from MicroCTSuperResTrainingLib.jobs.evaluate_pool import evaluate_all
from MicroCTSuperResTrainingLib.jobs.evaluate_sources import cohort_source

NAMES = ("A1-femur", "A2-femur", "A3-femur")


class Recorder:
    """A reporter that remembers, and asks for the end after a number of finished specimens."""

    def __init__(self, cancel_after=None):
        self.finished, self.warnings, self.messages = [], [], []
        self.cancel_after = cancel_after

    def progress(self, progress):
        pass

    def log(self, message):
        self.messages.append(message)

    def warn(self, message):
        self.warnings.append(message)

    def milestone(self, name, message, numbers):
        self.finished.append(numbers["specimen"])

    def cancelled(self):
        return self.cancel_after is not None and len(self.finished) >= self.cancel_after


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    """Three small femurs, each with a file that is taken for DL, in a cohort that is split."""
    folder = tmp_path_factory.mktemp("cohort") / "phantoms"
    settings = PhantomCohortSettings(animals=3, size=(80, 80, 16), spacing_mm=0.035)
    cohort = make_phantom_cohort(folder, settings)
    rows = []
    for number, specimen in enumerate(cohort.specimens):
        dl = interpolate(read_volume(specimen.lr), order=3).write(folder / f"{specimen.specimen}-dl.nrrd")
        names = {"lr": specimen.lr.name, "hr": specimen.hr.name, "DL": dl.name}
        split = "train" if number == 2 else "test"
        rows.append(
            {"specimen": specimen.specimen, "animal": specimen.animal, "site": "femur", "split": split, **names}
        )
    write_rows(folder / "cohort.csv", rows)
    return folder


def write_rows(path, rows):
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def read_rows(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def arguments(table, output, **changes):
    return {"cohort": str(table), "output": str(output), "workers": 1, "shared_mask_only": True, **changes}


def scores_of(folder):
    return json.loads((folder / "scores.json").read_text())


def test_one_specimen_has_the_scores_that_outside_programs_rely_on(scans, tmp_path, command):
    names = {kind: scans / f"A1-femur-{kind}.nrrd" for kind in ("hr", "lr", "dl")}
    words = [word for kind, path in names.items() for word in (f"--{kind}", path)]
    status, out, _ = command("evaluate", *words, "-o", tmp_path / "out", "--site", "femur", "--json")
    assert status == 0
    told = json.loads(out.splitlines()[-1])
    scores = scores_of(tmp_path / "out")
    assert told["scores"]["dl"] == scores["dl"]
    for method in ("bilinear", "bicubic", "dl"):
        lower, upper = scores[method]["ba_ta"]["limits"]
        assert lower <= scores[method]["ba_ta"]["bias"] <= upper
        assert scores[method]["psnr_db"] > 10
        assert 0 < scores[method]["ssim"] < 1
    # What stands for DL is the cubic interpolation.
    assert scores["dl"]["psnr_db"] == pytest.approx(scores["bicubic"]["psnr_db"], abs=1e-3)
    assert scores["simulated"] == "all"
    assert scores["cohort"] is None
    rows = read_rows(tmp_path / "out" / "specimens.csv")
    assert [(row["specimen"], row["method"]) for row in rows] == [
        ("A1-femur-hr", method) for method in ("hr", "bilinear", "bicubic", "dl")
    ]


def test_a_model_makes_dl_and_is_told_of(scans, tmp_path, small_model):
    files = {kind: str(scans / f"A1-femur-{kind}.nrrd") for kind in ("hr", "lr")}
    wanted = {**files, "model": [str(small_model)], "output": str(tmp_path / "out"), "shared_mask_only": True}
    EVALUATE.run(wanted, Recorder())
    scores = scores_of(tmp_path / "out")
    assert len(scores["methods"]["dl"]["model"]["sha256"]) == 64
    assert {row["model"] for row in read_rows(tmp_path / "out" / "slices.csv") if row["method"] == "dl"} == {
        scores["methods"]["dl"]["model"]["name"]
    }


def test_the_test_part_of_a_cohort_is_evaluated_by_several_processes(scans, tmp_path, command):
    words = ("--cohort", scans / "cohort.csv", "--workers", 2, "--shared-mask-only")
    status, out, err = command("evaluate", *words, "-o", tmp_path / "out")
    assert status == 0, err
    assert "2 specimens of 2 animals" in out
    assert "limits of agreement" in out
    scores = scores_of(tmp_path / "out")
    assert [each["specimen"] for each in scores["specimens"]] == list(NAMES[:2])
    assert scores["cohort"]["split"] == "test"
    assert scores["dl"]["ba_ta"]["level"] == "specimens"


def test_scores_of_specimens_that_a_model_may_have_seen_come_with_a_warning(scans, tmp_path, small_model):
    told = arguments(scans / "cohort.csv", tmp_path / "out", split="all", model=[str(small_model)])
    source = cohort_source(read_arguments(EvaluateArguments, told))
    assert [task.specimen.specimen for task in source.tasks] == list(NAMES)
    assert any("1 of these specimens are marked for training" in warning for warning in source.warnings)


def test_a_cancelled_evaluation_goes_on_where_it_was(scans, tmp_path):
    wanted = arguments(scans / "cohort.csv", tmp_path / "out")
    with pytest.raises(Cancelled):
        EVALUATE.run(wanted, Recorder(cancel_after=1))
    assert not (tmp_path / "out" / "scores.json").exists()
    first = tmp_path / "out" / "specimens" / NAMES[0] / "result.json"
    before = first.stat().st_mtime_ns
    reporter = Recorder()
    EVALUATE.run({**wanted, "resume": True}, reporter)
    assert reporter.finished == [NAMES[1]]
    assert first.stat().st_mtime_ns == before
    assert scores_of(tmp_path / "out")["specimens_n"] == 2


def test_going_on_with_other_settings_replaces_nothing_unasked(scans, tmp_path):
    write_rows(scans / "one.csv", read_rows(scans / "cohort.csv")[:1])
    wanted = arguments(scans / "one.csv", tmp_path / "out")
    other = {**wanted, "resume": True, "threshold": 400.0}
    EVALUATE.run(wanted, Recorder())
    before = scores_of(tmp_path / "out")
    with pytest.raises(OutputError, match=r"\(A1-femur\): threshold was not given, is 400\.0") as refused:
        EVALUATE.run(other, Recorder())
    assert "--resume --overwrite" in refused.value.hint
    assert scores_of(tmp_path / "out") == before
    reporter = Recorder()
    EVALUATE.run({**other, "overwrite": True}, reporter)
    assert reporter.finished == [NAMES[0]]
    assert f"Not as they were, so evaluated anew: {NAMES[0]}" in reporter.messages
    assert scores_of(tmp_path / "out")["settings"]["segmentation"]["threshold"] == 400


def test_when_all_fail_the_same_reason_is_told_once(scans, tmp_path):
    reporter = Recorder()
    wanted = arguments(scans / "cohort.csv", tmp_path / "out", lr_spacing=[0.035] * 3)
    with pytest.raises(InputError, match=r"^None of 2 specimens could be evaluated: HR is not finer") as failed:
        EVALUATE.run(wanted, reporter)
    assert failed.value.message.count("HR is not finer") == 1
    assert len(reporter.warnings) == 2
    assert not (tmp_path / "out").exists()


def test_a_bad_specimen_does_not_stop_the_others(scans, tmp_path, command):
    folder = shutil.copytree(scans, tmp_path / "copy")
    (folder / f"{NAMES[0]}-lr.nrrd").write_bytes(b"no scan")
    words = ("--cohort", folder / "cohort.csv", "--workers", 1, "--shared-mask-only")
    status, _, err = command("evaluate", *words, "-o", tmp_path / "out")
    assert status == 1
    assert f"1 of 2 specimens could not be evaluated: {NAMES[0]}" in err
    scores = scores_of(tmp_path / "out")
    assert [each["specimen"] for each in scores["specimens"]] == [NAMES[1]]
    assert scores["failed"][0]["specimen"] == NAMES[0]
    assert scores["failed"][0]["message"]


def test_the_failure_of_the_only_specimen_leaves_nothing_behind(scans, tmp_path, command):
    words = ("--hr", scans / "A1-femur-hr.nrrd", "--lr", scans / "A1-femur-lr.nrrd", "--dl", scans / "cohort.csv")
    status, _, err = command("evaluate", *words, "-o", tmp_path / "out")
    assert status == 1
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_results_are_kept_unless_going_on_or_overwriting_is_asked_for(scans, tmp_path, command):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "specimens.csv").write_text("mine")
    words = ("evaluate", "--cohort", scans / "cohort.csv", "-o", folder)
    status, _, err = command(*words)
    assert (status, "--resume" in err) == (1, True)
    assert (folder / "specimens.csv").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--hr", "hr.nrrd"), "--hr and --lr"),
        (("--hr", "hr.nrrd", "--lr", "lr.nrrd"), "--dl or --model"),
        (("--hr", "hr.nrrd", "--lr", "lr.nrrd", "--dl", "dl.nrrd", "--workers", 2), "--workers is for a --cohort"),
        (("--cohort", "cohort.csv", "--lr", "lr.nrrd"), "--lr is for one specimen"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(words, told, tmp_path, command, capfd):
    with pytest.raises(SystemExit) as ended:
        command("evaluate", *words, "-o", tmp_path / "out")
    assert ended.value.code == 2
    assert told in capfd.readouterr().err


def test_a_cohort_without_anything_that_makes_dl_is_refused(scans, tmp_path):
    rows = [{name: cell for name, cell in row.items() if name != "DL"} for row in read_rows(scans / "cohort.csv")]
    write_rows(tmp_path / "without.csv", rows)
    with pytest.raises(InputError, match="where DL is from"):
        EVALUATE.run(arguments(tmp_path / "without.csv", tmp_path / "out"), Recorder())


def test_a_missing_part_of_the_cohort_is_refused(scans, tmp_path):
    with pytest.raises(InputError, match="'validation'"):
        EVALUATE.run(arguments(scans / "cohort.csv", tmp_path / "out", split="validation"), Recorder())


class Deadly:
    """A task that ends the process that takes it, as the system does when memory runs out."""

    threads = 1

    def __reduce__(self):
        return (os._exit, (9,))


class Sound:
    """A task that is no task: it fails, and its process goes on."""

    threads = 1


def test_a_process_that_dies_costs_its_own_specimen_alone():
    tasks = [Sound(), Deadly(), Sound(), Sound()]
    outcomes = {}
    evaluate_all(tasks, 2, Recorder(), lambda task, outcome: outcomes.__setitem__(tasks.index(task), outcome))
    assert sorted(outcomes) == [0, 1, 2, 3]
    assert isinstance(outcomes[1], Failure)
    assert outcomes[1].code == "crashed"
    assert [outcomes[number].code for number in (0, 2, 3)] == ["unexpected"] * 3
