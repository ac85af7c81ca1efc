"""What an agreement analysis compares: as the user chose it, and what is usual where nothing was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import slicer

    from .agreement_parameters import AgreementParameters

MEASUREMENTS = "measurements.csv"


@dataclass(frozen=True)
class AgreementChoice:
    """What is compared, and what there is to choose from.

    :param table: the measurements; None without any, and all others are empty then.
    :param values: the columns of values in a table with a row for each method; `value`: the one that is compared; ""
        where each method has a column.
    :param methods: all methods of the table; `reference`: the one taken as true; `usual`: those compared with it unless
        the user names others; `compared`: those that are.
    """

    table: slicer.vtkMRMLTableNode | None = None
    values: tuple[str, ...] = ()
    value: str = ""
    methods: tuple[str, ...] = ()
    reference: str = ""
    usual: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()


def choice_of(chosen: AgreementParameters) -> AgreementChoice:
    """What the parameters say about their table."""
    from ..scene.measurement_table import is_long, methods_in, usual_methods, usual_reference, values_in

    table = chosen.table
    if table is None or table.GetScene() is None:
        return AgreementChoice()
    values = values_in(table) if is_long(table) else []
    methods = methods_in(table)
    reference = chosen.reference if chosen.reference in methods else usual_reference(methods)
    usual = usual_methods(methods, reference)
    named = [name for name in (each.strip() for each in chosen.methods.split(",")) if name]
    return AgreementChoice(
        table,
        tuple(values),
        chosen.value if chosen.value in values else next(iter(values), ""),
        tuple(methods),
        reference,
        tuple(usual),
        tuple(named or usual),
    )


def agreement_job(choice: AgreementChoice, margin: float, folder: Path) -> dict:
    """Write the table for a worker; gives the job.

    :param margin: of the equivalence test; 0 for none.
    :param folder: for the table, which results without it could not be checked against, and for the results.
    :raises OSError: if the table cannot be written.
    """
    from ..scene.measurement_table import is_simulated, write_measurements

    file = folder / MEASUREMENTS
    write_measurements(choice.table, file)
    arguments = {
        "table": str(file),
        "output": str(folder),
        "reference": choice.reference,
        "methods": list(choice.compared),
        "value": choice.value or None,
        "margin": margin or None,
        "simulated": is_simulated(choice.table),
    }
    return {"job": "agreement", "arguments": arguments}
