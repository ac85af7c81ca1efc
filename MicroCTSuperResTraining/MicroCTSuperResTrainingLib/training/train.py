"""A whole training: from a cohort to a model folder with its scores."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import FormatError, InputError, OutputError
from MicroCTSuperResLib.files import check_writable

from ..cohort.pair_settings import PairingSettings
from ..cohort.specimen import SPLITS
from ..cohort.table import Cohort, read_cohort, write_cohort
from .checkpoints import weights_in
from .choosing import config_to_resume
from .fit import FitPlan, device_type, first_network, fit
from .result import ResultWords
from .resuming import check_same_cohort, check_same_record
from .run_folder import RunFolder, RunRecord, write_json
from .run_result import finish_run
from .store import INDEX_FILE, SliceStore, open_store, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..cohort.pairing import SpecimenPair
    from ..cohort.specimen import Specimen
    from .config import TrainingConfig
    from .listener import Listener
    from .model_scores import ModelScores

# A checkpoint holds the weights, their running average and two numbers of Adam for each, in single precision.
_BYTES_PER_WEIGHT = 16
# The best, the last, and the one that is being written.
_CHECKPOINTS = 3


@dataclass(frozen=True)
class Wanted:
    """What a user asks for beside the settings.

    :param run: the run's folder.
    :param cohort: with its splits; None for that of the run that goes on.
    :param pairing: None for the default, or for that of the run that goes on.
    :param store: folder of the slice store; None for one inside the run's folder.
    :param words: what the model card tells; None for the defaults, or for those of the run that goes on.
    """

    run: Path
    cohort: Cohort | None = None
    pairing: PairingSettings | None = None
    store: Path | None = None
    words: ResultWords | None = None


def begin(wanted: Wanted, config: TrainingConfig, listener: Listener) -> FitPlan:
    """Check everything that can be checked, make the run's folder and its slice store.

    :raises CohortError: for a cohort with problems, all of them.
    :raises InputError: for a cohort that is not split, or specimens that cannot be paired.
    :raises OutputError: for a folder that holds a run already, or a disk that is too small.
    :raises Cancelled: if the listener said so; --resume goes on.
    """
    from ..cohort.checks import check_cohort
    from ..cohort.split_checks import check_leakage

    run = RunFolder(wanted.run)
    run.check_new()
    device_type(config)
    if wanted.cohort is None:
        raise InputError("A new training needs a cohort.", "Name its table: train COHORT.csv -o RUN.")
    check_leakage(wanted.cohort)
    _check_splits(wanted.cohort)
    listener.on_log("Checking the headers of all scans")
    report = check_cohort(wanted.cohort, should_cancel=listener.should_cancel)
    report.raise_problems(wanted.cohort)
    for warning in report.warnings:
        listener.on_warning(str(warning))
    _check_disk(wanted.run, config)
    record = RunRecord(
        pairing=asdict(wanted.pairing or PairingSettings()),
        words=asdict(wanted.words or ResultWords()),
        store=run.store_name(wanted.store),
    )
    run.begin(config, record)
    write_cohort(wanted.cohort, run.cohort_file, overwrite=True)
    return _plan(run, config, record, wanted.cohort, listener)


def resume(wanted: Wanted, settings: Mapping[str, object], listener: Listener) -> FitPlan:
    """Go on with a run, or only with its store where that is missing.

    :param settings: what was given now; see :func:`config_to_resume`.
    :raises InputError: if there is no run, or it was begun with something else: the difference is named.
    :raises FormatError: if its checkpoint or store is damaged.
    """
    run = RunFolder(wanted.run)
    begun, record = run.config(), run.record()
    config = config_to_resume(begun, settings)
    check_same_record(record, wanted.pairing, wanted.store and run.store_name(wanted.store))
    run.sweep()
    cohort = cohort_of(run, wanted.cohort)
    if config.epochs > begun.epochs:
        way = "the rate falls along a longer way from here" if config.schedule == "cosine" else "the rate stays"
        listener.on_warning(f"The run goes on to epoch {config.epochs} instead of {begun.epochs}; {way}.")
    if config != begun:
        run.write_config(config)
    return _plan(run, config, record, cohort, listener)


def train(plan: FitPlan, listener: Listener, fit_with: Callable[[FitPlan, Listener], None] = fit) -> bool:
    """Train as planned.

    :param fit_with: trains; by default in this process.
    :returns: whether there was anything left to train.
    :raises OutOfMemory: see :func:`.fit.fit` for this and other errors.
    """
    if RunFolder(Path(plan.run)).history().is_over(plan.config):
        return False
    fit_with(plan, listener)
    return True


def finish(plan: FitPlan, listener: Listener) -> ModelScores:
    """Make the model of the best epoch, its scores on the test specimens and the curves.

    :raises ModelError: if the network has weights that are NaN or infinite.
    :raises OutputError: if a file cannot be written.
    :raises Cancelled: if the listener said so; --resume goes on.
    """
    run = RunFolder(Path(plan.run))
    network = first_network(plan.config)
    network.load_state_dict(weights_in(run.best))
    return finish_run(
        run.path, network.eval(), plan.config, read_cohort(run.cohort_file).specimens,
        open_store(plan.store, verify=False), run.history(), ResultWords(**run.record().words),
        baselines=read_json(run.baselines_file)["baselines"], listener=listener,
    )  # fmt: skip


def _plan(run: RunFolder, config: TrainingConfig, record: RunRecord, cohort: Cohort, listener: Listener) -> FitPlan:
    """Make or open the slice store, and say what is trained on what, and from where on."""
    store = store_of(run, record, cohort, listener)
    if record.fingerprint not in ("", store.fingerprint):
        raise InputError(
            f"The slice store {store.folder} is another one than the run was begun with.",
            "Put the old one back, or train into another folder.",
        )
    if not record.fingerprint:
        run.write_record(replace(record, fingerprint=store.fingerprint))
    names = {split: tuple(each.specimen for each in cohort.of_split(split)) for split in SPLITS}
    history = run.history()
    plan = FitPlan(
        str(run.path), str(store.folder), names["train"], names["validation"], config, resume=bool(history.rows)
    )
    if not history.is_over(config):
        _check_disk(run.path, config)
    if not run.baselines_file.exists():
        _write_baselines(run, plan)
    return plan


def store_of(run: RunFolder, record: RunRecord, cohort: Cohort, listener: Listener) -> SliceStore:
    """The slice store of a run, made where it is not there yet.

    A run that was begun with a store needs its scans no more: they may have been moved, or the run to another computer.

    :raises MicroCTError: see :func:`.store_building.build_store` and :func:`..cohort.pairing.pair_specimen`.
    """
    from .store_building import build_store, changed_since

    specimens = [each for each in cohort.specimens if each.split]
    folder = run.store_folder(record)
    if record.fingerprint and (folder / INDEX_FILE).exists():
        store = open_store(folder)
        changed = changed_since(store.of([each.specimen for each in specimens]), specimens)
        if changed:
            listener.on_warning(
                f"The scans of {', '.join(changed)} were moved, changed or deleted since their slices were stored. "
                "The run goes on with the stored slices."
            )
        return store
    settings = PairingSettings(**record.pairing)

    def pair(specimen: Specimen) -> SpecimenPair:
        from ..cohort.pairing import pair_specimen

        listener.on_log(f"Pairing LR and HR of {specimen.specimen}")
        try:
            return pair_specimen(specimen, settings, should_cancel=listener.should_cancel)
        except (InputError, FormatError) as error:
            place = f"row {specimen.row} ({specimen.specimen})"
            raise InputError(f"The specimen in {place} cannot be paired: {error.message}", error.hint) from error

    return build_store(
        folder, specimens, pair, dict(record.pairing),
        on_progress=listener.on_progress, on_warning=listener.on_warning, should_cancel=listener.should_cancel,
    )  # fmt: skip


def _check_splits(cohort: Cohort) -> None:
    """:raises InputError: for a cohort without specimens to train or to validate on."""
    missing = [split for split in SPLITS[:2] if not cohort.of_split(split)]
    if missing:
        raise InputError(
            f"{cohort.path} has no specimens in {' and '.join(missing)} (column split).",
            "Split it first: microct-superres cohort split.",
        )


def _check_disk(run: Path, config: TrainingConfig) -> None:
    """:raises OutputError: if the checkpoints do not fit on the disk, or the folder cannot be written."""
    weights = sum(each.numel() for each in first_network(config).parameters())
    if not run.absolute().parent.is_dir():
        raise OutputError(f"The folder {run.absolute().parent} of the run does not exist.", "Create it first.")
    check_writable(run.absolute(), overwrite=True, needed_bytes=_CHECKPOINTS * _BYTES_PER_WEIGHT * weights)


def cohort_of(run: RunFolder, given: Cohort | None) -> Cohort:
    """The cohort as the run used it.

    :raises InputError: if the one that is given now differs, or a run that was ended in its first moments needs one.
    """
    if run.cohort_file.exists():
        cohort = read_cohort(run.cohort_file)
        if given is not None:
            check_same_cohort(cohort, given)
        return cohort
    if given is None:
        raise InputError(
            f"{run.path} was ended before its cohort was written.", "Name the cohort's table beside --resume."
        )
    write_cohort(given, run.cohort_file)
    return given


def _write_baselines(run: RunFolder, plan: FitPlan) -> None:
    """What interpolation reaches on the validation slices, for the curves."""
    from .dataset import sample_shape
    from .validation import ValidationSlices

    store = open_store(plan.store, verify=False)
    shape = sample_shape(first_network(plan.config), store.of(plan.training), plan.config.patch)
    views = ValidationSlices(store.of(plan.validation), plan.config, shape)
    write_json(run.baselines_file, {"slices": len(views), "baselines": views.baselines()})
