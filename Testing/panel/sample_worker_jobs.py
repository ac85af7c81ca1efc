"""Jobs for the tests of worker processes: with children, out of memory, printing rubbish, crashing."""

import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
from MicroCTSuperResLib.files import atomic_path
from MicroCTSuperResLib.jobs.command import Command

_SLEEPER = "import signal, time; signal.signal(signal.SIGTERM, {}); print(flush=True); time.sleep(600)"


def _family(arguments, reporter):
    """Start a child that ends with SIGTERM, one that ignores it and one in a group of its own; write half a file; wait.

    With `deaf`, never end on SIGTERM, as C++ code that runs for long.
    """
    handlers = ("signal.SIG_DFL", "signal.SIG_IGN", "signal.SIG_IGN")
    children = [
        subprocess.Popen(
            [sys.executable, "-c", _SLEEPER.format(handler)], stdout=subprocess.PIPE, start_new_session=number == 2
        )
        for number, handler in enumerate(handlers)
    ]
    for child in children:
        child.stdout.readline()
    with atomic_path(arguments["output"]) as partial:
        partial.write_text("half")
        if arguments.get("deaf"):
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        reporter.log(" ".join(str(child.pid) for child in children))
        time.sleep(600)
    return {}


def _rubbish(arguments, reporter):
    """Write to the descriptor of the events what is no event, as a library with its own copy of stdout does."""
    events = reporter._stream._descriptor
    for line in (b"plain words", b"\xff\xfe\x00", b"[1, 2]", b'{"event": 3}', b'{"event": "started"}', b"", b'{"ev'):
        os.write(events, line + b"\n")
    os.write(2, b"on stderr, without an end")
    reporter.result({"said": "much"})
    os.write(events, b"after the end, without an end")
    os._exit(0)


def _fill_memory(arguments, reporter):
    limit = 4 * 2**30
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    np.ones(2 * limit, np.uint8)
    return {}


def _die(arguments, reporter):
    reporter.log("now")
    os.kill(os.getpid(), getattr(signal, arguments["signal"]))
    time.sleep(600)


def _tell_much(arguments, reporter):
    for number in range(arguments["count"]):
        reporter.log(f"line {number}")
    return {"count": arguments["count"]}


def _command(run):
    name = run.__name__.strip("_").replace("_", "-")
    return Command(name, f"The sample {name}.", lambda parser: None, vars, run, str)


COMMANDS = tuple(map(_command, (_family, _rubbish, _fill_memory, _die, _tell_much)))
