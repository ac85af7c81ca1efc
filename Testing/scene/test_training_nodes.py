"""The nodes of the training module that the panel does not know: tables of specimens, curves, volumes of specimens."""

import numpy as np
import pytest
import slicer
import vtk
from MicroCTSuperResLib.scene.lineage import mark_enhanced, nodes_of_class
from MicroCTSuperResLib.scene.subject_hierarchy import hierarchy_of
from MicroCTSuperResLib.scene.volume_nodes import node_from_volume
from MicroCTSuperResTrainingLib.scene import specimen_table as table
from MicroCTSuperResTrainingLib.scene.cohort_tree import put_into_cohort
from MicroCTSuperResTrainingLib.scene.specimen_volumes import enhanced_of, mark, remove_others, slice_at, volume_of
from MicroCTSuperResTrainingLib.scene.training_curves import curve_nodes, run_shown, show_curves
from MicroCTSuperResTrainingLib.training.history import EpochRow
from sample_scene import ball

COLUMNS = ("Specimen", "animal", "lr", "", "note")
# Spreadsheets write such cells.
ROWS = (("A", "a1", "a.nrrd", "0", 'he said "no",\n\ttwice'), ("B", "b1", "b.nrrd"))


@pytest.fixture
def node(scene):
    made = scene.AddNewNodeByClass(table.TABLE_CLASS, "cohort")
    table.fill(made, COLUMNS, ROWS, (2, 4))
    return made


def epochs(count):
    return [
        EpochRow(number, number, number, 1e-3, 1 / number, 2 / number, 20.0 + number, 0.5, 0.01)
        for number in range(1, count + 1)
    ]


def test_a_table_tells_the_cells_of_its_file_and_what_was_found_out(node):
    table.set_states(node, {4: "lr: gone"}, otherwise=table.GOOD)
    first, second = table.rows_of(node)
    assert dict(first.cells) == dict(zip(COLUMNS, ROWS[0], strict=True))
    assert (first.number, first.state, first.problems) == (2, "ok", ())
    assert (second.number, second.problems) == (4, ("lr: gone",))
    assert second.cells["note"] == ""
    assert not table.is_changed(node)


def test_what_was_found_out_is_forgotten_when_a_cell_changes(node):
    told = {"row": 2, "state": "paired", "shift_um": 12.34, "likeness": 0.987, "message": ""}
    refused = {"row": 4, "state": "refused", "shift_um": None, "likeness": None, "message": "It moved too far."}
    table.set_pairing(node, [told, refused])
    first, second = table.rows_of(node)
    assert (first.shift_um, first.likeness, first.pairing) == ("12.3", "0.99", "ok")
    assert (second.shift_um, second.problems) == ("", ("It moved too far.",))
    table.set_cell(node, 0, "lr", "other.nrrd")
    first, second = table.rows_of(node)
    assert (first.cells["lr"], first.is_checked, first.shift_um) == ("other.nrrd", False, "")
    assert second.problems
    assert table.is_changed(node)


def test_what_the_pairs_told_stays_when_the_table_is_checked_again(node):
    turned = "The axes of HR are turned."
    moved = {"row": 2, "state": "paired", "shift_um": 33.4, "likeness": 0.99, "message": f"{turned} It lies apart."}
    refused = {"row": 4, "state": "refused", "shift_um": None, "likeness": None, "message": "It moved too far."}
    table.set_pairing(node, [moved, refused])
    table.set_states(node, {}, {2: f"{turned}\nThe mask is small."}, otherwise=table.GOOD)
    first, second = table.rows_of(node)
    assert first.problems == ()
    # What both checks tell is told once.
    assert first.warnings == ("The mask is small.", f"{turned} It lies apart.")
    assert second.problems == ("It moved too far.",)


def test_rows_come_and_go(node):
    table.add_row(node, {"Specimen": "C", "lr": "c.nrrd", "unknown": "x"})
    table.remove_row(node, 0)
    assert [(row.number, row.cells["Specimen"]) for row in table.rows_of(node)] == [(4, "B"), (0, "C")]


def test_a_table_survives_a_saved_scene(host, node):
    table.set_states(node, {4: "two\nlines"}, otherwise="ok")
    table.mark_changed(node, True)
    again = host.reloaded().node("cohort")
    assert [dict(row.cells) for row in table.rows_of(again)] == [dict(row.cells) for row in table.rows_of(node)]
    assert [row.number for row in table.rows_of(again)] == [2, 4]
    assert table.rows_of(again)[0].state == "ok"
    assert table.rows_of(again)[1].problems == ("two\nlines",)
    assert table.is_changed(again)


