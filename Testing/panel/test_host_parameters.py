"""The host's parameterNodeWrapper keeps and connects values as Slicer's does."""

import enum
from pathlib import Path
from typing import Annotated

import pytest


class Site(enum.Enum):
    FEMUR = "f"
    SPINE = "s"


@pytest.fixture
def node(slicer_scene):
    return slicer_scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode")


@pytest.fixture
def wrapped(node):
    import slicer
    from slicer.parameterNodeWrapper import Choice, Default, WithinRange, parameterNodeWrapper, parameterPack

    @parameterPack
    class Point:
        x: float
        y: Annotated[float, WithinRange(0, 9)] = 1.0

    @parameterPack
    class Box:
        corner: Point
        name: str = "box"

    @parameterNodeWrapper
    class Parameters:
        count: int = 3
        share: Annotated[float, WithinRange(0, 1), Default(0.5)]
        on: bool
        text: str = "abc"
        folder: Path = Path("there")
        site: Site = Site.SPINE
        mode: Annotated[str, Choice(["a", "b"])] = "a"
        volume: slicer.vtkMRMLScalarVolumeNode
        maybe: slicer.vtkMRMLScalarVolumeNode | None
        either: int | str = 4
        numbers: list[int] = [1, 2]  # noqa: RUF012 - as in Slicer
        pair: tuple[int, str] = (1, "x")
        table: dict[str, int]
        box: Box

    Parameters.Box, Parameters.Point = Box, Point
    return Parameters(node)


# Names and texts: Slicer's serializers.py and parameterPack.py of version 5.12.
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("count", "3"),
        ("share", "0.5"),
        ("on", "False"),
        ("text", "abc"),
        ("folder", "there"),
        ("site", "SPINE"),
        ("mode", "a"),
        ("volume", ""),
        ("maybe.1", "True"),
        ("either.0", "4"),
        ("numbers.len", "2"),
        ("numbers.1", "2"),
        ("pair.0", "1"),
        ("pair.1", "x"),
        ("table.len", "0"),
        ("box.name", "box"),
        ("box.corner.y", "1.0"),
    ],
)
def test_values_are_kept_under_slicers_names_and_texts(wrapped, node, name, text):
    assert node.HasParameter(name)
    assert node.GetParameter(name) == text


def test_changed_values_are_kept_and_read_back(wrapped, node, slicer_scene):
    volume = slicer_scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    changes = {
        "count": 7,
        "share": 0.25,
        "on": True,
        "folder": Path("here"),
        "site": Site.FEMUR,
        "volume": volume,
        "maybe": volume,
        "either": "text",
        "numbers": [5, 6, 7],
        "pair": (2, "y"),
        "table": {"k": 1},
    }
    for name, value in changes.items():
        setattr(wrapped, name, value)
    again = type(wrapped)(node)
    assert {name: getattr(again, name) for name in changes} == changes
    assert node.GetNodeReferenceID("maybe.0") == volume.GetID()
    wrapped.maybe = None
    assert again.maybe is None


def test_lists_dicts_and_packs_write_themselves(wrapped, node):
    wrapped.numbers.append(9)
    del wrapped.numbers[0]
    wrapped.table["bone"] = 2
    wrapped.box.corner.x = 4.5
    assert wrapped.numbers == [2, 9]
    assert not node.HasParameter("numbers.2")
    assert dict(wrapped.table) == {"bone": 2}
    assert node.GetParameter("box.corner.x") == "4.5"
    assert wrapped.getValue("box.corner.x") == 4.5


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("share", 1.5, ValueError),
        ("share", "half", TypeError),
        ("count", 1.5, TypeError),
        ("count", None, ValueError),
        ("mode", "c", ValueError),
        ("numbers", ["one"], TypeError),
        ("box.corner.y", 10, ValueError),
        ("volume", "vtkMRMLScalarVolumeNode1", TypeError),
    ],
)
def test_wrong_values_are_refused_and_the_old_one_stays(wrapped, name, value, error):
    before = wrapped.getValue(name)
    with pytest.raises(error):
        wrapped.setValue(name, value)
    assert wrapped.getValue(name) == before


def test_an_unknown_name_is_accepted_silently_as_in_slicer(wrapped):
    wrapped.typo = 1
    with pytest.raises(ValueError, match="typo"):
        wrapped.setValue("typo", 1)


def test_a_type_that_slicer_cannot_keep_is_refused(slicer_scene):
    from slicer.parameterNodeWrapper import parameterNodeWrapper

    with pytest.raises(TypeError, match="Unable to create serializer"):

        @parameterNodeWrapper
        class _Parameters:
            value: complex


def test_changes_inside_nodemodify_are_told_once(wrapped, node):
    import slicer
    import vtk

    told = []
    node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: told.append(1))
    with slicer.util.NodeModify(wrapped):
        wrapped.count, wrapped.text = 8, "z"
    assert told == [1]


def test_a_disconnected_widget_is_left_alone(wrapped):
    import qt

    box = qt.QSpinBox()
    tag = wrapped.connectParametersToGui({"count": box})
    wrapped.count = 5
    assert box.value == 5
    wrapped.disconnectGui(tag)
    wrapped.count = 6
    box.value = 7
    assert (box.value, wrapped.count) == (7, 6)


def test_a_subclass_of_a_widget_cannot_be_connected(wrapped):
    import qt

    class Own(qt.QSpinBox):
        pass

    with pytest.raises(RuntimeError, match="GUI connector"):
        wrapped.connectParametersToGui({"count": Own()})


def test_defaults_return_after_the_scene_is_closed(slicer_scene, host):
    import slicer
    from slicer.parameterNodeWrapper import parameterNodeWrapper
    from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

    @parameterNodeWrapper
    class Parameters:
        count: int = 3

    parameters = Parameters(ScriptedLoadableModuleLogic().getParameterNode())
    parameters.count = 9
    slicer.mrmlScene.Clear(False)
    assert parameters.count == 3


def test_a_value_is_read_again_only_when_the_parameter_node_tells_a_change(wrapped, node):
    import slicer

    with slicer.util.NodeModify(node):
        node.SetParameter("count", "12")
        assert wrapped.count == 3
        # What is written through the wrapper can be read at once.
        wrapped.text = "new"
        assert wrapped.text == "new"
    assert wrapped.count == 12


def test_a_wrapper_that_nobody_keeps_leaves_no_observer(wrapped, node):
    import vtk

    again = type(wrapped)(node)
    tags = [value._tag for value in again._cached.values()]
    assert all(node.HasObserver(vtk.vtkCommand.ModifiedEvent, node.GetCommand(tag)) for tag in tags)
    del again
    assert [node.GetCommand(tag) for tag in tags] == [None] * len(tags)
