"""What a worker tells of files that the panel has written for it, with the names that the user knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from MicroCTSuperResLib.panel.outcome import Outcome


def with_names(outcome: Outcome, folder: Path, names: Mapping[str, str]) -> Outcome:
    """An outcome whose texts name nodes of the scene; for several volumes it tells why each of them failed.

    :param folder: of the files.
    :param names: by the names of the files.
    """

    def named(text: str) -> str:
        for file, name in names.items():
            text = text.replace(str(folder / file), name)
        return text

    failed = (outcome.result or {}).get("failed") or []
    if outcome.kind == "done" or not failed:
        return replace(outcome, message=named(outcome.message), hint=named(outcome.hint))
    told = [f"{each['input']}: {each['message'].removeprefix(each['input'] + ': ')} {each['hint']}" for each in failed]
    return replace(outcome, message=named("\n".join(told)), hint="")


def without_path(warning: str) -> str:
    """A warning with the volume's method in the place of its file."""
    head, separator, rest = warning.partition(".nrrd: ")
    return f"{Path(head).name}: {rest}" if separator else warning
