"""What Slicer does to a panel besides opening it: reloading, removing nodes, reading scenes."""

import numpy as np
import pytest
from sample_panel import leave_devices_alone
from slicer_host.actions import process_events


@pytest.fixture
def panel(open_module, monkeypatch):
    leave_devices_alone(monkeypatch)
    return open_module("MicroCTSuperRes")


def a_volume(name):
    import slicer

    return slicer.util.addVolumeFromArray(np.arange(60, dtype=np.int16).reshape(3, 4, 5), name=name)


def test_a_panel_that_is_reloaded_while_it_is_open_goes_on(panel):
    import slicer

    lr = a_volume("femur")
    panel.parameters.lr = lr
    # As slicer.util.reloadScriptedModule does: Slicer does not enter the module again.
    panel.cleanup()
    panel.parent.reload()
    new = slicer.modules.MicroCTSuperResWidget
    assert new is not panel
    assert new.parameters.lr is lr
    assert new.compareSection._entered
    assert panel.parameters is None
    assert panel.Observations == panel.compareSection.Observations == panel.previewSection.Observations == []
    slicer.mrmlScene.RemoveNode(lr)
    process_events(0.05)
    assert new.parameters.lr is None


def test_a_chosen_volume_that_is_removed_is_not_replaced_by_another_one(panel):
    import slicer

    others = [a_volume("other") for _ in range(2)]
    for name in ("lr", "hr", "output"):
        node = a_volume(name)
        setattr(panel.parameters, name, node)
        process_events()
        slicer.mrmlScene.RemoveNode(node)
        process_events(0.05)
        assert getattr(panel.parameters, name) is None
    assert all(other.GetScene() is slicer.mrmlScene for other in others)


def test_a_volume_that_is_removed_leaves_the_queue(panel):
    import slicer

    first, second = a_volume("first"), a_volume("second")
    panel.parameters.queue = [first, second]
    process_events()
    slicer.mrmlScene.RemoveNode(first)
    process_events(0.05)
    assert [item.name for item in panel.runSection.runner.queue.items] == ["second"]
