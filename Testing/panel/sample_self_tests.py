"""What holds for the self-tests of each module: they pass, and Slicer runs all of them."""

import unittest

import pytest


def assert_passes(self_test, name):
    """One self-test passes; it is skipped here where it skips itself."""
    result = unittest.TestResult()
    self_test(name).run(result)
    for _, traceback in result.errors + result.failures:
        pytest.fail(traceback)
    assert result.testsRun == 1
    if result.skipped:
        pytest.skip(result.skipped[0][1])


def assert_slicer_runs(self_test, names, monkeypatch):
    """`runTest`, which Slicer calls, runs all self-tests in the order of `names`."""
    assert unittest.TestLoader().getTestCaseNames(self_test) == sorted(names)
    run = []
    for name in names:
        monkeypatch.setattr(self_test, name, lambda self, name=name: run.append(name))
    self_test().runTest()
    assert run == names
