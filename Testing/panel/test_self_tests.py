"""The module's self-tests, which Slicer runs after the extension is built, pass on the host with a real worker."""

import sys
import unittest

import pytest

NAMES = [
    "test_SlicerReadsWhatTheEngineWrites",
    "test_SlicerLoadsScancoFiles",
    "test_SampleDataAreMade",
    "test_AVolumeIsEnhancedAndCompared",
]


@pytest.fixture
def self_test(open_module):
    open_module("MicroCTSuperRes")
    return sys.modules["MicroCTSuperRes"].MicroCTSuperResTest


@pytest.mark.parametrize("name", NAMES)
def test_a_self_test_passes(self_test, name):
    result = unittest.TestResult()
    self_test(name).run(result)
    for _, traceback in result.errors + result.failures:
        pytest.fail(traceback)
    assert result.testsRun == 1
    if result.skipped:
        pytest.skip(result.skipped[0][1])


def test_all_of_them_are_run_here_and_by_slicer(self_test, monkeypatch):
    assert unittest.TestLoader().getTestCaseNames(self_test) == sorted(NAMES)
    run = []
    for name in NAMES:
        monkeypatch.setattr(self_test, name, lambda self, name=name: run.append(name))
    self_test().runTest()
    assert run == NAMES
