"""Scanco scans into Slicer's scene: what the module's file reader does when a file is dropped on Slicer.

Slicer has a reader for ISQ files of its own, which gives HU, knows no calibration for density and takes damaged files.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MicroCTError, OutOfMemory

if TYPE_CHECKING:
    import slicer

    from ..imaging.formats import Header

# Slicer's own reader has 0.54 for ".isq" (0.5 and 0.01 for each letter of the ending).
CONFIDENCE = 0.9
# A damaged file, too, is ours: Slicer's own reader would show something else than what was scanned.
CONFIDENCE_IN_DAMAGED = 0.6
_ENDING = re.compile(r"\.(isq|aim)(;\d+)?$", re.IGNORECASE)


@dataclass(frozen=True)
class LoadedScan:
    """A scan in the scene.

    :param node: its volume node.
    :param warnings: what the user should know before trusting its numbers, one sentence each.
    """

    node: slicer.vtkMRMLScalarVolumeNode
    warnings: tuple[str, ...]


def confidence_in(path: str) -> float:
    """How sure the reader is that a file is its own, from 0 to 1. Only the headers of files with our endings are read.

    Copies from a VMS computer may end in its version number: "C0001234.ISQ;1".
    """
    if not _ENDING.search(Path(path).name) or not Path(path).is_file():
        return 0.0
    if _is_xml(path):  # "Annotation and Image Markup" ends in .aim, too
        return 0.0
    from ..imaging.formats import inspect

    try:
        inspect(path)
    except MicroCTError:
        return CONFIDENCE_IN_DAMAGED
    return CONFIDENCE


def load_scan(
    scene: slicer.vtkMRMLScene,
    path: str,
    *,
    name: str = "",
    units: str | None = None,
    crop: str | None = None,
    free_bytes: int | None = None,
) -> LoadedScan:
    """Load a scan as a volume node with its units and calibration, in a window that shows bone.

    The numbers stay those of the file unless `units` asks for others: they are the ones of the scanner's own software,
    take half the memory of densities, and so does what is made from them. The calibration comes along, so that they can
    be converted at any time.

    :param path: a file of any format of the engine.
    :param name: of the node; by default that of the file.
    :param units: of the node's grey values, as :func:`~..imaging.formats.open_scan` takes them.
    :param crop: the part to load, as :func:`~..imaging.crop.parse_crop` reads it.
    :param free_bytes: memory that may be used; by default what the computer has free.
    :raises MicroCTError: if the file cannot be read, is damaged, or does not fit into memory; the scene is as before.
    """
    from ..imaging.formats import open_scan
    from ..scene.display import show_bone
    from ..scene.volume_nodes import node_from_volume

    scan = open_scan(path, units=units, crop=crop)
    _check_memory(scan.header, available_memory() if free_bytes is None else free_bytes)
    try:
        volume = scan.volume()
        node = node_from_volume(scene, volume, name or _ENDING.sub("", Path(path).name))
    except (MemoryError, OutOfMemory) as error:
        raise _too_large(scan.header, _needed_bytes(scan.header), None) from error
    show_bone(node, volume.units)
    return LoadedScan(node, scan.header.warnings)


def available_memory() -> int | None:
    """Bytes that Slicer may still take; None where that is not known.

    psutil tells it, but Slicer has none until the packages for enhancing are installed.
    """
    try:
        from ..enhancement.memory import free_memory

        return free_memory()
    except ImportError:
        return _available_on_windows() if sys.platform == "win32" else _available_on_unix()


def _check_memory(header: Header, free_bytes: int | None) -> None:
    needed = _needed_bytes(header)
    if free_bytes is not None and needed > free_bytes:
        raise _too_large(header, needed, free_bytes)


def _needed_bytes(header: Header) -> int:
    """What loading takes at its peak: stored numbers and volume, then volume and the copy of it in the node."""
    return header.voxel_bytes + max(header.voxel_bytes, header.stored_bytes)


def _too_large(header: Header, needed: int, free: int | None) -> OutOfMemory:
    told = "" if free is None else f", {free / 2**30:.1f} GiB are free"
    size = " x ".join(str(count) for count in header.size)
    return OutOfMemory(
        f"{header.path.name} has {size} voxels. Loading it takes {needed / 2**30:.1f} GiB of memory{told}.",
        "Load a part of it: choose it with 'Open scan...' in the module MicroCT Super-Resolution and give a crop. "
        "Or close other programs.",
    )


def _is_xml(path: str) -> bool:
    with Path(path).open("rb") as file:
        return file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")


def _available_on_unix() -> int | None:
    """What Linux says is available; elsewhere all memory of the computer."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None


def _available_on_windows() -> int | None:
    """The available physical memory that GlobalMemoryStatusEx tells."""
    # MEMORYSTATUSEX: two 32-bit numbers (length, load), then seven 64-bit ones, of which the second is what we want.
    status = (ctypes.c_uint64 * 8)()
    status[0] = ctypes.sizeof(status)
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return status[2]
