"""Writing results whole or not at all, and naming files by their content."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from .errors import FormatError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_DISK_PROBLEMS = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "The disk quota is used up",
    errno.EFBIG: "The file is larger than the disk or its limits allow",
    errno.EROFS: "The disk is read-only",
    errno.EACCES: "Permission is denied",
    errno.EPERM: "Permission is denied",
}
# What numpy tells of a disk that is full, without an error number.
_SHORT_WRITE = re.compile(r"\d+ requested and \d+ written")
# The hidden folder in which a result is written beside its place.
_PART = re.compile(r"\..+\.[a-z0-9_]{8}\.part")
# A writer that fails with less than this left on its disk failed for that reason; libraries seldom tell it.
_FULL_DISK_BYTES = 2**16


@contextmanager
def atomic_path(target: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary place for one file or folder that becomes `target` if all goes well.

    :param target: where the result shall be.
    :param overwrite: whether an existing file or folder of that name may be replaced.
    :returns: a path that does not exist yet, on the disk of `target` and with its name, hence with its full suffix.
    :raises OutputError: if `target` exists and `overwrite` is false, or it cannot be written.
    """
    with atomic_files(target, overwrite=overwrite) as temporary:
        yield temporary


@contextmanager
def atomic_files(target: str | Path, companions: tuple[str, ...] = (), *, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary place for a file and the files that belong to it (a header's voxels, a sidecar).

    All of them are written into one hidden folder beside `target`. The companions are put in their place first and
    `target` last, so that `target` never stands there without what it needs.

    :param companions: names of the further files; they are written beside the temporary path that is given.
    :raises OutputError: as :func:`atomic_path`, also for a companion that exists; or if a file was not written.
    """
    target = Path(target)
    names = (*companions, target.name)
    for name in names:
        check_writable(target.parent / name, overwrite=overwrite)
    folder = None
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name[:80]}.", suffix=".part", dir=target.parent))
        yield folder / target.name
        for name in names:
            if not (folder / name).exists():
                raise OutputError(f"{target.parent / name} was not written.", "Please report this as a fault.")
        for name in names:
            _put_in_place(folder / name, target.parent / name, overwrite=overwrite)
    except OSError as error:
        _raise_of_disk(error, target)
    except OutputError as error:
        raise _told_of_target(error, folder, target) from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def check_writable(target: str | Path, *, overwrite: bool = False, needed_bytes: int = 0) -> None:
    """Find out before long work whether its result can be written.

    :param needed_bytes: the size of the result; 0 if it is not known.
    :raises OutputError: if `target` exists and `overwrite` is false, its folder is missing or not writable, or the
        disk has less than `needed_bytes` free.
    """
    target = Path(target)
    folder = target.parent
    if not folder.is_dir():
        raise OutputError(f"The folder {folder} of the result does not exist.", "Create it or choose another place.")
    if not overwrite and (target.exists() or target.is_symlink()):
        raise OutputError(f"{target} exists already.", "Choose another name, or allow it with --overwrite.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _cannot_write(target, f"The folder {folder} is not writable")
    free_bytes = shutil.disk_usage(folder).free
    if needed_bytes > free_bytes:
        raise OutputError(
            f"{target} needs {in_bytes(needed_bytes)}, its disk has {in_bytes(free_bytes)} free.",
            "Free some space or choose another disk.",
        )


@contextmanager
def disk_problems_told(target: str | Path) -> Iterator[None]:
    """For what cannot be written whole and renamed, such as files that grow.

    :raises OutputError: where the disk is full or does not let `target` be written.
    """
    try:
        yield
    except OSError as error:
        _raise_of_disk(error, Path(target))


def sweep(folder: str | Path) -> None:
    """Remove what processes that were killed have left half-written in a folder, not in those inside it.

    Only for who works alone there, see `folder_lock.py`: what another process is writing now looks the same.
    """
    for leftover in Path(folder).glob(".*.part"):
        if leftover.is_dir() and _PART.fullmatch(leftover.name):
            shutil.rmtree(leftover, ignore_errors=True)


def in_bytes(count: int) -> str:
    """A number of bytes to read: "512 bytes", "1.5 MB", "12.0 GB" (powers of ten, as disks are sold)."""
    for power, unit in ((9, "GB"), (6, "MB"), (3, "kB")):
        if count >= 10**power:
            return f"{count / 10**power:.1f} {unit}"
    return f"{count} bytes"


def sha256_of(path: str | Path) -> str:
    """The SHA-256 of a file's content, or of the names and contents of all files in a folder in sorted order.

    The content is streamed: memory stays flat with the size of the file.

    :returns: 64 hexadecimal digits.
    :raises FormatError: if the file is absent or cannot be read.
    """
    path = Path(path)
    try:
        if not path.is_dir():
            return _file_digest(path).hex()
        whole = hashlib.sha256()
        inner = {file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()}
        for name in sorted(inner):
            whole.update(name.encode("utf-8", "surrogateescape") + b"\0" + _file_digest(inner[name]))
        return whole.hexdigest()
    except OSError as error:
        raise FormatError(
            f"{path} cannot be read ({error.strerror}).", "Check the path and its permissions."
        ) from error


def _file_digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _put_in_place(temporary: Path, target: Path, *, overwrite: bool) -> None:
    if not overwrite and target.exists():
        raise OutputError(f"{target} was made by something else meanwhile.", "Choose another name.")
    if temporary.is_file() and target.is_dir():
        raise OutputError(f"{target} is a folder.", "Give the name of a file.")
    if temporary.is_dir() and target.is_dir():
        _replace_folder(temporary, target)
    else:
        temporary.replace(target)


def _replace_folder(temporary: Path, target: Path) -> None:
    """A folder cannot be renamed onto one that holds files: the old one is moved aside and deleted afterwards."""
    aside = temporary.parent / "replaced"
    try:
        target.rename(aside)
        temporary.replace(target)
    except BaseException:
        if aside.exists() and not target.exists():
            aside.rename(target)
        raise


def _told_of_target(error: OutputError, folder: Path | None, target: Path) -> OutputError:
    """The error of a writer, which knows only its temporary place, as one of the target."""
    if folder is not None and shutil.disk_usage(folder).free < _FULL_DISK_BYTES:
        return _cannot_write(target, _DISK_PROBLEMS[errno.ENOSPC])
    message = error.message if folder is None else error.message.replace(str(folder), str(target.parent))
    return OutputError(message, error.hint)


def _raise_of_disk(error: OSError, target: Path) -> NoReturn:
    """:raises OutputError: for a problem of the disk; any other error as it is."""
    number = errno.ENOSPC if _SHORT_WRITE.search(str(error)) else error.errno
    if number not in _DISK_PROBLEMS:
        raise error
    raise _cannot_write(target, _DISK_PROBLEMS[number]) from error


def _cannot_write(target: Path, reason: str) -> OutputError:
    return OutputError(f"{reason}: {target} cannot be written.", "Choose another place, or free or unlock this one.")
