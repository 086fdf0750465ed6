"""A report on a past snapshot is the same years later, whatever was taken in since."""

import re

import pytest

from tests.data import month
from tests.report import sample
from tests.report.test_run import tree
from workbench import text
from workbench.data.bank import open_bank
from workbench.data.intake import take_in
from workbench.data.lake import Lake
from workbench.report.progress import Silent
from workbench.report.run import Order, run

HEAD = rb"<code>[0-9a-f]{32}</code>"
JULY, AUGUST = "2026-07-31", "2026-08-31"
LOAD = """from workbench.data.bank import open_bank

bank = open_bank()
months = bank.table("loan_months")
result = sample.branches(first=str(bank.as_of), nps=months["balance"].sum() / 1e6)"""


@pytest.fixture
def bank(home, monkeypatch):
    """A bank with the month of July; the notebook reads it, and the catalogue knows the sample."""
    entries = {**text.catalogue(), **sample.ENTRIES}
    monkeypatch.setattr(text, "catalogue", lambda: entries)
    (home / "data" / "sources" / "core.toml").write_text(month.SOURCE, "utf-8")
    sample.notebook(home / "notebooks" / "sample.ipynb", load=LOAD)
    july = {"loan_months_202607.csv": month.table(month.MONTHS, month.months(JULY))}
    return taken(home, {**month.book(), **july})


def taken(home, files):
    folder = home / "drop"
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content, "utf-8")
    take_in([folder], home / "bank", source="core")
    return home / "bank"


def record(bank, snapshot=None):
    """Return facts, tables, figures and story of the report on `snapshot`, and its pages.

    Without what says when it was run: the footer, and the head of the audit log.
    """
    published = run(Order(["sample"], snapshot=snapshot, bank=bank), Silent())
    found = tree(published.index.parent)
    pages = {
        name: re.sub(HEAD, b"", content.partition(b"<footer>")[0])
        for name, content in found.items()
        if name.endswith(".html")
    }
    return {name: found[name] for name in found if name.startswith("record/")} | pages


def test_a_report_on_a_past_snapshot_is_the_same_after_other_loads(home, bank):
    (first,) = Lake(bank).ids()
    before = record(bank)
    august = month.months(AUGUST, seed=2)
    taken(home, {"loan_months_202608.csv": month.table(month.MONTHS, august)})
    corrected = month.months(JULY, factor=1.01)
    taken(home, {"loan_months_202607.csv": month.table(month.MONTHS, corrected)})
    assert len(Lake(bank).ids()) == 3
    again = record(bank, first)
    assert again == before
    newest = record(bank)
    # With months before it, the newest also has something to say of what changed.
    assert newest.keys() >= before.keys()
    assert newest["record/sample/facts.json"] != before["record/sample/facts.json"]


def test_every_snapshot_shows_the_rows_of_its_day(home, bank):
    rows = [len(open_bank(bank).table("loan_months"))]
    for at, day in enumerate(("2026-08-31", "2026-09-30", "2026-10-31"), start=2):
        name = f"loan_months_{day[:4]}{day[5:7]}.csv"
        taken(home, {name: month.table(month.MONTHS, month.months(day, seed=at))})
        rows.append(rows[-1] + month.LOANS)
    seen = [open_bank(bank, snapshot=each).table("loan_months") for each in Lake(bank).ids()]
    assert [len(each) for each in seen] == rows
    assert [str(open_bank(bank, snapshot=each).as_of) for each in Lake(bank).ids()] == [
        *(JULY, AUGUST, "2026-09-30", "2026-10-31"),
    ]
