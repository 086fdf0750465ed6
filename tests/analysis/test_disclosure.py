"""The suppression report says what was really emptied, and tries to work it out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from workbench import text
from workbench.analysis.disclosure import disclosure
from workbench.privacy.suppress import suppress
from workbench.result import Column, Fact, Finding, Result


@dataclass(frozen=True, eq=False, repr=False)
class Parts(Result):
    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (Column("group"), Column("customers", "count"))
    base: ClassVar[str | None] = "customers"
    parts: ClassVar[bool] = True

    def summary(self) -> Finding:
        return Finding(f"{self.name}.finding")


class Ledger(Parts):
    about: ClassVar[str] = "ledger"


class Unjudged(Parts):
    base: ClassVar[str | None] = None


def result(counts, kind=Parts, name="information.file"):
    table = pd.DataFrame({"group": list("abcd")[: len(counts)], "customers": counts})
    return kind(name, table, {"few": Fact(0.5, "share", n=3)})


def test_small_rows_and_their_partners_are_counted_and_none_can_be_worked_out():
    shown = result([100, 40, 3])
    report = disclosure([shown, result([50, 60], Unjudged, "information.loads")], audience="wide")
    safe = suppress(shown)
    row = report.table.iloc[0]
    assert len(report.table) == 1
    assert row["small_rows"] == 1
    assert row["partner_rows"] == safe.partners == 1
    assert row["small_facts"] == 1
    assert row["recoverable"] == 0
    assert [report.facts[name].value for name in ("results", "judged", "small")] == [2, 1, 1]
    for language in text.LANGUAGES:
        with text.spoken(language):
            assert "1" in report.summary().say(report.facts)
            assert report.written().iloc[0, 0] == shown.title()


def test_a_report_without_small_rows_says_so():
    report = disclosure([result([100, 40])], audience="wide")
    with text.spoken("en"):
        assert "None rests on fewer than 5" in report.summary().say(report.facts)


def test_what_an_audience_may_see_is_not_judged_for_it():
    few = [result([100, 3], Ledger, "information.file"), result([100, 3], name="information.loads")]
    assert len(disclosure(few, audience="wide").table) == 2
    assert disclosure(few, audience="credit").table["result_name"].tolist() == ["information.loads"]
