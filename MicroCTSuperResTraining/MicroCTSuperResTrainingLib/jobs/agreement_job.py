"""`agreement`: Bland-Altman and the rest, from a table of measurements."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.jobs.arguments import arguments_from, read_arguments
from MicroCTSuperResLib.jobs.command import Command, Reporter, UsageError
from MicroCTSuperResLib.jobs.output_paths import make_folder

if TYPE_CHECKING:
    from ..agreement.pairs import Pairs

FILES = {"json": "agreement.json", "csv": "agreement.csv", "points": "agreement_points.csv"}
PICTURES = {name: f"bland_altman.{name}" for name in ("png", "svg", "pdf")}


@dataclass(frozen=True)
class AgreementArguments:
    """See `microct-superres agreement --help`.

    :param methods: None takes all but the reference of a long table, LR and DL of a wide one.
    :param value: None takes `ba_ta`.
    :param match: None takes `slice`, if the table has it.
    :param margin: of the equivalence test, in the units of the values.
    """

    table: str
    output: str
    reference: str = "HR"
    methods: tuple[str, ...] | None = None
    value: str | None = None
    specimen: str = "specimen"
    method_column: str = "method"
    match: str | None = None
    units: str | None = None
    margin: float | None = None
    confidence: float = 0.95
    simulated: bool = False
    overwrite: bool = False


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `agreement`."""
    parser.add_argument(
        "table",
        metavar="TABLE.csv",
        help="a row for each specimen, method and slice with the value; or a column for each method",
    )
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for the results; made if absent")
    parser.add_argument("--reference", default="HR", metavar="NAME", help="the method taken as true (default: HR)")
    parser.add_argument(
        "--methods", metavar="NAMES", help="those compared with it, such as LR,DL (default: all others of the table)"
    )
    parser.add_argument("--value", metavar="COLUMN", help="column of the values (default: ba_ta)")
    parser.add_argument("--specimen", default="specimen", metavar="COLUMN", help="column that names the specimen")
    parser.add_argument("--method-column", default="method", metavar="COLUMN", help="column that names the method")
    parser.add_argument(
        "--match", metavar="COLUMN", help="column that tells which rows belong together (default: slice, if there)"
    )
    parser.add_argument("--units", help="of the values, written on the axes of the figure")
    parser.add_argument(
        "--margin", type=float, help="largest mean difference that counts as none: adds an equivalence test"
    )
    parser.add_argument("--confidence", type=float, default=0.95, help="of all intervals (default: 0.95)")
    parser.add_argument(
        "--simulated",
        action="store_true",
        help="say in results and figure that these are phantoms, as a column simulated of the table does",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace existing results")


def describe(options: Namespace) -> dict:
    """The job of parsed options.

    :raises UsageError: for methods that name nothing.
    """
    if options.methods is not None:
        options.methods = [name.strip() for name in options.methods.split(",")]
        if not all(options.methods):
            raise UsageError("--methods needs names with commas between them, such as LR,DL")
    return arguments_from(AgreementArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Analyse a table and write the results; nothing is written where the analysis fails.

    :raises FormatError: if the table cannot be read.
    :raises InputError: for what the table lacks, a cell that is no number, or rows that cannot be told apart.
    :raises OutputError: if the folder or a file in it cannot be written.
    """
    wanted = read_arguments(AgreementArguments, arguments)
    from ..agreement.analysis import analyse
    from ..agreement.measurements import Columns, measurements_of
    from ..agreement.table import read_table

    columns = Columns(
        wanted.reference, wanted.methods, wanted.value, wanted.specimen, wanted.method_column, wanted.match
    )
    measurements = measurements_of(read_table(wanted.table), columns)
    result, pairs = analyse(measurements, confidence=wanted.confidence, margin=wanted.margin, units=wanted.units)
    wanted = replace(wanted, simulated=wanted.simulated or measurements.simulated)
    result["settings"] |= _provenance(wanted)
    # The analysis takes no time, so that a table that fails leaves no folder behind.
    paths = _paths(wanted)
    _write(wanted, result, pairs, paths, reporter)
    return {"output": wanted.output, "files": {name: str(path) for name, path in paths.items()}, "agreement": result}


def _paths(wanted: AgreementArguments) -> dict[str, Path]:
    """Where the results go; the folder is made, and every name found free."""
    from MicroCTSuperResLib.files import check_writable

    if not wanted.output:
        raise InputError("The name of the folder for the results is empty.", "Name a folder.")
    make_folder(Path(wanted.output))
    names = FILES | (PICTURES if find_spec("matplotlib") is not None else {})
    paths = {name: Path(wanted.output, file) for name, file in names.items()}
    for path in paths.values():
        check_writable(path, overwrite=wanted.overwrite)
    return paths


def _provenance(wanted: AgreementArguments) -> dict:
    from MicroCTSuperResLib import __version__
    from MicroCTSuperResLib.files import sha256_of

    return {
        "table": wanted.table,
        "table_sha256": sha256_of(wanted.table),
        "simulated": wanted.simulated,
        "software": f"MicroCTSuperRes {__version__}",
    }


def _write(
    wanted: AgreementArguments, result: dict, pairs: dict[str, Pairs], paths: dict[str, Path], reporter: Reporter
) -> None:
    from ..agreement.result_files import write_agreement_csv, write_agreement_json, write_points_csv

    if "png" not in paths:
        reporter.warn("No figure is drawn, as matplotlib is missing: pip install 'microct-superres[evaluate]'.")
    else:
        from ..agreement.figure import draw_bland_altman
        from ..evaluation.picture import save_picture

        figure = draw_bland_altman(result, pairs, simulated=wanted.simulated)
        for name in PICTURES:
            save_picture(figure, paths[name], overwrite=wanted.overwrite)
    write_points_csv(pairs.values(), paths["points"], overwrite=wanted.overwrite)
    write_agreement_csv(result, paths["csv"], overwrite=wanted.overwrite)
    write_agreement_json(result, paths["json"], overwrite=wanted.overwrite)


def tell(result: dict) -> str:
    """The result in plain words."""
    from ..agreement.words import agreement_as_text

    return f"{agreement_as_text(result['agreement'])}\n\nResults: {result['output']}"


AGREEMENT = Command(
    "agreement",
    "Compare LR and DL with HR by Bland-Altman analysis of a table.",
    add_arguments,
    describe,
    run,
    tell,
)
