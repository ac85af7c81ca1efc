"""One process at a time in a folder of results: two that train or evaluate into one would undo each other's work.

FOLDER/.in-use.lock   locked by the operating system, which ends the lock with the process, however that ends
FOLDER/.in-use.json   who holds it, for those who find it locked; another file, as Windows lets nobody read a locked one
"""

from __future__ import annotations

import json
import os
import platform
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import InUse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from filelock import BaseFileLock

LOCK, HOLDER = ".in-use.lock", ".in-use.json"


@dataclass(frozen=True)
class Holder:
    """A process that works in a folder.

    :param host: the computer's name.
    :param process: its number there.
    :param since: ISO date and time with offset.
    """

    host: str
    process: int
    since: str

    def __str__(self) -> str:
        began = datetime.fromisoformat(self.since).astimezone()
        return f"process {self.process} on {self.host}, since {began:%Y-%m-%d %H:%M}"


@contextmanager
def alone_in(folder: str | Path, on_warning: Callable[[str], None] = lambda text: None) -> Iterator[None]:
    """Work in a folder as the only process that does so by this function.

    The folder is made if only it is missing, and removed again if nothing was put into it. What keeps it from being
    made is left to whoever writes there to tell.

    :param on_warning: told if the folder's file system cannot lock; the work goes on then.
    :raises InUse: if another process works there, with its host and number.
    """
    folder = Path(folder)
    is_new = not folder.exists()
    with suppress(OSError):
        folder.mkdir(exist_ok=True)
    lock = _locked(folder, on_warning) if folder.is_dir() else None
    try:
        yield
    finally:
        if lock is not None:
            _leave(folder, lock)
        if is_new:
            with suppress(OSError):  # it holds something
                folder.rmdir()


def holder_of(folder: str | Path) -> Holder | None:
    """Who works in a folder; None if nobody does, or only a process that has ended.

    A process of another computer that was killed is told, too: whether it still runs cannot be seen from here.
    """
    try:
        holder = Holder(**json.loads((Path(folder) / HOLDER).read_text(encoding="utf-8")))
        return None if _has_ended(holder) else holder
    except (OSError, ValueError, TypeError):
        return None


def _locked(folder: Path, on_warning: Callable[[str], None]) -> BaseFileLock | None:
    """The lock; None where the file system has none.

    :raises InUse: see :func:`alone_in`.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise _in_use(folder) from None
    except (OSError, NotImplementedError) as error:
        on_warning(f"{folder} cannot be locked ({error}). See to it that no other process works in it.")
        return None
    with suppress(OSError):
        holder = Holder(platform.node(), os.getpid(), datetime.now().astimezone().isoformat(timespec="seconds"))
        (folder / HOLDER).write_text(json.dumps(asdict(holder)), encoding="utf-8")
    return lock


def _leave(folder: Path, lock: BaseFileLock) -> None:
    with suppress(OSError):
        (folder / HOLDER).unlink(missing_ok=True)
    if os.name == "posix":
        # While it is locked: filelock lets nobody have the lock of a file that has no name any more. On Windows it
        # removes the file itself.
        with suppress(OSError):
            (folder / LOCK).unlink()
    lock.release()


def _in_use(folder: Path) -> InUse:
    holder = holder_of(folder)
    hint = "Wait until it has ended, or choose another folder."
    if holder is not None and holder.host != platform.node():
        hint += f" If that process is no longer there, delete {folder / LOCK}."
    return InUse(f"Another process works in {folder}{'' if holder is None else f': {holder}'}.", hint)


def _has_ended(holder: Holder) -> bool:
    """As far as can be seen here; another process may have its number by now.

    :raises ValueError: for a date that is none.
    """
    since = datetime.fromisoformat(holder.since).timestamp()
    if holder.host != platform.node():
        return False
    try:
        import psutil
    except ImportError:  # Slicer has none until the packages for enhancing are installed
        return False
    try:
        began = psutil.Process(holder.process).create_time()
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:  # that of another user
        return False
    return began > since + 1
