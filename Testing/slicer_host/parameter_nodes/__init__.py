"""A small version of Slicer's `slicer.parameterNodeWrapper`: same names, same values in the scene, fewer types.

Supported: int, float, bool, str, Path, Enum, nodes, Optional and other unions, list, tuple, dict, parameterPack, and
the validators of Slicer. Widgets: those of `matching.py`.
"""

from .connectors import Decimals, GuiConnector, SingleStep
from .matching import parameterNodeGuiConnector
from .packs import isParameterPack, nestedParameterNames, parameterPack
from .ranges import FloatRange
from .types import Default, findFirstAnnotation, splitAnnotations, unannotatedType
from .validators import Choice, Exclude, IsInstance, Maximum, Minimum, NotNone, RangeBounds, Validator, WithinRange
from .wrapper import (
    SlicerParameterNamePropertyName,
    findChildWidgetForParameter,
    isParameterNodeWrapper,
    parameterNodeWrapper,
)

__all__ = [
    "Choice",
    "Decimals",
    "Default",
    "Exclude",
    "FloatRange",
    "GuiConnector",
    "IsInstance",
    "Maximum",
    "Minimum",
    "NotNone",
    "RangeBounds",
    "SingleStep",
    "SlicerParameterNamePropertyName",
    "Validator",
    "WithinRange",
    "findChildWidgetForParameter",
    "findFirstAnnotation",
    "isParameterNodeWrapper",
    "isParameterPack",
    "nestedParameterNames",
    "parameterNodeGuiConnector",
    "parameterNodeWrapper",
    "parameterPack",
    "splitAnnotations",
    "unannotatedType",
]
