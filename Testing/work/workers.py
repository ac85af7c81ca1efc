"""Starting real processes: workers whose events can be read while they run, and the command line."""

import json
import subprocess
import sys
from contextlib import suppress


class RunningWorker:
    """A worker process with its events."""

    def __init__(self, job, environment, *options):
        """Start a worker on `job`, a dict or any text, which it reads from stdin."""
        text = job if isinstance(job, str) else json.dumps(job)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "MicroCTSuperResLib.jobs.worker", "-", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        self._process.stdin.write(text.encode() + b"\n")
        self._process.stdin.flush()
        if "--end-with-stdin" not in options:
            self.close_stdin()

    @property
    def pid(self):
        return self._process.pid

    def close_stdin(self):
        self._process.stdin.close()

    def close_stdout(self):
        self._process.stdout.close()

    def signal(self, number):
        self._process.send_signal(number)

    def read_until(self, event):
        """The events up to and with the first one of that name."""
        events = []
        for line in self._process.stdout:
            events.append(json.loads(line))
            if events[-1]["event"] == event:
                return events
        raise AssertionError(f"no {event!r} among {events}; stderr: {self._process.stderr.read().decode()}")

    def finish(self):
        """The remaining events, the exit status (negative: ended by that signal) and what stands on stderr."""
        if not self._process.stdin.closed:
            self._process.stdin.flush()
        events = [] if self._process.stdout.closed else [json.loads(line) for line in self._process.stdout]
        errors = self._process.stderr.read().decode()
        return events, self._process.wait(), errors

    def kill(self):
        """End the process whatever it does, at the end of a test."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):
                stream.close()


def run_command_line(*words, environment=None, **options):
    """Run `microct-superres` in a process of its own to its end; gives status, stdout and stderr."""
    return subprocess.run(
        [sys.executable, "-m", "MicroCTSuperResLib", *map(str, words)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        **options,
    )
