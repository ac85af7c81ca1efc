"""Imports point down, and heavy libraries stay inside functions."""

import pytest
from import_rules import FLOOR_OF_ROOM, floor_of, violations
from source_tree import MODULES, ROOT, dotted_name, module_sources

SOURCES = module_sources()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_imports_only_what_its_floor_may_know(path):
    module_folder = ROOT / path.relative_to(ROOT).parts[0]
    name = dotted_name(path, module_folder)
    assert violations(path.read_text(encoding="utf-8"), name, is_package=path.name == "__init__.py") == []


def test_the_files_of_both_packages_are_found():
    names = {path.relative_to(ROOT).as_posix() for path in SOURCES}
    assert "MicroCTSuperRes/MicroCTSuperResLib/imaging/volume.py" in names
    assert "MicroCTSuperResTraining/MicroCTSuperResTrainingLib/__init__.py" in names


def test_every_folder_of_the_packages_has_a_floor():
    rooms = {
        folder.name for module in MODULES for folder in (ROOT / module).glob("*Lib/*") if list(folder.glob("*.py"))
    }
    assert rooms - set(FLOOR_OF_ROOM) == set()


@pytest.mark.parametrize(
    ("name", "floor"),
    [
        ("MicroCTSuperResLib", "ground"),
        ("MicroCTSuperResLib.errors.InputError", "ground"),
        ("MicroCTSuperResLib.imaging.volume", "engine"),
        ("MicroCTSuperResTrainingLib.training", "engine"),
        ("MicroCTSuperResLib.jobs.command_line", "work"),
        ("MicroCTSuperResLib.__main__", "work"),
        ("MicroCTSuperResLib.scene.volume_node", "scene"),
        ("MicroCTSuperResTrainingLib.panel", "panel"),
        ("MicroCTSuperRes", "panel"),
    ],
)
def test_a_file_stands_on_the_floor_of_its_folder(name, floor):
    assert floor_of(name) == floor


# The checker itself: (dotted name of the file, its text, a part of the complaint).
BAD_SOURCES = {
    "a relative import upwards": ("MicroCTSuperResLib.imaging.volume", "from ..jobs import command", "upwards"),
    "a room named after the dots": ("MicroCTSuperResLib.imaging.volume", "from .. import jobs", "upwards"),
    "an absolute import upwards": ("MicroCTSuperResLib.errors", "import MicroCTSuperResLib.imaging.volume", "upwards"),
    "upwards inside a function": (
        "MicroCTSuperResLib.quality.ssim",
        "def score():\n    from MicroCTSuperResLib.scene import tables",
        "upwards",
    ),
    "upwards for a type only": (
        "MicroCTSuperResLib.networks.store",
        "if TYPE_CHECKING:\n    from ..panel.process import Runner",
        "upwards",
    ),
    "work that knows the scene": ("MicroCTSuperResLib.jobs.worker", "from ..scene import volume_node", "upwards"),
    "a module file from below": ("MicroCTSuperResLib.scene.views", "import MicroCTSuperRes", "upwards"),
    "the training package": (
        "MicroCTSuperResLib.jobs.registry",
        "import MicroCTSuperResTrainingLib.jobs.commands",
        "must not know",
    ),
    "qt in the scene": ("MicroCTSuperResLib.scene.views", "import qt", "panel"),
    "slicer in the engine": ("MicroCTSuperResLib.enhancement.engine", "def f():\n    import slicer.util", "scene"),
    "vtk in a job": ("MicroCTSuperResLib.jobs.worker", "from vtk.util import numpy_support", "scene"),
    "torch at import": ("MicroCTSuperResLib.enhancement.engine", "import torch.nn", "inside the function"),
    "torch in a try at import": (
        "MicroCTSuperResLib.networks.loading",
        "try:\n    import torch\nexcept ImportError:\n    torch = None",
        "inside the function",
    ),
    "torch in a class body": ("MicroCTSuperResLib.quality.ssim", "class A:\n    import torch", "inside the function"),
    "matplotlib in training": (
        "MicroCTSuperResTrainingLib.training.curves",
        "from matplotlib import pyplot",
        "inside the function",
    ),
    "the tests": ("MicroCTSuperResLib.files", "from Testing import samples", "tests"),
}


@pytest.mark.parametrize(("name", "source", "complaint"), BAD_SOURCES.values(), ids=BAD_SOURCES)
def test_a_bad_import_is_found(name, source, complaint):
    (problem,) = violations(source, name)
    assert name in problem
    assert complaint in problem


GOOD_SOURCES = {
    "down": ("MicroCTSuperResLib.jobs.enhance_job", "from ..enhancement.engine import enhance"),
    "on the same floor": ("MicroCTSuperResLib.enhancement.engine", "from ..networks.loading import load_model"),
    "two steps down": ("MicroCTSuperRes", "import qt, slicer\nfrom MicroCTSuperResLib import Volume"),
    "from the training package": (
        "MicroCTSuperResTrainingLib.jobs.demo",
        "from MicroCTSuperResLib.jobs import command",
    ),
    "torch in a function": ("MicroCTSuperResLib.enhancement.engine", "def f():\n    import torch"),
    "torch for a type": ("MicroCTSuperResLib.networks.loading", "if TYPE_CHECKING:\n    import torch"),
    "torch in an architecture": ("MicroCTSuperResLib.networks.architectures.unet", "import torch"),
    "torch in training": ("MicroCTSuperResTrainingLib.training.module", "from torch import nn"),
    "light libraries": (
        "MicroCTSuperResLib.imaging.sampling",
        "import numpy, SimpleITK, scipy.ndimage",
    ),
    "vtk in the scene": ("MicroCTSuperResLib.scene.tables", "import vtk"),
}


@pytest.mark.parametrize(("name", "source"), GOOD_SOURCES.values(), ids=GOOD_SOURCES)
def test_a_good_import_is_left_alone(name, source):
    assert violations(source, name) == []


def test_a_package_resolves_its_dots_from_itself():
    assert violations("from .jobs import command", "MicroCTSuperResLib", is_package=True) != []
    assert violations("from ..jobs import command", "MicroCTSuperResLib.imaging", is_package=True) != []
