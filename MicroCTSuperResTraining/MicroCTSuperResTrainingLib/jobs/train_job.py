"""`train`: from a cohort of paired scans to a model."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.folder_lock import alone_in
from MicroCTSuperResLib.jobs.arguments import arguments_from, read_arguments
from MicroCTSuperResLib.jobs.command import Command, Reporter, UsageError
from MicroCTSuperResLib.jobs.terminal import in_words

from .cohort_options import check_cohort_reading_options, open_cohort
from .train_options import TrainArguments, add_train_options, settings_given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..training.config import TrainingConfig
    from ..training.fit import FitPlan
    from ..training.listener import Listener
    from ..training.run_folder import RunFolder
    from ..training.train import Wanted


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `train`."""
    add_train_options(parser)


def describe(options: Namespace) -> dict:
    """The job of parsed options.

    :raises UsageError: for options that do not go together.
    """
    check_cohort_reading_options(options)
    if options.output is None and not options.print_config:
        raise UsageError("-o RUN says where the run is to be")
    if options.resume and (options.preset or options.config):
        raise UsageError("--resume goes on with the settings of the run: leave --preset and --config out")
    options.settings = [*settings_given(options), *(options.settings or ())]
    return arguments_from(TrainArguments, options)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Train, and measure the model on the test specimens.

    :raises InputError: for settings, a cohort or scans that cannot be trained with, told before the training starts.
    :raises OutputError: if the run's folder cannot be written, or another process trains in it.
    :raises Cancelled: when the reporter says so; the run can be resumed.
    """
    wanted = read_arguments(TrainArguments, arguments)
    settings = settings_of(wanted)
    if wanted.print_config:
        from ..training.choosing import choose_config

        return {"config": choose_config(wanted.preset, settings, wanted.from_model).to_dict()}
    if wanted.output is None:
        raise InputError("The job has no output.", "Name the folder of the run.")
    from . import launched
    from .listening import listener_of

    with launched.joined(), ExitStack() as stack:

        def prepare() -> FitPlan:
            stack.enter_context(alone_in_run(Path(wanted.output), reporter))
            return _plan(wanted, settings, listener_of(reporter))

        return _train(launched.plan_of_first(prepare), reporter)


def tell(result: dict) -> str:
    """The result in plain words."""
    import json

    if "config" in result:
        return json.dumps(result["config"], indent=2)
    if "rank" in result:
        return f"Process {result['rank']} has done its part."
    best = result["best"]
    begin = "The run was finished already." if result["finished_before"] else f"Trained {result['epochs']} epochs"
    took = "" if result["finished_before"] else f" in {in_words(result['seconds'])}."
    lines = [
        begin + took,
        f"Best epoch {best['epoch']}: PSNR {best['psnr_db']:.2f} dB, SSIM {best['ssim']:.4f} on the validation slices.",
        *_scores_in_words(result["scores"]),
        "",
        f"Model     {result['model']}  (enhance --model, models add)",
        f"Curves    {result['curves']}",
        f"Scores    {result['scores_file']}",
    ]
    return "\n".join(lines)


def settings_of(wanted: TrainArguments) -> dict[str, object]:
    """Those of the file, then those given one by one."""
    from ..training.choosing import read_settings
    from ..training.config import read_config

    told = read_config(wanted.config) if wanted.config is not None else {}
    return {**told, **read_settings(wanted.settings)}


@contextmanager
def alone_in_run(run: Path, reporter: Reporter) -> Iterator[None]:
    """Train in a run's folder as the only process; in all of a cross-site test, if the run is one of its.

    :raises InUse: if another process trains there.
    """
    from ..training.cross_site_folder import CrossSiteFolder

    test = CrossSiteFolder(run.absolute().parent)
    with alone_in(test.path if test.is_begun else run, reporter.warn):
        yield


def _train(plan: FitPlan, reporter: Reporter) -> dict:
    from ..training.run_folder import RunFolder
    from ..training.train import finish, train
    from . import launched
    from .listening import listener_of

    listener = listener_of(reporter)
    began = time.monotonic()
    launched.check_count(plan.config)
    folder = RunFolder(Path(plan.run))
    if launched.launched_rank() > 0:
        train(plan, listener)
        return {"rank": launched.launched_rank()}
    trained = train(plan, listener, way_of(plan.config))
    if trained or not folder.scores_file.exists():
        reporter.log("Making the model and measuring it on the test specimens")
        finish(plan, listener)
    return _result(folder, plan.config, finished_before=not trained, seconds=time.monotonic() - began)


def _plan(wanted: TrainArguments, settings: dict[str, object], listener: Listener) -> FitPlan:
    from ..training import train
    from ..training.choosing import choose_config

    asked = asked_of(wanted)
    if not wanted.resume:
        config = choose_config(wanted.preset, settings, wanted.from_model)
        _check_nodes(config)
        return train.begin(asked, config, listener)
    if wanted.from_model is not None:
        settings = {**settings, "from_model": wanted.from_model}
    return train.resume(asked, settings, listener)


def asked_of(wanted: TrainArguments) -> Wanted:
    from ..training.train import Wanted

    return Wanted(
        run=Path(wanted.output),
        cohort=None if wanted.cohort is None else open_cohort(wanted.cohort, wanted),
        pairing=wanted.pairing(),
        store=None if wanted.store is None else Path(wanted.store),
        words=None if wanted.resume else wanted.words(),
    )


def way_of(config: TrainingConfig) -> object:
    """In this process, or in one for each device."""
    from ..training.fit import fit
    from . import launched
    from .ranks import fit_on_devices

    own_processes = config.world_size > 1 and launched.launched_processes() == 1
    return fit_on_devices if own_processes else fit


def _check_nodes(config: TrainingConfig) -> None:
    """:raises InputError: if several computers are to train and nobody has started the processes there."""
    from . import launched

    if config.nodes > 1 and launched.launched_processes() == 1:
        raise InputError(
            f"{config.nodes} nodes are to train, but this process was started alone.",
            "Start it on each node with torchrun or srun, see docs/training.md.",
        )


def _result(folder: RunFolder, config: TrainingConfig, *, finished_before: bool, seconds: float) -> dict:
    from dataclasses import asdict

    from ..training.store import read_json

    history = folder.history()
    return {
        "run": str(folder.path),
        "finished_before": finished_before,
        "seconds": seconds,
        "epochs": len(history.rows),
        "best": asdict(history.best(config.best_by)),
        "model": str(folder.model),
        "curves": str(folder.path / "curves.png"),
        "scores_file": str(folder.scores_file),
        "scores": read_json(folder.scores_file),
    }


def _scores_in_words(scores: dict) -> list[str]:
    """PSNR, SSIM and the error of BA/TA on the test specimens, and what was gained over cubic interpolation."""
    means = scores["means"].get("all")
    if means is None:
        return ["There were no test specimens to measure the model on."]
    lines = [f"On {means['specimens']} test specimens (mean; LR linear, LR cubic, DL):"]
    for name, label in (("psnr_db", "PSNR [dB]"), ("ssim", "SSIM"), ("ba_ta_error", "BA/TA error")):
        values = [means[method][name]["mean"] for method in ("bilinear", "bicubic", "dl")]
        told = ", ".join("identical" if value is None else f"{value:.4g}" for value in values)
        lines.append(f"  {label:<12} {told}; DL less cubic {_gain_in_words(means['dl_minus_bicubic'][name])}")
    return lines


def _gain_in_words(gain: dict) -> str:
    mean = "not known" if gain["mean"] is None else f"{gain['mean']:+.3g}"
    return mean if gain["ci95"] is None else f"{mean} (95 % CI {gain['ci95'][0]:+.3g} to {gain['ci95'][1]:+.3g})"


TRAIN = Command("train", "Train a network on a cohort of paired scans.", add_arguments, describe, run, tell)
