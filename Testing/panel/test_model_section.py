"""The models in the panel: the card, adding, removing, and whether a model fits the volume."""

import json
import shutil
from pathlib import Path

import pytest
from sample_panel import (
    WORKER_SECONDS,
    enhance_and_wait,
    open_with_worker,
    small_scan,
    small_volume,
    stage,
)
from slicer_host.actions import click, wait_until

BUNDLED = Path(__file__).parents[2] / "MicroCTSuperRes/MicroCTSuperResLib/networks/bundled/default"


@pytest.fixture
def own_models(tmp_path, monkeypatch):
    """An empty folder for the user's models, here and in the worker."""
    monkeypatch.setenv("MICROCT_SUPERRES_MODELS", str(tmp_path / "own models"))
    return tmp_path / "own models"


@pytest.fixture
def other_model(tmp_path):
    """The folder of a model called "narrow": the bundled network, said to be for voxels of 5 to 8 um."""
    folder = tmp_path / "narrow"
    shutil.copytree(BUNDLED, folder)
    card = json.loads((folder / "card.json").read_text())
    card |= {"name": "narrow", "voxel_size_um": [5.0, 8.0], "summary": "For <small> voxels"}
    (folder / "card.json").write_text(json.dumps(card))
    return folder


@pytest.fixture
def panel(own_models, open_module, monkeypatch):
    return open_with_worker(open_module, monkeypatch)


def add(panel, host, path):
    button = panel.modelSection.ui.addModelButton
    with host.dialogs.expecting("QFileDialog.getOpenFileName", answer=str(path)):
        click(button)
    wait_until(lambda: button.enabled, WORKER_SECONDS, "the model to be added")


def offered(panel):
    selector = panel.modelSection.ui.modelSelector
    return [selector.itemText(row) for row in range(selector.count)]


def test_the_card_tells_sites_voxel_size_scores_licence_and_citation(panel, host, screenshot):
    panel.modelSection.ui.cardGroupBox.collapsed = False
    told = panel.modelSection.ui.cardBrowser.toPlainText()
    for words in (
        "mouse femur cortex",
        "5 to 80 um",
        "PSNR (dB)",
        "phantom femur",
        "23.6",
        "Apache-2.0",
        "David et al.",
    ):
        assert words in told
    screenshot(host.main_window, "card")


def test_a_bundled_model_cannot_be_removed(panel):
    assert offered(panel) == ["default 1.0.0"]
    assert not panel.modelSection.ui.removeModelButton.enabled


def test_a_model_is_added_from_its_folder_chosen_and_removed(panel, host, own_models, other_model):
    add(panel, host, other_model / "card.json")
    assert panel.parameters.model == "narrow"
    assert panel.modelSection.ui.modelSelector.currentText == "narrow 1.0.0"
    assert (own_models / "narrow/model.safetensors").exists()
    with host.dialogs.expecting("confirmOkCancelDisplay", answer=False) as seen:
        click(panel.modelSection.ui.removeModelButton)
    assert "narrow" in seen[0].text
    assert (own_models / "narrow").exists()
    with host.dialogs.expecting("confirmOkCancelDisplay", answer=True):
        click(panel.modelSection.ui.removeModelButton)
    assert not (own_models / "narrow").exists()
    assert panel.parameters.model == "default"
    assert offered(panel) == ["default 1.0.0"]


def test_a_model_is_added_from_a_zip(panel, host, other_model, tmp_path):
    add(panel, host, shutil.make_archive(str(tmp_path / "packed"), "zip", other_model))
    assert panel.parameters.model == "narrow"


def test_text_of_a_card_is_shown_as_text_and_never_as_html(panel, host, other_model):
    add(panel, host, other_model / "card.json")
    assert panel.modelSection.ui.modelSummaryLabel.text == "<span>For &lt;small&gt; voxels</span>"
    assert "For <small> voxels" in panel.modelSection.ui.cardBrowser.toPlainText()


