"""The cross-site test: a network trained on each site, tested on specimens of every site.

Each run takes the training and validation specimens of its site, and the test specimens of all sites. An animal stands
on one side of the split over all sites, so no test specimen comes from an animal that any of the networks saw.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import InputError
from MicroCTSuperResLib.networks.card import read_card

from ..cohort.pair_settings import PairingSettings
from ..cohort.problems import CohortError, Problem
from ..cohort.specimen import SPLITS
from ..cohort.table import read_cohort, write_cohort
from . import train as one_run
from .choosing import config_to_resume
from .cross_site_folder import CrossSiteFolder, run_name
from .cross_site_picture import draw_cross_site
from .cross_site_table import read_cells, table_to_json, write_table
from .curves import save_curves
from .fit import device_type, fit
from .result import ResultWords, model_name_from
from .resuming import check_same_record
from .run_folder import RunRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..cohort.specimen import Specimen
    from ..cohort.table import Cohort
    from .config import TrainingConfig
    from .fit import FitPlan
    from .listener import Listener

# The folder of the store stands beside those of the sites.
_RESERVED = ("store",)
_SPLIT_HINT = "Split the cohort with: microct-superres cohort split."


def begin(wanted: one_run.Wanted, config: TrainingConfig, listener: Listener) -> dict[str, FitPlan]:
    """Check all sites, pair all their scans, and make the runs; nothing is trained yet.

    :param wanted: `run` is the folder of the test, `words.name` the beginning of the models' names.
    :returns: the plan of each site.
    :raises CohortError: for a cohort with problems, all of them.
    :raises InputError: for scans that cannot be paired.
    :raises OutputError: for a folder that is not empty, or a disk that is too small.
    """
    from ..cohort.checks import check_cohort

    folder = CrossSiteFolder(wanted.run)
    folder.check_new()
    device_type(config)
    cohort = wanted.cohort
    if cohort is None:
        raise InputError("A new cross-site test needs a cohort.", "Name its table: cross-site COHORT.csv -o DIR.")
    listener.on_log("Checking the headers of all scans")
    report = check_cohort(cohort, should_cancel=listener.should_cancel)
    problems = (*report.problems, *problems_of_sites(cohort.specimens))
    if problems:
        raise CohortError(cohort.path, problems)
    for warning in (*report.warnings, *warnings_of_sites(cohort.specimens)):
        listener.on_warning(str(warning))
    record = RunRecord(
        pairing=asdict(wanted.pairing or PairingSettings()),
        words=asdict(wanted.words or ResultWords()),
        store=folder.store_name(wanted.store),
    )
    folder.begin(config, record)
    write_cohort(cohort, folder.cohort_file, overwrite=True)
    return _plans(folder, config, record, cohort, listener)


def resume(wanted: one_run.Wanted, settings: dict[str, object], listener: Listener) -> dict[str, FitPlan]:
    """Go on with a cross-site test; runs that are finished are not trained again.

    :param settings: what was given now; see :func:`config_to_resume`.
    :returns: the plan of each site.
    :raises InputError: if there is no test, or it was begun with something else: the difference is named.
    """
    folder = CrossSiteFolder(wanted.run)
    begun, record = folder.config(), folder.record()
    config = config_to_resume(begun, settings)
    check_same_record(record, wanted.pairing, wanted.store and folder.store_name(wanted.store))
    folder.sweep()
    cohort = one_run.cohort_of(folder, wanted.cohort)
    if config != begun:
        folder.write_config(config)
    return _plans(folder, config, record, cohort, listener)


def train_sites(
    plans: dict[str, FitPlan], listener: Listener, fit_with: Callable[[FitPlan, Listener], None] = fit
) -> list[str]:
    """Train and score the network of each site, one after another.

    :param fit_with: trains one of them.
    :returns: the sites whose runs were finished before.
    :raises MicroCTError: as a training does; the runs that are done stay done.
    """
    finished = []
    for site, plan in plans.items():
        run = CrossSiteFolder(Path(plan.run).parent).run_of(site)
        listener.on_log(f"Training on {site} ({len(plan.training)} specimens)")
        trained = one_run.train(plan, _telling_site(listener, site), fit_with)
        if trained or not run.scores_file.exists():
            listener.on_log(f"Testing the model of {site} on the test specimens of all sites")
            one_run.finish(plan, listener)
        else:
            finished.append(site)
    return finished


def write_cross_site(folder: CrossSiteFolder, listener: Listener) -> dict:
    """Write the table of a test whose runs are finished, as JSON, CSV and picture.

    :returns: the table, as the JSON file has it.
    :raises OutputError: if a file cannot be written.
    """
    sites = sites_of(read_cohort(folder.cohort_file).specimens)
    cells = read_cells(folder, sites)
    for cell in cells:
        if not cell.specimens:
            listener.on_warning(f"The model of {cell.trained_on} has no scores on {cell.tested_on}.")
    cards = [read_card(folder.run_of(site).model) for site in sites]
    simulated = any(data.simulated for card in cards for data in card.data[: len(card.sites)])
    table = {
        "sites": sites,
        "simulated": simulated,
        "models": {site: str(folder.run_of(site).model.relative_to(folder.path)) for site in sites},
        **table_to_json(cells),
        "settings": folder.config().to_dict(),
    }
    write_table(table, folder.table_stem)
    save_curves(draw_cross_site(table["cells"], sites, simulated=simulated), folder.table_stem)
    return table


def sites_of(specimens: Sequence[Specimen]) -> list[str]:
    """The sites, sorted."""
    return sorted({each.site for each in specimens if each.site})


def problems_of_sites(specimens: Sequence[Specimen]) -> list[Problem]:
    """What keeps a cohort from a cross-site test, beside what keeps it from any training."""
    problems = [
        Problem(each.row, each.specimen, "site", "The cell is empty.", "Name the bone, such as femur.")
        for each in specimens
        if not each.site
    ]
    sites = sites_of(specimens)
    if len(sites) < 2:
        told = f"All specimens are of one site ({sites[0]})" if sites else "No specimen has a site"
        problems.append(Problem(0, "", "site", f"{told}.", "A cross-site test needs two or more; train takes one."))
    counts = Counter((each.site, each.split) for each in specimens)
    problems += [
        Problem(0, "", "split", f"Site {site} has no specimen in {split}.", _SPLIT_HINT)
        for site in sites
        for split in SPLITS
        if not counts[site, split]
    ]
    return problems + _problems_of_names(sites)


def warnings_of_sites(specimens: Sequence[Specimen]) -> list[Problem]:
    """What the user of a cross-site test should know of its sites."""
    counts = Counter(each.site for each in specimens if each.split == "test")
    return [
        Problem(0, "", "split", f"Site {site} has one test specimen: its scores have no confidence interval.")
        for site in sites_of(specimens)
        if counts[site] == 1
    ]


def cohort_of_site(cohort: Cohort, site: str) -> Cohort:
    """What the run of a site is given: its own specimens to train and validate, those of all sites to test."""
    taken = (each for each in cohort.specimens if each.split == "test" or (each.site == site and each.split))
    return replace(cohort, specimens=tuple(taken))


def _problems_of_names(sites: Sequence[str]) -> list[Problem]:
    names = Counter(run_name(site) for site in sites)
    return [
        Problem(0, "", "site", f"A folder cannot be named after site {site!r} without doubt.", "Give it another name.")
        for site in sites
        if run_name(site) in _RESERVED or names[run_name(site)] > 1
    ]


def _plans(
    folder: CrossSiteFolder, config: TrainingConfig, record: RunRecord, cohort: Cohort, listener: Listener
) -> dict[str, FitPlan]:
    """Pair all scans once, for all runs, then make or open the run of each site."""
    store = one_run.store_of(folder, record, cohort, listener)
    if not record.fingerprint:
        # Until then, a cohort with a scan that cannot be paired may be corrected and begun with again.
        folder.write_record(replace(record, fingerprint=store.fingerprint))
    return {site: _plan(folder, site, config, record, cohort, listener) for site in sites_of(cohort.specimens)}


def _plan(
    folder: CrossSiteFolder, site: str, config: TrainingConfig, record: RunRecord, cohort: Cohort, listener: Listener
) -> FitPlan:
    run = folder.run_of(site)
    words = ResultWords(**record.words)
    base = words.name or folder.path.absolute().name
    wanted = one_run.Wanted(
        run=run.path,
        cohort=cohort_of_site(cohort, site),
        pairing=PairingSettings(**record.pairing),
        store=folder.store_folder(record),
        words=replace(words, name=model_name_from(f"{base}-{site}")),
    )
    # The warnings of all scans were told once.
    quiet = replace(listener, on_log=lambda text: None, on_warning=lambda text: None)
    if run.is_begun:
        return one_run.resume(wanted, {"epochs": config.epochs, "workers": config.workers}, quiet)
    return one_run.begin(wanted, config, quiet)


def _telling_site(listener: Listener, site: str) -> Listener:
    return replace(listener, on_epoch=lambda event: listener.on_epoch({**event, "site": site}))
