"""Where the rows of the table of specimens come from and go to: a CSV file, a folder, nodes of the scene."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import slicer
from MicroCTSuperResLib.errors import FormatError, InputError
from MicroCTSuperResLib.files import check_writable
from MicroCTSuperResLib.panel.busy import wait_cursor
from MicroCTSuperResLib.scene.lineage import SCENE_PREFIX

from ..scene.cohort_tree import put_into_cohort
from ..scene.specimen_table import FOUND, TABLE_CLASS, add_row, columns_of, fill, keep_pairing, rows_of, set_states

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_FILE_STATE = SCENE_PREFIX + "file"
_NOT_OF_PAIRS = ("animal", "site", "group", "split")


def table_from_file(path: Path, node=None, *, again: bool = False):
    """The table of a cohort as a node; no scan is opened.

    :param node: the table node to fill; None makes a new one.
    :param again: whether the node is of this file already: what is known of pairs is kept then.
    :return: the node and the problems that the table has (`cohort.problems.Problem`).
    :raises FormatError: if the file cannot be read as a CSV file with a name for each column; the node stays as it was.
    """
    from ..cohort.cells import column_named
    from ..cohort.csv_file import read_csv
    from ..cohort.table import scan_table

    cells, _form = read_csv(path)
    _cohort, problems = scan_table(path)
    filled = [(number, row) for number, row in enumerate(cells, 1) if any(row)]
    columns = list(filled[0][1]) if filled else []
    while columns and not columns[-1]:
        columns.pop()
    twice = next((name for name in (*columns, *FOUND) if (*columns, *FOUND).count(name) > 1), None)
    if twice is not None:
        raise FormatError(f"{path} has two columns called {twice!r}.", "Give each column a name of its own.")
    before = rows_of(node) if again else []
    node = _node(node, path.stem)
    fill(node, columns, [row for _number, row in filled[1:]], [number for number, _row in filled[1:]])
    keep_pairing(node, before, [column for column in columns if column_named(column) not in _NOT_OF_PAIRS])
    node.SetAttribute(_FILE_STATE, _state_of(path))
    show_problems(node, [problem.as_dict() for problem in problems], otherwise="")
    return node, problems


def changed_on_disk(node, path: Path) -> bool:
    """Whether a table's file is another one than when it was opened."""
    try:
        return node.GetAttribute(_FILE_STATE) != _state_of(path)
    except OSError:  # it is gone, or cannot be read: there is nothing to keep
        return False


def show_problems(
    node,
    problems: Sequence[Mapping[str, object]],
    warnings: Sequence[Mapping[str, object]] = (),
    *,
    otherwise: str,
) -> None:
    """Tell problems and warnings in their rows.

    :param problems: and `warnings`, as `cohort.problems.Problem.as_dict` tells them.
    :param otherwise: the state of rows without any.
    """
    named = ((one["row"], f"{one['column']}: {one['message']} {one['hint']}".removeprefix(": ")) for one in problems)
    warned = ((one["row"], f"{one['message']} {one['hint']}") for one in warnings)
    set_states(node, _by_row(named), _by_row(warned), otherwise=otherwise)


def _by_row(told: Iterable[tuple[int, str]]) -> dict[int, str]:
    rows: dict[int, list[str]] = {}
    for row, text in told:
        rows.setdefault(row, []).append(text.strip())
    return {row: "\n".join(texts) for row, texts in rows.items()}


def save_table(node, path: Path, before: Path | None, *, overwrite: bool) -> None:
    """Write a table node into a CSV file, in the form of the file that it came from.

    :param before: the file that it came from; its paths are told anew for another folder. None for a new table.
    :raises OutputError: if the file exists and `overwrite` is false, or it cannot be written.
    """
    from ..cohort.cells import PATHS, cell_of, column_named, path_of
    from ..cohort.csv_file import CsvForm, read_csv, write_csv

    form = read_csv(before)[1] if before is not None and before.is_file() else CsvForm()
    moved = before is not None and before.parent != path.parent

    def written(column: str, cell: str) -> str:
        if moved and cell and column_named(column) in PATHS:
            return cell_of(path_of(cell, before.parent), path.parent)
        return cell

    columns = columns_of(node)
    rows = [[written(column, row.cells[column]) for column in columns] for row in rows_of(node)]
    write_csv([columns, *rows], path, form, overwrite=overwrite)


