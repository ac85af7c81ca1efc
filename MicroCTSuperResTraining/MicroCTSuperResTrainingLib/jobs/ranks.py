"""Training on several devices of one computer: a process for each, started and heard from here.

The processes find each other by the environment variables that torchrun sets, so that Lightning takes them as started
by torchrun. Nothing of the calling program is needed in them: it may be the command line or a worker whose job came on
stdin. They write events to their stdout, as a worker does. They are ended by SIGKILL: whatever a training writes is
whole at every moment.
"""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING

from MicroCTSuperResLib.errors import Cancelled, MicroCTError
from MicroCTSuperResLib.progress import Progress

if TYPE_CHECKING:
    from ..training.fit import FitPlan
    from ..training.listener import Listener

_SECONDS_BETWEEN_LOOKS = 0.2
_MOST_TOLD = 400  # letters of a crash


class RankFailed(MicroCTError):
    """One of the processes failed; `code` is that of its error."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.code = code


def fit_on_devices(plan: FitPlan, listener: Listener) -> None:
    """Train as :func:`~..training.fit.fit` does, with a process for each device.

    :raises RankFailed: with what the first failed process told.
    :raises Cancelled: if the listener said so.
    """
    count = plan.config.devices
    common = {**_environment(), "WORLD_SIZE": str(count), "MASTER_PORT": str(_free_port())}
    with ExitStack() as stack:
        events: queue.Queue = queue.Queue()
        processes = []
        for rank in range(count):
            errors = stack.enter_context(tempfile.TemporaryFile())
            process = _start(plan, {**common, "RANK": str(rank), "LOCAL_RANK": str(rank)}, errors)
            stack.callback(_end, process)
            threading.Thread(target=_hear, args=(process, rank, events), daemon=True).start()
            processes.append((process, errors))
        _listen(processes, events, listener)


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        # In Slicer nothing is installed: the packages are found where this process has them from.
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "MASTER_ADDR": "127.0.0.1",
        "TORCHELASTIC_RUN_ID": f"microct-superres-{os.getpid()}",
        "GROUP_RANK": "0",
    }


def _start(plan: FitPlan, environment: dict[str, str], errors: IO[bytes]) -> subprocess.Popen:
    local = {"LOCAL_WORLD_SIZE": environment["WORLD_SIZE"]}
    if "OMP_NUM_THREADS" not in environment:
        local["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // int(environment["WORLD_SIZE"])))
    process = subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.rank_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env={**environment, **local},
    )
    process.stdin.write(json.dumps(plan.to_dict()).encode() + b"\n")
    process.stdin.close()
    return process


def _end(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()


def _hear(process: subprocess.Popen, rank: int, events: queue.Queue) -> None:
    """Passes on what a process tells, and its end."""
    for line in process.stdout:
        if line.strip():
            events.put((rank, json.loads(line)))
    events.put((rank, None))


def _listen(processes: list[tuple[subprocess.Popen, IO[bytes]]], events: queue.Queue, listener: Listener) -> None:
    """Until all have ended well.

    :raises RankFailed: as soon as one has not.
    """
    running = set(range(len(processes)))
    while running:
        if listener.should_cancel():
            raise Cancelled("The training was cancelled.", "Its checkpoint is kept: --resume goes on with it.")
        try:
            rank, event = events.get(timeout=_SECONDS_BETWEEN_LOOKS)
        except queue.Empty:
            continue
        if event is None:
            _check_end(*processes[rank], rank)
            running.discard(rank)
        else:
            _pass_on(event, listener)


def _pass_on(event: dict, listener: Listener) -> None:
    kind = event["event"]
    if kind == "error":
        raise RankFailed(event["code"], event["message"], event["hint"])
    if kind == "progress":
        left = event["eta_s"] or 0.0
        done, total = event["done"], event["total"]
        listener.on_progress(Progress(done, total, event["unit"], left * done / max(1, total - done)))
    elif kind == "milestone":
        listener.on_epoch(event["numbers"])
    elif kind == "log":
        (listener.on_warning if event["level"] == "warning" else listener.on_log)(event["message"])


def _check_end(process: subprocess.Popen, errors: IO[bytes], rank: int) -> None:
    status = process.wait()
    if status == 0:
        return
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    told = lines[-1][-_MOST_TOLD:] if lines else "without a word"
    raise RankFailed(
        "crashed",
        f"The process of device {rank} ended with status {status}: {told}.",
        "The last checkpoint is kept: --resume goes on with it.",
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
