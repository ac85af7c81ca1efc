"""The curves of a training: every column as a line, interpolation beside it, the best epoch marked."""

import numpy as np
import pytest
from MicroCTSuperResTrainingLib.training.curves import draw_curves, save_curves
from sample_runs import history

BASELINES = {
    "bilinear": {"psnr_db": 21.0, "ssim": 0.7, "ba_ta_error": 0.02},
    "bicubic": {"psnr_db": 22.0, "ssim": 0.72, "ba_ta_error": 0.018},
}


def lines_of(axes):
    return {line.get_label(): line for line in axes.get_lines()}


@pytest.fixture(scope="module")
def panels():
    return draw_curves(history(), "psnr_db", BASELINES, "Training of femurs").get_axes()


def test_losses_and_scores_are_drawn_over_their_epochs(panels):
    rows = history().rows
    drawn = [("training", "train_loss", 0), ("validation", "validation_loss", 0)]
    drawn += [("validation", column, panel) for panel, column in enumerate(("psnr_db", "ssim", "ba_ta_error"), 1)]
    for label, column, panel in drawn:
        line = lines_of(panels[panel])[label]
        np.testing.assert_array_equal(line.get_xdata(), [row.epoch for row in rows])
        np.testing.assert_array_equal(line.get_ydata(), [getattr(row, column) for row in rows])


def test_interpolation_is_a_level_line_beside_each_score(panels):
    for axes, column in zip(panels[1:], ("psnr_db", "ssim", "ba_ta_error"), strict=True):
        lines = lines_of(axes)
        for label, method in (("LR, linear", "bilinear"), ("LR, cubic", "bicubic")):
            assert set(lines[label].get_ydata()) == {BASELINES[method][column]}
    assert "LR, cubic" not in lines_of(panels[0])


def test_the_best_epoch_is_marked_in_every_panel_and_told_in_the_title(panels):
    for axes in panels:
        assert set(lines_of(axes)["best epoch (4)"].get_xdata()) == {4}
    assert panels[0].figure.get_suptitle() == "Training of femurs: best epoch 4 by PSNR"


def test_lines_of_one_panel_differ_without_colour(panels):
    for axes in panels:
        styles = [(line.get_linestyle(), line.get_marker(), line.get_linewidth()) for line in axes.get_lines()]
        assert len(set(styles)) == len(styles)


def test_a_single_epoch_shows_as_marks():
    axes = draw_curves(history(1, best=1), "ssim", {}, "Short").get_axes()
    assert lines_of(axes[1])["validation"].get_marker() == "o"


def test_an_epoch_without_a_value_leaves_a_gap_and_is_not_the_best():
    told = history()
    told.rows[3] = type(told.rows[3])(**{**vars(told.rows[3]), "psnr_db": float("nan")})
    axes = draw_curves(told, "psnr_db", {}, "With a gap").get_axes()
    assert np.isnan(lines_of(axes[1])["validation"].get_ydata()[3])
    assert "best epoch (3)" in lines_of(axes[0])  # epochs 3 and 5 are alike, the first one counts


def test_png_and_svg_are_written_in_place_of_those_that_are_there(tmp_path):
    figure = draw_curves(history(), "psnr_db", BASELINES, "Training")
    for _ in range(2):
        paths = save_curves(figure, tmp_path / "curves")
    assert [path.name for path in paths] == ["curves.png", "curves.svg"]
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in paths[1].read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curves.png", "curves.svg"]