def new_table(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write a table of rows as :func:`~..cohort.found_files.rows_in_folder` gives them.

    :raises OutputError: as :func:`save_table`.
    """
    from ..cohort.csv_file import CsvForm, write_csv
    from ..cohort.found_files import TABLE_COLUMNS

    told = [list(TABLE_COLUMNS), *([row[column] for column in TABLE_COLUMNS] for row in rows)]
    write_csv(told, path, CsvForm(), overwrite=True)


def rows_of_folder(folder: Path, pattern: str, table: Path) -> list[dict[str, str]]:
    """Rows for the scans in a folder, with paths as a table elsewhere has them.

    :raises InputError: as :func:`~..cohort.found_files.rows_in_folder`.
    """
    from ..cohort.cells import cell_of
    from ..cohort.found_files import SCANS, rows_in_folder

    rows = rows_in_folder(folder, pattern)
    for row in rows:
        for scan in SCANS:
            row[scan] = cell_of(folder / row[scan], table.parent) if row[scan] else ""
    return rows


def add_pair(node, table: Path, name: str, animal: str, volumes: Mapping[str, object]) -> None:
    """Add a row for two volume nodes; those that are in no file as they are now are written beside the table.

    :param volumes: the nodes by "lr" and "hr".
    :raises MicroCTError: if the name cannot be that of a specimen, or a volume cannot be written.
    """
    from ..cohort.cells import cell_of, column_named, value_of

    value_of("specimen", name, table.parent)
    meant = {column: column_named(column) for column in columns_of(node)}
    taken = {row.cells[column] for row in rows_of(node) for column in meant if meant[column] == "specimen"}
    if name in taken:
        raise InputError(f"There is a specimen {name} already.", "Choose another name.")
    with wait_cursor():
        files = {scan: _own_file(volume) for scan, volume in volumes.items()}
        new = {scan: table.parent / f"{name}-{scan}.nrrd" for scan, file in files.items() if file is None}
        _write({new[scan]: volumes[scan] for scan in new})
    cells = {scan: cell_of(file or new[scan], table.parent) for scan, file in files.items()}
    cells |= {"specimen": name, "animal": animal}
    add_row(node, {column: cells.get(name, "") for column, name in meant.items()})


def _own_file(volume) -> Path | None:
    """The file that holds a volume as it is in the scene; None where there is none."""
    from MicroCTSuperResLib.scene.volume_nodes import source_of

    source = source_of(volume)
    if source is None or not source.is_file() or _is_passing(source):
        return None
    # The file of a volume under a transform lies elsewhere; a series of slices is more than the file it begins with.
    is_whole = volume.GetParentTransformNode() is None and volume.GetStorageNode().GetNumberOfFileNames() <= 1
    return source.absolute() if is_whole else None


def _write(volumes: Mapping[Path, object]) -> None:
    """Write volume nodes, all or, where one is no volume of grey values, none."""
    from MicroCTSuperResLib.imaging.formats import write_volume
    from MicroCTSuperResLib.scene.file_meaning import adopt_file_meaning
    from MicroCTSuperResLib.scene.volume_nodes import volume_from_node

    told = {}
    for path, node in volumes.items():
        check_writable(path, overwrite=False)
        adopt_file_meaning(node)
        told[path] = volume_from_node(node)
    for path, volume in told.items():
        write_volume(volume, path)


def _state_of(path: Path) -> str:
    """Tells one content from another, also where the file was copied together with the scene."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_passing(path: Path) -> bool:
    """Whether a file lies in a folder that Slicer empties."""
    passing = (slicer.app.temporaryPath, slicer.app.cachePath)
    return any(path.absolute().is_relative_to(folder) for folder in passing if folder)


def _node(node, name: str):
    if node is None:
        node = slicer.mrmlScene.AddNewNodeByClass(TABLE_CLASS)
    node.SetName(name)
    put_into_cohort(node, name)
    return node
