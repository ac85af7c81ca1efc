"""What a user of the training module does in one sitting, by clicks and with the real worker."""

import numpy as np
import pytest
from sample_panel import WORKER_SECONDS
from sample_training_panel import (
    SMALL,
    headline,
    open_table,
    open_training,
    rows,
    small_cohort,
    wait_for_specimen,
    wait_for_training,
)
from slicer_host.actions import click, process_events, wait_until

# Enough to be cancelled after the first.
EPOCHS = 10


@pytest.fixture
def panel(open_module, monkeypatch, tmp_path):
    return open_training(open_module, monkeypatch, tmp_path)


def curve_table():
    import slicer

    return slicer.util.getNode("Training curves")


def test_from_a_cohort_to_a_model_and_a_scene_that_is_opened_again(panel, host, tmp_path, screenshot):
    import slicer

    table = small_cohort(tmp_path / "study")
    host.main_window.resize(1340, 860)
    open_table(panel, host, table)
    assert [row.state for row in rows(panel)] == ["ok"] * 3
    assert headline(panel.specimensSection).startswith("3 specimens of 3 animals, nothing wrong.")

    # One look at a pair.
    specimens = panel.specimensSection.ui
    specimens.specimensTable.setCurrentCell(1, 0)
    click(specimens.showButton)
    wait_for_specimen(panel)
    process_events(0.1)
    assert headline(panel.specimensSection) == "A2-femur: LR | HR. There is no DL of it yet."
    screenshot(host.main_window, "pair")

    # Train, change one's mind after the first epoch, and go on.
    train = panel.trainSection
    train.ui.settingsEdit.text = SMALL
    train.ui.epochsBox.value = EPOCHS
    click(train.ui.startButton)
    wait_until(lambda: train.known_runs() and train.known_runs()[0].epochs_done >= 1, WORKER_SECONDS, "an epoch")
    process_events(0.1)
    assert curve_table().GetNumberOfRows() >= 1
    screenshot(host.main_window, "training")
    click(train.ui.cancelButton)
    wait_for_training(panel)
    assert headline(train) == "Cancelled."
    (stopped,) = train.known_runs()
    assert stopped.stage.value == "stopped"
    assert 1 <= stopped.epochs_done < EPOCHS

    # Resume, and let it come to its end.
    train.ui.runsTable.setCurrentCell(0, 0)
    click(train.ui.resumeButton)
    wait_for_training(panel)
    (finished,) = train.known_runs()
    assert (finished.stage.value, finished.epochs_done) == ("finished", EPOCHS)
    assert headline(train) == "The model fast-1 is in the list of models."
    screenshot(host.main_window, "finished")

    # Module 1 offers the model.
    offered = train.ui.fromSelector
    assert "fast-1" in [offered.itemText(row) for row in range(offered.count)]

    # Save, close, open again.
    kept = slicer.util.arrayFromTableColumn(curve_table(), "DL PSNR").copy()
    assert len(kept) == EPOCHS
    file = tmp_path / "scene.mrb"
    assert slicer.util.saveScene(str(file))
    slicer.mrmlScene.Clear(False)
    host.problems.take()  # Slicer's slice views complain of volumes that go while they are shown
    assert panel.cohortPath == ""
    assert rows(panel) == []
    slicer.util.loadScene(str(file))
    process_events(0.1)
    assert panel.cohortPath == str(table)
    assert [row.state for row in rows(panel)] == ["ok"] * 3
    assert train.ui.settingsEdit.text == SMALL
    # Slicer's tables are saved with six digits.
    np.testing.assert_allclose(slicer.util.arrayFromTableColumn(curve_table(), "DL PSNR"), kept, rtol=5e-6)
    assert [run.stage.value for run in train.known_runs()] == ["finished"]
    screenshot(host.main_window, "restored")
