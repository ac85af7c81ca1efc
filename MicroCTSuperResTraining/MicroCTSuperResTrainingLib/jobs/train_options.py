"""The options of `train`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .cohort_options import CohortReadingArguments, add_cohort_reading_options
from .pairing_options import PairingArguments, add_pairing_options

if TYPE_CHECKING:
    from ..training.result import ResultWords

# Options that are settings of the same name; --set reaches all others.
_SETTINGS = ("epochs", "batch", "seed", "device", "devices", "nodes", "workers", "precision")
_SWITCHES = ("deterministic", "compile")


@dataclass(frozen=True, kw_only=True)
class TrainArguments(PairingArguments, CohortReadingArguments):
    """See `microct-superres train --help`.

    :param cohort: the table; None only to resume or to print the settings.
    :param output: the run's folder.
    :param settings: NAME=VALUE each, as `--set` takes them.
    """

    cohort: str | None = None
    output: str | None = None
    preset: str | None = None
    config: str | None = None
    settings: tuple[str, ...] = ()
    from_model: str | None = None
    resume: bool = False
    print_config: bool = False
    store: str | None = None
    name: str | None = None
    licence: str | None = None
    citation: str | None = None
    data_source: str | None = None
    data_licence: str | None = None

    def words(self) -> ResultWords:
        """What the model card is to tell.

        :raises InputError: for a name that no model may have.
        """
        from MicroCTSuperResLib.errors import InputError
        from MicroCTSuperResLib.networks.card_checks import is_model_name

        from ..training.result import ResultWords

        if self.name is not None and not is_model_name(self.name):
            raise InputError(
                f"A model cannot be called {self.name!r}.", "Use lower-case letters, digits and - . _ in between."
            )
        told = {name: getattr(self, name) for name in ("name", "licence", "citation", "data_source", "data_licence")}
        return ResultWords(**{name: value for name, value in told.items() if value is not None})


def add_train_options(parser: ArgumentParser) -> None:
    """Add the options of :class:`TrainArguments`."""
    parser.add_argument("cohort", nargs="?", metavar="COHORT.csv", help="the table of the scans, with a column split")
    parser.add_argument("-o", "--output", metavar="RUN", help="folder of the run, which is made")
    parser.add_argument("--resume", action="store_true", help="go on with the run in RUN where it stopped")
    _add_settings(parser.add_argument_group("settings", "--print-config shows all of them."))
    add_pairing_options(parser)
    _add_words(parser.add_argument_group("the model's card"))
    add_cohort_reading_options(parser)


def settings_given(options: Namespace) -> list[str]:
    """The settings that have an option of their own, as NAME=VALUE."""
    given = {name: getattr(options, name) for name in _SETTINGS if getattr(options, name) is not None}
    given |= {name: True for name in _SWITCHES if getattr(options, name)}
    return [f"{name}={json.dumps(value)}" for name, value in given.items()]


def _add_settings(group: object) -> None:
    group.add_argument("--preset", choices=("fast", "abstract"), help="settings to begin with (default: fast)")
    group.add_argument("--config", metavar="FILE.json", help="settings in a file, as --print-config writes them")
    group.add_argument(
        "--set", dest="settings", action="append", metavar="NAME=VALUE", help="any setting; may be given several times"
    )
    group.add_argument(
        "--from", dest="from_model", metavar="MODEL", help="start with the weights of this model, such as default"
    )
    group.add_argument("--epochs", type=int, metavar="N", help="at most so many")
    group.add_argument("--batch", type=int, metavar="N", help="samples in a step, over all devices together")
    group.add_argument("--seed", type=int, metavar="N", help="same seed, same training")
    group.add_argument("--device", choices=("auto", "cpu", "cuda"), help="where to train (default: auto)")
    group.add_argument("--devices", type=int, metavar="N", help="devices of this computer")
    group.add_argument("--nodes", type=int, metavar="N", help="computers, with torchrun or srun")
    group.add_argument("--workers", type=int, metavar="N", help="processes that prepare samples for each device")
    group.add_argument("--precision", choices=("32", "bf16", "16"), help="of the computation; 16 on CUDA only")
    group.add_argument("--deterministic", action="store_true", help="the same result every time on CUDA, too; slower")
    group.add_argument("--compile", action="store_true", help="let torch.compile translate the network first")
    group.add_argument("--print-config", action="store_true", help="print the settings and end")
    group.add_argument("--store", metavar="FOLDER", help="slice store to use or make (default: RUN/store)")


def _add_words(group: object) -> None:
    group.add_argument("--name", help="of the model (default: made from that of RUN)")
    group.add_argument("--licence", metavar="SPDX", help="of the weights, as an SPDX expression")
    group.add_argument("--citation", metavar="TEXT", help="how to cite the model")
    group.add_argument("--data-source", metavar="TEXT", help="where the scans are from")
    group.add_argument("--data-licence", metavar="SPDX", help="of the scans")
