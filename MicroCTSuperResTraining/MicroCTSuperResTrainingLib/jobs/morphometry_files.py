"""The files that `morphometry` writes: two tables, and pictures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from MicroCTSuperResLib.jobs.output_paths import make_folder, stem_of

from .morphometry_options import TABLE_SUFFIX, MorphometryArguments

_SLICE_COLUMNS = ("volume", "specimen", "slice", "z_mm", "b_ar_mm2", "t_ar_mm2", "ba_ta", "bone")
_BONE_COLUMNS = ("volume", "specimen", "bone")


def table_paths(wanted: MorphometryArguments) -> tuple[Path, Path]:
    """The table of slices, and beside it the one of volumes."""
    table = Path(wanted.output)
    return table, table.with_name(f"{table.stem}_volumes{table.suffix}")


def picture_paths(wanted: MorphometryArguments) -> list[Path]:
    """A picture for each volume; volumes of one name are told apart by their place in the list."""
    stems = [stem_of(Path(name)) for name in wanted.volumes]
    counts = Counter(stem.casefold() for stem in stems)
    names = [stem if counts[stem.casefold()] == 1 else f"{number}_{stem}" for number, stem in enumerate(stems, start=1)]
    return [Path(wanted.pictures or ".", f"{name}.png") for name in names]


def check_files(wanted: MorphometryArguments) -> None:
    """Find out before the work whether all can be written.

    :raises OutputError: if something exists and may not be replaced, is an input, names no format, or its folder
        cannot be written to.
    """
    from MicroCTSuperResLib.errors import OutputError
    from MicroCTSuperResLib.files import check_writable

    if Path(wanted.output).suffix.lower() != TABLE_SUFFIX:
        raise OutputError(f"The table cannot be called {wanted.output}.", f"Give a name that ends in {TABLE_SUFFIX}.")
    if wanted.write_mask is not None:
        _check_mask_file(wanted)
    paths = [*table_paths(wanted)]
    if wanted.pictures is not None:
        make_folder(Path(wanted.pictures))
        paths += picture_paths(wanted)
    scans = [Path(name) for name in wanted.volumes if Path(name).exists()]
    for path in paths:
        if path.exists() and any(path.samefile(scan) for scan in scans):
            raise OutputError(f"Writing {path} would replace a scan.", "Name another folder: scans are kept.")
        check_writable(path, overwrite=wanted.overwrite)


def _check_mask_file(wanted: MorphometryArguments) -> None:
    from MicroCTSuperResLib.errors import MicroCTError, OutputError
    from MicroCTSuperResLib.imaging.formats import open_scan, output_target
    from MicroCTSuperResLib.jobs.output_checks import check_output, refuse_to_replace_input

    check_output(wanted.write_mask, "uint8", overwrite=wanted.overwrite)
    if not output_target(wanted.write_mask).exists():
        return
    for name in filter(None, (*wanted.volumes, wanted.mask, wanted.reference)):
        try:
            refuse_to_replace_input(open_scan(name, spacing=wanted.spacing).header, wanted.write_mask, compress=False)
        except OutputError:
            raise
        except MicroCTError:  # a scan that cannot be read is told when it is its turn
            continue


def write_tables(slice_rows: list[dict], bone_rows: list[dict], wanted: MorphometryArguments) -> None:
    """Write both tables, that of slices last, so that it never stands there without the other.

    :raises OutputError: where one exists and may not be replaced, or cannot be written.
    """
    from ..morphometry.tables import write_table

    slices, volumes = table_paths(wanted)
    write_table(bone_rows, _BONE_COLUMNS, volumes, overwrite=wanted.overwrite)
    write_table(slice_rows, _SLICE_COLUMNS, slices, overwrite=wanted.overwrite)
