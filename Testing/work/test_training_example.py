"""The worked example of docs/training.md runs as it is written, here on smaller phantoms and for fewer steps."""

import json
import re
import shlex
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "training.md"
# What is made smaller: words of the commands, and what they become.
SHORTER = {
    r"--animals 12": "--animals 5 --size 64 64 32 --spacing-mm 0.04",
    r"--counts femur=6/2/4": "--counts femur=2/1/2",
    r"--epochs \d+": "--epochs 1",
    r"samples_per_epoch=256": "samples_per_epoch=16",
    r'"channels": 8': '"channels": 2',
    r"validation_slices=12": "validation_slices=2",
}


def commands():
    section = DOCUMENT.read_text(encoding="utf-8").split("\n## A worked example\n")[1]
    return [line.strip() for line in section.splitlines() if line.startswith("    microct-superres ")]


def shortened(line):
    for words, shorter in SHORTER.items():
        line = re.sub(words, shorter, line)
    return line


@pytest.fixture
def in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_shortening_is_of_words_that_the_example_has():
    assert [words for words in SHORTER if not re.search(words, "\n".join(commands()))] == []


def test_the_worked_example_runs_as_it_is_written(command, in_empty_folder):
    lines = commands()
    assert len(lines) == 9
    test_specimen = None
    for line in lines:
        # The split of a smaller cohort has other test specimens than the example names.
        line = shortened(line) if test_specimen is None else shortened(line).replace("A02-femur", test_specimen)
        status, out, err = command(*shlex.split(line)[1:])
        assert status == 0, f"{line}\n{out}\n{err}"
        if "cohort check" in line:
            test_specimen = specimen_of("test")
    for run in ("fast", "abstract", "tuned"):
        means = json.loads(Path(run, "scores.json").read_text())["means"]["all"]
        assert means["specimens"] == 2


def specimen_of(split):
    rows = [line.split(",") for line in Path("phantoms/cohort.csv").read_text().splitlines()]
    return next(row[0] for row in rows if row[rows[0].index("split")] == split)
