"""What is computed for the comparison and stays in the scene until it is removed: bone in 3-D, and its threshold."""

import numpy as np
import slicer
from slicer.i18n import tr as _

from ..imaging.calibration import DENSITY_UNITS, STUDY_THRESHOLD
from ..quality.otsu import otsu_threshold
from ..scene.differences import remove_differences
from ..scene.layouts import DL_SURFACE_VIEW, HR_SURFACE_VIEW, LR_SURFACE_VIEW
from ..scene.lineage import VOLUME_CLASS, find, find_all, remove
from ..scene.quality_scores import remove_scores
from ..scene.surfaces import find_surface, remove_surface, show_surface
from ..scene.views import view_node
from ..scene.volume_nodes import array_of
from .comparison import Compared, changed_since, fingerprint
from .comparison_views import units_of, view_widget

_SURFACE_VIEWS = {"LR": LR_SURFACE_VIEW, "DL": DL_SURFACE_VIEW, "HR": HR_SURFACE_VIEW}
_MOST_VALUES = 1_000_000


class Surfaces:
    """Makes surfaces of bone, and makes them again only where what they show has changed."""

    def __init__(self):
        self._made = {}

    def forget(self):
        """After the scene was closed or another one loaded."""
        self._made.clear()

    def show(self, volumes: Compared, threshold: float) -> str:
        """Show bone in 3-D, in the views that are there.

        :param threshold: in the units of LR.
        :return: which volumes cannot be shown and why; "" where all can.
        """
        units, apart = units_of(volumes.lr), []
        for name, node in volumes.named.items():
            view = view_node(slicer.mrmlScene, _SURFACE_VIEWS[name])
            widget = view_widget(_SURFACE_VIEWS[name])
            if view is None or widget is None:
                continue
            if units_of(node) != units:
                remove_surface(node)
                apart.append(name)
                continue
            made = (fingerprint(node), threshold, view.GetID())
            is_new = find_surface(node) is None
            if is_new or self._made.get(name) != made:
                show_surface(node, threshold, view)
                self._made[name] = made
            if is_new:
                widget.threeDView().resetFocalPoint()
                widget.threeDView().resetCamera(False, True, True)
        if not apart:
            return ""
        return _("Bone is not shown in 3-D for {names}: in other units than LR ({units}).").format(
            names=", ".join(apart), units=units
        )

    def note(self, volumes: Compared) -> str:
        """Which volumes have changed since their surfaces were made, as a sentence; "" if none."""
        changed = changed_since({name: made[0] for name, made in self._made.items()}, volumes)
        if not changed:
            return ""
        return _("Bone in 3-D was computed before {names} changed. Choose the layout again to renew it.").format(
            names=", ".join(changed)
        )


def threshold_subject(lr) -> str:
    """What a threshold is chosen for: density means the same in all scans, other grey values only in one."""
    units = units_of(lr)
    return units if units == DENSITY_UNITS else f"{units}, {lr.GetName()}"


def proposed_threshold(lr) -> float:
    """A threshold of bone: the study's for densities, else the one that parts the grey values best (Otsu 1979)."""
    if units_of(lr) == DENSITY_UNITS:
        return STUDY_THRESHOLD
    flat = array_of(lr).reshape(-1)
    if flat.size > _MOST_VALUES:
        flat = flat[np.random.default_rng(0).integers(flat.size, size=_MOST_VALUES)]
    flat = flat[np.isfinite(flat)].astype(float)
    if not flat.size or flat.min() == flat.max():
        return 0.0
    return float(np.round(otsu_threshold(flat), 2))


def remove_extras(volumes: Compared) -> None:
    """Remove maps, surfaces and scores of a comparison."""
    if volumes.hr is not None:
        remove_differences(volumes.hr)
    if volumes.dl is not None:
        remove_scores(volumes.dl)
    for node in volumes.named.values():
        remove_surface(node)
    remove_unused_colours()


def remove_unused_colours() -> None:
    """The colours of difference maps go with the last map."""
    colours = find(slicer.mrmlScene, "vtkMRMLColorTableNode", "difference colours")
    if colours is not None and not find_all(slicer.mrmlScene, VOLUME_CLASS, "difference map"):
        remove(colours)
