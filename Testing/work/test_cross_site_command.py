"""`cross-site` from the command line and as a job of the worker."""

import csv
import json

import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.jobs.registry import find_job

TINY = (
    "--epochs", 1, "--batch", 8, "--device", "cpu", "--set", "samples_per_epoch=8", "--set", "patch=16",
    "--set", 'arguments={"channels": 4, "blocks": [1, 1, 1]}', "--set", "validation_slices=2",
)  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Femur and spine of three animals: one to train, one to validate, one to test."""
    from MicroCTSuperResLib.jobs.command_line import main

    folder = tmp_path_factory.mktemp("cohort") / "phantoms"
    size = ("--size", 64, 64, 16, "--spacing-mm", 0.04, "--largest-shift", 0)
    made = ("cohort", "phantoms", "-o", folder, "--sites", "femur", "spine", "--animals", 3, *size)
    split = ("cohort", "split", folder / "cohort.csv", "--counts", "femur=1/1/1", "spine=1/1/1")
    assert [main([str(word) for word in words]) for words in (made, split)] == [0, 0]
    return folder / "cohort.csv"


def test_the_table_of_two_sites_is_made_and_told(command, table, folder):
    status, out, err = command("cross-site", table, "-o", folder / "test", *TINY)
    assert status == 0
    assert "Trained on each of 2 sites" in out
    assert out.count("n = 1") == 12  # four cells for each of three measures
    assert "they say nothing about biology" in out
    assert "femur: epoch 1 of 1" in err
    assert "Site spine has one test specimen" in err
    written = sorted(path.name for path in (folder / "test").glob("cross_site.*"))
    assert written == ["cross_site.csv", "cross_site.json", "cross_site.png", "cross_site.svg"]
    status, out, _ = command("cross-site", "-o", folder / "test", "--resume", "--json")
    result = json.loads(out)
    assert (status, result["finished_before"]) == (0, ["femur", "spine"])
    assert result["table"] == json.loads((folder / "test" / "cross_site.json").read_text())


def test_a_cohort_that_cannot_be_tested_across_sites_is_refused_before_anything_is_made(command, table, folder):
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row.update({kind: str(table.parent / row[kind]) for kind in ("lr", "hr")}, split="")
    unsplit = folder / "unsplit.csv"
    with unsplit.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    status, _, err = command("cross-site", unsplit, "-o", folder / "test", *TINY)
    assert (status, err.count("\n")) == (1, 1)
    assert "Site femur has no specimen in train. Split the cohort with: microct-superres cohort split." in err
    assert not (folder / "test").exists()


def test_several_computers_are_refused(command, table, folder):
    status, _, err = command("cross-site", table, "-o", folder / "test", "--nodes", 2, *TINY)
    assert (status, "trains on one computer" in err, list(folder.iterdir())) == (1, True, [])


def test_the_settings_can_be_printed(command):
    status, out, _ = command("cross-site", "--print-config", "--preset", "abstract")
    assert (status, json.loads(out)["architecture"]) == (0, "unet_abstract")


def test_a_folder_is_needed(command):
    with pytest.raises(SystemExit, match="2"):
        command("cross-site", "cohort.csv")
    with pytest.raises(InputError, match="no output"):
        find_job("cross-site").run({"cohort": "cohort.csv"}, None)
