"""Reading of ISQ files: time of a whole file beside numpy's, and time and memory of a part of a 10 GB file.

    python Testing/benchmarks/isq_reading.py [--gigabytes 1] [--rounds 9] [--folder FOLDER]

Whole file: the readers take turns on the same file in the page cache, each in a fresh process; the fastest of each, the
medians and their ratios are printed. Part: a sparse file of 2048 x 2048 x 1280 voxels, of which a field of 410 x 410 x
320 (1 %) is read by this software and through a memory map; peak memory is what the process holds more than before
(Linux).
"""

from __future__ import annotations

import argparse
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SLICE = (1024, 1024)
SPARSE = (1280, 2048, 2048)
CROP = "800:1210,800:1210,400:720"
SECTION = (slice(400, 720), slice(800, 1210), slice(800, 1210))
EVERY = 16  # as bones are looked for: every n-th voxel along each axis
HEADER_BYTES = 512
PART_READERS = ("part", "part, memory map", f"every {EVERY}th", f"every {EVERY}th, memory map", "header")


def write_header(path: Path, shape: tuple[int, int, int]) -> None:
    """An ISQ header for voxels of this shape (z, y, x) of 0.01 mm, without calibration."""
    head = bytearray(HEADER_BYTES)
    head[:16] = b"CTDATA-HEADER_V1"
    struct.pack_into("<i", head, 16, 3)
    struct.pack_into("<6i", head, 44, *shape[::-1], *(count * 10 for count in shape[::-1]))
    struct.pack_into("<i", head, 88, 4096)
    path.write_bytes(head)


def make_whole(path: Path, gigabytes: float) -> tuple[int, int, int]:
    """A file of random voxels; the shape (z, y, x)."""
    import numpy as np

    shape = (round(gigabytes * 2**30 / 2 / SLICE[0] / SLICE[1]), *SLICE)
    write_header(path, shape)
    voxels = np.random.default_rng(0).integers(-1000, 12000, SLICE, "int16")
    with path.open("ab") as file:
        for number in range(shape[0]):
            (voxels + np.int16(number)).tofile(file)
    return shape


def make_sparse(path: Path) -> None:
    """A file of 10 GB that takes no place on the disk."""
    write_header(path, SPARSE)
    with path.open("r+b") as file:
        file.truncate(HEADER_BYTES + 2 * SPARSE[0] * SPARSE[1] * SPARSE[2])


def peak_bytes() -> int:
    """The largest resident memory of this process so far."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def alone(reader: str, path: Path) -> tuple[float, float]:
    """Seconds and MiB beyond those before of one reading in this process."""
    import numpy as np
    from MicroCTSuperResLib.imaging.formats import inspect, open_scan, read_volume

    def mapped() -> np.ndarray:
        return np.memmap(path, "<i2", "r", HEADER_BYTES, SPARSE)

    every = tuple(slice(0, count, EVERY) for count in SPARSE)
    work = {
        "numpy.fromfile": lambda: np.fromfile(path, "<i2", offset=HEADER_BYTES),
        "this software": lambda: read_volume(path),
        "part": lambda: read_volume(path, crop=CROP),
        "part, memory map": lambda: mapped()[SECTION].copy(),
        f"every {EVERY}th": lambda: open_scan(path).read(every),
        f"every {EVERY}th, memory map": lambda: mapped()[every].copy(),
        "header": lambda: inspect(path),
    }[reader]
    before, start = peak_bytes(), time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    assert result is not None
    return seconds, (peak_bytes() - before) / 2**20


def measured(reader: str, path: Path) -> tuple[float, float]:
    """The same in a fresh process."""
    command = [sys.executable, __file__, "--alone", reader, "--file", str(path)]
    seconds, mebibytes = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), float(mebibytes)


def compare_whole(folder: Path, gigabytes: float, rounds: int) -> None:
    path = folder / "whole.isq"
    shape = make_whole(path, gigabytes)
    readers = ("numpy.fromfile", "this software")
    for reader in readers:
        measured(reader, path)  # so that the file is in the page cache
    turns = [[measured(reader, path) for reader in readers] for _ in range(rounds)]
    path.unlink()
    print(f"whole file, {shape[2]} x {shape[1]} x {shape[0]} voxels, {rounds} turns")
    for told, of in (("fastest", min), ("median", statistics.median)):
        seconds = [of(turn[number][0] for turn in turns) for number in range(len(readers))]
        for reader, value in zip(readers, seconds, strict=True):
            print(f"  {told:8s} {reader:24s} {value:7.3f} s")
        print(f"  {told:8s} ratio {seconds[1] / seconds[0]:.3f}")
    print(f"  memory   {max(turn[1][1] for turn in turns):.1f} MiB")


def compare_parts(folder: Path) -> None:
    path = folder / "sparse.isq"
    make_sparse(path)
    print(f"sparse file of {path.stat().st_size / 1e9:.1f} GB; part {CROP}")
    for reader in PART_READERS:
        measured(reader, path)
        seconds, mebibytes = measured(reader, path)
        print(f"  {reader:24s} {seconds:7.3f} s   {mebibytes:8.1f} MiB")
    path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--folder", type=Path, help="where the files are made (default: a temporary folder)")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        print(*alone(options.alone, options.file))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        compare_whole(Path(folder), options.gigabytes, options.rounds)
        compare_parts(Path(folder))


if __name__ == "__main__":
    main()
