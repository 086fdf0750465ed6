"""Outside sources on hand-made tables: consents, conflicts, providers, delays."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from workbench import text
from workbench.analysis.consent_gaps import consent_gaps, of_consents
from workbench.analysis.fact_conflicts import fact_conflicts
from workbench.analysis.lookalikes import expected, lookalikes
from workbench.analysis.providers import providers
from workbench.analysis.record_delays import record_delays


def said(result):
    """Return the finding in both languages; a missing text or fact would be an error."""
    sentences = []
    for language in text.LANGUAGES:
        with text.spoken(language):
            sentences.append(result.summary().say(result.facts))
            assert result.title()
            assert not result.written().empty
            if result.figure:
                result.plot(Figure().subplots())
    return sentences


def used(*rows):
    names = ["information", "used_year", "used_quarter", "gap", "customer_id", "uses"]
    return pd.DataFrame(rows, columns=names)


def test_gaps_are_counted_by_kind_and_reason():
    result = consent_gaps(
        used(
            ("bureau_reports", 2025, 4, None, None, 90),
            ("bureau_reports", 2026, 1, None, None, 7),
            ("bureau_reports", 2026, 1, "expired", "a", 2),
            ("bureau_reports", 2026, 1, "none_named", "b", 1),
            ("third_party_items", 2026, 1, None, None, 45),
            ("third_party_items", 2026, 1, "expired", "a", 3),
            ("third_party_items", 2026, 1, "expired", "c", 2),
        )
    )
    columns = ["information", "consent_gap", "times", "affected"]
    assert result.table[columns].to_numpy().tolist() == [
        ["bureau_reports", "expired", 2, 1],
        ["bureau_reports", "none_named", 1, 1],
        ["third_party_items", "expired", 5, 2],
    ]
    assert result.table["share"].tolist() == pytest.approx([0.02, 0.01, 0.1])
    assert {name: fact.value for name, fact in result.facts.items()} == pytest.approx(
        {
            **{"uses": 150, "gaps": 8, "gap_share": 8 / 150, "affected": 3},
            **{"bureau_reports": 0.03, "third_party_items": 0.1},
        }
    )
    assert result.quarters["quarter"].tolist() == ["2025Q4", "2026Q1"]
    assert result.quarters["bureau_reports"].tolist() == pytest.approx([0.0, 0.3])
    assert np.isnan(result.quarters["third_party_items"].iloc[0])
    assert "“Used after expiry” in Third-party data" in said(result)[1]
    back = of_consents(result.table).set_index("matter")
    assert back["case_count"].to_dict() == {"consent_gap:expired": 7, "consent_gap:none_named": 1}
    assert back["share"].tolist() == pytest.approx([7 / 150, 1 / 100])
    assert back[["receiver", "cause"]].drop_duplicates().to_numpy().tolist() == [
        ["risk", "no_consent"]
    ]


def test_consents_that_all_hold_or_were_never_taken_in_are_said():
    none = consent_gaps(used(("bureau_reports", 2026, 1, None, None, 5)))
    every = consent_gaps(used(("bureau_reports", 2026, 1, "not_found", "a", 5)))
    with text.spoken("en"):
        assert "Each of 5" in none.summary().say(none.facts)
        assert "none matches" in every.summary().say(every.facts)
    assert of_consents(none.table).empty


def test_consents_to_something_else_are_counted_apart_and_sent_back():
    result = consent_gaps(
        used(
            ("bureau_reports", 2026, 1, None, None, 95),
            ("bureau_reports", 2026, 1, "expired", "a", 1),
            ("bureau_reports", 2026, 1, "wrong_purpose", "b", 3),
            ("bureau_reports", 2026, 1, "wrong_purpose", "c", 1),
        )
    )
    rows = result.table.set_index("consent_gap")
    assert rows.loc["wrong_purpose", ["times", "affected"]].tolist() == [4, 2]
    assert rows.loc["wrong_purpose", "share"] == pytest.approx(0.04)
    zh, en = said(result)
    assert "授权用途不符" in zh
    assert "“Consent given for another purpose” in" in en
    back = of_consents(result.table).set_index("matter")
    assert back["case_count"].to_dict() == {
        "consent_gap:wrong_purpose": 4,
        "consent_gap:expired": 1,
    }


def test_a_conflict_lies_outside_the_accepted_range():
    distances = pd.DataFrame(
        {
            "fact_pair": [*["income_invoices"] * 4, *["region_branch"] * 2],
            "apart": [0.5, 0.67, 1.5, 2.4, 0.0, 1.0],
            "times": [1, 5, 3, 1, 18, 2],
        }
    )
    rules = [
        {"name": "income_invoices", "first": "F", "second": "T", "owner": "relationship"},
        {"name": "region_branch", "first": "F", "second": "S", "owner": "relationship"},
        {"name": "staff_insured", "first": "F", "second": "T", "owner": "risk"},
    ]
    ranges = [{"lowest": 0.67, "highest": 1.5}, {"highest": 0.0}, {"highest": 1.0}]
    wanted = [rule | limit for rule, limit in zip(rules, ranges, strict=True)]
    result = fact_conflicts(distances, wanted)
    columns = ["fact_pair", "compared", "conflicting", "share"]
    assert result.table[columns].to_numpy().tolist() == [
        ["income_invoices", 10, 2, 0.2],
        ["region_branch", 20, 2, 0.1],
    ]
    assert {name: fact.value for name, fact in result.facts.items()} == pytest.approx(
        {"compared": 30, "conflicting": 4, "share": 4 / 30, "largest": 0.2}
    )
    assert "“Declared income and invoices”, with 20.0%" in said(result)[1]


def test_lookalikes_are_pairs_and_rare_where_chance_gives_few():
    groups = pd.DataFrame(
        {
            "customer_type": "individual",
            "gender": ["male", "male", "female", "female"],
            "occupation_class": ["a", None, "a", None],
            "customers": [3, 47, 48, 2],
        }
    )
    # 50 of 100 are male and 51 have occupation a.
    assert expected(groups).tolist() == pytest.approx([25.5, 24.5, 25.5, 24.5])
    result = lookalikes(groups, rare=25)
    row = result.table.iloc[0]
    assert row["alike_pairs"] == 3 + 47 * 46 // 2 + 48 * 47 // 2 + 1
    assert row["rare_pairs"] == 47 * 46 // 2 + 1
    assert row["alike_share"] == 1.0
    assert lookalikes(groups.assign(customers=1), rare=25).facts["alike_pairs"].value == 0
    said(result)


def test_delays_are_whole_days_within_which_half_and_nine_in_ten_were_found():
    delays = pd.DataFrame(
        {
            "record_type": [*["litigation"] * 4, "recruitment"],
            "delay_days": [0, 10, 30, 31, 2],
            "records": [1, 4, 4, 1, 10],
        }
    )
    result = record_delays(delays)
    columns = ["record_type", "records", "median_days", "p90_days", "late_share"]
    assert result.table[columns].to_numpy().tolist() == [
        ["litigation", 10, 10, 30, 0.1],
        ["recruitment", 10, 2, 2, 0.0],
    ]
    facts = {name: fact.value for name, fact in result.facts.items()}
    assert facts == {"records": 20, "median": 2, "p90": 30, "late_share": 0.05, "longest": 10}
    assert "Slowest is “Litigation”, with a median of 10 days" in said(result)[1]


def purchases():
    return pd.DataFrame(
        {
            "provider": ["good", "empty", "thin"],
            "borrowers": [1000, 1000, 500],
            "covered": [800, 500, 0],
            "items": [1600, 500, 0],
            "cost": [4800.0, 5000.0, 0.0],
            "without_consent": [16, 0, 0],
            "credit_items": [100, 0, 0],
            "licensed": [75, 0, 0],
        }
    )


def provider_cases(seed=1, size=4000):
    """Simulate a provider that knows more than the rating, one that does not, and a thin one."""
    rng = np.random.default_rng(seed)
    rating, item, noise = rng.standard_normal((3, size))
    odds = -3 + rating + item
    cases = pd.DataFrame(
        {
            "cohort": pd.Timestamp("2025-09-30"),
            "customer_id": [f"c{at:04d}" for at in range(size)],
            "pd": 1 / (1 + np.exp(3 - rating)),
            "defaulted": (rng.random(size) < 1 / (1 + np.exp(-odds))).astype(int),
        }
    )
    good = cases.assign(provider="good", item_code="fraud_score", measure=item)
    empty = cases.assign(provider="empty", item_code="telco_tenure", measure=noise)
    return pd.concat([good, empty, good.head(100).assign(provider="thin")], ignore_index=True)


def test_providers_are_weighed_by_what_they_cover_cost_and_add():
    result = providers(purchases(), provider_cases())
    table = result.table.set_index("provider")
    assert table.index.tolist() == ["good", "empty", "thin"]
    assert table["coverage"].tolist() == [0.8, 0.5, 0.0]
    assert table["cost_item"].tolist()[:2] == [3.0, 10.0]
    assert table["cost_covered"].tolist()[:2] == [6.0, 10.0]
    assert table.loc["good", ["without_share", "licensed_share"]].tolist() == [0.01, 0.75]
    assert np.isnan(table.loc["empty", "licensed_share"])
    assert table.loc["good", "low"] > 0.03
    assert table.loc["empty", "low"] < 0.001
    assert table.loc["good", "information_value"] > 10 * table.loc["empty", "information_value"]
    assert 0 < table.loc["thin", "events"] < 30
    assert np.isnan(table.loc["thin", "gain"])
    assert table.loc["thin", "information_value"] >= 0
    assert result.facts["unproven_cost"].value == 5000.0
    assert "most of all good" in said(result)[1]


def test_a_provider_without_value_is_proven_no_more_often_than_chance():
    found = [
        providers(purchases(), provider_cases(seed)).table.set_index("provider").loc["empty"]
        for seed in range(2, 22)
    ]
    assert sum(row["low"] > 0 for row in found) <= 2
    nothing = providers(purchases(), provider_cases().head(0))
    assert nothing.facts["proven"].value == 0
    assert "none of them is proven" in said(nothing)[1]