def test_what_is_no_model_is_refused_with_the_reason(panel, host, tmp_path):
    (tmp_path / "card.json").write_text("{}")
    with host.dialogs.expecting("errorDisplay") as seen:
        add(panel, host, tmp_path / "card.json")
    assert "model.safetensors" in seen[0].text
    assert panel.parameters.model == "default"


def test_a_model_of_the_same_name_is_replaced_only_after_a_question(panel, host, own_models, other_model):
    add(panel, host, other_model / "card.json")
    card = json.loads((other_model / "card.json").read_text())
    (other_model / "card.json").write_text(json.dumps(card | {"version": "2.0.0"}))
    with host.dialogs.expecting("confirmOkCancelDisplay", answer=False):
        add(panel, host, other_model / "card.json")
    assert json.loads((own_models / "narrow/card.json").read_text())["version"] == "1.0.0"
    with host.dialogs.expecting("confirmOkCancelDisplay", answer=True):
        add(panel, host, other_model / "card.json")
    assert json.loads((own_models / "narrow/card.json").read_text())["version"] == "2.0.0"


def test_a_volume_outside_the_cards_range_is_warned_of(panel, host, other_model, screenshot):
    panel.inputSection.ui.lrSelector.setCurrentNode(small_scan())
    assert not panel.modelSection.ui.modelWarningLabel.isVisible()
    add(panel, host, other_model / "card.json")
    warning = panel.modelSection.ui.modelWarningLabel
    assert warning.isVisible()
    assert "20 x 20 x 20 um lies outside the 5 to 8 um" in warning.text
    assert panel.runSection.ui.enhanceButton.enabled
    screenshot(host.main_window, "outside the range")


def test_a_scaling_transform_counts_in_the_voxel_size(panel, host, other_model):
    import slicer
    import vtk
    from MicroCTSuperResLib.scene.volume_nodes import node_from_volume

    add(panel, host, other_model / "card.json")
    node = node_from_volume(slicer.mrmlScene, small_volume(), "scaled")
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = vtk.vtkMatrix4x4()
    for axis in range(3):
        matrix.SetElement(axis, axis, 0.3)  # 20 um become 6 um
    transform.SetMatrixTransformToParent(matrix)
    panel.inputSection.ui.lrSelector.setCurrentNode(node)
    assert panel.modelSection.ui.modelWarningLabel.isVisible()
    node.SetAndObserveTransformNodeID(transform.GetID())
    assert not panel.modelSection.ui.modelWarningLabel.isVisible()


def test_a_model_that_is_not_here_is_told_and_nothing_can_be_started(panel):
    panel.inputSection.ui.lrSelector.setCurrentNode(small_scan())
    panel.parameters.model = "elsewhere"
    assert "elsewhere is not on this computer" in panel.modelSection.ui.modelWarningLabel.text
    assert stage(panel) == "NOTHING_SELECTED"
    assert not panel.runSection.ui.enhanceButton.enabled


def test_a_model_folder_that_vanished_fails_the_run_with_advice(panel, host, own_models, other_model):
    add(panel, host, other_model / "card.json")
    panel.inputSection.ui.lrSelector.setCurrentNode(small_scan())
    shutil.rmtree(own_models / "narrow")
    enhance_and_wait(panel)
    assert stage(panel) == "FAILED"
    assert "There is no model 'narrow'" in panel.runSection.ui.headlineLabel.text
    assert "default" in panel.runSection.ui.adviceLabel.text


def test_weights_that_were_changed_fail_the_run_with_advice(panel, host, own_models, other_model):
    add(panel, host, other_model / "card.json")
    panel.inputSection.ui.lrSelector.setCurrentNode(small_scan())
    with (own_models / "narrow/model.safetensors").open("ab") as file:
        file.write(b"x")
    enhance_and_wait(panel)
    assert stage(panel) == "FAILED"
    assert "model.safetensors" in panel.runSection.ui.headlineLabel.text


def test_before_the_packages_are_installed_the_bundled_model_is_listed(monkeypatch, open_module):
    import sys

    monkeypatch.delenv("MICROCT_SUPERRES_MODELS", raising=False)
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    assert offered(open_module("MicroCTSuperRes")) == ["default 1.0.0"]
