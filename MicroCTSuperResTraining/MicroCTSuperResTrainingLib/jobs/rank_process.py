"""One process of a training on several devices: `python -m MicroCTSuperResTrainingLib.jobs.rank_process`.

The plan comes as one line of JSON on stdin, the place among the others in the environment variables of torchrun.
"""

from __future__ import annotations

import json
import sys
import traceback

from MicroCTSuperResLib.jobs.events import EventReporter, EventStream
from MicroCTSuperResLib.jobs.failures import failure_of
from MicroCTSuperResLib.jobs.parent_watch import end_with_parent

from .listening import listener_of


def main() -> int:
    """Train; returns the exit status."""
    stream = EventStream.on_stdout()
    end_with_parent()
    reporter = EventReporter(stream, lambda: False)
    try:
        from ..training.fit import FitPlan, fit

        fit(FitPlan.from_dict(json.loads(sys.stdin.readline())), listener_of(reporter))
    except Exception as error:
        failure = failure_of(error)
        if failure.code == "unexpected":
            traceback.print_exception(error)
        reporter.error(failure)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
