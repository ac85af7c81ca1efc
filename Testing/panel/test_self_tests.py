"""The module's self-tests, which Slicer runs after the extension is built, pass on the host with a real worker."""

import sys

import pytest
from sample_self_tests import assert_passes, assert_slicer_runs

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
    assert_passes(self_test, name)


def test_all_of_them_are_run_here_and_by_slicer(self_test, monkeypatch):
    assert_slicer_runs(self_test, NAMES, monkeypatch)
