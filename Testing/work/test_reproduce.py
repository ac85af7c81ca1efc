"""`make reproduce`: its commands are those that there are, and each finds what the one before it left."""

import shlex
import shutil
import subprocess
from argparse import ArgumentParser
from pathlib import Path

import pytest
from MicroCTSuperResLib.jobs.registry import gather_commands
from MicroCTSuperResTrainingLib.report.report_file import REPORT
from MicroCTSuperResTrainingLib.training.cross_site_folder import CrossSiteFolder

ROOT = Path(__file__).parents[2]
SITES = ("femur", "spine")

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no program make")


def commands_of(folder):
    """The commands that make would run to fill the folder: the name of each, and its job."""
    words = ["make", "--no-print-directory", "-n", "reproduce", f"REPRODUCED={folder}"]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = told.replace("\\\n", " ").splitlines()
    known = gather_commands()
    return [
        (name, job_of(known[name], rest))
        for program, name, *rest in map(shlex.split, filter(lambda line: "/microct-superres " in line, lines))
    ]


def job_of(command, words):
    parser = ArgumentParser(allow_abbrev=False)
    command.add_arguments(parser)
    return command.describe(parser.parse_args(words))


def test_each_step_goes_on_with_what_the_one_before_it_left(tmp_path):
    (_, made), (_, split), (_, trained), (_, evaluated) = commands_of(tmp_path)
    assert tuple(made["sites"]) == SITES
    assert Path(split["table"]).parent == Path(made["output"])
    assert trained["cohort"] == evaluated["cohort"] == split["output"]
    models = [str(CrossSiteFolder(Path(trained["output"])).run_of(site).model) for site in SITES]
    assert list(evaluated["model"]) == models


def test_networks_and_scores_are_of_scans_paired_in_the_same_way(tmp_path):
    jobs = dict(commands_of(tmp_path))
    assert jobs["cross-site"]["refine"] == jobs["evaluate"]["refine"] == "translation"


def test_it_goes_on_where_it_was_interrupted(tmp_path):
    assert not dict(commands_of(tmp_path))["cross-site"].get("resume")
    cross_site = CrossSiteFolder(tmp_path / "cross-site")
    (tmp_path / "phantoms").mkdir()
    (tmp_path / "phantoms" / "split.csv").touch()
    cross_site.path.mkdir()
    cross_site.config_file.touch()
    (name, job), (last, _) = commands_of(tmp_path)
    assert (name, last) == ("cross-site", "evaluate")
    assert job["resume"]


def test_what_is_finished_is_left_alone(tmp_path):
    for name in ("phantoms/split.csv", "cross-site/cross_site.csv", f"evaluation/{REPORT}"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    assert commands_of(tmp_path) == []
