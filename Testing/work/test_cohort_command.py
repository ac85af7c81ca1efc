"""`cohort`: phantoms, split and check, from the command line and as jobs of the worker."""

import csv
import json
import shutil

import pytest
from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.jobs.registry import find_job
from sample_cohorts import write_pair, write_table

PHANTOMS = ("--animals", 5, "--size", 16, 16, 16, "--spacing-mm", 0.1)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A cohort of five phantoms, made once."""
    from MicroCTSuperResLib.jobs.command_line import main

    folder = tmp_path_factory.mktemp("cohort") / "phantoms"
    assert main([str(word) for word in ("cohort", "phantoms", "-o", folder, *PHANTOMS)]) == 0
    return folder


@pytest.fixture
def table(made, tmp_path):
    """The table of a copy of that cohort."""
    return shutil.copytree(made, tmp_path / "phantoms") / "cohort.csv"


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """A phantom that lay still between its scans and one that the stage moved."""
    from MicroCTSuperResLib.jobs.command_line import main

    folder = tmp_path_factory.mktemp("moved") / "phantoms"
    words = ("cohort", "phantoms", "-o", folder, "--animals", 2, "--size", 96, 96, 32, "--spacing-mm", 0.03)
    assert main([str(word) for word in words]) == 0
    return folder / "cohort.csv"


def splits(path):
    with path.open(newline="") as stream:
        return [row["split"] for row in csv.DictReader(stream)]


def test_phantoms_are_split_and_checked(command, table):
    status, out, _ = command("cohort", "check", table)
    assert (status, "5 specimens of 5 animals" in out, "5 not divided yet" in out) == (0, True, True)
    status, out, _ = command("cohort", "split", table, "--seed", 3, "--json")
    result = json.loads(out)
    assert status == 0
    assert result["sites"] == {"femur": {"train": 3, "validation": 1, "test": 1}}
    assert sorted(splits(table)) == ["test", "train", "train", "train", "validation"]
    status, out, _ = command("cohort", "check", table, "--json")
    result = json.loads(out)
    assert (status, result["problems"], len(result["scans"])) == (0, [], 5)
    assert result["scans"][0]["lr_spacing_mm"] == pytest.approx([0.2, 0.2, 0.2])


def test_a_split_is_replaced_only_when_asked(command, table):
    command("cohort", "split", table)
    before = table.read_bytes()
    status, _, err = command("cohort", "split", table, "--seed", 1)
    assert (status, "--overwrite" in err, err.count("\n")) == (1, True, 1)
    assert table.read_bytes() == before
    assert command("cohort", "split", table, "--seed", 1, "--overwrite")[0] == 0
    assert table.read_bytes() != before


def test_another_table_can_be_written_and_the_first_stays(command, table, tmp_path):
    before = table.read_bytes()
    other = tmp_path / "divided.csv"
    assert command("cohort", "split", table, "-o", other, "--counts", "femur=2/2/1")[0] == 0
    assert table.read_bytes() == before
    assert sorted(splits(other)) == ["test", "train", "train", "validation", "validation"]
    # Its paths lead to the same scans from there.
    assert command("cohort", "check", other)[0] == 0
    assert command("cohort", "split", table, "-o", other)[0] == 1


@pytest.mark.parametrize("counts", ["femur", "femur=1/2", "femur=1/2/x", "femur=-1/2/3"])
def test_counts_that_are_not_understood_are_wrong_usage(command, table, counts):
    with pytest.raises(SystemExit) as stop:
        command("cohort", "split", table, "--counts", counts)
    assert stop.value.code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--counts", "femur=3/1/2"), "add up to 6, the cohort has 5"),
        (("--fractions", "0.5", "0.2", "0.2"), "add up to 1"),
        (("--seed", "-1"), "seed must be 0 or more"),
    ],
)
def test_a_split_that_cannot_be_is_refused_on_one_line(command, table, words, told):
    before = table.read_bytes()
    status, _, err = command("cohort", "split", table, *words)
    assert (status, told in err, err.count("\n")) == (1, True, 1)
    assert table.read_bytes() == before


class TestProblems:
    @pytest.fixture
    def bad(self, tmp_path):
        """A table with a wrong split, a missing scan, swapped scans, and a good row."""
        rows = [write_pair(tmp_path, name) for name in ("F1", "F2", "F3", "F4")]
        rows[0]["split"] = "learn"
        rows[1]["lr"] = "none.nrrd"
        rows[2]["lr"], rows[2]["hr"] = rows[2]["hr"], rows[2]["lr"]
        return write_table(tmp_path / "bad.csv", rows)

    def test_every_problem_is_told_by_row_and_the_status_is_1(self, command, bad):
        status, out, err = command("cohort", "check", bad)
        assert status == 1
        assert [line[:17] for line in out.splitlines() if line.startswith("problem")] == [
            "problem: row 2 (F",
            "problem: row 3 (F",
            "problem: row 4 (F",
        ]
        assert (err.count("\n"), "bad.csv has 3 problems" in err) == (1, True)

    def test_as_json_they_are_a_list(self, command, bad):
        status, out, _ = command("cohort", "check", bad, "--json")
        result = json.loads(out)
        assert status == 1
        assert [(problem["row"], problem["column"]) for problem in result["problems"]] == [
            (2, "split"),
            (3, "lr"),
            (4, "lr"),
        ]
        assert result["error"]["message"].endswith("bad.csv has 3 problems.")
        assert len(result["scans"]) == 1

    def test_other_commands_refuse_the_table_with_all_of_its_problems_on_one_line(self, command, bad):
        bad.write_text(bad.read_text().replace("F4,F4", "F4/,F4"))
        status, _, err = command("cohort", "split", bad)
        assert (status, err.count("\n")) == (1, 1)
        assert "row 2 (F1), split" in err
        assert "row 5 (F4/), specimen" in err

    def test_a_table_that_is_missing_or_empty_is_told(self, command, tmp_path):
        assert "cannot be read" in command("cohort", "check", tmp_path / "none.csv")[2]
        (tmp_path / "empty.csv").write_text("")
        status, out, err = command("cohort", "check", tmp_path / "empty.csv")
        assert (status, "The table is empty" in out, "1 problem." in err) == (1, True, True)


class TestReading:
    def test_options_hold_for_rows_that_leave_the_column_empty(self, command, tmp_path):
        rows = [write_pair(tmp_path, name, lr={"units": "native"}, hr={"units": "native"}) for name in ("F1", "F2")]
        rows[0]["units"] = "native"
        table = write_table(tmp_path / "cohort.csv", rows)
        words = ("--slope", "2", "--intercept", "-1.5e2", "--density-of", "native", "--hr-crop", "0:8,:,:", "--json")
        status, out, _ = command("cohort", "check", table, *words)
        result = json.loads(out)
        assert [scan["units"] for scan in result["scans"]] == ["native", "mg HA/cm3"]
        assert [scan["hr_size"] for scan in result["scans"]] == [[8, 12, 8]] * 2
        # One is in native units, the other in density: two kinds of grey values.
        assert (status, len(result["problems"])) == (1, 1)

    def test_half_a_calibration_is_wrong_usage(self, command, table):
        with pytest.raises(SystemExit) as stop:
            command("cohort", "check", table, "--slope", "2")
        assert stop.value.code == 2

    def test_a_crop_or_spacing_that_makes_no_sense_is_refused(self, command, table):
        assert "not understood" in command("cohort", "check", table, "--lr-crop", "here")[2]
        assert "three positive numbers" in command("cohort", "check", table, "--lr-spacing", 0, 1, 1)[2]


class TestPhantoms:
    def test_a_folder_that_holds_something_is_left_alone(self, command, made):
        before = sorted(made.iterdir())
        status, _, err = command("cohort", "phantoms", "-o", made, *PHANTOMS)
        assert (status, "exists already" in err) == (1, True)
        assert sorted(made.iterdir()) == before

    def test_nonsense_is_refused_and_leaves_nothing(self, command, folder):
        for words in (("--size", 15, 16, 16), ("--animals", 0), ("--frames", 0), ("--spacing-mm", 0)):
            status, _, err = command("cohort", "phantoms", "-o", folder / "cohort", *PHANTOMS, *words)
            assert (status, err.count("\n"), "Unexpected" in err) == (1, 1, False)
        assert list(folder.iterdir()) == []

    def test_the_defaults_are_those_of_the_engine(self):
        from dataclasses import fields

        from MicroCTSuperResTrainingLib.cohort.phantom_cohort import PhantomCohortSettings
        from MicroCTSuperResTrainingLib.jobs.cohort_phantoms import PhantomsArguments

        engine = {field.name: field.default for field in fields(PhantomCohortSettings)}
        assert {name: getattr(PhantomsArguments(""), name) for name in engine} == engine


def test_a_job_of_an_unknown_action_is_refused():
    with pytest.raises(InputError, match="no action 'shuffle'"):
        find_job("cohort").run({"action": "shuffle"}, None)


class TestPairing:
    def test_the_shifts_of_the_table_are_measured(self, command, moved, folder):
        status, out, _ = command("cohort", "pair", moved, "-o", folder / "pairs", "--json")
        result = json.loads(out)
        assert (status, [row["state"] for row in result["specimens"]]) == (0, ["paired", "paired"])
        with moved.open(newline="") as stream:
            truths = list(csv.DictReader(stream))
        for row, truth in zip(result["specimens"], truths, strict=True):
            for axis in "xyz":
                # A tenth of an HR voxel of 30 um.
                assert row[f"shift_{axis}_um"] == pytest.approx(float(truth[f"true_shift_{axis}_um"]), abs=3)
        assert len(list((folder / "pairs" / "pictures").iterdir())) == 2

    def test_a_specimen_that_cannot_be_paired_does_not_stop_the_others(self, command, moved, folder):
        with moved.open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        for row in rows:
            row.update({kind: str(moved.parent / row[kind]) for kind in ("lr", "hr")})
        rows[0]["hr"] = "none.nrrd"
        table = write_table(folder / "cohort.csv", rows)
        status, out, err = command("cohort", "pair", table, "-o", folder / "pairs", "--refine", "translation")
        assert (status, err.count("\n")) == (1, 1)
        assert "1 of 2 specimens could not be paired: A1-femur" in err
        first, second, _ = out.splitlines()
        assert "refused" in first
        assert "none.nrrd does not exist" in first
        assert "um left" in second

    def test_settings_that_make_no_sense_are_refused_before_the_folder_is_made(self, command, moved, folder):
        status, _, err = command("cohort", "pair", moved, "-o", folder / "pairs", "--limit-um", "-3")
        assert (status, "limit_um" in err, list(folder.iterdir())) == (1, True, [])

    def test_the_options_of_pairing_are_the_settings_of_the_engine(self):
        from dataclasses import fields

        from MicroCTSuperResTrainingLib.cohort.pair_settings import PairingSettings
        from MicroCTSuperResTrainingLib.jobs.pairing_options import PairingArguments

        names = {field.name for field in fields(PairingSettings)} - {"field_voxels"} | {"field"}
        assert {field.name for field in fields(PairingArguments)} == names
        assert PairingArguments(field=0, refine="rigid").pairing() == PairingSettings(field_voxels=None, refine="rigid")
