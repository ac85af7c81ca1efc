"""The comparison layouts are known to Slicer and make their views."""

import xml.etree.ElementTree as ET

import pytest
from MicroCTSuperResLib.scene.layouts import (
    LAYOUTS,
    PAIR,
    PLOT_CLASS,
    SLICE_CLASS,
    SURFACE_CLASS,
    TRIPLE_DIFFERENCES,
    VIEW_GROUP,
    register_layouts,
)
from MicroCTSuperResLib.scene.views import view_node

FIRST_NUMBER_OF_MODULES = 101  # vtkMRMLLayoutNode::SlicerLayoutUserView is 100


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: str(layout.number))
def test_a_layout_is_valid_xml_that_names_each_view_once(layout):
    root = ET.fromstring(layout.description())
    tags = [view.get("singletontag") for view in root.iter("view")]
    assert tags == [view.tag for view in layout.views]
    assert len(set(tags)) == len(tags)
    assert all(tag.startswith("MicroCT") for tag in tags)
    assert layout.number >= FIRST_NUMBER_OF_MODULES


def test_no_number_and_no_tag_is_used_twice():
    assert len({layout.number for layout in LAYOUTS}) == len(LAYOUTS)
    views = {view for layout in LAYOUTS for view in layout.views}
    assert len({view.tag for view in views}) == len(views)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: str(layout.number))
def test_slicer_makes_the_views_of_a_layout_with_label_colour_and_group(host, layout):
    host.choose(layout)
    for view in layout.views:
        node = view_node(host.scene, view)
        assert node.GetLayoutLabel() == view.label
        assert node.GetViewGroup() == VIEW_GROUP
        expected = [int(view.colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        assert node.GetLayoutColor() == pytest.approx(expected, abs=1e-3)
        if view.class_name == SLICE_CLASS:
            assert node.GetOrientation() == "Axial"


def test_the_largest_layout_has_five_slice_views_and_a_plot(host):
    host.choose(TRIPLE_DIFFERENCES)
    ours = [node for node in _views(host) if (node.GetLayoutName() or "").startswith("MicroCT")]
    assert sum(node.IsA(SLICE_CLASS) for node in ours) == 5
    assert sum(node.IsA(PLOT_CLASS) for node in ours) == 1
    assert not any(node.IsA(SURFACE_CLASS) for node in ours)


def _views(host):
    nodes = host.scene.GetNodesByClass("vtkMRMLAbstractViewNode")
    nodes.UnRegister(None)
    return [nodes.GetItemAsObject(index) for index in range(nodes.GetNumberOfItems())]


def test_registering_twice_changes_nothing(host):
    layout_node = host.layouts.GetLayoutNode()
    register_layouts(layout_node)
    for layout in LAYOUTS:
        assert layout_node.GetLayoutDescription(layout.number) == layout.description()


def test_a_view_that_lost_its_group_gets_it_back_when_its_layout_is_chosen_again(host):
    host.choose(PAIR)
    node = view_node(host.scene, PAIR.views[0])
    node.SetViewGroup(1)
    node.SetOrientation("Coronal")
    host.layouts.GetLayoutNode().SetViewArrangement(3)
    host.choose(PAIR)
    assert node.GetViewGroup() == VIEW_GROUP
    assert node.GetOrientation() == "Coronal"
