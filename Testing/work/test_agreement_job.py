"""`agreement`: the command as a user runs it."""

import csv
import json
from importlib.util import find_spec

import pytest
from MicroCTSuperResTrainingLib.jobs import agreement_job

FILES = {"agreement.json", "agreement.csv", "agreement_points.csv"}
PICTURES = {"bland_altman.png", "bland_altman.svg", "bland_altman.pdf"}


@pytest.fixture
def table(tmp_path):
    """Ten specimens in two slices; LR lies 0.03 and 0.05 too low in turn, DL 0.00 and 0.01 too high."""
    path = tmp_path / "ba_ta.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["specimen", "method", "slice", "BA_TA"])
        for number in range(10):
            low, high = (0.03, 0.00) if number % 2 else (0.05, 0.01)
            for slice_number, hr in enumerate((0.3 + 0.02 * number, 0.31 + 0.02 * number)):
                for method, value in (("HR", hr), ("LR", hr - low), ("DL", hr + high)):
                    writer.writerow([f"F{number}", method, slice_number, f"{value:.4f}"])
    return path


def words(table, folder, *more):
    named = ("--reference", "HR", "--methods", "LR,DL", "--value", "BA_TA", "--specimen", "specimen")
    return ("agreement", table, *named, "-o", folder, *more)


def test_bias_and_limits_are_those_of_the_definitions(command, table, tmp_path):
    status, out, errors = command(*words(table, tmp_path / "out", "--json"))
    assert status == 0, errors
    found = json.loads((tmp_path / "out" / "agreement.json").read_text(encoding="utf-8"))
    assert json.loads(out.splitlines()[-1])["agreement"] == found
    # Five differences of -0.03 and five of -0.05: mean -0.04, SD root(10 * 0.01^2 / 9).
    sd = (10 * 0.01**2 / 9) ** 0.5
    assert found["LR"]["n"] == 10
    assert found["LR"]["bias"] == pytest.approx(-0.04)
    assert found["LR"]["sd"] == pytest.approx(sd)
    assert found["LR"]["limits"] == pytest.approx([-0.04 - 1.96 * sd, -0.04 + 1.96 * sd])
    # t(9) 2.2622 times SD / root(10).
    assert found["LR"]["bias_ci"][1] + 0.04 == pytest.approx(2.26216 * sd / 10**0.5, rel=1e-4)
    assert len(found["DL"]["limits_ci"]) == 2
    assert found["settings"]["table_sha256"]


@pytest.mark.parametrize(("cell", "simulated"), [("yes", True), ("no", False)])
def test_a_table_of_simulated_specimens_says_so_itself(command, table, tmp_path, cell, simulated):
    lines = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([f"{lines[0]},simulated", *(f"{line},{cell}" for line in lines[1:])]), encoding="utf-8")
    status, out, errors = command(*words(table, tmp_path / "out"))
    assert status == 0, errors
    found = json.loads((tmp_path / "out" / "agreement.json").read_text(encoding="utf-8"))
    assert found["settings"]["simulated"] is simulated
    assert ("say nothing about biology" in out) is simulated
    assert ("say nothing about" in (tmp_path / "out" / "bland_altman.svg").read_text(encoding="utf-8")) is simulated


def test_all_results_are_written_and_told(command, table, tmp_path):
    folder = tmp_path / "made" / "by it"
    status, out, _ = command(*words(table, folder, "--margin", "0.02"))
    assert status == 0
    assert {path.name for path in folder.iterdir()} == FILES | PICTURES
    assert (folder / "bland_altman.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (folder / "bland_altman.svg").read_text(encoding="utf-8")
    assert "LR: n = 10, bias -0.040" in out
    assert "DL beside LR" in out
    assert "not shown to be equivalent within 0.02" in out


def test_results_are_not_replaced_unasked(command, table, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "agreement.csv").write_text("mine")
    status, _, errors = command(*words(table, folder))
    assert status == 1
    assert "agreement.csv exists already" in errors
    assert [path.name for path in folder.iterdir()] == ["agreement.csv"]
    assert command(*words(table, folder, "--overwrite"))[0] == 0
    assert (folder / "agreement.csv").read_text() != "mine"


@pytest.mark.parametrize(
    ("change", "words_of_error"),
    [
        (lambda text: text.replace("0.3000", "many"), "'many'"),
        (lambda text: text.replace("DL", "AI"), "no method 'DL'"),
        (lambda text: text + "F0,HR,0,0.3\n", "both HR of the specimen F0, slice 0"),
        (lambda text: text.replace("BA_TA", "BV_TV"), "no column 'BA_TA'"),
        (lambda text: "", "is empty"),
    ],
)
def test_a_table_that_fails_leaves_nothing_behind(command, table, tmp_path, change, words_of_error):
    table.write_text(change(table.read_text()))
    status, _, errors = command(*words(table, tmp_path / "out"))
    assert status == 1
    assert words_of_error in errors
    assert len(errors.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_table_that_is_not_there_is_named(command, tmp_path):
    status, _, errors = command("agreement", tmp_path / "absent.csv", "-o", tmp_path / "out")
    assert status == 1
    assert "absent.csv" in errors


def test_methods_need_names(command, table, tmp_path, capfd):
    with pytest.raises(SystemExit) as raised:
        command("agreement", table, "--methods", "LR,,DL", "-o", tmp_path / "out")
    assert raised.value.code == 2
    assert "--methods needs names" in capfd.readouterr().err


def test_without_matplotlib_the_numbers_are_written_and_the_figure_is_missed(command, table, tmp_path, monkeypatch):
    monkeypatch.setattr(agreement_job, "find_spec", lambda name: None if name == "matplotlib" else find_spec(name))
    status, _, errors = command(*words(table, tmp_path / "out"))
    assert status == 0
    assert "matplotlib is missing" in errors
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
