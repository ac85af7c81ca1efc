"""Where the project's files are, for the tests of the house itself."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = ("MicroCTSuperRes", "MicroCTSuperResTraining")


def module_sources() -> list[Path]:
    """Every Python file of both Slicer modules and their Lib packages."""
    return sorted(path for module in MODULES for path in (ROOT / module).rglob("*.py"))


def dotted_name(path: Path, module_folder: Path) -> str:
    """The name a file is imported by, e.g. "MicroCTSuperResLib.imaging.volume"; a package is named without `__init__`.

    :param path: a Python file.
    :param module_folder: the Slicer module's folder that `path` lies in, which stands on the import path.
    """
    parts = path.relative_to(module_folder).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
