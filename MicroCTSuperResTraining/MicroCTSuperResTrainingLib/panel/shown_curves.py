"""The curves of a training in Slicer's plot views."""

from __future__ import annotations

from pathlib import Path

import slicer


def choose_curves_layout() -> None:
    """Show the plot views of the curves, with what the scene has of them."""
    from MicroCTSuperResLib.scene.layouts import register_layouts

    from ..scene.layouts import CURVES, TRAINING_LAYOUTS

    manager = slicer.app.layoutManager()
    if manager is None:  # a Slicer without a main window
        return
    register_layouts(manager.layoutLogic().GetLayoutNode(), TRAINING_LAYOUTS)
    manager.setLayout(CURVES.number)
    put_curves_into_views()


def put_curves_into_views() -> None:
    """Show the scene's charts in their views, where these are there."""
    from ..scene.training_curves import place_curves

    place_curves(slicer.mrmlScene)


def show_curves_of(run: Path) -> None:
    """Put the curves of a run into the scene, as far as it has come.

    :raises FormatError: if its history cannot be read.
    """
    from ..scene.cohort_tree import put_into_cohort
    from ..scene.training_curves import curve_nodes, show_curves
    from ..training.run_state import baselines_of, history_of

    rows = history_of(run).rows
    if not rows:
        return
    show_curves(slicer.mrmlScene, str(run), run.name, rows, baselines_of(run))
    for node in curve_nodes(slicer.mrmlScene):
        put_into_cohort(node, "Training curves")
    put_curves_into_views()
