"""The figures of an evaluation: what they show, and that nothing hides or is cut off."""

import numpy as np
import pytest
from MicroCTSuperResTrainingLib.evaluation.curves_figure import draw_curves
from MicroCTSuperResTrainingLib.evaluation.methods import all_methods
from MicroCTSuperResTrainingLib.evaluation.quality_figure import draw_quality
from sample_evaluations import METHODS, facts, result_of

THICK = 2


def models(tmp_path, *names):
    return all_methods([(tmp_path / name, facts(name, "femur")) for name in names])


def with_curves(name, step):
    """A specimen whose ring correlation falls by 0.1 a step of frequency, and whose edge has three points."""
    frequencies = [step * number for number in range(11)]
    rings = {
        "frequency_per_mm": frequencies,
        "correlation": [round(1 - 0.1 * number, 3) if number else None for number in range(11)],
    }
    edges = {"distance_um": [-10.0, 0.0, 10.0], "profiles": {key: [1000.0, 500.0, 0.0] for key in ("hr", "dl")}}
    return result_of(name, curves={"fourier_rings": {"bilinear": rings, "dl": rings}, "edges": edges})


@pytest.mark.parametrize("count", [1, 3])
def test_marks_of_several_models_stand_beside_one_another(tmp_path, count):
    methods = models(tmp_path, *"abc"[:count])
    values = (20.0, 21.0, *[24.0] * count)
    areas = [[0.4]] * (1 + len(methods))
    results = [result_of(name, psnr=values, ssim=[each / 40 for each in values], areas=areas) for name in "xyz"]
    marks = [marks.get_offsets().data for marks in draw_quality(results, methods).axes[0].collections]
    assert len(marks) == 1 + count
    places = np.array([of_method[:, 0] for of_method in marks])
    assert places[0] == pytest.approx([0, 1, 2])
    of_models = places[1:, 0]
    assert len(set(np.round(of_models, 3))) == count
    assert np.abs(of_models).max() <= 0.3  # nearer to their own specimen than to the next
    assert of_models.mean() == pytest.approx(0)


def test_the_legend_of_long_names_stays_inside_the_figure(tmp_path):
    methods = models(tmp_path, "a-model-with-a-rather-long-name", "another-model-with-a-rather-long-name")
    values = (20.0, 21.0, 24.0, 25.0)
    figure = draw_quality([result_of("x", psnr=values, ssim=(0.4, 0.5, 0.6, 0.7), areas=[[0.4]] * 5)], methods)
    figure.draw_without_rendering()
    legend = figure.axes[0].get_legend().get_window_extent()
    assert legend.x0 >= 0
    assert legend.x1 <= figure.bbox.x1
    # The axes keep the width of the figure.
    assert figure.axes[0].get_window_extent().width > 0.8 * figure.bbox.width


def test_curves_of_several_specimens_are_faint_with_their_median_on_top():
    rings, edges = draw_curves([with_curves(name, step) for name, step in (("a", 1), ("b", 2), ("c", 4))], METHODS).axes
    for axes in (rings, edges):
        drawn = [line for line in axes.get_lines() if len(line.get_xdata()) > 2]
        thick = [line for line in drawn if line.get_linewidth() >= THICK]
        assert len(thick) == 2  # of LR and DL above, of HR and DL below
        assert len(drawn) - len(thick) == 6
        assert all(line.get_alpha() < 0.5 for line in drawn if line not in thick)
    median = next(line for line in rings.get_lines() if line.get_linewidth() >= THICK and len(line.get_xdata()) > 2)
    # The middle one of the three falls by 0.1 in 2 per mm; all of them are known from 4 to 10 per mm.
    assert median.get_xdata()[[0, -1]] == pytest.approx([4, 10])
    assert median.get_ydata() == pytest.approx(1 - 0.05 * median.get_xdata())


def test_curves_of_two_specimens_are_lines_of_their_own():
    rings, _ = draw_curves([with_curves("a", 1), with_curves("b", 1)], METHODS).axes
    drawn = [line for line in rings.get_lines() if len(line.get_xdata()) > 2]
    assert len(drawn) == 4
    assert all(line.get_alpha() == 1 for line in drawn)
