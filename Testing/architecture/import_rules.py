"""The rules of docs/architecture.md about imports, and the check of one source file against them.

Three rules. Imports between the project's own files point down or stay on their floor. The training package imports
the enhancement package, never the reverse. A library is imported only from the floors that may know it, and a heavy
one only inside the functions that need it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

FLOORS = ("ground", "engine", "work", "scene", "panel")

ENGINE_ROOMS = {
    "imaging",
    "networks",
    "enhancement",
    "simulation",
    "quality",
    "cohort",
    "training",
    "evaluation",
    "morphometry",
    "agreement",
    "report",
}
FLOOR_OF_ROOM = {**dict.fromkeys(ENGINE_ROOMS, "engine"), "jobs": "work", "scene": "scene", "panel": "panel"}

LIB, TRAINING_LIB = "MicroCTSuperResLib", "MicroCTSuperResTrainingLib"
MODULE_FILES = {"MicroCTSuperRes": LIB, "MicroCTSuperResTraining": TRAINING_LIB}
OWN_PACKAGES = (LIB, TRAINING_LIB, *MODULE_FILES)

# Libraries of the Slicer application, and the lowest floor that may import them.
LOWEST_FLOOR = {
    "qt": "panel",
    "ctk": "panel",
    "PythonQt": "panel",
    "PySide6": "panel",
    "SampleData": "panel",
    "slicer": "scene",
    "vtk": "scene",
}

# Libraries that take long to import: inside functions only, except where the second table allows it.
HEAVY = {
    "bioimageio",
    "dask",
    "h5py",
    "itk",
    "lightning",
    "matplotlib",
    "onnx",
    "onnxruntime",
    "pandas",
    "rich",
    "skimage",
    "torch",
    "zarr",
}
HEAVY_ALLOWED = {
    f"{LIB}.networks.architectures": {"torch"},
    f"{TRAINING_LIB}.training": {"lightning", "torch"},
}


@dataclass(frozen=True)
class Import:
    """One import statement's target.

    :param name: full dotted name; for `from a import b` it is "a.b", as b may be a file of its own.
    :param line: line number in the source.
    :param at_import: whether it runs when the file is imported, so not inside a function or for type checkers only.
    """

    name: str
    line: int
    at_import: bool


def floor_of(name: str) -> str:
    """The floor of a file of the project, or of something imported from it, by its dotted name.

    Files that lie directly in a Lib package (errors, progress, files) are the ground that every floor stands on;
    `__main__` starts the command line and belongs to the floor of work.
    """
    package, *rest = name.split(".")
    if package in MODULE_FILES:
        return "panel"
    room = rest[0] if rest else ""
    return "work" if room == "__main__" else FLOOR_OF_ROOM.get(room, "ground")


def imports_of(source: str, name: str, *, is_package: bool = False) -> list[Import]:
    """Every import of a source file, relative ones resolved.

    :param source: Python text.
    :param name: the file's own dotted name.
    :param is_package: whether the file is an `__init__.py`.
    """
    package = name if is_package else name.rpartition(".")[0]
    found: list[Import] = []
    _collect(ast.parse(source), package, at_import=True, found=found)
    return found


def violations(source: str, name: str, *, is_package: bool = False) -> list[str]:
    """What is wrong with a file's imports, one sentence each; see `imports_of` for the arguments."""
    problems = []
    for imported in imports_of(source, name, is_package=is_package):
        problem = _own_violation(name, imported) or _library_violation(name, imported)
        if problem:
            problems.append(f"{name}, line {imported.line}: {problem}")
    return problems


def _collect(node: ast.AST, package: str, *, at_import: bool, found: list[Import]) -> None:
    if isinstance(node, ast.Import):
        found.extend(Import(alias.name, node.lineno, at_import) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = _resolved(node, package)
        found.extend(Import(f"{base}.{alias.name}", node.lineno, at_import) for alias in node.names)
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        for child in node.body:
            _collect(child, package, at_import=False, found=found)
        for child in node.orelse:
            _collect(child, package, at_import=at_import, found=found)
    else:
        inside = at_import and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            _collect(child, package, at_import=inside, found=found)


def _resolved(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    start = parts[: len(parts) - (node.level - 1)]
    return ".".join([*start, node.module] if node.module else start)


def _own_violation(name: str, imported: Import) -> str | None:
    package, target = name.split(".")[0], imported.name.split(".")[0]
    if target == "Testing":
        return "the tests are not part of the software"
    if target not in OWN_PACKAGES:
        return None
    if MODULE_FILES.get(package, package) == LIB and MODULE_FILES.get(target, target) == TRAINING_LIB:
        return f"{package} must not know {target}"
    own_floor, target_floor = floor_of(name), floor_of(imported.name)
    if FLOORS.index(target_floor) > FLOORS.index(own_floor):
        return f"the floor of {own_floor} imports upwards: {imported.name} ({target_floor})"
    return None


def _library_violation(name: str, imported: Import) -> str | None:
    library = imported.name.split(".")[0]
    floor = floor_of(name)
    lowest = LOWEST_FLOOR.get(library, FLOORS[0])
    if FLOORS.index(floor) < FLOORS.index(lowest):
        return f"{library} may be imported from the floor of {lowest} upwards, this is {floor}"
    if library in HEAVY and imported.at_import and library not in _heavy_allowed(name):
        return f"{library} must be imported inside the function that needs it"
    return None


def _heavy_allowed(name: str) -> set[str]:
    allowed = (libraries for room, libraries in HEAVY_ALLOWED.items() if f"{name}.".startswith(f"{room}."))
    return set().union(*allowed)
