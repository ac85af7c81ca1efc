"""The analysis of a whole table: the same numbers as its parts, and a word wherever there is none."""

import csv
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from MicroCTSuperResLib.errors import InputError, OutputError
from MicroCTSuperResTrainingLib.agreement.analysis import analyse
from MicroCTSuperResTrainingLib.agreement.bland_altman import bland_altman
from MicroCTSuperResTrainingLib.agreement.figure import draw_bland_altman
from MicroCTSuperResTrainingLib.agreement.looks import looks_of, plots_of
from MicroCTSuperResTrainingLib.agreement.measurements import Columns, Measurements, measurements_of
from MicroCTSuperResTrainingLib.agreement.repeated import paired_rows
from MicroCTSuperResTrainingLib.agreement.result_files import (
    write_agreement_csv,
    write_agreement_json,
    write_points_csv,
)
from MicroCTSuperResTrainingLib.agreement.table import read_table
from MicroCTSuperResTrainingLib.agreement.words import agreement_as_text, bias_and_limits


def measurements(slices=4, specimens=12, missing=0):
    """LR that is too low and noisy, DL that is nearly right, in `slices` slices of each specimen."""
    random = np.random.default_rng(0)
    values = {"HR": {}, "LR": {}, "DL": {}}
    for number in range(specimens):
        hr = 0.4 + 0.1 * random.normal() + 0.02 * random.normal(size=slices)
        rows = {"HR": hr, "LR": hr - 0.05 + 0.03 * random.normal(), "DL": hr + 0.005 * random.normal(size=slices)}
        for method, of_method in rows.items():
            values[method][f"F{number}"] = {str(place): float(value) for place, value in enumerate(of_method)}
    return Measurements(values, "BA_TA", "slice", missing)


def of_values(**values):
    """One value a specimen: measurements(HR=[...], LR=[...])."""
    told = {
        method: {f"F{place}": {"1": value} for place, value in enumerate(of_method) if value is not None}
        for method, of_method in values.items()
    }
    return Measurements(told, "value", None, 0)


def has_no_nan(result):
    json.dumps(result, allow_nan=False)
    return True


def test_each_method_has_what_its_parts_compute():
    result, pairs = analyse(measurements(), margin=0.01)
    for method in ("LR", "DL"):
        measured, expected = pairs[method].means_of_specimens()
        whole, rows = bland_altman(measured - expected), paired_rows(pairs[method].row_differences())
        found = result[method]
        assert found["n"] == 12
        assert found["bias"] == pytest.approx(whole.bias)
        assert found["limits"] == pytest.approx(whole.limits)
        assert found["limits_ci"] == [list(interval) for interval in whole.limits_ci]
        assert found["repeated"]["limits"] == pytest.approx(rows.limits)
        assert found["repeated"]["rows"] == 48
    assert result["settings"]["reference"] == "HR"
    assert result["settings"]["margin"] == 0.01


def test_the_better_method_is_found_better_in_every_way():
    result, _ = analyse(measurements(), margin=0.01)
    (comparison,) = result["comparisons"]
    assert (comparison["method"], comparison["other"], comparison["n"]) == ("DL", "LR", 12)
    assert comparison["bias_size"]["DL"] < comparison["bias_size"]["LR"]
    assert comparison["limits_width"]["DL"] == pytest.approx(2 * 1.96 * result["DL"]["sd"])
    assert comparison["spread_ratio"]["ci"][1] < 1
    assert comparison["change_of_size"]["ci"][1] < 0
    assert result["DL"]["equivalence"]["equivalent"]
    assert not result["LR"]["equivalence"]["equivalent"]


def test_methods_are_compared_over_the_specimens_that_both_have():
    result, _ = analyse(of_values(HR=[1, 2, 3, 4], LR=[1.1, 2.3, 3.1, None], DL=[None, 2.1, 3.2, 4.1]))
    assert result["LR"]["n"] == result["DL"]["n"] == 3
    assert result["comparisons"][0]["n"] == 2
    assert has_no_nan(result)


def test_one_specimen_has_a_bias_and_the_reasons_for_the_rest():
    result, _ = analyse(of_values(HR=[0.5], LR=[0.4]), margin=0.1)
    found = result["LR"]
    assert found["bias"] == pytest.approx(-0.1)
    empty = ("bias_ci", "sd", "limits", "limits_ci", "paired_t_test", "lin_concordance", "icc_a1", "equivalence")
    assert [found[name] for name in empty] == [None] * len(empty)
    assert any("t-test needs at least 2 specimens, there is 1" in note for note in found["notes"])
    assert has_no_nan(result)


