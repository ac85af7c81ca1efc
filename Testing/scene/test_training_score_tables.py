"""An evaluation in the scene: tables and charts."""

import numpy as np
import pytest
from MicroCTSuperResTrainingLib.scene.measurement_table import is_simulated, methods_in, values_in
from MicroCTSuperResTrainingLib.scene.score_tables import (
    EvaluationFiles,
    find_evaluation,
    show_evaluation,
    specimen_at,
)
from sample_measurements import column, series_of

MODEL = {"name": "femur model", "sha256": "0123"}
SECOND = {"name": "spine model", "sha256": "4567"}
LABELS = {"bilinear": "LR", "bicubic": "LR cubic", "dl": "DL"}


def means(ssim):
    """What scores.json tells of a method."""
    area = {"mean": 0.5, "bias": 0.01, "bias_ci": [0.0, 0.02], "limits": [-0.01, 0.03], "level": "specimens"}
    intervals = {"psnr_db_ci95": [29.0, 31.0], "psnr_bone_db_ci95": None, "ssim_ci95": [ssim - 0.1, ssim + 0.1]}
    return {"n": 2, "psnr_db": 30.0, "psnr_bone_db": None, "ssim": ssim, **intervals, "ba_ta": area}


def files(simulated="all", cross_site=(), labels=LABELS):
    """An evaluation of two specimens.

    :param labels: of the methods, by their keys.
    """
    of_models = {label: MODEL if key == "dl" else SECOND if key == "dl2" else None for key, label in labels.items()}
    scores = {
        "simulated": simulated,
        "methods": {key: {"label": label, "model": of_models[label]} for key, label in labels.items()},
        "bilinear": means(0.8),
        "bicubic": means(0.82),
        "dl": means(0.9),
        "dl2": means(0.9),
        "warnings": ["F1: the border cuts the bone"],
        "notes": [],
        "failed": [{"specimen": "F3", "message": "The file is truncated."}],
    }
    ssim = {"bilinear": 0.8, "bicubic": 0.82, "dl": 0.9, "dl2": 0.9}
    specimens = [
        {
            "specimen": name,
            "site": "femur",
            "method": method,
            "ssim": str(ssim[method] + 0.01 * number) if method in ssim else "",
            "psnr_db": "30" if method in ssim else "",
            "ba_ta": "0.5",
        }
        for number, name in enumerate(("F1", "F2"))
        for method in ("hr", *labels)
    ]
    slices = [{**row, "slice": str(number), "z_mm": str(0.02 * number)} for row in specimens for number in range(3)]
    return EvaluationFiles("/results", scores, specimens, slices, list(cross_site))


def texts(table):
    return [
        [table.GetCellText(row, place) for place in range(table.GetNumberOfColumns())]
        for row in range(table.GetNumberOfRows())
    ]


def test_the_means_have_a_row_for_each_method_with_intervals(scene):
    summary = show_evaluation(scene, files()).summary
    titles = [summary.GetColumnName(place) for place in range(summary.GetNumberOfColumns())]
    row = dict(zip(titles, texts(summary)[2], strict=True))
    assert row["method"] == "DL"
    assert row["PSNR (dB)"] == "30 [29, 31]"
    assert row["PSNR near bone (dB)"] == "\N{EM DASH}"
    assert row["BA/TA limits of agreement"] == "-0.01 to 0.03"


def test_the_plot_has_a_point_for_each_specimen_of_lr_and_dl(scene):
    found = show_evaluation(scene, files())
    series = series_of(found.charts["ssim"])
    assert list(series) == ["LR", "DL"]
    table = series["DL"].GetTableNode()
    assert column(table, "number").tolist() == [1, 2]
    assert column(table, "ssim") == pytest.approx([0.9, 0.91])
    assert specimen_at(table, 1) == ("F2", "DL")
    assert series["DL"].GetColor()[0] > series["DL"].GetColor()[2]
    assert list(series_of(found.charts["ba_ta"])) == ["LR", "DL", "HR"]


