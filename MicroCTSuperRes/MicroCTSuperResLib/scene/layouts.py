"""The comparison layouts: which views stand beside and below each other, as Slicer's layout descriptions.

The views are the module's own (singleton tags beginning with "MicroCT"), so that other layouts keep theirs as they
were. The layout manager that shows a layout belongs to Qt; it needs `layout.number` alone, once
:func:`register_layouts` made the layouts known.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape  # xml.sax.saxutils loads all of urllib and http, which takes as long as half of the panel
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import slicer

SLICE_CLASS = "vtkMRMLSliceNode"
SURFACE_CLASS = "vtkMRMLViewNode"
PLOT_CLASS = "vtkMRMLPlotViewNode"
# Linked moves stay within one group of views. Slicer's own views are in group 0, those of its compare layouts in 1.
VIEW_GROUP = 7
# vtkMRMLLayoutLogic applies a "default" property to a view that it makes, a "relayout" one to a view that was there:
# after a scene was loaded, which keeps of a view group only whether there is one.
_ACTIONS = ("default", "relayout")


@dataclass(frozen=True)
class View:
    """One view of a layout.

    :param tag: singleton tag, unique among all views.
    :param class_name: of the view node.
    :param label: shown in the view's corner.
    :param colour: of the view's bar, as "#rrggbb".
    """

    tag: str
    class_name: str
    label: str
    colour: str


# Colours that stay apart for colour-blind eyes (Okabe and Ito 2008).
_LR, _DL, _HR = "#E69F00", "#56B4E9", "#009E73"

LR_VIEW = View("MicroCTLR", SLICE_CLASS, "LR", _LR)
DL_VIEW = View("MicroCTDL", SLICE_CLASS, "DL", _DL)
HR_VIEW = View("MicroCTHR", SLICE_CLASS, "HR", _HR)
LR_DIFFERENCE_VIEW = View("MicroCTLRMinusHR", SLICE_CLASS, "LR - HR", _LR)
DL_DIFFERENCE_VIEW = View("MicroCTDLMinusHR", SLICE_CLASS, "DL - HR", _DL)
LR_SURFACE_VIEW = View("MicroCTLR3D", SURFACE_CLASS, "LR", _LR)
DL_SURFACE_VIEW = View("MicroCTDL3D", SURFACE_CLASS, "DL", _DL)
HR_SURFACE_VIEW = View("MicroCTHR3D", SURFACE_CLASS, "HR", _HR)
SCORES_VIEW = View("MicroCTScores", PLOT_CLASS, "Scores", "#999999")

SLICE_VIEWS = (LR_VIEW, DL_VIEW, HR_VIEW, LR_DIFFERENCE_VIEW, DL_DIFFERENCE_VIEW)
SURFACE_VIEWS = (LR_SURFACE_VIEW, DL_SURFACE_VIEW, HR_SURFACE_VIEW)


@dataclass(frozen=True)
class Layout:
    """A comparison layout.

    :param number: by which Slicer knows it; above 100, where those of modules begin.
    :param rows: the views from top to bottom and from left to right.
    """

    number: int
    rows: tuple[tuple[View, ...], ...]

    @property
    def views(self) -> tuple[View, ...]:
        return tuple(view for row in self.rows for view in row)

    def description(self) -> str:
        """The XML that Slicer reads."""
        rows = "".join(f"<item>{_row(row)}</item>" for row in self.rows)
        return f'<layout type="vertical" split="true">{rows}</layout>'


PAIR = Layout(7101, ((LR_VIEW, DL_VIEW),))
TRIPLE = Layout(7102, ((LR_VIEW, DL_VIEW, HR_VIEW),))
PAIR_DIFFERENCES = Layout(7103, ((LR_VIEW, DL_VIEW), (LR_DIFFERENCE_VIEW, DL_DIFFERENCE_VIEW)))
TRIPLE_DIFFERENCES = Layout(7104, ((LR_VIEW, DL_VIEW, HR_VIEW), (LR_DIFFERENCE_VIEW, DL_DIFFERENCE_VIEW, SCORES_VIEW)))
PAIR_SURFACES = Layout(7105, ((LR_VIEW, DL_VIEW), (LR_SURFACE_VIEW, DL_SURFACE_VIEW)))
TRIPLE_SURFACES = Layout(7106, ((LR_VIEW, DL_VIEW, HR_VIEW), SURFACE_VIEWS))
TRIPLE_SCORES = Layout(7107, ((LR_VIEW, DL_VIEW, HR_VIEW), (SCORES_VIEW,)))
LAYOUTS = (
    PAIR,
    TRIPLE,
    PAIR_DIFFERENCES,
    TRIPLE_DIFFERENCES,
    PAIR_SURFACES,
    TRIPLE_SURFACES,
    TRIPLE_SCORES,
)


def register_layouts(layout_node: slicer.vtkMRMLLayoutNode, layouts: Iterable[Layout] = LAYOUTS) -> None:
    """Make layouts known to Slicer; those that it knows already are brought up to date.

    Call it when the application has started: a scene whose layout is not known shows no views.

    :param layout_node: `layoutManager.layoutLogic().GetLayoutNode()`.
    :param layouts: those of the comparison, if not told.
    """
    for layout in layouts:
        if layout_node.IsLayoutDescription(layout.number):
            layout_node.SetLayoutDescription(layout.number, layout.description())
        else:
            layout_node.AddLayoutDescription(layout.number, layout.description())


def _row(views: tuple[View, ...]) -> str:
    items = "".join(f"<item>{_view(view)}</item>" for view in views)
    return f'<layout type="horizontal" split="true">{items}</layout>'


def _view(view: View) -> str:
    texts = {"viewlabel": view.label, "viewcolor": view.colour, "viewgroup": str(VIEW_GROUP)}
    properties = [_property(name, text, action) for name, text in texts.items() for action in _ACTIONS]
    if view.class_name == SLICE_CLASS:
        # Only once: a view that the user turned stays turned.
        properties.insert(0, _property("orientation", "Axial", "default"))
    return f'<view class="{escape(view.class_name)}" singletontag="{escape(view.tag)}">{"".join(properties)}</view>'


def _property(name: str, text: str, action: str) -> str:
    return f'<property name="{escape(name)}" action="{escape(action)}">{escape(text)}</property>'
