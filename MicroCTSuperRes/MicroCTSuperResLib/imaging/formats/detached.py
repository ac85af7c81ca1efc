"""Voxels that stand in another file than the header that names it.

The name may be any path, as in ITK: raw voxels of 10 GB often stay on the disk of the scanner while the header lies
with the user's notes, and an absolute path is what other programs write then. The file is only read, with the user's
own permissions; but a header that came from elsewhere could name any file, so one outside the header's folder is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import FormatError

if TYPE_CHECKING:
    from pathlib import Path


def detached_file(path: Path, name: str) -> Path:
    """The file that a header names.

    :param path: the header's file, from whose folder a relative name counts.
    :raises FormatError: if there is none.
    """
    data_file = path.parent / name
    try:
        exists = data_file.is_file()
    except (OSError, ValueError):  # a name that no file can have
        exists = False
    if not exists:
        raise FormatError(f"{path} has its voxels in {data_file}, which does not exist.", "Put that file beside it.")
    return data_file


def outside_warnings(path: Path, data_file: Path | None) -> tuple[str, ...]:
    """What to tell of a file that is not in the header's folder or below it, links in it apart.

    :param data_file: None where the voxels are in several files.
    """
    if data_file is None or data_file.parent.resolve().is_relative_to(path.parent.resolve()):
        return ()
    return (f"Its voxels are in {data_file}, outside its folder: check that they are those of this scan.",)
