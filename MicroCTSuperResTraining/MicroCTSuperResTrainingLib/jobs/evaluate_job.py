"""`evaluate`: how near LR and DL come to HR in image quality and BA/TA, for one specimen or a cohort."""

from __future__ import annotations

import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import InputError, MicroCTError, OutputError
from MicroCTSuperResLib.folder_lock import alone_in
from MicroCTSuperResLib.jobs.arguments import read_arguments
from MicroCTSuperResLib.jobs.command import Command, PartialFailureError, Reporter
from MicroCTSuperResLib.jobs.output_paths import make_folder
from MicroCTSuperResLib.progress import Progress

from .evaluate_options import EvaluateArguments, add_arguments, contradiction_of, describe
from .evaluate_words import tell

if TYPE_CHECKING:
    from MicroCTSuperResLib.jobs.failures import Failure

    from ..evaluation.specimen_task import SpecimenTask
    from .evaluate_sources import Source


def run(arguments: dict, reporter: Reporter) -> dict:
    """Evaluate each specimen, and write the tables, the figures and scores.json.

    :raises CohortError: for a table with problems.
    :raises InputError: for arguments that do not go together, or the only specimen cannot be evaluated.
    :raises ModelError: if there is no such model.
    :raises OutputError: if the folder holds an evaluation already, cannot be written, or another process writes there.
    :raises PartialFailureError: if some specimens could not be evaluated; the results are those of the others.
    :raises Cancelled: when the reporter says so; specimens that are finished stay, for `resume`.
    """
    wanted = read_arguments(EvaluateArguments, arguments)
    told = contradiction_of(wanted)
    if told is not None:
        raise InputError(f"The job's arguments do not go together: {told}.", "Correct the job description.")
    if find_spec("matplotlib") is None:
        raise MicroCTError(
            "The figures are drawn with matplotlib, which is not installed.",
            "Install it with: pip install 'microct-superres[evaluate]'",
        )
    from ..evaluation.evaluation_files import sweep_evaluation
    from .evaluate_sources import cohort_source, single_source

    source = single_source(wanted) if wanted.cohort is None else cohort_source(wanted)
    folder = _prepare(wanted)
    for warning in source.warnings:
        reporter.warn(warning)
    with alone_in(folder, reporter.warn):
        sweep_evaluation(folder)
        finished, failures = _evaluate(source, wanted, reporter)
        if finished:
            return _finish(source, finished, failures, folder, wanted, reporter)
    with suppress(OSError):  # it holds something
        folder.rmdir()
    raise _all_failed(failures, wanted)


def _prepare(wanted: EvaluateArguments) -> Path:
    """The folder of the results, if they may be written there."""
    from ..evaluation.evaluation_files import OWN_NAMES
    from ..report.report_file import REPORT

    if not wanted.output:
        raise InputError("The name of the folder for the results is empty.", "Name a folder.")
    folder = Path(wanted.output).absolute()
    present = [name for name in (*OWN_NAMES, REPORT) if (folder / name).exists()]
    if present and not (wanted.resume or wanted.overwrite):
        raise OutputError(
            f"{folder} holds an evaluation already ({present[0]}).",
            "Name another folder, go on with --resume, or replace it with --overwrite.",
        )
    make_folder(folder)
    return folder


def _evaluate(
    source: Source, wanted: EvaluateArguments, reporter: Reporter
) -> tuple[dict[str, dict], dict[str, Failure]]:
    """Results and failures by specimen."""
    finished = _kept(source, wanted, reporter) if wanted.resume else {}
    failures: dict[str, Failure] = {}
    began = time.monotonic()
    waiting = [task for task in source.tasks if task.specimen.specimen not in finished]
    kept_count = len(finished)

    def on_done(task: SpecimenTask, outcome: dict | Failure) -> None:
        name = task.specimen.specimen
        if isinstance(outcome, dict):
            finished[name] = outcome
            _tell_specimen(outcome, reporter)
        else:
            failures[name] = outcome
            if len(source.tasks) > 1:
                reporter.warn(f"{name} could not be evaluated: {outcome}")
        done = len(finished) + len(failures) - kept_count
        if len(waiting) > 1:
            reporter.progress(Progress(done, len(waiting), "specimens", time.monotonic() - began))

    from .evaluate_pool import evaluate_all
    from .evaluate_sources import shared_out

    if waiting:
        tasks, workers = shared_out(waiting, wanted)
        reporter.log(f"Evaluating {len(tasks)} specimens, {workers} at a time" if len(tasks) > 1 else "Evaluating")
        evaluate_all(tasks, workers, reporter, on_done)
    return finished, failures


