"""The packages that training needs in Slicer: asked for on the press of a button, and not installed without a word."""

import pytest
from sample_panel import worker_python
from sample_training_panel import headline, open_table, small_cohort, wait_for_cohort
from slicer_host.actions import click


@pytest.fixture
def panel(open_module, monkeypatch, tmp_path):
    """The panel with a cohort; the worker's Python is Slicer's own from then on."""
    import slicer

    slicer.app.defaultScenePath = str(tmp_path / "documents")
    monkeypatch.setenv("MICROCT_SUPERRES_PYTHON", worker_python())
    return open_module("MicroCTSuperResTraining")


@pytest.fixture
def ready(panel, host, tmp_path, monkeypatch):
    open_table(panel, host, small_cohort(tmp_path / "study"))
    monkeypatch.delenv("MICROCT_SUPERRES_PYTHON")
    return panel


def test_what_is_missing_is_told_before_and_asked_for_on_start(ready, host):
    host.installations.missing = ["lightning"]
    host.installations.agreed = False
    ready.trainSection.enter()
    assert "lightning" in ready.trainSection.ui.adviceLabel.text
    click(ready.trainSection.ui.startButton)
    assert not ready.trainSection.training.is_running
    ((function, wanted, _keywords),) = host.installations.requested
    assert (function, [one.split(">")[0] for one in wanted]) == ("pip_ensure", ["lightning"])
    assert headline(ready.trainSection) == "Ready."


def test_checking_a_table_asks_for_nothing_that_only_training_needs(ready, host):
    host.installations.missing = ["lightning", "matplotlib", "torch"]
    click(ready.specimensSection.ui.checkButton)
    wait_for_cohort(ready)
    assert host.installations.requested == []
    host.installations.agreed = False
    click(ready.specimensSection.ui.pairButton)
    assert host.installations.requested
    assert not ready.specimensSection.runner.is_running


def test_nothing_is_installed_while_slicer_is_tested(ready, host):
    host.application.testing = True
    host.installations.missing = ["lightning"]
    click(ready.trainSection.ui.startButton)
    assert host.installations.requested == []
    assert not ready.trainSection.training.is_running
