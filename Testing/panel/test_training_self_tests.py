"""The training module's self-tests, which Slicer runs after the extension is built, pass on the host."""

import sys

import pytest
from sample_self_tests import assert_passes, assert_slicer_runs
from sample_training_panel import open_training

NAMES = ["test_APhantomCohortIsShown", "test_ANetworkIsTrained"]


@pytest.fixture
def self_test(open_module, monkeypatch, tmp_path):
    open_training(open_module, monkeypatch, tmp_path)
    return sys.modules["MicroCTSuperResTraining"].MicroCTSuperResTrainingTest


@pytest.mark.parametrize("name", NAMES)
def test_a_self_test_of_the_training_module_passes(self_test, name):
    assert_passes(self_test, name)


def test_all_of_its_self_tests_are_run_here_and_by_slicer(self_test, monkeypatch):
    assert_slicer_runs(self_test, NAMES, monkeypatch)
