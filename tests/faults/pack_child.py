"""Runs the pack `p` of WORKBENCH_HOME on the sample bank; killed by test_pack_faults.py."""

import json
import sys
from pathlib import Path

from tests.report import sample
from workbench import settings
from workbench.errors import WorkbenchError
from workbench.report import progress, run, source

sample.speak()
source.opened = lambda *_: sample.SampleBank(Path(settings.home()) / "bank")
with progress.shown() as shown:
    try:
        published = run.run(run.Order(["p"], fresh="fresh" in sys.argv), shown)
    except WorkbenchError as error:
        sys.exit(error.exit_code)
sys.stdout.write(json.dumps(vars(published), default=str))
