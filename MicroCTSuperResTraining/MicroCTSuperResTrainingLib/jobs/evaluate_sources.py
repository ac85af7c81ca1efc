"""What `evaluate` works on: the tasks of one specimen or of a cohort, and how they share the machine."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import InputError, MicroCTError
from MicroCTSuperResLib.jobs.output_paths import stem_of

from .cohort_options import open_cohort, reading_of
from .evaluate_options import ALL

if TYPE_CHECKING:
    from ..cohort.specimen import Specimen
    from ..cohort.table import Cohort
    from ..evaluation.methods import Method
    from ..evaluation.specimen_task import SpecimenTask
    from .evaluate_options import EvaluateArguments

_DL_COLUMN = "dl"
# For each LR voxel eight HR voxels, of which LR, HR, three volumes on the HR grid, their masks and labels live at once.
# Measured with a model: 1.3 GB in all for 200 x 200 x 100 LR voxels.
_BYTES_PER_LR_VOXEL = 220
_PROGRAM_BYTES = 700 * 2**20


@dataclass(frozen=True)
class Source:
    """What is to be evaluated.

    :param tasks: one a specimen.
    :param cohort: facts about the table, for scores.json; None for one specimen.
    :param warnings: what the user should know before the work.
    """

    tasks: tuple[SpecimenTask, ...]
    cohort: dict | None
    warnings: tuple[str, ...]


def single_source(wanted: EvaluateArguments) -> Source:
    """One specimen, as its files are named.

    :raises MicroCTError: for a file or a model that is not there, or settings that make no sense.
    """
    from ..cohort.pair_settings import PairingSettings
    from ..cohort.specimen import Specimen

    paths = {name: _existing(getattr(wanted, name), name) for name in ("lr", "hr", "mask", "dl")}
    name = wanted.specimen or stem_of(paths["hr"])
    if not name.strip() or any(letter in name for letter in '/\\:*?"<>|') or name.startswith("."):
        raise InputError(f"A specimen cannot be called {name!r}.", "Name it with --specimen; files are called by it.")
    specimen = Specimen(
        specimen=name,
        animal=name,
        site=wanted.site or "",
        group="",
        **{kind: paths[kind] for kind in ("lr", "hr", "mask")},
        reading=reading_of(wanted),
    )
    pairing = wanted.pairing() or PairingSettings()
    if wanted.field is None:
        pairing = replace(pairing, field_voxels=None)
    task = _task(specimen, _methods(wanted), wanted)
    return Source((replace(task, dl=paths["dl"], pairing=pairing),), None, ())


def cohort_source(wanted: EvaluateArguments) -> Source:
    """The specimens of a cohort's table.

    :raises CohortError: for a table with problems.
    :raises InputError: for a part of the cohort without specimens, or where nothing makes DL.
    :raises ModelError: if there is no such model.
    """
    cohort = open_cohort(wanted.cohort, wanted)
    chosen, split, warnings = _chosen(cohort, wanted)
    methods = _methods(wanted)
    dl = {} if wanted.model else _dl_files(cohort, chosen)
    tasks = [replace(_task(each, methods, wanted), dl=dl.get(each.specimen)) for each in chosen]
    return Source(tuple(tasks), _cohort_facts(cohort, chosen, split), tuple(warnings))


def shared_out(tasks: list[SpecimenTask], wanted: EvaluateArguments) -> tuple[list[SpecimenTask], int]:
    """The tasks with the threads that each may use, and how many are to run at a time.

    :raises InputError: for a number of workers that makes no sense.
    """
    from MicroCTSuperResLib.enhancement.memory import free_memory

    from .evaluate_pool import cores

    if wanted.workers is not None and wanted.workers < 1:
        raise InputError(f"{wanted.workers} workers can do no work.", "Give --workers 1 or more.")
    workers = wanted.workers
    if workers is None:
        largest = max(map(_needed_bytes, tasks))
        workers = max(1, min(cores(), free_memory() // largest))
    workers = min(workers, len(tasks))
    threads = None if workers == 1 else max(1, cores() // workers)
    return [replace(task, threads=threads) for task in tasks], workers


def _task(specimen: Specimen, methods: tuple[Method, ...], wanted: EvaluateArguments) -> SpecimenTask:
    from ..cohort.pair_settings import PairingSettings
    from ..evaluation.specimen_task import SpecimenTask

    device = wanted.device
    if wanted.model:
        from MicroCTSuperResLib.enhancement.devices import choose_device

        device = choose_device(device)
    return SpecimenTask(
        specimen=specimen,
        methods=methods,
        settings=wanted.settings(),
        pairing=wanted.pairing() or PairingSettings(),
        folder=Path(wanted.output).absolute(),
        device=device,
        simulated=wanted.simulated,
    )


def _methods(wanted: EvaluateArguments) -> tuple[Method, ...]:
    from ..evaluation.methods import all_methods, facts_of_model

    return all_methods([facts_of_model(name) for name in wanted.model])


def _existing(name: str | None, what: str) -> Path | None:
    if name is None:
        return None
    path = Path(name).absolute()
    if not path.exists():
        from MicroCTSuperResLib.errors import FormatError

        raise FormatError(f"{name} does not exist.", f"Check the path of --{what}.")
    return path


def _chosen(cohort: Cohort, wanted: EvaluateArguments) -> tuple[tuple[Specimen, ...], str, list[str]]:
    """The specimens that are wanted, the part that they are, and what the user should know about it."""
    from ..cohort.split_checks import leaks

    split = wanted.split or ("test" if any(each.split for each in cohort.specimens) else ALL)
    chosen = cohort.specimens if split == ALL else cohort.of_split(split)
    if not chosen:
        raise InputError(
            f"{cohort.path} has no specimen of the part {split!r}.",
            "Split it with: microct-superres cohort split, or evaluate all of it with --split all.",
        )
    warnings = [f"{problem.message} Scores of such animals are too good." for problem in leaks(cohort.specimens)]
    if wanted.model and split not in ("test", "validation"):
        trained = [each for each in chosen if each.split == "train"]
        warnings.append(
            f"{len(trained)} of these specimens are marked for training: scores of a model that saw them are too good."
            if trained
            else "The cohort is not split: see to it that the model has not seen these animals."
        )
    return chosen, split, warnings


def _dl_files(cohort: Cohort, chosen: tuple[Specimen, ...]) -> dict[str, Path]:
    """The files of the column `dl`, by specimen."""
    from ..cohort.cells import value_of

    column = next((name for name in cohort.columns if name.strip().lower() == _DL_COLUMN), None)
    if column is None:
        raise InputError("Nothing says where DL is from.", "Name a --model, or give the table a column dl with files.")
    empty = [each for each in chosen if not each.further.get(column)]
    if empty:
        raise InputError(
            f"Row {empty[0].row} of {cohort.path} ({empty[0].specimen}) names no file in the column {column}.",
            "Fill it in, or name a --model.",
        )
    return {each.specimen: value_of("lr", each.further[column], cohort.path.parent) for each in chosen}


def _cohort_facts(cohort: Cohort, chosen: tuple[Specimen, ...], split: str) -> dict:
    from MicroCTSuperResLib.files import sha256_of

    return {
        "table": str(cohort.path),
        "sha256": sha256_of(cohort.path),
        "split": split,
        "specimens": len(chosen),
        "animals": len({each.animal for each in chosen}),
        "sites": {site: sum(each.site == site for each in chosen) for site in sorted({each.site for each in chosen})},
    }


def _needed_bytes(task: SpecimenTask) -> int:
    """Memory that a specimen takes, by the header of its LR scan; what cannot be read takes none and fails later."""
    from MicroCTSuperResLib.imaging.formats import open_scan

    try:
        size = open_scan(task.specimen.lr).header.size
    except (MicroCTError, OSError):
        return _PROGRAM_BYTES
    field = task.pairing.field_voxels
    taken = [size[0], size[1], size[2]] if field is None else [min(size[0], field), min(size[1], field), size[2]]
    return _PROGRAM_BYTES + _BYTES_PER_LR_VOXEL * math.prod(taken)
