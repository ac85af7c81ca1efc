"""CTK's sliders, ranges and spin boxes."""
# ruff: noqa: N801, N802, N815 - the names are CTK's

from slicer_host.pythonqt.binding import QtCore, QtWidgets

from .registry import of_inner, stand_in, stored

SLIDER_STEPS = 1000


def _in_a_row(parent, *widgets) -> None:
    row = QtWidgets.QHBoxLayout(parent)
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget)


@stand_in("ctk")
class ctkDoubleSpinBox(QtWidgets.QDoubleSpinBox):
    """A spin box for numbers; CTK's decimals by value and key are not imitated."""

    decimalsOption = stored(int, "decimalsOption", 0)


@stand_in("ctk")
class ctkSliderWidget(QtWidgets.QWidget):
    """A slider beside a spin box. The spin box holds the value, so it is rounded to the decimals."""

    valueChanged = QtCore.Signal(float)
    valueIsChanging = QtCore.Signal(float)
    SIGNATURES = ("valueChanged(double)", "valueIsChanging(double)")

    def __init__(self, parent=None):
        super().__init__(parent)
        self._spin = QtWidgets.QDoubleSpinBox()
        self._slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self._slider.setRange(0, SLIDER_STEPS)
        self._spin.setObjectName("SpinBox")
        self._slider.setObjectName("Slider")
        self._follows = False
        _in_a_row(self, self._slider, self._spin)
        self.layout().setObjectName("hboxLayout")
        self._spin.connect("valueChanged(double)", self._spin_moved)
        self._slider.connect("valueChanged(int)", self._slider_moved)

    def _spin_moved(self, value):
        low, high = self._spin.minimum, self._spin.maximum
        self._follows = True
        self._slider.setValue(round((value - low) / ((high - low) or 1) * SLIDER_STEPS))
        self._follows = False
        self.valueChanged.emit(value)

    def _slider_moved(self, step):
        if not self._follows:
            low, high = self._spin.minimum, self._spin.maximum
            self._spin.setValue(low + (high - low) * step / SLIDER_STEPS)

    def setValue(self, value):
        self._spin.setValue(value)

    value = of_inner(float, "_spin", "value")
    minimum = of_inner(float, "_spin", "minimum")
    maximum = of_inner(float, "_spin", "maximum")
    singleStep = of_inner(float, "_spin", "singleStep")
    decimals = of_inner(int, "_spin", "decimals")
    suffix = of_inner(str, "_spin", "suffix")
    prefix = of_inner(str, "_spin", "prefix")
    spinBoxVisible = stored(bool, "spinBoxVisible", True)
    pageStep = stored(float, "pageStep", 10.0)
    tracking = stored(bool, "tracking", True)
    tickInterval = stored(float, "tickInterval", 0.0)
    invertedAppearance = stored(bool, "invertedAppearance", False)

    def spinBox(self):
        return self._spin

    def slider(self):
        return self._slider


@stand_in("ctk")
class ctkRangeWidget(QtWidgets.QWidget):
    """Two spin boxes for the ends of a range; the lower one never exceeds the upper one."""

    valuesChanged = QtCore.Signal(float, float)
    SIGNATURES = ("valuesChanged(double,double)", "minimumValueChanged(double)", "maximumValueChanged(double)")
    minimumValueChanged = QtCore.Signal(float)
    maximumValueChanged = QtCore.Signal(float)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._low, self._high = QtWidgets.QDoubleSpinBox(), QtWidgets.QDoubleSpinBox()
        self._quiet = True
        _in_a_row(self, self._low, self._high)
        for spin in (self._low, self._high):
            spin.setRange(0, 99)
            spin.connect("valueChanged(double)", self._moved)
        self._high.setValue(99)
        self._told = (0.0, 99.0)
        self._quiet = False

    def _moved(self, _=None):
        if self._quiet:
            return
        self._quiet = True
        self._high.setValue(max(self._low.value, self._high.value))
        self._quiet = False
        values = (self._low.value, self._high.value)
        before, self._told = self._told, values
        if values[0] != before[0]:
            self.minimumValueChanged.emit(values[0])
        if values[1] != before[1]:
            self.maximumValueChanged.emit(values[1])
        if values != before:
            self.valuesChanged.emit(*values)

    def setValues(self, low, high):
        self._quiet = True
        low, high = sorted((low, high))
        self._low.setValue(low)
        self._high.setValue(high)
        self._quiet = False
        self._moved()

    def setRange(self, minimum, maximum):
        self.minimum = minimum
        self.maximum = maximum

    def _set_on_both(self, name, value):
        self._quiet = True
        for spin in (self._low, self._high):
            spin.setProperty(name, value)
        self._quiet = False
        self._told = (self._low.value, self._high.value)

    minimum = QtCore.Property(
        float, lambda self: self._low.minimum, lambda self, value: self._set_on_both("minimum", value)
    )
    maximum = QtCore.Property(
        float, lambda self: self._high.maximum, lambda self, value: self._set_on_both("maximum", value)
    )
    decimals = QtCore.Property(
        int, lambda self: self._low.decimals, lambda self, value: self._set_on_both("decimals", value)
    )
    suffix = QtCore.Property(str, lambda self: self._low.suffix, lambda self, value: self._set_on_both("suffix", value))
    minimumValue = of_inner(float, "_low", "value")
    maximumValue = of_inner(float, "_high", "value")
    singleStep = of_inner(float, "_low", "singleStep")
    tracking = stored(bool, "tracking", True)


@stand_in("ctk")
class ctkCoordinatesWidget(QtWidgets.QWidget):
    """Numbers separated by commas."""

    coordinatesChanged = QtCore.Signal(str)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._edit = QtWidgets.QLineEdit("0,0,0")
        _in_a_row(self, self._edit)
        self._edit.connect("textChanged(QString)", self.coordinatesChanged.emit)

    coordinates = of_inner(str, "_edit", "text")
    dimension = stored(int, "dimension", 3)
    decimals = stored(int, "decimals", 3)
