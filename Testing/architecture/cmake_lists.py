"""Keeps the file lists in the modules' CMakeLists.txt: a file that is not listed is missing after installation.

Run as a script (`make cmake-lists`), it writes the lists of every module anew.
"""

from __future__ import annotations

import re
from pathlib import Path

from source_tree import MODULES, ROOT

BEGIN = "# File lists: written by `make cmake-lists`, not by hand.\n"
END = "# End of the file lists.\n"
SCRIPTS, RESOURCES = "MODULE_PYTHON_SCRIPTS", "MODULE_PYTHON_RESOURCES"


def modules_with_lists() -> list[Path]:
    """The folders of the Slicer modules that are built, so those with a CMakeLists.txt."""
    return [ROOT / module for module in MODULES if (ROOT / module / "CMakeLists.txt").is_file()]


def files_of(module_folder: Path) -> dict[str, list[str]]:
    """What has to be listed: every Python file as a script, every other file as a resource.

    :returns: CMake variable to paths relative to the module's folder.
    """
    paths = sorted(path.relative_to(module_folder) for path in module_folder.rglob("*") if path.is_file())
    kept = [path for path in paths if path.name != "CMakeLists.txt" and not any(map(_is_passing, path.parts))]
    return {
        SCRIPTS: [path.as_posix() for path in kept if path.suffix == ".py"],
        RESOURCES: [path.as_posix() for path in kept if path.suffix != ".py"],
    }


def listed_in(cmake_text: str) -> dict[str, list[str]]:
    """What a CMakeLists.txt lists now, in the same form as `files_of`."""
    lists = re.findall(r"set\((MODULE_PYTHON_\w+)([^)]*)\)", cmake_text)
    return {variable: files.split() for variable, files in lists}


def write_lists(module_folder: Path) -> bool:
    """Write the lists between the two marker comments anew.

    :returns: whether the file changed.
    :raises ValueError: if the marker comments are missing.
    """
    cmake_file = module_folder / "CMakeLists.txt"
    text = cmake_file.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{cmake_file} lacks the comments {BEGIN.strip()!r} and {END.strip()!r}.")
    lists = "".join(_set_command(variable, files) for variable, files in files_of(module_folder).items())
    changed = before + BEGIN + lists + END + after
    if changed != text:
        cmake_file.write_text(changed, encoding="utf-8")
    return changed != text


def _set_command(variable: str, files: list[str]) -> str:
    return "".join([f"set({variable}\n", *(f"  {file}\n" for file in files), "  )\n"])


def _is_passing(name: str) -> bool:
    """Whether a file or folder is left by a tool or by work under way, and is not part of the module."""
    return name.startswith(".") or name == "__pycache__" or name.endswith(".egg-info") or ".partial" in name


if __name__ == "__main__":
    for folder in modules_with_lists():
        print(f"{folder.name}/CMakeLists.txt: {'written anew' if write_lists(folder) else 'is up to date'}")
