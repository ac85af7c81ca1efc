"""A program that starts a worker on the job file argv[1], its events going to argv[2], and waits until it is killed."""

import subprocess
import sys
import time
from pathlib import Path

job, events = sys.argv[1:]
with Path(events).open("wb") as stream:
    worker = subprocess.Popen([sys.executable, "-m", "MicroCTSuperResLib.jobs.worker", job], stdout=stream)
while "holding" not in Path(events).read_text():
    time.sleep(0.01)
print(worker.pid, flush=True)
worker.wait()
