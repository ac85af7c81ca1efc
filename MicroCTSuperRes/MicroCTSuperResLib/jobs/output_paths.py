"""Where the results of one or many volumes go."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, MicroCTError, OutputError

RESULT_ENDING = "_DL.nrrd"


@dataclass(frozen=True)
class Task:
    """One volume to work on: the file (or the folder of a slice stack) and the file that the result goes to."""

    source: Path
    target: Path


def plan_tasks(inputs: tuple[str, ...], output: str) -> list[Task]:
    """Pair each input with its output file; writes nothing.

    `output` is a folder of results if it exists as one, ends with a slash or has no extension; for several inputs also
    if its extension is that of no format. A folder named .zarr is one result, with or without a slash. Results in a
    folder are called <name of the input>_DL.nrrd; inputs of one name get the name of their own folder in front.

    :raises InputError: for no input, an empty name, or inputs that cannot be told apart by name.
    :raises OutputError: for several inputs and one output file.
    """
    sources = [Path(name) for name in inputs]
    if not sources:
        raise InputError("There is no volume to enhance.", "Name at least one file.")
    if not output or not all(inputs):  # an unset variable of a script; as a path it would be the current folder
        raise InputError("The name of a scan or of the result is empty.", "Name the file or folder.")
    if _is_folder(output, len(sources)):
        targets = [Path(output) / name for name in _result_names(sources)]
    elif len(sources) == 1:
        targets = [Path(output)]
    else:
        raise OutputError(f"{len(sources)} volumes do not fit into the one file {output}.", "Name a folder instead.")
    return [Task(source, target) for source, target in zip(sources, targets, strict=True)]


def make_folder(folder: Path) -> None:
    """Make the folder of the results, if it is not there.

    :raises OutputError: if it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {folder} cannot be made ({error.strerror}).", "Choose another.") from error


def stem_of(path: Path) -> str:
    """The name without its extension: "a.nii.gz", "a.nrrd" and "a.ome.zarr" are "a".

    A folder of slices keeps its whole name. A pattern such as "rec_*.bmp" is called as its files begin, or after its
    folder.
    """
    if _is_zarr(path):
        return path.stem.removesuffix(".ome")
    if path.is_dir():
        return path.resolve().name
    stem = Path(path.name.removesuffix(".gz")).stem
    if "*" in stem or "?" in stem:
        return re.split(r"[*?]", stem)[0].rstrip("_-. ") or path.resolve().parent.name
    return stem


def _is_folder(output: str, inputs: int) -> bool:
    path = Path(output)
    if _is_zarr(path):
        return False
    if path.is_dir() or output.endswith(("/", os.sep)) or not path.suffix:
        return True
    return inputs > 1 and not _has_known_extension(path)


def _is_zarr(path: Path) -> bool:
    return path.suffix.lower() == ".zarr"


def _has_known_extension(path: Path) -> bool:
    from ..imaging.formats import output_target

    try:
        output_target(path)
    except MicroCTError:
        return False
    return True


def _result_names(sources: list[Path]) -> list[str]:
    stems = [stem_of(source) for source in sources]
    # Compared without case, for file systems that do not tell "A" from "a".
    counts = Counter(stem.casefold() for stem in stems)
    names = [
        (stem if counts[stem.casefold()] == 1 else f"{source.resolve().parent.name}_{stem}") + RESULT_ENDING
        for source, stem in zip(sources, stems, strict=True)
    ]
    taken: dict[str, Path] = {}
    for source, name in zip(sources, names, strict=True):
        if name.casefold() in taken:
            raise InputError(
                f"{taken[name.casefold()]} and {source} would both be written to {name}.",
                "Rename one, or enhance them into different folders.",
            )
        taken[name.casefold()] = source
    return names
