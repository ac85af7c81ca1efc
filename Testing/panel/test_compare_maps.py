"""Difference maps and bone in 3-D in the section "Compare"; what becomes of them when volumes change or go."""

import numpy as np
import pytest
from sample_comparison import background, close_scene, count, nodes, own_nodes, score, show_maps, slice_view
from slicer_host.actions import click, process_events, wait_until


def test_difference_maps_are_shown_and_made_again_when_a_volume_changes(comparing, host, screenshot):
    import slicer
    from MicroCTSuperResLib.scene.differences import find_difference

    demo, lr, dl, hr = comparing
    show_maps(demo, demo.compare.ui.tripleDifferencesButton)
    made = find_difference(dl, hr)
    assert background(host, "MicroCTDLMinusHR") == made.GetID()
    assert background(host, "MicroCTLRMinusHR") == find_difference(lr, hr).GetID()
    values = slicer.util.arrayFromVolume(made)
    np.testing.assert_allclose(values, slicer.util.arrayFromVolume(dl) - slicer.util.arrayFromVolume(hr), atol=1e-3)
    screenshot(host.main_window, "maps")
    array = slicer.util.arrayFromVolume(dl)
    array += 100
    slicer.util.arrayFromVolumeModified(dl)
    show_maps(demo, demo.compare.ui.pairDifferencesButton)
    assert find_difference(dl, hr) is made
    assert slicer.util.arrayFromVolume(made).mean() == pytest.approx(100, abs=5)


def test_maps_of_scans_that_tell_no_place_compare_what_lies_on_one_another(comparing):
    import slicer
    from MicroCTSuperResLib.scene.differences import find_difference

    demo, lr, dl, hr = comparing
    assert lr.GetOrigin() == (0, 0, 0)
    hr.SetOrigin(0, 0, 0)  # as of an ISQ file; DL lies half an HR voxel before it, where it was made from LR
    show_maps(demo, demo.compare.ui.tripleDifferencesButton)
    made = find_difference(dl, hr)
    values = slicer.util.arrayFromVolume(made)
    np.testing.assert_allclose(values, slicer.util.arrayFromVolume(dl) - slicer.util.arrayFromVolume(hr), atol=1e-3)
    assert made.GetOrigin() == (0, 0, 0)


def test_large_maps_are_made_in_steps_while_slicer_goes_on(comparing, host, monkeypatch):
    from MicroCTSuperResLib.panel import steps
    from MicroCTSuperResLib.scene.differences import find_difference

    demo, lr, dl, hr = comparing
    ui = demo.compare.ui
    monkeypatch.setattr(steps, "BUSY_SECONDS", 0.0)  # every step alone, as those of a large volume
    click(ui.tripleDifferencesButton)
    assert "Computing the difference maps" in ui.noteLabel.text
    assert background(host, "MicroCTDLMinusHR") is None
    told = set()
    wait_until(lambda: told.add(ui.noteLabel.text) or not ui.noteLabel.visible, what="the maps")
    assert len(told) > 3
    assert background(host, "MicroCTLRMinusHR") == find_difference(lr, hr).GetID()
    assert background(host, "MicroCTDLMinusHR") == find_difference(dl, hr).GetID()


@pytest.mark.parametrize("end", ["scene", "volume"])
def test_what_goes_while_maps_are_made_ends_the_work(comparing, monkeypatch, host, end):
    import slicer
    from MicroCTSuperResLib.panel import steps

    demo, _lr, dl, _hr = comparing
    monkeypatch.setattr(steps, "BUSY_SECONDS", 0.0)
    click(demo.compare.ui.tripleDifferencesButton)
    if end == "scene":
        close_scene(host)
    else:
        slicer.mrmlScene.RemoveNode(dl)
    process_events(0.3)
    assert not [node for node in own_nodes() if node.IsA("vtkMRMLVolumeNode")]
    assert not demo.compare.ui.noteLabel.visible


