"""What both modules say of themselves and do when Slicer starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..scene.layouts import Layout


def introduce(parent: object) -> None:
    """Fill in what Slicer shows about either module.

    :param parent: the module as Slicer knows it (qSlicerScriptedLoadableModule).
    """
    parent.categories = [translate("qSlicerAbstractCoreModule", "Quantification")]
    parent.contributors = ["The MicroCTSuperRes developers"]
    parent.acknowledgementText = _(
        "Makes the method of David et al. available: Deep Learning Models Improve Spatial Resolution of MicroCT "
        "Images Across Murine Femur and Spine (abstract, Orthopaedic Research Society)."
    )


def make_layouts_known(layouts: Iterable[Layout]) -> None:
    """Make layouts known to Slicer; call it when the application has started."""
    from ..scene.layouts import register_layouts

    layout_manager = slicer.app.layoutManager()
    if layout_manager is not None:  # it is None in a Slicer without a main window
        register_layouts(layout_manager.layoutLogic().GetLayoutNode(), layouts)
