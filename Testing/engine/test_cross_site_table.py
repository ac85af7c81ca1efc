"""The table of a cross-site test and its picture, from scores made by hand."""

import csv

import pytest
from MicroCTSuperResLib.errors import FormatError
from MicroCTSuperResTrainingLib.training.cross_site_folder import CrossSiteFolder
from MicroCTSuperResTrainingLib.training.cross_site_picture import draw_cross_site
from MicroCTSuperResTrainingLib.training.cross_site_table import read_cells, table_to_json, write_table

SITES = ["femur", "spine"]
# PSNR of DL on each specimen; cubic interpolation has 20 dB everywhere.
DL = {
    "femur": {"F1": 24.0, "F2": 26.0, "S1": 22.0},
    "spine": {"F1": 23.0, "F2": 24.0, "S1": 25.0},
}


def write_scores(folder, site, values):
    """A scores.csv as a run leaves it."""
    path = folder.run_of(site).scores_table
    path.parent.mkdir(parents=True)
    columns = ["specimen", "animal", "site", "group", "method", "psnr_db", "psnr_bone_db", "ssim", "ba_ta_error"]
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(columns)
        for name, psnr in values.items():
            where = [name, f"A{name[1]}", "femur" if name.startswith("F") else "spine", ""]
            table.writerows([*where, method, 20.0, 15.0, 0.5, 0.02] for method in ("bilinear", "bicubic"))
            table.writerow([*where, "dl", psnr, 18.0, 0.75, 0.01])


@pytest.fixture
def folder(tmp_path):
    folder = CrossSiteFolder(tmp_path)
    for site, values in DL.items():
        write_scores(folder, site, values)
    return folder


def test_means_gains_and_costs_are_those_of_the_specimens(folder):
    table = table_to_json(read_cells(folder, SITES))
    femur, crossed, *_ = table["cells"]
    assert (femur["specimens"], femur["dl"]["psnr_db"]["mean"]) == (2, 25.0)
    assert femur["dl_minus_bicubic"]["psnr_db"]["mean"] == 5.0
    # Values 4 and 6: 5 -+ t(0.975, 1) sqrt(2) / sqrt(2), t(0.975, 1) = tan(0.475 pi) = 12.7062.
    assert femur["dl_minus_bicubic"]["psnr_db"]["ci95"] == pytest.approx([5 - 12.7062, 5 + 12.7062], abs=1e-4)
    assert femur["dl_minus_bicubic"]["ba_ta_error"]["mean"] == pytest.approx(-0.01)
    # One specimen: a mean without an interval.
    assert (crossed["specimens"], crossed["dl"]["psnr_db"]) == (1, {"mean": 22.0, "ci95": None, "n": 1})
    costs = {(each["trained_on"], each["tested_on"]): each["psnr_db"]["mean"] for each in table["other_less_own"]}
    assert costs == {("femur", "spine"): 22.0 - 25.0, ("spine", "femur"): ((23 - 24) + (24 - 26)) / 2}


def test_a_difference_counts_the_specimens_that_both_networks_were_scored_on(tmp_path):
    folder = CrossSiteFolder(tmp_path)
    write_scores(folder, "femur", DL["femur"])
    write_scores(folder, "spine", {"F2": 24.0, "S1": 25.0})
    costs = table_to_json(read_cells(folder, SITES))["other_less_own"]
    assert next(each for each in costs if each["tested_on"] == "femur")["psnr_db"] == {
        "mean": -2.0,
        "ci95": None,
        "n": 1,
    }


def test_an_infinite_score_is_told_as_none(tmp_path):
    folder = CrossSiteFolder(tmp_path)
    write_scores(folder, "femur", {**DL["femur"], "S1": float("inf")})
    write_scores(folder, "spine", DL["spine"])
    crossed = table_to_json(read_cells(folder, SITES))["cells"][1]
    assert crossed["dl"]["psnr_db"]["mean"] is None


@pytest.mark.parametrize("infinite", ["", "inf"])
def test_a_specimen_identical_to_hr_is_left_out_of_means_gains_and_costs(tmp_path, infinite):
    folder = CrossSiteFolder(tmp_path)
    write_scores(folder, "femur", {**DL["femur"], "F1": infinite})
    write_scores(folder, "spine", DL["spine"])
    table = table_to_json(read_cells(folder, SITES))
    femur = table["cells"][0]
    assert femur["specimens"] == 2
    assert femur["dl"]["psnr_db"] == {"mean": 26.0, "ci95": None, "n": 1}
    assert femur["dl_minus_bicubic"]["psnr_db"] == {"mean": 6.0, "ci95": None, "n": 1}
    assert femur["dl"]["ssim"]["n"] == 2
    cost = next(each for each in table["other_less_own"] if each["tested_on"] == "femur")["psnr_db"]
    assert cost == {"mean": 24.0 - 26.0, "ci95": None, "n": 1}
    assert "26.00\n(+6.00)\nn = 1" in texts(draw_cross_site(table["cells"], SITES, simulated=False))


def test_a_site_without_scores_leaves_its_cells_empty(tmp_path):
    folder = CrossSiteFolder(tmp_path)
    for site in SITES:
        write_scores(folder, site, {"F1": 24.0, "F2": 25.0})
    table = table_to_json(read_cells(folder, SITES))
    assert table["cells"][1] == {"trained_on": "femur", "tested_on": "spine", "specimens": 0, "animals": 0}
    write_table(table, folder.table_stem)
    with folder.table_stem.with_suffix(".csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["dl_psnr_db"], rows[1]["dl_psnr_db"]) == ("24.5", "")
    words = texts(draw_cross_site(table["cells"], SITES, simulated=False))
    assert words.count("no scores") == 6  # two cells in three panels


def test_the_picture_tells_mean_gain_and_number_of_each_cell(folder):
    cells = table_to_json(read_cells(folder, SITES))["cells"]
    figure = draw_cross_site(cells, SITES, simulated=True)
    words = texts(figure)
    assert "25.00\n(+5.00)\n−7.71 to +17.71\nn = 2" in words
    assert "22.00\n(+2.00)\nn = 1" in words
    assert "simulated" in figure.get_suptitle()


def test_scores_that_are_missing_are_told(tmp_path):
    with pytest.raises(FormatError, match=r"scores\.csv cannot be read"):
        read_cells(CrossSiteFolder(tmp_path), SITES)


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]
