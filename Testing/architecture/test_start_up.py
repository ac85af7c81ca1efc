"""What a fresh interpreter has imported after the first steps of a user: start-up time is decided here."""

import json
import subprocess
import sys

import pytest

SLOW_TO_IMPORT = ("torch", "numpy", "scipy", "SimpleITK", "rich", "matplotlib", "skimage", "onnx", "psutil")


def imported_after(code: str) -> list[str]:
    """The slow libraries that a fresh interpreter holds after running `code`."""
    slow = f"[name for name in {SLOW_TO_IMPORT!r} if name in sys.modules]"
    report = f"import sys, json; print(json.dumps({slow}), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stderr.splitlines()[-1])


def test_a_slow_import_is_seen_by_this_test():
    assert imported_after("import numpy") == ["numpy"]


def test_importing_the_package_imports_nothing_slow():
    assert imported_after("import MicroCTSuperResLib") == []


def test_the_names_of_the_api_are_had_without_torch():
    code = "from MicroCTSuperResLib import Volume, enhance, read_volume, write_volume"
    assert "torch" not in imported_after(code)


@pytest.mark.parametrize("arguments", [["--help"], ["enhance", "--help"], ["--version"]], ids=" ".join)
def test_asking_for_help_imports_nothing_slow(arguments):
    code = (
        "from MicroCTSuperResLib.jobs.command_line import main\n"
        f"try:\n    status = main({arguments!r})\nexcept SystemExit as stop:\n    status = stop.code\n"
        "assert not status, status"
    )
    assert imported_after(code) == []
