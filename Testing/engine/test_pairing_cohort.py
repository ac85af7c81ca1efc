"""A whole cohort is paired: a table of the shifts, a picture of each specimen, and no stop at a bad one."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from MicroCTSuperResLib.errors import Cancelled, OutputError
from MicroCTSuperResTrainingLib.cohort.pair_cohort import PICTURES, SETTINGS, TABLE, pair_cohort
from MicroCTSuperResTrainingLib.cohort.pair_picture import DPI, draw_pair, overlay, write_picture
from MicroCTSuperResTrainingLib.cohort.pair_settings import PairingSettings
from MicroCTSuperResTrainingLib.cohort.pairing import pair_specimen
from MicroCTSuperResTrainingLib.cohort.phantom_cohort import SHIFT_COLUMNS, PhantomCohortSettings, make_phantom_cohort
from PIL import Image

SIZE = (96, 96, 32)
SETTINGS_OF_TEST = PairingSettings(refine="translation")


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """Three phantoms; the second one's HR is that of the first."""
    made = make_phantom_cohort(tmp_path_factory.mktemp("made") / "cohort", PhantomCohortSettings(animals=3, size=SIZE))
    first, second, third = made.specimens
    return replace(made, specimens=(first, replace(second, hr=first.hr), third))


@pytest.fixture(scope="module")
def paired(cohort, tmp_path_factory):
    seen = []
    folder = tmp_path_factory.mktemp("paired") / "new" / "pairs"
    result = pair_cohort(cohort, SETTINGS_OF_TEST, folder, on_progress=seen.append)
    return result, seen


def table_of(folder: Path) -> list[dict[str, str]]:
    with (folder / TABLE).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_table_tells_the_true_shifts(paired, cohort):
    for row, specimen in zip(table_of(paired[0].folder), cohort.specimens, strict=True):
        assert row["specimen"] == specimen.specimen
        assert int(row["row"]) == specimen.row
        if row["state"] == "refused":
            continue
        told = [float(row[f"shift_{axis}_um"]) for axis in "xyz"]
        true = [float(specimen.further[column]) for column in SHIFT_COLUMNS]
        np.testing.assert_allclose(told, true, atol=2)  # a tenth of the HR voxel of 20 um
        assert float(row["shift_um"]) == pytest.approx(np.linalg.norm(told), abs=0.01)
        assert float(row["shift_hr_voxels"]) == pytest.approx(float(row["shift_um"]) / 20, abs=1e-3)


def test_a_bad_specimen_is_listed_and_does_not_stop_the_rest(paired):
    result, seen = paired
    rows = table_of(result.folder)
    assert [row["state"] for row in rows] == ["paired", "refused", "paired"]
    assert "same specimen" in rows[1]["message"]
    assert rows[1]["shift_um"] == ""
    assert [row.specimen for row in result.refused] == [rows[1]["specimen"]]
    assert [(each.done, each.total) for each in seen] == [(1, 3), (2, 3), (3, 3)]


def test_what_is_refined_tells_what_is_left(paired):
    rows = table_of(paired[0].folder)
    assert rows[0]["left_um"] == ""  # it lay still
    assert float(rows[2]["left_um"]) < 2
    assert rows[2]["resampled"] == "True"


def test_the_settings_stand_beside_the_table(paired):
    kept = json.loads((paired[0].folder / SETTINGS).read_text(encoding="utf-8"))
    assert PairingSettings(**kept) == SETTINGS_OF_TEST


def test_the_result_can_be_told_as_json(paired):
    told = json.loads(json.dumps(paired[0].as_dict(), allow_nan=False))
    assert [row["state"] for row in told["specimens"]] == ["paired", "refused", "paired"]


def test_each_pair_has_a_small_picture(paired, cohort):
    names = {path.name for path in (paired[0].folder / PICTURES).iterdir()}
    assert names == {f"{cohort.specimens[number].specimen}.png" for number in (0, 2)}
    for name in names:
        path = paired[0].folder / PICTURES / name
        with Image.open(path) as picture:
            assert picture.width == pytest.approx(12.6 * DPI, abs=1)
        assert path.stat().st_size < 500_000


def test_the_picture_names_the_specimen_and_its_shift(cohort):
    pair = pair_specimen(cohort.specimens[2], PairingSettings())
    heading = draw_pair(pair).texts[0].get_text()
    assert cohort.specimens[2].specimen in heading
    assert "mg HA/cm³" in heading
    assert all(f"{step:.1f}" in heading for step in pair.shift_um)
    refined = draw_pair(replace(pair, left_um=(0.1, 0.0, 0.0))).texts[0].get_text()
    assert "refined" in refined


def test_a_picture_is_not_overwritten(cohort, tmp_path):
    pair = pair_specimen(cohort.specimens[0], PairingSettings())
    write_picture(pair, tmp_path / "a.png")
    with pytest.raises(OutputError, match="exists already"):
        write_picture(pair, tmp_path / "a.png")


def test_the_overlay_is_grey_where_both_agree_and_coloured_where_one_is_alone():
    lr = np.array([[0.0, 100.0], [50.0, 100.0]])
    hr = np.repeat(np.repeat(lr, 2, axis=0), 2, axis=1)
    hr[3, 3] = 0
    drawn = overlay(lr, hr, (0, 100))
    np.testing.assert_allclose(drawn[0, 0], 0)
    np.testing.assert_allclose(drawn[0, 2], 1)
    np.testing.assert_allclose(drawn[2, 0], 0.5)
    np.testing.assert_allclose(drawn[3, 3], (1, 0.5, 0))  # LR alone: orange


def test_a_folder_with_results_is_left_alone(cohort, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        pair_cohort(cohort, SETTINGS_OF_TEST, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_what_was_found_stays_when_the_work_is_cancelled(cohort, tmp_path):
    done = []
    with pytest.raises(Cancelled):
        pair_cohort(cohort, SETTINGS_OF_TEST, tmp_path, on_progress=done.append, should_cancel=lambda: len(done) == 2)
    assert [row["state"] for row in table_of(tmp_path)] == ["paired", "refused"]
