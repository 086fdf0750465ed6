"""nbval compares the check cells on the demo bank, and on no other.

A check cell keeps its output in the repository: run on a real bank it would commit real figures.
"""

import os
from pathlib import Path

import pytest

from workbench.data import bank, demo

BANK = Path(__file__).parents[1] / "data" / "demo"


def pytest_configure() -> None:
    """Build the demo bank when it is missing or was made by another generator; allow no other."""
    demo.ensure(BANK)
    if not bank.about(BANK).demo:
        raise pytest.UsageError(f"{BANK} is not the demo bank; move it away")
    for name in ("WORKBENCH_RUN", "WORKBENCH_LANG"):
        os.environ.pop(name, None)
    os.environ["WORKBENCH_BANK"] = str(BANK)
