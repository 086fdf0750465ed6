"""Every test starts in Chinese, outside a run, on nobody's bank."""

import os
from pathlib import Path

import pytest

from workbench import text

VARIABLES = (
    "WORKBENCH_RUN",
    "WORKBENCH_LANG",
    "WORKBENCH_BANK",
    "WORKBENCH_PUBLISHED",
    "WORKBENCH_ROLE",
    "WORKBENCH_BRANCHES",
    "WORKBENCH_KMS",
    "WORKBENCH_KEYS",
)


@pytest.fixture(autouse=True)
def _fresh_state(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    text.use(None)
    yield
    text.use(None)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real data sets, or skip."""
    folder = os.environ.get("WORKBENCH_REAL_DATA")
    if not folder:
        pytest.skip("WORKBENCH_REAL_DATA is not set: it names the folder of real data sets")
    return Path(folder)


@pytest.fixture
def example_text(monkeypatch):
    """Let the catalogue know the sentences of `tests/example.py`."""
    from tests.example import ENTRIES

    entries = {**text.catalogue(), **ENTRIES}
    monkeypatch.setattr(text, "catalogue", lambda: entries)
