"""The buttons that show the comparison layouts."""

from slicer.i18n import tr as _

from ..scene.layouts import (
    PAIR,
    PAIR_DIFFERENCES,
    PAIR_SURFACES,
    TRIPLE,
    TRIPLE_DIFFERENCES,
    TRIPLE_SCORES,
    TRIPLE_SURFACES,
)
from .comparison import missing_for


class LayoutButtons:
    """One button for each layout; that of bone in 3-D has an HR view where there is an HR.

    :param ui: the widgets with these buttons.
    :param volumes: function that gives what is compared.
    :param choose: called with the layout of a button that was clicked.
    """

    def __init__(self, ui, volumes, choose):
        self._layouts = {
            ui.pairButton: lambda: PAIR,
            ui.tripleButton: lambda: TRIPLE,
            ui.pairDifferencesButton: lambda: PAIR_DIFFERENCES,
            ui.tripleDifferencesButton: lambda: TRIPLE_DIFFERENCES,
            ui.surfacesButton: lambda: TRIPLE_SURFACES if volumes().hr is not None else PAIR_SURFACES,
            ui.plotButton: lambda: TRIPLE_SCORES,
        }
        for button, layout in self._layouts.items():
            button.connect("clicked(bool)", lambda _checked=False, layout=layout: choose(layout()))

    def update(self, volumes, current):
        """Enable the layouts that can be shown, tell what the others need, check the one that is shown.

        :param current: the layout that is shown, or None.
        """
        for button, layout in self._layouts.items():
            reason = missing_for(layout(), volumes)
            button.enabled = not reason
            button.toolTip = reason or _("Show this layout.")
            button.checked = current is not None and layout() is current