def test_two_specimens_have_limits_and_no_regression():
    result, _ = analyse(of_values(HR=[0.5, 0.7], LR=[0.4, 0.65]))
    assert result["LR"]["limits_ci"] is not None
    assert result["LR"]["proportional_bias"] is None
    assert any("regression" in note for note in result["LR"]["notes"])
    # Lin's standard error has n - 2 in its denominator.
    assert result["LR"]["lin_concordance"]["ci"] is None
    assert any("Lin's concordance has no confidence interval" in note for note in result["LR"]["notes"])
    assert has_no_nan(result)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"HR": [0.1, 0.5, 0.7, 1000], "LR": [0.3, 0.7, 0.9, 1000.2]}, "All differences are the same: the limits"),
        ({"HR": [0.3] * 4, "LR": [0.3] * 4}, "All values are the same, so ICC(A,1) is undefined."),
        ({"HR": [0.3] * 4, "LR": [0.1, 0.2, 0.3, 0.4]}, "All values of the reference are the same"),
        ({"HR": [1, 2, 3, 4, 5], "LR": [1.1, 2.2, 3.3, 4.4, 5.51]}, "proportional bias"),
        ({"HR": [0] * 9, "LR": [0.1, 0.11, 0.1, 0.12, 0.1, 0.11, 0.1, 0.1, 5]}, "hardly normal"),
    ],
)
def test_strange_values_are_spoken_of_and_leave_no_nan(values, words):
    result, _ = analyse(of_values(**values), margin=0.1)
    assert any(words in note for note in result["LR"]["notes"]), result["LR"]["notes"]
    assert has_no_nan(result)
    assert agreement_as_text(result)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from([None, 0.0, 0.3, 0.1 + 0.2, 1.0, 3.0, -1e49, 1e-49]), min_size=3, max_size=3),
        min_size=1,
        max_size=6,
    ).filter(lambda rows: all(any(row[0] is not None and row[place] is not None for row in rows) for place in (1, 2)))
)
def test_whatever_the_values_are_the_result_holds_no_nan(rows):
    hr, lr, dl = zip(*rows, strict=True)
    result, _ = analyse(of_values(HR=hr, LR=lr, DL=dl), margin=0.1)
    assert has_no_nan(result)
    assert agreement_as_text(result)


def test_a_difference_far_from_the_others_is_outside_the_limits():
    result, _ = analyse(
        of_values(HR=[float(place) for place in range(30)], LR=[place + 0.1 for place in range(29)] + [40])
    )
    assert result["LR"]["outside_limits"] == {"count": 1, "specimens": ["F29"]}


def test_values_are_told_to_two_digits_of_the_interval_of_the_bias():
    values = {"limits": [-9.87654, 9.87654], "limits_ci": [[-11, -8], [8, 11]], "sd": 5.04}
    told = bias_and_limits({**values, "bias": 0.012345, "bias_ci": [-0.1, 0.124]})
    # The half width is 0.11, of which two digits are hundredths.
    assert told == ("+0.01 [-0.10, +0.12]", "-9.88 [-11.00, -8.00] to +9.88 [+8.00, +11.00]")


@pytest.mark.parametrize("size", [1e30, 1e-12])
def test_very_large_and_very_small_values_are_told_with_powers_of_ten(size):
    hr = np.array([1.0, 2.0, 3.0, 5.0])
    result, _ = analyse(of_values(HR=(size * hr).tolist(), LR=(size * hr * [1.1, 1.2, 1.1, 1.3]).tolist()))
    bias, limits = bias_and_limits(result["LR"])
    assert len(bias) + len(limits) < 120
    assert f"e{int(np.log10(size) - 1):+03d}" in bias


def test_a_very_small_p_is_told_as_such():
    text = agreement_as_text(analyse(measurements(), margin=0.01)[0])
    assert "p < 0.001" in text
    assert "p = 0\n" not in text
    assert "e-" not in text


def test_rows_entered_twice_are_noted():
    plain = measurements()
    (note,) = [
        note
        for note in analyse(Measurements(plain.values, plain.value, plain.match, 0, 1))[0]["notes"]
        if "earlier" in note
    ]
    assert note.startswith("1 row equals an earlier one in every cell and counts as a further measurement")


