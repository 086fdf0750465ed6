"""Publishes run after run until it is killed; used by test_report_faults.py.

usage: racing_child.py FOLDER NAME COUNT
"""

import sys
import time
from pathlib import Path

from tests.report import published as made
from workbench.errors import LockedError

folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for number in range(count):
    run = f"{time.time_ns()}-{name}-{number}"
    while True:
        try:
            made.release(folder, run)
            break
        except LockedError:
            time.sleep(0.01)
        except FileExistsError:
            run += "x"
    sys.stdout.write(run + "\n")
    sys.stdout.flush()
