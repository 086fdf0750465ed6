"""How the change of a fact is judged and said."""

from datetime import date
from pathlib import Path

import pytest

from tests.report import sample  # noqa: F401 - the sample's sentences are known by the fixture
from workbench import text
from workbench.record import Block, Recorded, Table
from workbench.report import fact_rows
from workbench.report.history import Run
from workbench.report.references import References
from workbench.result import Fact, Finding


def block(about="ledger", name="sample", **facts):
    table = Table((), None, (), ())
    return Block(name, 1, Finding("sample.finding"), facts, table, {}, about=about)


class Earlier(References):
    """Earlier reports whose facts are given."""

    def facts(self, run):
        return run.manifest["facts"] if run else {}


def run(value):
    facts = {"sample.rate": Fact(value, "share2")}
    return Run("p", "r", "published", Path("x"), Path("x"), {"facts": facts})


def earlier(values, end=(2026, 8)):
    year, month = end
    months = {}
    for back, value in enumerate(reversed(values)):
        at = year * 12 + month - 1 - back
        months[date(at // 12, at % 12 + 1, 28)] = run(value)
    months = {fact_rows.month_end(day): each for day, each in sorted(months.items())}
    return Earlier(last=list(months.values())[-1], monthly=months)


CALM = [0.0150, 0.0151, 0.0149, 0.0150, 0.0152, 0.0151] * 3


@pytest.mark.parametrize(("value", "verdict"), [(0.0152, "within_usual"), (0.0190, "beyond_usual")])
def test_a_ledger_fact_is_judged_by_its_own_months(bank, value, verdict):
    records = {"n": Recorded((block(rate=Fact(value, "share2")),))}
    (row,) = fact_rows.rows(records, earlier(CALM), {})
    assert row.moved.verdict == verdict


def test_a_fact_about_people_without_an_interval_is_not_judged(bank):
    records = {"n": Recorded((block(about="people", rate=Fact(0.019, "share2")),))}
    (row,) = fact_rows.rows(records, earlier(CALM), {})
    assert row.moved.verdict == "not_judged"
    assert row.sentence("上月") == "较上月 +0.39 个百分点"


def test_a_short_history_or_one_with_gaps_is_not_enough(bank):
    records = {"n": Recorded((block(rate=Fact(0.019, "share2")),))}
    (short,) = fact_rows.rows(records, earlier(CALM[:12]), {})
    assert short.moved.verdict == "not_judged"
    whole = earlier(CALM)
    every_second = dict(list(whole.monthly.items())[::2])
    (gaps,) = fact_rows.rows(records, Earlier(last=whole.last, monthly=every_second), {})
    assert gaps.moved.verdict == "not_judged"


def test_the_change_that_a_report_estimates_itself_goes_first(bank):
    own = Fact(-3.7, "points", -8.2, 0.7, 0.95)
    records = {
        "n": Recorded(
            (
                block("people", "survey.headline", satisfied=Fact(0.875, "share", 0.86, 0.9, 0.95)),
                block("people", "survey.change", satisfied_change=own),
            )
        )
    }
    (row,) = fact_rows.rows(records, References(), {"CSAT_T2B": 0.85})
    assert row.own
    assert row.moved.verdict == "within_error"
    assert row.values()["target_state"] == "met"
    assert row.sentence("") == "较上一期调查 −3.70 个百分点，未超出抽样误差"
    (unsure,) = fact_rows.rows(records, References(), {"CSAT_T2B": 0.87})
    assert unsure.values()["target_state"] == "unsure"
    with text.spoken("en"):
        assert row.sentence("") == "−3.70 pp since the wave before, within sampling error"


def test_a_change_of_another_number_of_that_name_is_none_of_it(bank):
    own = Fact(90.0, "points", 80.0, 90.0, 0.95)
    best, same = Fact(0.77, "share"), Fact(0.53, "share")
    records = {
        "n": Recorded(
            (
                block("people", "pricing.choice", best=best, promoters=same),
                block("people", "pricing.profit", best_change=own),
                block("people", "pricing.words", promoters=same, promoters_change=own),
            )
        )
    }
    found = fact_rows.rows(records, References(), {})
    assert [(row.block.name, row.fact) for row in found if row.own] == [
        ("pricing.choice", "promoters"),
        ("pricing.words", "promoters"),
    ]
    # The same number twice is one row of the page.
    assert [row.fact for row in fact_rows.once(found)] == ["best", "promoters"]


def test_values_of_tests_are_not_compared(bank):
    records = {"n": Recorded((block(p=Fact(0.03, "p"), none=Fact(float("nan"), "share")),))}
    assert fact_rows.rows(records, References(), {}) == []


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_change_that_is_written_as_zero_is_none(language):
    with text.spoken(language):
        still = text.say("changes.said.same")
        assert fact_rows.change_said("within_error", 0.0, "points", "May") == still
        assert fact_rows.change_said("within_error", -0.004, "points", "May") == still
        moved = fact_rows.change_said("within_error", -0.4, "points", "May")
    assert "−0.4" in moved
    assert moved != still