def test_curves_have_a_row_for_each_epoch_and_level_lines_of_interpolation(scene):
    show_curves(scene, "/runs/a", "a", epochs(1), {})
    made = show_curves(scene, "/runs/a", "a", epochs(3), {"bicubic": {"psnr_db": 21.5, "ssim": 0.4}})
    assert made.GetNumberOfRows() == 3
    np.testing.assert_array_equal(slicer.util.arrayFromTableColumn(made, "DL PSNR"), (21.0, 22.0, 23.0))
    np.testing.assert_array_equal(slicer.util.arrayFromTableColumn(made, "LR cubic PSNR"), 21.5)
    charts = [each for each in curve_nodes(scene) if each.IsA("vtkMRMLPlotChartNode")]
    (chart,) = [each for each in charts if each.GetTitle() == "PSNR (dB) of a"]
    series = [chart.GetNthPlotSeriesNode(index).GetName() for index in range(chart.GetNumberOfPlotSeriesNodes())]
    assert series == ["DL PSNR", "LR cubic PSNR"]
    assert run_shown(scene) == "/runs/a"


def test_another_run_takes_the_same_nodes(host, scene):
    show_curves(scene, "/runs/a", "a", epochs(3), {})
    before = [node.GetID() for node in curve_nodes(scene)]
    show_curves(scene, "/runs/b", "b", epochs(2), {})
    assert [node.GetID() for node in curve_nodes(scene)] == before
    assert run_shown(host.reloaded().scene) == "/runs/b"


def test_one_epoch_draws_no_line(scene):
    # vtkContext2D complains of a line through one point.
    show_curves(scene, "/runs/a", "a", epochs(1), {})
    charts = [node for node in curve_nodes(scene) if node.IsA("vtkMRMLPlotChartNode")]
    assert [chart.GetNumberOfPlotSeriesNodes() for chart in charts] == [0, 0, 0]


def specimen_volume(scene, name, scan="LR"):
    made = node_from_volume(scene, ball((8, 8, 8)), f"{name} {scan}")
    mark(made, name, scan, f"{name}-{scan}.nrrd")
    return made


def test_volumes_are_found_by_specimen_scan_and_file(scene):
    lr = specimen_volume(scene, "A")
    specimen_volume(scene, "B")
    assert volume_of(scene, "A", "LR") is lr
    assert volume_of(scene, "A", "LR", "A-LR.nrrd") is lr
    assert volume_of(scene, "A", "LR", "other.nrrd") is None
    assert volume_of(scene, "A", "HR") is None


def test_the_newest_enhanced_volume_of_a_specimen_is_its_dl(scene):
    lr = specimen_volume(scene, "A")
    assert enhanced_of(scene, "A") is None
    for name in ("older", "newer"):
        dl = node_from_volume(scene, ball((8, 8, 8)), name)
        dl.SetAttribute("MicroCTSuperRes.image_kind", "AI-enhanced")
        mark_enhanced(dl, lr)
    assert enhanced_of(scene, "A").GetName() == "newer"


def test_volumes_of_others_go_unless_something_uses_them(scene):
    kept, used = specimen_volume(scene, "A"), specimen_volume(scene, "B")
    specimen_volume(scene, "C")
    own = node_from_volume(scene, ball((8, 8, 8)), "the user's own")
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(used)
    remove_others(scene, "A")
    names = {node.GetName() for node in nodes_of_class(scene, "vtkMRMLScalarVolumeNode")}
    assert names == {kept.GetName(), used.GetName(), own.GetName()}


def test_a_specimen_that_makes_room_leaves_no_folder_behind(scene):
    for name in ("A", "B"):
        put_into_cohort(specimen_volume(scene, name), "study", name)
    remove_others(scene, "B")
    hierarchy = hierarchy_of(scene)
    found = vtk.vtkIdList()
    hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), found, True)
    names = [hierarchy.GetItemName(found.GetId(index)) for index in range(found.GetNumberOfIds())]
    assert names == ["study", "B", "B LR"]


def test_a_slice_is_found_by_the_third_coordinate_of_its_first_voxel(scene):
    volume = specimen_volume(scene, "A")
    low = volume.GetOrigin()[2]
    spacing = volume.GetSpacing()[2]
    assert [slice_at(volume, low + spacing * number) for number in (-3, 0, 2.4, 7, 99)] == [0, 0, 2, 7, 7]


def test_a_specimen_lies_below_its_cohort_in_the_tree(scene):
    first, second = specimen_volume(scene, "A"), specimen_volume(scene, "A", "HR")
    for node in (first, second):
        put_into_cohort(node, "study", "A")
    hierarchy = hierarchy_of(scene)
    folder = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(first))
    assert folder == hierarchy.GetItemParent(hierarchy.GetItemByDataNode(second))
    assert hierarchy.GetItemName(folder) == "A"
    assert hierarchy.GetItemName(hierarchy.GetItemParent(folder)) == "study"
    found = vtk.vtkIdList()
    hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), found)
    assert found.GetNumberOfIds() == 1
