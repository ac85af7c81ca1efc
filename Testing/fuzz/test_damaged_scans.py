"""Damaged scans are refused with a clear error or read, and nothing worse; `run.py` tries many more of them."""

import random
from types import SimpleNamespace

import numpy as np
import pytest
import run as fuzzer
import trial
from damage import cut, damaged
from MicroCTSuperResLib.errors import FormatError, OutOfMemory
from seeds import every_name, make_seeds
from trial import Trials

TRIALS = 60


@pytest.mark.skipif(not fuzzer.HAS_LIMITS, reason="the limits of memory need Linux")
@pytest.mark.parametrize("name", every_name())
def test_damaged_scans_are_read_or_refused(name, tmp_path):
    report = fuzzer.run(name, tmp_path, first=0, trials=TRIALS)

    assert report.faults == []
    assert report.trials == TRIALS
    assert report.counts["refused"] > 0


def test_a_scan_is_whole_again_after_its_trials(tmp_path):
    tried = Trials(make_seeds(tmp_path, ["nrrd"])[0])
    for number in range(20):
        tried.run(number)

    assert {file: file.read_bytes() for file in tried.seed.files} == tried.contents


def test_the_same_trial_does_the_same_damage():
    content = bytes(range(256)) * 8

    assert [damaged(content, random.Random(n)) for n in range(50)] == [
        damaged(content, random.Random(n)) for n in range(50)
    ]
    assert all(len(cut(content, random.Random(n))) <= len(content) for n in range(50))


class _Reading:
    """Stands in for a scan whose reader has a fault."""

    def __init__(self, result, warnings=(), is_alike=True):
        self.result, self.is_alike = result, is_alike
        self.header = SimpleNamespace(warnings=warnings)

    def volume(self):
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def read(self, region):
        part = self.result.voxels[region]
        return part if self.is_alike else part + 1


@pytest.fixture
def tried(tmp_path):
    return Trials(make_seeds(tmp_path, ["nrrd"])[0])


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError("of a library"), "fault"),
        (OutOfMemory("The scan needs 8 TiB.", "Buy memory."), "fault"),
        (FormatError("It is broken."), "fault"),
        (FormatError("It is broken: " + 3000 * "x", "Copy it."), "fault"),
        (FormatError("It is broken.", "Copy it."), "refused"),
    ],
)
def test_only_clear_errors_count_as_refusals(tried, monkeypatch, error, kind):
    monkeypatch.setattr(trial, "open_scan", lambda path, **_: _Reading(error))

    assert tried.run(0).kind == kind


def test_missing_bytes_that_change_a_volume_without_a_word_are_a_fault(tried, monkeypatch):
    other = tried.whole.with_voxels(np.zeros_like(tried.whole.voxels))
    monkeypatch.setattr(trial, "open_scan", lambda path, **_: _Reading(other))
    assert {tried.run(number).kind for number in range(40)} == {"fault", "read"}

    monkeypatch.setattr(trial, "open_scan", lambda path, **_: _Reading(other, ["A slice is missing."]))
    assert {tried.run(number).kind for number in range(40)} == {"read"}


def test_a_part_that_differs_from_the_whole_is_a_fault(tried, monkeypatch):
    monkeypatch.setattr(trial, "open_scan", lambda path, **_: _Reading(tried.whole, is_alike=False))

    verdict = tried.run(0)
    assert (verdict.kind, "differs from the same part" in verdict.reason) == ("fault", True)


def test_a_process_that_ends_is_told_with_the_number_of_its_trial(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzzer, "__file__", str(tmp_path / "dying.py"))
    (tmp_path / "dying.py").write_text("import os, sys\nsys.stderr.write('the end')\nos._exit(3)\n")
    report = fuzzer.run("nrrd", tmp_path, first=7, trials=1)

    assert report.counts == {"fault": 1}
    assert "nrrd 7" in report.faults[0]
    assert "the end" in report.faults[0]
