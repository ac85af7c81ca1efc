"""The command line itself: statuses, one line for an error, one JSON line for a result."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from MicroCTSuperResLib import __version__
from MicroCTSuperResLib.jobs.command_line import main
from MicroCTSuperResLib.jobs.registry import gather_commands

pytestmark = pytest.mark.usefixtures("sample_commands")


def test_a_done_command_says_so_in_words_with_status_0(folder, capsys):
    assert main(["squares", "-o", str(folder / "squares.txt")]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Done: ")
    assert err == ""


def test_json_is_the_last_line_of_stdout(folder, capsys):
    assert main(["squares", "-o", str(folder / "squares.txt"), "--count", "3", "--json"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert json.loads(last) == {"output": str(folder / "squares.txt"), "count": 3}


@pytest.mark.parametrize("words", [["--json", "models", "list"], ["models", "list", "--json"]], ids=" ".join)
def test_json_may_stand_before_or_after_the_command(words, capsys):
    assert main(words) == 0
    assert "models" in json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.mark.parametrize("how", ["foreseen", "memory", "system", "package", "unforeseen"])
def test_a_failure_is_one_line_on_stderr_with_status_1(how, capsys):
    assert main(["fail", how]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("microct-superres: error: ")
    assert err.count("\n") == 1


def test_an_error_says_what_was_wrong_and_what_to_do(capsys):
    main(["fail", "foreseen"])
    assert capsys.readouterr().err == "microct-superres: error: scan.isq is truncated. Copy it again.\n"


def test_a_failure_with_json_is_told_on_stdout_too(capsys):
    assert main(["fail", "foreseen", "--json"]) == 1
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told == {"error": {"code": "bad-file", "message": "scan.isq is truncated.", "hint": "Copy it again."}}


@pytest.mark.parametrize("words", [["--debug", "fail", "foreseen"], ["fail", "foreseen", "--debug"]], ids=" ".join)
def test_debug_shows_the_traceback_before_the_line(words, capsys):
    assert main(words) == 1
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert err.splitlines()[-1].startswith("microct-superres: error: ")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["unknown"],
        ["squares"],
        ["squares", "-o", "a", "--unknown"],
        ["squares", "-o", "a", "--count", "many"],
        ["squares", "-o", "a", "--count", "-1"],
        ["enhance"],
        ["enhance", "lr.nrrd"],
        ["enhance", "lr.nrrd", "-o", "dl.nrrd", "--grid", "cubic"],
        ["enhance", "lr.nrrd", "-o", "dl.nrrd", "--uncertainty", "sd.nrrd"],
        ["enhance", "lr.nrrd", "-o", "dl.nrrd", "--spacing", "1", "2"],
        ["phantom", "-o", "hr.nrrd"],
        ["phantom", "--site", "skull", "-o", "hr.nrrd"],
        ["simulate", "hr.nrrd"],
        ["info"],
        ["models"],
        ["models", "show"],
        ["models", "export", "default", "--format", "pickle"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_status_2_with_the_usage_on_stderr(words, capsys):
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: microct-superres")


def test_options_that_do_not_go_together_are_told_with_the_commands_usage(capsys):
    with pytest.raises(SystemExit):
        main(["squares", "-o", "a", "--count", "-1"])
    err = capsys.readouterr().err
    assert err.startswith("usage: microct-superres squares")
    assert err.endswith("error: --count must not be negative\n")


def test_an_unknown_option_is_told_with_the_usage_of_its_command(capsys):
    with pytest.raises(SystemExit):
        main(["enhance", "lr.nrrd", "-o", "dl.nrrd", "--uncertainty", "sd.nrrd"])
    err = capsys.readouterr().err
    assert err.startswith("usage: microct-superres enhance")
    assert err.endswith(f"error: not understood by version {__version__}: --uncertainty sd.nrrd\n")


def test_the_version_is_the_packages(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"microct-superres {__version__}\n"


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    for command in ("enhance", "info", "models", "phantom", "simulate"):
        assert f"\n    {command} " in out


def test_commands_of_installed_packages_are_found_beside_the_own_ones():
    assert {"enhance", "squares"} <= set(gather_commands())


def started(folder, *words, **streams):
    return subprocess.Popen(
        [sys.executable, "-m", "MicroCTSuperResLib", "squares", "-o", str(folder / "squares.txt"), *words], **streams
    )


def wait_until_holding(folder):
    """Wait until half of the result is written under another name."""
    while not any(len(path.read_text().splitlines()) == 5 for path in folder.rglob("*.txt")):
        pass


@pytest.mark.parametrize("deaf", [[], ["--deaf"]], ids=["work that asks", "work that never asks"])
@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_ctrl_c_sigterm_and_a_closed_terminal_leave_nothing_half_written(folder, number, expected, deaf):
    process = started(folder, "--hold-at", "5", *deaf, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until_holding(folder)
    process.send_signal(number)
    out, err = process.communicate()
    assert process.returncode == expected
    assert (out, err) == ("", "microct-superres: error: Cancelled. No half-written result was left.\n")
    assert list(folder.iterdir()) == []


def on_a_terminal(folder, *words, send=None):
    """Run the sample command with stderr on a terminal; gives status, stdout and the plain text that was shown."""
    terminal, side = pty.openpty()
    process = started(folder, *words, stdout=subprocess.PIPE, stderr=side)
    os.close(side)
    if send is not None:
        wait_until_holding(folder)
        process.send_signal(send)
    shown = b""
    with suppress(OSError):  # Linux's way of telling the end of a terminal
        while more := os.read(terminal, 65536):
            shown += more
    os.close(terminal)
    out, _ = process.communicate()
    return process.returncode, out.decode(), re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", shown.decode())


def test_a_terminal_shows_a_bar_that_counts_to_the_end(folder):
    status, out, shown = on_a_terminal(folder, "--count", "2000")
    assert status == 0
    assert "2000/2000 squares" in shown
    assert out.startswith("Done: ")


def test_ctrl_c_on_a_terminal_ends_the_bar_and_leaves_one_line(folder):
    status, out, shown = on_a_terminal(folder, "--hold-at", "5", send=signal.SIGINT)
    assert (status, out) == (130, "")
    assert "Traceback" not in shown
    assert shown.endswith("microct-superres: error: Cancelled. No half-written result was left.\r\n")
    assert list(folder.iterdir()) == []


def test_a_pipe_gets_no_bar(folder):
    process = started(folder, "--count", "2000", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.communicate()[1] == b""


def test_a_reader_that_has_seen_enough_is_no_failure(folder):
    process = started(folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()  # as `| head` does
    assert process.stderr.read() == b""
    assert process.wait() == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize("words", [[], ["--json"]], ids=["words", "json"])
def test_a_result_that_cannot_be_printed_is_one_line_and_status_1(folder, words):
    with Path("/dev/full").open("w") as full:
        process = started(folder, *words, stdout=full, stderr=subprocess.PIPE, text=True)
        err = process.communicate()[1]
    assert process.returncode == 1
    assert err.startswith("microct-superres: error: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_change_nothing_but_what_is_told(folder, closed):
    told = subprocess.run(
        ["sh", "-c", f'exec "$0" -m MicroCTSuperResLib squares -o squares.txt {closed}', sys.executable],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, b"")
    assert (folder / "squares.txt").exists()
    failed = subprocess.run(
        ["sh", "-c", f'exec "$0" -m MicroCTSuperResLib info absent.nrrd --json {closed}', sys.executable],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert failed.returncode == 1
    assert b"Traceback" not in failed.stderr