def test_maps_and_bone_tell_when_a_volume_was_changed_after_them(comparing):
    import slicer

    demo, _lr, dl, _hr = comparing
    ui = demo.compare.ui
    for button, told in ((ui.tripleDifferencesButton, "difference maps"), (ui.surfacesButton, "Bone in 3-D")):
        show_maps(demo, button)
        assert not ui.noteLabel.visible
        slicer.util.arrayFromVolume(dl)[0] += 100
        slicer.util.arrayFromVolumeModified(dl)
        wait_until(lambda: ui.noteLabel.visible, what="the note")
        assert told in ui.noteLabel.text
        assert "before DL changed" in ui.noteLabel.text
        show_maps(demo, button)
        assert not ui.noteLabel.visible


def test_maps_are_not_made_again_when_the_module_is_entered_again(comparing, monkeypatch):
    from MicroCTSuperResLib.panel import difference_maps

    demo, *_ = comparing
    show_maps(demo, demo.compare.ui.tripleDifferencesButton)
    made = []
    monkeypatch.setattr(difference_maps, "differences", lambda *volumes: made.append(volumes))
    demo.exit()
    demo.enter()
    process_events(0.05)
    assert made == []


def test_bone_is_shown_in_3d_from_a_threshold(comparing, host, screenshot):
    from MicroCTSuperResLib.scene.surfaces import find_surface

    demo, lr, dl, hr = comparing
    ui = demo.compare.ui
    click(ui.surfacesButton)
    # The study's lower threshold of bone.
    assert ui.thresholdBox.value == 500
    assert ui.thresholdBox.suffix == " mg HA/cm3"
    surfaces = [find_surface(node) for node in (lr, dl, hr)]
    assert all(surface.GetPolyData().GetNumberOfCells() > 1000 for surface in surfaces)
    screenshot(host.main_window, "bone")
    before = surfaces[2].GetPolyData().GetNumberOfCells()
    ui.thresholdBox.value = 5000
    wait_until(lambda: surfaces[2].GetPolyData().GetNumberOfCells() == 0, what="no bone above 5000")
    ui.thresholdBox.value = 500
    wait_until(lambda: surfaces[2].GetPolyData().GetNumberOfCells() == before, what="the bone again")


def test_without_density_a_threshold_between_the_two_kinds_of_matter_is_proposed(compare_demo):
    lr, _, _ = nodes(units="native")
    compare_demo.parameters.lr = lr
    click(compare_demo.compare.ui.surfacesButton)
    # Bone is 900, the rest 0, both with noise.
    assert 200 < compare_demo.parameters.comparison.threshold < 700


def test_everything_made_is_removed_with_one_click(comparing):
    demo, lr, _dl, _hr = comparing
    ui = demo.compare.ui
    displays = count("vtkMRMLVolumeDisplayNode")
    show_maps(demo, ui.tripleDifferencesButton)
    click(ui.surfacesButton)
    score(demo)
    assert own_nodes()
    click(ui.removeButton)
    process_events()
    assert own_nodes() == []
    assert count("vtkMRMLVolumeDisplayNode") <= displays  # LR, DL and HR share one now
    assert not ui.summaryTable.visible
    assert demo.parameters.lr is lr


@pytest.mark.parametrize("gone", ["lr", "dl", "hr"])
def test_what_was_made_of_a_volume_goes_with_it(comparing, host, gone):
    import slicer
    from MicroCTSuperResLib.scene.lineage import SCENE_PREFIX, connected

    demo, lr, dl, hr = comparing
    show_maps(demo, demo.compare.ui.tripleDifferencesButton)
    click(demo.compare.ui.surfacesButton)
    score(demo)
    slicer.mrmlScene.RemoveNode({"lr": lr, "dl": dl, "hr": hr}[gone])
    process_events(0.05)
    for node in own_nodes():
        roles = {role: connected(node, SCENE_PREFIX + role) for role in ("image", "dl")}
        assert any(roles.values()) or node.IsA("vtkMRMLColorNode"), node.GetName()
    slice_view(host, "MicroCTLR").sliceView().drawn.wheel(1)
