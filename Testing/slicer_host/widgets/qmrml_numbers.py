"""Stand-ins for Slicer's number widgets: those of CTK, without the units that Slicer takes from the scene."""
# ruff: noqa: N801, N802 - the names are Slicer's

from .ctk_numbers import ctkDoubleSpinBox, ctkRangeWidget, ctkSliderWidget
from .registry import stand_in, stored


@stand_in("slicer")
class qMRMLSliderWidget(ctkSliderWidget):
    """A slider for a quantity."""

    quantity = stored(str, "quantity", "")

    def setMRMLScene(self, scene):
        """Units are not imitated."""


@stand_in("slicer")
class qMRMLSpinBox(ctkDoubleSpinBox):
    """A spin box for a quantity."""

    quantity = stored(str, "quantity", "")

    def setMRMLScene(self, scene):
        """Units are not imitated."""


@stand_in("slicer")
class qMRMLRangeWidget(ctkRangeWidget):
    """A range of a quantity."""

    quantity = stored(str, "quantity", "")

    def setMRMLScene(self, scene):
        """Units are not imitated."""