def test_several_models_are_told_apart_by_colour_shape_and_place(scene):
    labels = {**LABELS, "dl": "DL femur model", "dl2": "DL spine model"}
    found = show_evaluation(scene, files(labels=labels))
    series = series_of(found.charts["ssim"])
    lr, first, second = (series[name] for name in ("LR", "DL femur model", "DL spine model"))
    red, blue = first.GetColor(), lr.GetColor()
    assert red[0] > 0.7 > 0.3 > red[2]
    assert blue[2] > 0.6 > 0.3 > blue[0]
    assert len({one.GetColor() for one in series.values()}) == 3
    assert len({one.GetMarkerStyle() for one in series.values()}) == 3
    # The points of both models would hide each other: they have the same values.
    places = [column(one.GetTableNode(), "number") for one in (first, second)]
    assert (places[0] < [1, 2]).all()
    assert (places[1] > [1, 2]).all()
    assert column(lr.GetTableNode(), "number").tolist() == [1, 2]
    assert found.models == {"DL femur model": ("femur model", "0123"), "DL spine model": ("spine model", "4567")}


def test_columns_have_titles_in_words_and_keep_their_names_in_a_saved_scene(host):
    found = show_evaluation(host.scene, files())
    for specimens in (found.specimens, find_evaluation(host.reloaded().scene).specimens):
        titles = {specimens.GetColumnTitle(name) for name in ("psnr_db", "ba_ta", "site")}
        assert titles == {"PSNR (dB)", "BA/TA", "site"}
        assert column(specimens, "ba_ta")[0] == 0.5


@pytest.mark.parametrize(
    ("column_name", "title"),
    [
        ("slices_with_tissue", "slices with tissue"),
        ("t_ar_mm2", "T.Ar (mm2)"),
        ("tb_n_plate_per_mm", "Tb.N (plate model) (1/mm)"),
        ("psnr_db_over_bicubic", "PSNR over LR cubic (dB)"),
        ("ssim_percent_over_lr", "SSIM over LR (%)"),
        ("note", "note"),
        ("Site of scan", "Site of scan"),
    ],
)
def test_titles_are_the_fields_words_with_units(column_name, title):
    from MicroCTSuperResTrainingLib.scene.column_titles import title_of

    assert title_of(column_name) == title


def test_notes_name_values_as_titles_do_and_specimens_as_they_are_called():
    from MicroCTSuperResTrainingLib.scene.column_titles import in_words

    told = in_words("mouse_1: ba_ta of LR, ba_ta_own of DL (proportional_bias)")
    assert told == "mouse_1: BA/TA of LR, BA/TA in own contours of DL (proportional bias)"


def test_a_row_of_the_table_tells_its_specimen(scene):
    found = show_evaluation(scene, files())
    assert specimen_at(found.specimens, 0) == ("F1", "HR")
    assert specimen_at(found.specimens, 7) == ("F2", "DL")
    assert specimen_at(found.specimens, 8) is None
    assert specimen_at(found.summary, 0) is None


def test_the_slices_are_measurements_for_the_agreement(scene):
    slices = show_evaluation(scene, files()).slices
    assert methods_in(slices) == ["HR", "LR", "LR cubic", "DL"]
    assert values_in(slices)[0] == "ba_ta"
    assert is_simulated(slices)
    assert not is_simulated(show_evaluation(scene, files(simulated="none")).slices)


def test_notes_tell_warnings_failures_and_that_specimens_are_simulated(scene):
    notes = show_evaluation(scene, files()).notes
    assert notes[0] == "F1: the border cuts the bone"
    assert notes[1] == "F3 could not be evaluated: The file is truncated."
    assert "say nothing about biology" in notes[2]


def test_the_table_of_sites_is_there_where_there_are_several_and_goes_again(host):
    rows = [{"method": "dl", "trained_on": "femur", "tested_on": site, "ssim": "0.9"} for site in ("femur", "spine")]
    found = show_evaluation(host.scene, files(cross_site=rows))
    assert texts(found.cross_site)[1][:3] == ["dl", "femur", "spine"]
    count = host.count("vtkMRMLTableNode")
    assert show_evaluation(host.scene, files()).cross_site is None
    assert host.count("vtkMRMLTableNode") == count - 1


def test_everything_is_found_again_in_a_saved_scene(host):
    show_evaluation(host.scene, files())
    other = host.reloaded()  # kept: its scene goes with it
    found = find_evaluation(other.scene)
    assert found.folder == "/results"
    assert found.models == {"DL": ("femur model", "0123")}
    assert list(series_of(found.charts["psnr_db"])) == ["LR", "DL"]
    assert np.isnan(column(found.specimens, "ssim")[0])
    assert specimen_at(found.specimens, 7) == ("F2", "DL")
