"""The demo at a reduced size: every step of the real way, with the bundled default model."""

import csv
import json

import numpy as np
import pytest
from MicroCTSuperResLib import read_volume
from MicroCTSuperResLib.errors import Cancelled, InputError, OutputError
from MicroCTSuperResLib.jobs.command_line import main
from MicroCTSuperResTrainingLib.jobs.demo_job import DEMO, FILES

SIZE = (128, 128, 16)
WORDS = ["--size", *map(str, SIZE)]


class Recorder:
    """A reporter that remembers, and asks for the end after a number of messages."""

    def __init__(self, cancel_after=None):
        self.messages, self.moments, self.warnings = [], [], []
        self.cancel_after = cancel_after

    def progress(self, progress):
        self.moments.append(progress)

    def log(self, message):
        self.messages.append(message)

    def warn(self, message):
        self.warnings.append(message)

    def cancelled(self):
        return self.cancel_after is not None and len(self.messages) >= self.cancel_after


def arguments(folder, **changes):
    return {"output": str(folder), "size": list(SIZE), **changes}


@pytest.fixture(scope="module")
def femur(tmp_path_factory):
    """The folder, the result and the reporter of one demo."""
    folder = tmp_path_factory.mktemp("demo") / "made" / "by demo"
    reporter = Recorder()
    return folder, DEMO.run(arguments(folder), reporter), reporter


def test_the_demo_writes_what_it_promises_and_nothing_else(femur):
    folder, result, _ = femur
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES.values())
    assert sorted(result["files"].values()) == sorted(str(folder / name) for name in FILES.values())
    assert (folder / "comparison.png").read_bytes().startswith(b"\x89PNG")


def test_hr_and_dl_share_a_grid_that_lr_covers_with_half_the_voxels(femur):
    folder, *_ = femur
    hr, lr, dl = (read_volume(folder / name) for name in ("hr.nrrd", "lr.nrrd", "dl.nrrd"))
    assert hr.size == dl.size == SIZE
    assert lr.size == (64, 64, 8)
    assert dl.spacing == pytest.approx(hr.spacing)
    assert dl.origin == pytest.approx(hr.origin, abs=1e-9)
    assert {volume.units for volume in (hr, lr, dl)} == {"mg HA/cm3"}


def test_the_scores_on_disk_are_those_of_the_result(femur):
    folder, result, _ = femur
    scores = json.loads((folder / "scores.json").read_text())
    assert scores == result["scores"]
    with (folder / "scores.csv").open(newline="") as stream:
        rows = {row["method"]: row for row in csv.DictReader(stream)}
    assert list(rows) == ["bilinear", "bicubic", "dl", "hr"]
    assert float(rows["dl"]["psnr_db"]) == scores["dl"]["psnr_db"]


def test_dl_is_nearer_to_hr_than_interpolation(femur):
    _, result, _ = femur
    scores = result["scores"]
    for interpolated in ("bilinear", "bicubic"):
        assert scores["dl"]["psnr_db"] > scores[interpolated]["psnr_db"]
        assert scores["dl"]["ssim"] > scores[interpolated]["ssim"]


def test_progress_reaches_its_end(femur):
    *_, reporter = femur
    last = reporter.moments[-1]
    # Three volumes of 16 slices are compared last.
    assert (last.done, last.total) == (48, 48)
    assert reporter.warnings == []


def test_the_demo_says_what_it_made_and_that_it_is_simulated(femur):
    _, result, _ = femur
    told = DEMO.tell(result)
    for path in result["files"].values():
        assert path in told
    assert "simulated femur of 128 x 128 x 16 voxels" in told
    assert "nothing about biology" in told
    assert f"{result['scores']['dl']['ssim']:.4f}" in told


def test_results_of_an_earlier_run_are_kept_unless_overwriting_is_asked_for(femur):
    folder, *_ = femur
    before = (folder / "hr.nrrd").read_bytes()
    with pytest.raises(OutputError, match="exists"):
        DEMO.run(arguments(folder, seed=1), Recorder())
    assert (folder / "hr.nrrd").read_bytes() == before


def test_another_seed_is_another_specimen_and_the_same_seed_the_same(femur, tmp_path):
    first = read_volume(femur[0] / "hr.nrrd")
    for seed, same in ((0, True), (1, False)):
        DEMO.run(arguments(tmp_path, seed=seed, overwrite=True), Recorder())
        assert np.array_equal(read_volume(tmp_path / "hr.nrrd").voxels, first.voxels) is same


def test_the_command_ends_with_one_json_object(tmp_path, capsys):
    assert main(["demo", "-o", str(tmp_path), "--site", "spine", *WORDS, "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["site"] == "spine"
    assert (tmp_path / "comparison.png").exists()


def test_the_command_fails_with_one_line_where_the_folder_is_a_file(tmp_path, capsys):
    (tmp_path / "taken").write_text("mine")
    assert main(["demo", "-o", str(tmp_path / "taken"), *WORDS]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert "taken" in told[0]
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.parametrize("size", [[128, 127, 16], [0, 128, 16], [128, 128, -2]])
def test_a_size_without_an_lr_grid_is_refused_before_anything_is_made(size, tmp_path):
    with pytest.raises(InputError, match="even numbers"):
        DEMO.run(arguments(tmp_path / "new", size=size), Recorder())
    assert not (tmp_path / "new").exists()


def test_an_unknown_site_is_refused(tmp_path):
    with pytest.raises(InputError, match="'tooth'"):
        DEMO.run(arguments(tmp_path, site="tooth"), Recorder())


@pytest.mark.parametrize("messages", [1, 2, 3, 4])
def test_a_cancelled_demo_leaves_no_results(messages, tmp_path):
    with pytest.raises(Cancelled):
        DEMO.run(arguments(tmp_path), Recorder(cancel_after=messages))
    assert list(tmp_path.iterdir()) == []


def test_a_disk_too_small_for_all_volumes_is_found_before_the_work(tmp_path, monkeypatch):
    import shutil

    usage = shutil.disk_usage(tmp_path)
    one_volume = 4 * SIZE[0] * SIZE[1] * SIZE[2]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=2 * one_volume))
    recorder = Recorder()
    with pytest.raises(OutputError, match="free"):
        DEMO.run(arguments(tmp_path / "demo"), recorder)
    assert recorder.messages == []
