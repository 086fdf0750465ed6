"""Runs the sample notebook of WORKBENCH_HOME on the sample bank; killed by test_run_faults.py."""

import signal
from pathlib import Path

from tests.report import sample
from workbench import settings
from workbench.report import progress, run, source

# A test that runs in the background of a shell inherits an ignored Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
sample.speak()
source.opened = lambda *_: sample.SampleBank(Path(settings.home()))
with progress.shown() as shown:
    run.run(run.Order(["sample"]), shown)
