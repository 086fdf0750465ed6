"""Results of the bank alone: recorded for one report, and taken over by those that show them again.

To draw them takes matplotlib, which the runner needs for nothing else.
"""

import shutil
from contextlib import suppress
from pathlib import Path

from workbench import display, record, settings
from workbench.report.cache import Cache, DamagedError
from workbench.report.dependence import Dependence
from workbench.report.plan import Plan
from workbench.result import Result


def keep(plan: Plan, result: Result, folder: Path, dependence: Dependence) -> None:
    """Record `result` in `folder`, as an earlier run did if it had the same one.

    `dependence` is of the bank that the run reads.
    """
    kept = Cache(settings.home() / "reports" / "cache", plan.origin.run)
    key = dependence.shown(result, plan.pack.languages, plan.pack.disclosure)
    own = plan.place / result.name
    with suppress(DamagedError):
        kept.fetch(key, None, own)
    if not own.exists():
        own.mkdir(parents=True)
        display.keep(result, own, plan.pack.languages, plan.pack.disclosure)
        kept.keep(key, None, own, 0)
    folder.mkdir(parents=True, exist_ok=True)
    record.take(own, folder)
    shutil.rmtree(own)
