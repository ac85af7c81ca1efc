"""How LR and HR of a specimen are brought together: the options that every command that pairs scans has."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..cohort.pair_settings import PairingSettings

_NAMES = ("limit_um", "refine", "refine_from_voxels", "placement", "least_likeness")


@dataclass(frozen=True, kw_only=True)
class PairingArguments:
    """The fields of :class:`~..cohort.pair_settings.PairingSettings`, each None where it was not given.

    :param field: side of the field around the bone in LR voxels; 0 for all that LR and HR share.
    """

    field: int | None = None
    limit_um: float | None = None
    refine: str | None = None
    refine_from_voxels: float | None = None
    placement: str | None = None
    least_likeness: float | None = None

    def pairing(self) -> PairingSettings | None:
        """The settings; None where nothing was given.

        :raises InputError: for settings that make no sense.
        """
        from ..cohort.pair_settings import PairingSettings

        given = {name: getattr(self, name) for name in _NAMES if getattr(self, name) is not None}
        if self.field is not None:
            given["field_voxels"] = self.field or None
        return PairingSettings(**given) if given else None


def add_pairing_options(parser: ArgumentParser) -> None:
    """Add the options of :class:`PairingArguments`."""
    pairing = parser.add_argument_group("pairing LR with HR")
    pairing.add_argument(
        "--field",
        type=int,
        metavar="VOXELS",
        help="side of the field around the bone in LR voxels, 0 for all; a crop comes before it (default: 200)",
    )
    pairing.add_argument(
        "--refine",
        choices=("none", "translation", "rigid"),
        help="resample HR where the bone moved between the scans, by the shift or by shift and rotation "
        "(default: none)",
    )
    pairing.add_argument(
        "--refine-from-voxels", type=float, metavar="VOXELS", help="leave smaller shifts, in HR voxels (default: 0.1)"
    )
    pairing.add_argument(
        "--limit-um", type=float, metavar="UM", help="refuse bones that moved farther (default: 3 LR voxels)"
    )
    pairing.add_argument(
        "--placement",
        choices=("auto", "files", "corners"),
        help="where HR lies: as the files say, or its outer corner at that of LR (default: corners where all origins "
        "are 0, else files)",
    )
    pairing.add_argument(
        "--least-likeness",
        type=float,
        metavar="R",
        help="refuse scans whose detail correlates less, as those of two specimens (default: 0.6)",
    )
