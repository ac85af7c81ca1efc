"""Whether what is given now is what a run was begun with; the differences are named."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from MicroCTSuperResLib.errors import InputError

if TYPE_CHECKING:
    from ..cohort.pair_settings import PairingSettings
    from ..cohort.specimen import Specimen
    from ..cohort.table import Cohort
    from .run_folder import RunRecord

_TOLD = 3
_FACTS = ("animal", "site", "group", "split", "lr", "hr", "mask")


def check_same_cohort(begun: Cohort, given: Cohort) -> None:
    """:raises InputError: for other specimens, splits, files or ways to read them."""
    before, now = ({each.specimen: _facts(each) for each in cohort.specimens} for cohort in (begun, given))
    changed = [
        f"{name} {_difference(before.get(name), now.get(name))}"
        for name in dict.fromkeys((*before, *now))
        if before.get(name) != now.get(name)
    ]
    if changed:
        more = f"; and {len(changed) - _TOLD} more" if len(changed) > _TOLD else ""
        raise InputError(
            f"{given.path} is not the cohort that the run was begun with: {'; '.join(changed[:_TOLD])}{more}.",
            "Resume without naming a cohort, or train into another folder.",
        )


def check_same_record(record: RunRecord, pairing: PairingSettings | None, store: str | None) -> None:
    """:raises InputError: for a pairing or a slice store other than the run's, told as its record tells it."""
    before, now = record.pairing, {} if pairing is None else asdict(pairing)
    changed = [f"{key} was {before.get(key)!r}, is {now[key]!r}" for key in now if now[key] != before.get(key)]
    if changed:
        raise InputError(
            f"The run was begun with another pairing: {'; '.join(changed)}.",
            "Resume without these options, or train into another folder.",
        )
    if store is not None and store != record.store:
        raise InputError(
            f"The run was begun with the slice store {record.store}, not {store}.",
            "Resume without --store, or train into another folder.",
        )


def _facts(specimen: Specimen) -> dict:
    return {**{name: getattr(specimen, name) for name in _FACTS}, **asdict(specimen.reading)}


def _difference(before: dict | None, now: dict | None) -> str:
    if before is None or now is None:
        return "is new" if before is None else "is missing"
    changed = [name for name in before if before[name] != now[name]]
    return "has " + ", ".join(f"{name} {now[name]} instead of {before[name]}" for name in changed)
