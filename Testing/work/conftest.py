"""What the tests of jobs, worker and command line share."""

import os
import signal
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# The small model of the engine's tests serves here, too.
sys.path.insert(0, str(HERE.parent / "engine"))

from sample_scans import write_scan  # noqa: E402
from workers import RunningWorker  # noqa: E402


@pytest.fixture(autouse=True)
def _signals_are_not_ignored():
    """A shell that runs tests in the background, or nohup, lets them and all they start ignore Ctrl-C and SIGHUP."""
    wanted = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL, signal.SIGHUP: signal.SIG_DFL}
    former = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


@pytest.fixture
def sample_commands(tmp_path, monkeypatch):
    """Make the commands of sample_commands.py known, here and in processes, as an installed package would."""
    installed = tmp_path / "installed"
    about = installed / "sample_commands-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: sample-commands\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[microct_superres.commands]\nsample = sample_commands\n")
    paths = [str(installed), str(HERE)]
    monkeypatch.syspath_prepend(str(installed))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*paths, os.environ.get("PYTHONPATH", "")]))


@pytest.fixture
def start_worker(sample_commands):
    """A function that starts a worker on a job; whatever still runs at the end of the test is killed."""
    workers = []

    def start(job, *options):
        workers.append(RunningWorker(job, dict(os.environ), *options))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()


@pytest.fixture
def folder(tmp_path):
    """An empty folder for results."""
    (tmp_path / "results").mkdir()
    return tmp_path / "results"


@pytest.fixture(scope="session")
def small_model(tmp_path_factory):
    """The folder of a small real model, whose weights are random."""
    from sample_models import save_small_model

    return save_small_model(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture
def own_models(tmp_path, monkeypatch):
    """An empty folder for the user's models, here and in processes."""
    monkeypatch.setenv("MICROCT_SUPERRES_MODELS", str(tmp_path / "own models"))
    return tmp_path / "own models"


@pytest.fixture
def scan(tmp_path):
    """A small LR scan on disk: a soft ball of bone in marrow, oblique, in mg HA/cm3."""
    return write_scan(tmp_path / "lr.nrrd")


@pytest.fixture
def command(capfd):
    """A function that runs `microct-superres` here; gives status, stdout and stderr, C++ libraries' included."""
    from MicroCTSuperResLib.jobs.command_line import main

    def run(*words):
        status = main([str(word) for word in words])
        return status, *capfd.readouterr()

    return run
