"""The demonstration's worker: prints progress as JSON lines."""

import json
import os
import sys
import time

os.setsid()
for percent in (0, 50, 100):
    print(json.dumps({"percent": percent, "factor": float(sys.argv[1])}), flush=True)
    time.sleep(0.1 if len(sys.argv) < 3 else 60)