def _kept(source: Source, wanted: EvaluateArguments, reporter: Reporter) -> dict[str, dict]:
    """The results that are there already and stay, by specimen.

    :raises OutputError: where others would be replaced that other settings gave, unless that is asked for.
    """
    found = {task.specimen.specimen: task.kept_result() for task in source.tasks}
    kept = {name: result for name, result in found.items() if result is not None}
    again = [task for task in source.tasks if task.has_result and task.specimen.specimen not in kept]
    if not wanted.overwrite:
        _refuse_other_work(again)
    if kept:
        reporter.log(f"{len(kept)} of {len(source.tasks)} specimens were finished before and are kept")
    if again:
        names = ", ".join(task.specimen.specimen for task in again)
        reporter.log(f"Not as they were, so evaluated anew: {names}")
    return kept


def _refuse_other_work(tasks: list[SpecimenTask]) -> None:
    """See to it that going on replaces no result that other settings gave.

    :raises OutputError: where it would.
    """
    changed = {task.specimen.specimen: told for task in tasks if (told := task.changed_work())}
    if changed:
        name, differences = next(iter(changed.items()))
        others = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise OutputError(
            f"{tasks[0].folder} holds results of another evaluation ({name}{others}): {'; '.join(differences)}.",
            "Name another folder; or replace these results, and keep those that are the same, with --resume "
            "--overwrite.",
        )


def _tell_specimen(result: dict, reporter: Reporter) -> None:
    of_lr, of_dl = (result["methods"][key] for key in ("bilinear", "dl"))
    numbers = {name: [of_lr[name], of_dl[name]] for name in ("psnr_db", "ssim", "ba_ta_bias")}
    reporter.milestone(
        "specimen",
        f"{result['specimen']}: SSIM {of_lr['ssim']:.4f} of LR, {of_dl['ssim']:.4f} of DL",
        {"specimen": result["specimen"], **numbers},
    )
    for warning in result["warnings"]:
        reporter.warn(f"{result['specimen']}: {warning}")


def _all_failed(failures: dict[str, Failure], wanted: EvaluateArguments) -> MicroCTError:
    """One error for all failures; the reason for each specimen of a cohort was told before, where there are several."""
    first = next(iter(failures.values()))
    if wanted.cohort is None:
        error = InputError(first.message, first.hint)
    elif len({failure.message for failure in failures.values()}) == 1:
        error = InputError(f"{_none_of(failures)}: {first.message}", first.hint)
    else:
        error = InputError(f"{_none_of(failures)}.", "The reason for each is told above.")
    error.code = first.code
    return error


def _none_of(failures: dict[str, Failure]) -> str:
    names = list(failures)
    if len(names) == 1:
        return f"{names[0]} could not be evaluated"
    return f"None of {len(names)} specimens could be evaluated"


def _finish(
    source: Source,
    finished: dict[str, dict],
    failures: dict[str, Failure],
    folder: Path,
    wanted: EvaluateArguments,
    reporter: Reporter,
) -> dict:
    """Write what is told of all specimens together."""
    from ..evaluation.evaluation_files import write_evaluation
    from ..evaluation.scores_json import SCORES, Evaluation
    from ..report.report_file import REPORT, write_report

    reporter.log("Writing tables and figures")
    (folder / REPORT).unlink(missing_ok=True)  # of an earlier evaluation: it would tell of other numbers
    names = [task.specimen.specimen for task in source.tasks]
    failed = [
        {"specimen": name, "message": failures[name].message, "hint": failures[name].hint, "code": failures[name].code}
        for name in names
        if name in failures
    ]
    evaluation = Evaluation(
        results=[finished[name] for name in names if name in finished],
        methods=source.tasks[0].methods,
        settings=source.tasks[0].settings,
        pairing=source.tasks[0].pairing,
        device=source.tasks[0].device if wanted.model else None,
        failed=failed,
        cohort=source.cohort,
        warnings=source.warnings,
    )
    scores = write_evaluation(evaluation, folder)
    report = write_report(folder)
    told = {name: value for name, value in scores.items() if name not in ("specimens", "warnings")}
    result = {
        "output": wanted.output,
        "report": str(report),
        "scores_file": str(folder / SCORES),
        "scores": told,
        "failed": failed,
    }
    if failed:
        raise PartialFailureError(
            f"{len(failed)} of {len(names)} specimens could not be evaluated: {', '.join(failures)}.",
            "The reason for each is told above and in scores.json; the results are those of the others.",
            result,
        )
    return result


EVALUATE = Command(
    "evaluate",
    "Measure image quality and BA/TA of LR and DL against HR, for one specimen or a cohort.",
    add_arguments,
    describe,
    run,
    tell,
)
