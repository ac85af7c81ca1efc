"""One specimen of an evaluation as a task that travels between processes, and what an earlier evaluation left of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from MicroCTSuperResLib import __version__

from ..cohort.pair_settings import PairingSettings
from ..cohort.specimen import Specimen
from .methods import Method
from .settings import EvaluationSettings

SPECIMENS, RESULT = "specimens", "result.json"
OVERLAYS, COMPARISON = "overlays", "comparison"
PICTURE_FORMATS = ("png", "svg", "pdf")
_SCHEMA = 3


@dataclass(frozen=True)
class SpecimenTask:
    """What is to be done for one specimen.

    :param dl: the file that holds DL; None where models make it.
    :param device: that the models run on.
    :param threads: of this task; None for all cores.
    :param simulated: whether the specimen is known to be; else its files and its row are asked.
    """

    specimen: Specimen
    methods: tuple[Method, ...]
    settings: EvaluationSettings
    pairing: PairingSettings
    folder: Path
    dl: Path | None = None
    device: str = "auto"
    threads: int | None = None
    simulated: bool = False

    @property
    def has_result(self) -> bool:
        """Whether an evaluation of it, of whatever kind, was finished before."""
        return self.result_path.exists()

    @property
    def result_path(self) -> Path:
        """Where the result is written."""
        return self.folder / SPECIMENS / self.specimen.specimen / RESULT

    @property
    def overlay_path(self) -> Path:
        """Where the picture of its contours is written."""
        return self.folder / OVERLAYS / f"{self.specimen.specimen}.png"

    @property
    def comparison_paths(self) -> list[Path]:
        """Where LR, DL and HR are shown."""
        return [self.result_path.with_name(f"{COMPARISON}.{kind}") for kind in PICTURE_FORMATS]

    def files(self) -> dict[str, Path]:
        """The files that are read, by what they are."""
        told = {"lr": self.specimen.lr, "hr": self.specimen.hr, "mask": self.specimen.mask, "dl": self.dl}
        return {name: path for name, path in told.items() if path is not None}

    def work(self) -> dict:
        """What is done to the files of this specimen as to those of all others, as JSON can hold it."""
        # The margin is of the agreement analysis, which is made anew every time.
        settings = {name: value for name, value in self.settings.to_json().items() if name != "margin"}
        return {
            "software": __version__,
            "models": {
                method.key: {name: method.facts.get(name) for name in ("name", "sha256")}
                for method in self.methods
                if method.model is not None
            },
            **settings,
            **asdict(self.pairing),
            "simulated": self.simulated,
        }

    def fingerprint(self) -> str:
        """The same for the same work on the same files, told by their size and time of change; hexadecimal."""
        what = {
            "schema": _SCHEMA,
            "files": {name: _stamp(path) for name, path in self.files().items()},
            "names": [getattr(self.specimen, name) for name in ("specimen", "animal", "site", "group", "split")],
            "reading": asdict(self.specimen.reading),
            "work": self.work(),
        }
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()

    def changed_work(self) -> list[str]:
        """How the work differs from that of the result that lies there; empty where it does not, or none does."""
        result = self._earlier_result()
        if result is None:
            return []
        before, now = result.get("work") or {"software": "another version"}, self.work()
        return [
            f"{name} was {_told(before.get(name))}, is {_told(value)}"
            for name, value in now.items()
            # What an earlier version did not know, it did as is usual now.
            if name in before and before[name] != value
        ]

    def kept_result(self) -> dict | None:
        """The result of an earlier evaluation that was the same; None where it or a picture is missing."""
        if not all(path.exists() for path in (self.overlay_path, *self.comparison_paths)):
            return None
        result = self._earlier_result()
        return result if result is not None and result.get("fingerprint") == self.fingerprint() else None

    def _earlier_result(self) -> dict | None:
        """The result that lies there, whatever it was made of."""
        try:
            result = json.loads(self.result_path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return result if isinstance(result, dict) else None


def _stamp(path: Path) -> list[object]:
    """What tells a file from another of that name: for a folder, its files."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    told = [(file, file.stat()) for file in files if file.exists()]
    return [str(path), [[file.name, state.st_size, state.st_mtime_ns] for file, state in told]]


def _told(value: object) -> str:
    """A setting to read: models by their names, with the beginning of their checksums where they have one."""
    if not isinstance(value, dict):
        return "not given" if value is None else str(value)
    models = [f"{model['name']} ({str(model['sha256'])[:8]})" for model in value.values()]
    return " and ".join(models) or "files of DL"
