"""Which images of a folder are the slices that are wanted, and which SkyScan log belongs to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....errors import FormatError
from .skyscan_log import ENDING, SkyscanLog, logs_in
from .slice_names import is_numbered, prefix_of
from .slices import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# NRecon leaves a shadow projection `NAME__rec_spr` beside the slices.
_PREVIEW = "_spr"


@dataclass(frozen=True)
class Selection:
    """The slices that are wanted, in no order yet.

    :param log: the SkyScan log of their reconstruction.
    :param log_note: for a message about slices without spacing: the logs in the folder that belong to others.
    """

    files: tuple[Path, ...]
    log: SkyscanLog | None = None
    warnings: tuple[str, ...] = ()
    log_note: str = ""


def selected(path: Path) -> Selection:
    """The slices of a folder, of a pattern, or of a SkyScan log.

    :raises FormatError: if there are none, of several kinds or of several reconstructions, or they are projections.
    """
    is_log = path.suffix.lower() == ENDING and path.is_file()
    folder, pattern = (path, "*") if path.is_dir() else (path.parent, "*" if is_log else path.name)
    present = sorted(folder.iterdir())
    matching = set(folder.glob(pattern))
    images = [file for file in present if file in matching and _is_slice(file)]
    logs = logs_in(present)
    chosen = [log for log in logs if log.path == path] if is_log else logs
    if is_log and not chosen:
        raise FormatError(f"{path} is no log of a SkyScan scan.", "Give a file or a folder of slices.")
    selection = _of_log(folder, images, chosen)
    if selection is None and not is_log:
        selection = Selection(tuple(images), log_note=_log_note(logs))
    if selection is None or not selection.files:
        raise FormatError(f"{path} has no slices ({', '.join(EXTENSIONS)}).", "Give a file or a folder of slices.")
    _check_one_kind(folder, selection.files)
    return selection


def _of_log(folder: Path, images: Sequence[Path], logs: Sequence[SkyscanLog]) -> Selection | None:
    """The slices of the one reconstruction whose log is there; None if the logs belong to none of the images.

    :raises FormatError: if they are of several reconstructions, or the images are projections.
    """
    owned = [(log, tuple(file for file in images if log.names_file(file))) for log in logs if log.is_reconstruction]
    owned = _without_doubles([(log, files) for log, files in owned if files])
    if len(owned) > 1:
        told = ", ".join(f"{prefix_of(files[0])} ({len(files)}, {log.path.name})" for log, files in owned[:6])
        raise FormatError(
            f"{folder} holds slices of several reconstructions: {told}.",
            f"Choose one by its log ({owned[0][0].path}) or a pattern "
            f"('{folder / (prefix_of(owned[0][1][0]) + '*' + owned[0][1][0].suffix)}').",
        )
    if not owned:
        _refuse_projections(folder, images, logs)
        return None
    log, files = owned[0]
    others = [file for file in images if file not in set(files) and not log.goes_with(file)]
    warnings = (f"{len(others)} other images in {folder.name} are left out ({others[0].name} ...).",) if others else ()
    return Selection(files, log, warnings)


def _without_doubles(
    owned: list[tuple[SkyscanLog, tuple[Path, ...]]],
) -> list[tuple[SkyscanLog, tuple[Path, ...]]]:
    """Of several logs that name the same slices the one that is called like them."""
    sets = {files for _, files in owned}
    if len(owned) < 2 or len(sets) > 1:
        return owned
    alike = [(log, files) for log, files in owned if log.is_named_as(files[0])]
    return alike if len(alike) == 1 else owned


def _refuse_projections(folder: Path, images: Sequence[Path], logs: Sequence[SkyscanLog]) -> None:
    for log in logs:
        projections = [file for file in images if not log.is_reconstruction and log.names_file(file)]
        if projections:
            raise FormatError(
                f"{folder} holds projections ({projections[0].name} ...), not slices: {log.path.name} tells of an "
                "acquisition without reconstruction.",
                "Reconstruct them first (NRecon) and give the folder of its slices.",
            )


def _is_slice(file: Path) -> bool:
    return (
        file.suffix.lower() in EXTENSIONS
        and not file.name.startswith(".")
        and not (file.stem.lower().endswith(_PREVIEW) and not is_numbered(file))
        and file.is_file()
    )


def _check_one_kind(folder: Path, files: Sequence[Path]) -> None:
    kinds = {file.suffix.lower().replace(".tiff", ".tif") for file in files}
    if len(kinds) > 1:
        raise FormatError(
            f"{folder} holds images of several kinds: {', '.join(sorted(kinds))}.",
            f"Choose one with a pattern, such as '{folder / ('*' + min(kinds))}'.",
        )


def _log_note(logs: Sequence[SkyscanLog]) -> str:
    named = [log.path.name for log in logs if log.is_reconstruction]
    return f", and {named[0]} belongs to slices of other names" if named else ""
