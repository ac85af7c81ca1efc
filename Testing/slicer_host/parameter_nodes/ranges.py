"""`FloatRange`, the value of range widgets."""
# ruff: noqa: N802 - the names are Slicer's

from .packs import parameterPack


@parameterPack
class FloatRange:
    """A lower and an upper end.

    :raises ValueError: if the lower end is above the upper one.
    """

    _minimum: float
    _maximum: float

    def __init__(self, minimum=0.0, maximum=0.0):
        self.setRange(minimum, maximum)

    def setRange(self, minimum, maximum):
        if minimum > maximum:
            raise ValueError(f"FloatRange must have minimum <= maximum: {minimum} <= {maximum}")
        self._minimum = minimum
        self._maximum = maximum

    minimum = property(lambda self: self._minimum, lambda self, value: self.setRange(value, self._maximum))
    maximum = property(lambda self: self._maximum, lambda self, value: self.setRange(self._minimum, value))
