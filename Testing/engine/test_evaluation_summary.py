"""Means, gains, agreement and the table over sites, from results of specimens that are easy to reckon with."""

import csv
import json
from pathlib import Path

import pytest
from MicroCTSuperResTrainingLib.evaluation.area_agreement import area_agreement
from MicroCTSuperResTrainingLib.evaluation.evaluation_files import representative
from MicroCTSuperResTrainingLib.evaluation.methods import all_methods
from MicroCTSuperResTrainingLib.evaluation.scores_json import scores_of, write_scores
from MicroCTSuperResTrainingLib.evaluation.summary import cross_site, gain_of, summary_of
from MicroCTSuperResTrainingLib.evaluation.tables import write_cross_site, write_slices, write_specimens
from sample_evaluations import METHODS, evaluation_of, facts, result_of

TWO = [
    result_of("a", psnr=(20.0, 21.0, 24.0), ssim=(0.5, 0.5, 0.6)),
    result_of("b", psnr=(22.0, 23.0, 24.0), ssim=(0.4, 0.5, 0.6)),
]


def read(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_mean_over_specimens_has_the_t_interval():
    told = summary_of(TWO, METHODS)
    assert told["bilinear"]["psnr_db"] == pytest.approx(21.0)
    # n = 2: SD sqrt(2), standard error 1, and the t quantile for one degree of freedom is 12.706.
    assert told["bilinear"]["psnr_db_ci95"] == pytest.approx([21 - 12.7062, 21 + 12.7062], abs=1e-3)
    assert (told["specimens"], told["animals"]) == (2, 2)


def test_gains_are_paired_and_the_percentage_is_the_studys():
    gain = gain_of(TWO, "dl", "bilinear")
    assert gain["psnr_db"]["mean"] == pytest.approx((4 + 2) / 2)
    # 0.6 over 0.5 is 20 %, over 0.4 it is 50 %.
    assert gain["ssim_percent"]["mean"] == pytest.approx(35)
    assert gain["ssim"]["n"] == 2
    # BA/TA is 0.1 too small in LR and 0.01 in DL.
    assert gain["ba_ta_error"]["mean"] == pytest.approx(-0.09)


def test_agreement_is_of_one_value_a_specimen():
    other = result_of("b", areas=([0.4, 0.5], [0.2, 0.3], [0.35, 0.45], [0.4, 0.5]))
    told = summary_of([result_of("a"), other], METHODS)["bilinear"]["ba_ta"]
    # Differences of the specimens are -0.1 and -0.2: SD 0.0707, limits -0.15 -+ 1.96 SD.
    assert told["bias"] == pytest.approx(-0.15)
    assert told["limits"] == pytest.approx([-0.15 - 0.13859, -0.15 + 0.13859], abs=1e-4)
    assert (told["n"], told["level"]) == (2, "specimens")
    assert len(told["limits_ci"]) == 2


def test_one_specimen_has_the_limits_of_its_slices_and_says_so():
    only = result_of("a", areas=([0.4, 0.5], [0.3, 0.3], [0.35, 0.45], [0.39, 0.49]))
    told = summary_of([only], METHODS)["bilinear"]
    # Differences of the slices are -0.1 and -0.2.
    assert told["ba_ta"]["limits"] == pytest.approx([-0.15 - 0.13859, -0.15 + 0.13859], abs=1e-4)
    assert told["ba_ta"]["level"] == "slices"
    assert (told["ba_ta"]["bias_ci"], told["psnr_db_ci95"]) == (None, None)
    scores = scores_of(evaluation_of([only]), area_agreement([only], METHODS), None, {})
    assert any("one specimen" in note for note in scores["notes"])


def test_slices_without_tissue_do_not_take_part():
    result = result_of("a")
    for rows in result["slices"].values():
        rows[0]["ba_ta"] = None
    told = summary_of([result], METHODS)["bilinear"]["ba_ta"]
    assert told["bias"] == pytest.approx(-0.1)
    assert told["limits"] is None


def test_without_any_tissue_there_is_no_agreement_and_a_note():
    result = result_of("a")
    for rows in result["slices"].values():
        for row in rows:
            row["ba_ta"] = None
    assert area_agreement([result], METHODS) is None
    scores = scores_of(evaluation_of([result]), None, None, {})
    assert scores["dl"]["ba_ta"]["bias"] is None
    assert any("exists in no specimen" in note for note in scores["notes"])


def test_every_model_is_told_on_every_site():
    methods = all_methods([(Path("f"), facts("one", "femur")), (Path("s"), facts("two", "spine"))])
    assert [method.key for method in methods] == ["bilinear", "bicubic", "dl", "dl2"]
    four = {"psnr": (20.0, 21.0, 24.0, 23.0), "ssim": (0.5, 0.55, 0.6, 0.7)}
    areas = ([0.4, 0.5], [0.3, 0.4], [0.35, 0.45], [0.39, 0.49], [0.4, 0.5])
    results = [result_of("a", areas=areas, **four), result_of("b", site="spine", areas=areas, **four)]
    rows = cross_site(results, methods)
    assert [(row["model"], row["trained_on"], row["tested_on"]) for row in rows] == [
        ("one", "femur", "femur"),
        ("one", "femur", "spine"),
        ("two", "spine", "femur"),
        ("two", "spine", "spine"),
    ]
    assert [row["ssim_over_bilinear"] for row in rows] == pytest.approx([0.1, 0.1, 0.2, 0.2])
    assert [row["psnr_db_over_bicubic"] for row in rows] == pytest.approx([3, 3, 2, 2])


def test_one_model_on_one_site_has_no_cross_site_table():
    assert cross_site(TWO, METHODS) == []


def test_the_tables_are_tidy(tmp_path):
    write_specimens(TWO, METHODS, tmp_path / "specimens.csv")
    write_slices(TWO, METHODS, tmp_path / "slices.csv")
    rows = read(tmp_path / "specimens.csv")
    assert [(row["specimen"], row["method"]) for row in rows] == [
        (name, method) for name in "ab" for method in ("hr", "bilinear", "bicubic", "dl")
    ]
    assert float(rows[3]["ssim_over_lr"]) == pytest.approx(0.1)
    assert float(rows[3]["ssim_percent_over_lr"]) == pytest.approx(20)
    slices = read(tmp_path / "slices.csv")
    assert len(slices) == 2 * 4 * 2
    assert [row["ba_ta"] for row in slices[:2]] == ["0.4", "0.5"]


def test_intervals_of_the_cross_site_table_are_two_columns(tmp_path):
    results = [*TWO, result_of("c", site="spine"), result_of("d", site="spine", psnr=(20.0, 21.0, 26.0))]
    write_cross_site(cross_site(results, METHODS), tmp_path / "cross.csv")
    femur, spine = read(tmp_path / "cross.csv")
    assert float(femur["psnr_db_ci95_lower"]) == float(femur["psnr_db"]) == 24
    # Spines: 24 and 26, so 25 -+ 12.7062.
    assert float(spine["psnr_db_ci95_lower"]) == pytest.approx(25 - 12.7062, abs=1e-3)
    assert spine["ba_ta_limits_upper"] != ""


def test_scores_have_what_outside_programs_rely_on_and_no_nan(tmp_path):
    identical = result_of("a", psnr=(20.0, 21.0, None), ssim=(0.5, 0.55, 1.0))
    results = [identical, result_of("b", site="spine", animal="a")]
    evaluation = evaluation_of(results, failed=[{"specimen": "c", "message": "No bone."}], warnings=["Look."])
    shared = area_agreement(results, METHODS)
    write_scores(scores_of(evaluation, shared, shared, {}), tmp_path)
    text = (tmp_path / "scores.json").read_text()
    scores = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in scores.json"))
    for method in ("bilinear", "bicubic", "dl"):
        assert {"psnr_db", "ssim", "ba_ta"} <= scores[method].keys()
        assert {"bias", "limits"} <= scores[method]["ba_ta"].keys()
    assert scores["dl"]["psnr_db"] == 24  # the identical one has no finite PSNR
    assert any("identical" in note for note in scores["notes"])
    assert any("2 specimens are of 1 animals" in note for note in scores["notes"])
    assert scores["failed"][0]["specimen"] == "c"
    assert scores["warnings"] == ["Look."]
    assert sorted(scores["sites"]) == ["femur", "spine"]
    assert all("slices" not in each for each in scores["specimens"])


def test_simulated_specimens_are_told_apart():
    real, made = result_of("a"), result_of("b", simulated=True)
    told = [evaluation_of(results).simulated for results in ([real], [made], [real, made])]
    assert told == ["none", "all", "some"]


def test_figure_a_shows_the_specimen_with_the_median_gain():
    results = [result_of(name, ssim=(0.5, 0.5, 0.5 + gain)) for name, gain in (("a", 0.3), ("b", 0.1), ("c", 0.2))]
    assert representative(results)["specimen"] == "c"


def test_a_note_that_holds_for_all_methods_names_them_together():
    results = [result_of(name) for name in "ab"]  # two specimens: no regression of the difference on the mean
    shared, own = (area_agreement(results, METHODS, value) for value in ("ba_ta", "ba_ta_own"))
    notes = scores_of(evaluation_of(results), shared, own, {})["notes"]
    (told,) = (note for note in notes if "regression" in note)
    assert told.startswith("ba_ta of all methods")
    assert told.count("all methods") <= 2
    assert "LR cubic" not in told
