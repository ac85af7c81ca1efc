"""The figure of Fourier ring correlations and edge profiles."""

import pytest
from MicroCTSuperResTrainingLib.evaluation.curves_figure import draw_curves
from sample_evaluations import METHODS, result_of

RINGS = {"frequency_per_mm": [5.0, 10.0, 20.0], "correlation": [0.9, None, 0.3]}
CURVES = {
    "fourier_rings": {"bilinear": RINGS, "bicubic": RINGS, "dl": RINGS},
    "edges": {"distance_um": [-10.0, 0.0, 10.0], "profiles": {"hr": [1000, 500, 0], "dl": [900, 500, 100]}},
}


def curves_in(axes):
    """The lines of several points: the legend's have none, the threshold's two."""
    return [line for line in axes.lines if len(line.get_xdata()) > 2 or list(line.get_xdata()) == [5.0, 20.0]]


def test_every_specimen_has_a_line_for_each_method_but_cubic():
    rings, edges = draw_curves([result_of(name, curves=CURVES) for name in "ab"], METHODS).axes
    assert len(curves_in(rings)) == 2 * 2  # LR and DL
    assert len(curves_in(edges)) == 2 * 2  # HR and DL
    assert [text.get_text() for text in rings.get_legend().get_texts()] == ["LR", "DL", "HR (below)"]


def test_a_frequency_without_a_correlation_is_left_out():
    rings, _ = draw_curves([result_of("a", curves=CURVES)], METHODS).axes
    assert list(curves_in(rings)[0].get_ydata()) == [0.9, 0.3]


@pytest.mark.parametrize("curves", [{}, {"fourier_rings": {}, "edges": {}}])
def test_without_curves_there_is_no_figure(curves):
    assert draw_curves([result_of("a", curves=curves)], METHODS) is None


def test_a_specimen_without_an_edge_keeps_its_correlation():
    rings, edges = draw_curves([result_of("a", curves={**CURVES, "edges": {}})], METHODS).axes
    assert len(curves_in(rings)) == 2
    assert curves_in(edges) == []


def test_the_figure_says_that_specimens_are_simulated():
    figure = draw_curves([result_of("a", curves=CURVES, simulated=True)], METHODS)
    assert "Simulated specimens" in figure._supxlabel.get_text().replace("\n", " ")
