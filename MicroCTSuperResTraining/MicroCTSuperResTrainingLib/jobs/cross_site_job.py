"""`cross-site`: a model of each site, tested on the specimens of every site."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path

from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.folder_lock import alone_in
from MicroCTSuperResLib.jobs.arguments import read_arguments
from MicroCTSuperResLib.jobs.command import Command, Reporter
from MicroCTSuperResLib.jobs.terminal import in_words

from . import train_job
from .train_options import TrainArguments, add_train_options

_MEASURES = {"psnr_db": ("PSNR [dB]", ".2f"), "ssim": ("SSIM", ".4f"), "ba_ta_error": ("BA/TA error", ".4f")}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `cross-site`: those of `train`, whose RUN is the folder of the test."""
    add_train_options(parser)


def run(arguments: dict, reporter: Reporter) -> dict:
    """Train on each site and test on all.

    :raises CohortError: for a cohort with problems, all of them, before anything is trained.
    :raises InputError: for settings or scans that cannot be trained with, before anything is trained.
    :raises OutputError: if the folder cannot be written, or another process works in it.
    :raises Cancelled: when the reporter says so; the test can be resumed.
    """
    wanted = read_arguments(TrainArguments, arguments)
    settings = train_job.settings_of(wanted)
    from ..training.choosing import choose_config

    if wanted.print_config:
        return {"config": choose_config(wanted.preset, settings, wanted.from_model).to_dict()}
    if wanted.output is None:
        raise InputError("The job has no output.", "Name the folder of the test.")
    from ..training import cross_site
    from ..training.cross_site_folder import CrossSiteFolder
    from .listening import listener_of

    listener = listener_of(reporter)
    began = time.monotonic()
    asked = train_job.asked_of(wanted)
    folder = CrossSiteFolder(Path(wanted.output))
    with alone_in(folder.path, reporter.warn):
        if wanted.resume:
            settings |= {} if wanted.from_model is None else {"from_model": wanted.from_model}
            plans = cross_site.resume(asked, settings, listener)
        else:
            config = choose_config(wanted.preset, settings, wanted.from_model)
            _check_one_computer(config.nodes)
            plans = cross_site.begin(asked, config, listener)
        fit_with = train_job.way_of(next(iter(plans.values())).config)
        finished = cross_site.train_sites(plans, listener, fit_with)
        table = cross_site.write_cross_site(folder, listener)
    return {
        "output": wanted.output,
        "finished_before": finished,
        "seconds": time.monotonic() - began,
        "files": {kind: f"{folder.table_stem}.{kind}" for kind in ("json", "csv", "png", "svg")},
        "table": table,
    }


def tell(result: dict) -> str:
    """The table in plain words."""
    if "config" in result:
        return train_job.tell(result)
    table = result["table"]
    lines = [f"Trained on each of {len(table['sites'])} sites and tested on all in {in_words(result['seconds'])}."]
    if result["finished_before"]:
        lines.append(f"Finished before: {', '.join(result['finished_before'])}.")
    for name, (label, form) in _MEASURES.items():
        lines += ["", f"{label}: trained on, tested on; means of LR linear, LR cubic, DL", *_rows(table, name, form)]
    if table["simulated"]:
        lines += ["", "Simulated specimens show that the software works; they say nothing about biology."]
    return "\n".join([*lines, "", f"Table     {result['files']['csv']}", f"Picture   {result['files']['png']}"])


def _rows(table: dict, measure: str, form: str) -> list[str]:
    width = max(map(len, table["sites"]))
    rows = []
    for cell in table["cells"]:
        where = f"  {cell['trained_on']:<{width}}  {cell['tested_on']:<{width}}  n = {cell['specimens']:<3}"
        if "dl" not in cell:
            rows.append(f"{where} no scores")
            continue
        values = [_number(cell[method][measure]["mean"], form) for method in ("bilinear", "bicubic", "dl")]
        gain = _with_interval(cell["dl_minus_bicubic"][measure], form)
        rows.append(f"{where} {', '.join(values)}; DL less cubic {gain}")
    for cost in table["other_less_own"]:
        own, other, told = cost["tested_on"], cost["trained_on"], _with_interval(cost[measure], form)
        rows.append(f"  On {own}, the network of {other} less that of {own}: {told}")
    return rows


def _with_interval(told: dict, form: str) -> str:
    mean = _number(told["mean"], f"+{form}")
    return mean if told["ci95"] is None else f"{mean} (95 % CI {told['ci95'][0]:+{form}} to {told['ci95'][1]:+{form}})"


def _number(value: float | None, form: str) -> str:
    return "not known" if value is None else f"{value:{form}}"


def _check_one_computer(nodes: int) -> None:
    """:raises InputError: for several computers, or where torchrun or SLURM have started several processes."""
    from . import launched

    if nodes > 1 or launched.launched_processes() > 1:
        raise InputError(
            "A cross-site test trains on one computer.",
            "Start one process and give --devices, or train each site on its own with train.",
        )


CROSS_SITE = Command(
    "cross-site", "Train on each site and test on all of them.", add_arguments, train_job.describe, run, tell
)
