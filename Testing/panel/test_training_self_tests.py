"""The training module's self-tests, which Slicer runs after the extension is built, pass on the host."""

import sys
import unittest

import pytest
from sample_training_panel import open_training

NAMES = ["test_APhantomCohortIsShown", "test_ANetworkIsTrained"]


@pytest.fixture
def self_test(open_module, monkeypatch, tmp_path):
    open_training(open_module, monkeypatch, tmp_path)
    return sys.modules["MicroCTSuperResTraining"].MicroCTSuperResTrainingTest


@pytest.mark.parametrize("name", NAMES)
def test_a_self_test_of_the_training_module_passes(self_test, name):
    result = unittest.TestResult()
    self_test(name).run(result)
    for _, traceback in result.errors + result.failures:
        pytest.fail(traceback)
    assert result.testsRun == 1
    if result.skipped:
        pytest.skip(result.skipped[0][1])


def test_all_of_its_self_tests_are_run_here_and_by_slicer(self_test, monkeypatch):
    assert unittest.TestLoader().getTestCaseNames(self_test) == sorted(NAMES)
    run = []
    for name in NAMES:
        monkeypatch.setattr(self_test, name, lambda self, name=name: run.append(name))
    self_test().runTest()
    assert run == NAMES