@pytest.mark.parametrize(("second", "noted"), [("A1", True), ("A2", False), ("", False)])
def test_specimens_of_one_animal_are_noted_as_dependent(tmp_path, second, noted):
    path = tmp_path / "table.csv"
    path.write_text(f"specimen,Animal,HR,LR\nfemur,A1,0.5,0.4\nspine,{second},0.6,0.5\n", encoding="utf-8")
    result, _ = analyse(measurements_of(read_table(path), Columns()))
    assert any(note.startswith("2 specimens are of 1 animal: ") for note in result["notes"]) == noted


def test_thousands_of_specimens_have_no_test_of_normality_and_a_word_why(recwarn):
    values = np.random.default_rng(0).normal(size=(2, 5001))
    result, _ = analyse(of_values(HR=values[0].tolist(), LR=values[1].tolist()))
    assert result["LR"]["normality"] is None
    assert any("not made for more than 5000" in note for note in result["LR"]["notes"])
    assert not recwarn.list


def test_missing_values_and_a_missing_margin_are_told():
    result, _ = analyse(measurements(missing=3))
    assert any("3 values are missing" in note for note in result["notes"])
    assert any("No equivalence margin" in note for note in result["notes"])
    assert result["DL"]["equivalence"] is None


@pytest.mark.parametrize("wrong", [{"confidence": 95}, {"confidence": 0.5}, {"margin": 0}, {"margin": float("nan")}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(InputError):
        analyse(measurements(), **wrong)


def test_the_files_hold_the_result(tmp_path):
    result, pairs = analyse(measurements(), margin=0.01, units="mm²/mm²")
    write_agreement_json(result, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == result
    write_agreement_csv(result, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["method"], row["level"]) for row in rows] == [
        ("LR", "specimens"),
        ("LR", "rows"),
        ("DL", "specimens"),
        ("DL", "rows"),
    ]
    assert float(rows[2]["upper_limit_ci_upper"]) == result["DL"]["limits_ci"][1][1]
    assert float(rows[3]["effective_n"]) == result["DL"]["repeated"]["effective_n"]
    assert rows[3]["icc_a1"] == ""
    assert float(rows[2]["lower_limit_exact_ci_lower"]) == result["DL"]["limits_ci_exact"][0][0]
    write_points_csv(pairs.values(), tmp_path / "p.csv")
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as stream:
        points = list(csv.DictReader(stream))
    # Two methods, each with 12 specimens and 48 slices.
    assert len(points) == 2 * (12 + 48)
    of_dl = [float(row["difference"]) for row in points if row["method"] == "DL" and row["level"] == "specimens"]
    assert np.mean(of_dl) == pytest.approx(result["DL"]["bias"])
    with pytest.raises(OutputError, match="exists already"):
        write_agreement_json(result, tmp_path / "a.json")


def test_the_table_says_why_a_statistic_is_missing(tmp_path):
    write_agreement_csv(analyse(of_values(HR=[0.5], LR=[0.4]))[0], tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["n"], row["sd"], row["t_p"]) == ("1", "", "")
    assert "A paired t-test needs at least 2 specimens, there is 1." in row["notes"]


def test_the_figure_shows_every_specimen_and_the_limits_with_n_and_units():
    result, pairs = analyse(measurements())
    figure = draw_bland_altman(result, pairs, simulated=True)
    figure.canvas.draw()
    (axes,) = figure.axes
    assert "mm²/mm²" in axes.get_xlabel()
    assert "BA/TA" in axes.get_ylabel()
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert all("n = 12" in label and "limits of agreement" in label for label in labels)
    drawn = {marks.get_label().split()[0]: marks for marks in axes.collections}
    for method in ("LR", "DL"):
        assert len(drawn[method].get_offsets()) == 12
        heights = {line.get_ydata()[0] for line in axes.lines}
        assert {result[method]["bias"], *result[method]["limits"]} <= heights
    assert "Simulated" in figure.get_supxlabel()
    # Nothing reaches beyond the figure.
    for text in (axes.get_legend(), figure._supxlabel):
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width
        assert box.y1 <= figure.bbox.height


def test_dl_is_red_and_lr_blue_and_their_marks_differ():
    looks = looks_of(["LR", "dl", "bicubic", "other"])
    red, green, blue = (int(looks["dl"].colour[place : place + 2], 16) for place in (1, 3, 5))
    assert red > 2 * max(green, blue)
    red, green, blue = (int(looks["LR"].colour[place : place + 2], 16) for place in (1, 3, 5))
    assert blue > red + 100
    assert len({look.marker for look in looks.values()}) == 4
    assert len({look.colour for look in looks.values()}) == 4


def test_of_several_dl_methods_the_first_is_red():
    looks = looks_of(["LR", "DL femur", "DL spine"])
    assert looks["DL femur"].colour == looks_of(["DL"])["DL"].colour
    assert len({look.colour for look in looks.values()}) == 3


def test_of_several_dl_methods_each_has_a_plot_beside_lr_on_the_same_axes():
    plain = measurements().values
    named = {"HR": plain["HR"], "LR": plain["LR"], "DL femur": plain["DL"], "DL spine": plain["LR"]}
    assert plots_of(list(named)[1:]) == [["LR", "DL femur"], ["LR", "DL spine"]]
    result, pairs = analyse(Measurements(named, "BA_TA", "slice", 0))
    figure = draw_bland_altman(result, pairs, simulated=True)
    figure.canvas.draw()
    assert [axes.get_legend().get_title().get_text() for axes in figure.axes] == ["DL femur", "DL spine"]
    first, second = figure.axes
    assert first.get_ylim() == second.get_ylim()
    assert first.get_xlim() == second.get_xlim()
    for axes in figure.axes:
        blue, red = (look.colour for look in looks_of(["LR", "DL"]).values())
        colours = [line.get_color() for line in axes.lines if line.get_linestyle() == "-"]
        assert colours[:2] == [blue, red]
        box = axes.get_legend().get_window_extent()
        assert box.x1 <= figure.bbox.width
        assert box.y1 <= figure.bbox.height
    assert first.get_legend().get_window_extent().x1 < second.get_window_extent().x0


@pytest.mark.parametrize("others", [0, 1])
def test_the_labels_of_the_axes_fit_beside_them(others):
    plain = measurements().values
    named = {**plain, **{f"DL {number}": plain["LR"] for number in range(others)}}
    result, pairs = analyse(Measurements(named, "BA/TA (own contours of each volume)", "slice", 0), units="mm²/mm²")
    figure = draw_bland_altman(result, pairs)
    figure.canvas.draw()
    for axes in figure.axes:
        beside = axes.get_window_extent()
        across, up = (axis.label.get_window_extent() for axis in (axes.xaxis, axes.yaxis))
        assert across.x0 > up.x1
        assert across.x1 <= min(beside.x1 + 10, figure.bbox.width)
        assert up.y0 >= 0
        assert up.y1 <= figure.bbox.height


@pytest.mark.parametrize("others", [1, 2])
def test_long_names_and_numbers_do_not_squeeze_the_plot(others):
    plain = measurements().values
    large = {name: {place: 1e9 * value for place, value in rows.items()} for name, rows in plain["DL"].items()}
    names = [f"DL {'of a model with a long name ' * 4}{number}" for number in range(others)]
    result, pairs = analyse(Measurements({**plain, **dict.fromkeys(names, large)} | {"DL": large}, "BA_TA", "slice", 0))
    figure = draw_bland_altman(result, pairs)
    figure.canvas.draw()
    first = figure.axes[0]
    assert first.get_window_extent().width > 0.7 * figure.bbox.width / 2
    for axes in figure.axes:
        assert axes.get_legend().get_window_extent().x1 <= figure.bbox.width


@pytest.mark.parametrize(
    ("methods", "plots"),
    [
        (["bilinear", "dl"], [["bilinear", "dl"]]),
        (["bilinear", "bicubic", "dl"], [["bilinear", "bicubic"], ["bilinear", "dl"]]),
        (["first", "second", "third"], [["first"], ["second"], ["third"]]),
        (["bicubic", "lr", "dl"], [["lr", "bicubic"], ["lr", "dl"]]),
    ],
)
def test_more_than_two_methods_do_not_share_a_plot(methods, plots):
    assert plots_of(methods) == plots


def test_one_specimen_and_sloping_differences_can_be_drawn():
    for values in ({"HR": [0.5], "LR": [0.4]}, {"HR": [1, 2, 3, 4, 5], "LR": [1.1, 2.2, 3.3, 4.4, 5.51]}):
        result, pairs = analyse(of_values(**values))
        figure = draw_bland_altman(result, pairs)
        figure.canvas.draw()
        dotted = [line for line in figure.axes[0].lines if line.get_linestyle() == ":"]
        assert len(dotted) == (3 if len(values["HR"]) > 1 else 0)
        assert ("Dotted" in figure.get_supxlabel()) == bool(dotted)
