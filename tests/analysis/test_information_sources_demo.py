"""Outside sources of the demo bank: what was planted is found again."""

from datetime import date

import numpy as np
import pytest

from tests.sql import tables
from workbench import settings
from workbench.analysis.consent_gaps import consent_gaps
from workbench.analysis.fact_conflicts import fact_conflicts
from workbench.analysis.lookalikes import expected, lookalikes
from workbench.analysis.providers import providers
from workbench.analysis.record_delays import record_delays
from workbench.data import demo
from workbench.data.information_sources import conflict_rules, rarity

LAST = date(2026, 9, 30)
READ = (
    *("bureau_reports", "third_party_items", "consents", "public_records", "customers"),
    *("branches", "financials", "loans", "loan_months", "risk_assessments"),
)


@pytest.fixture(scope="module")
def made():
    return demo.tables()


@pytest.fixture(scope="module")
def planted(made):
    return {name: each["value"] for name, each in made[1]["planted"].items()}


@pytest.fixture(scope="module")
def bank(made):
    found = tables.connection()
    for name in READ:
        table = made[0][name]
        plain = table.astype(dict.fromkeys(table.select_dtypes("category").columns, object))
        found.register("made", plain)
        found.execute(f"INSERT INTO {name} BY NAME SELECT * FROM made")
        found.unregister("made")
    return found


def test_the_gaps_in_the_consents_are_the_planted_ones(bank, planted):
    result = consent_gaps(tables.query(bank, "consent_uses", as_of=LAST))
    share = result.table.set_index(["information", "consent_gap"])["share"]
    for kind, planting in (
        ("bureau_reports", "consents.bureau_gaps"),
        ("third_party_items", "third_party.consent_gaps"),
    ):
        told = {"none_named": "none", "expired": "expired", "withdrawn": "withdrawn"}
        if kind == "bureau_reports":
            wrong = share.pop((kind, "wrong_purpose"))
            assert wrong == pytest.approx(planted["consents.bureau_purpose"], abs=1e-6)
            assert wrong > 0
        found = {told[reason]: value for reason, value in share[kind].items()}
        # The truth rounds to six places.
        assert found == pytest.approx(planted[planting], abs=1e-6)


def test_conflicts_between_sources_are_as_frequent_as_planted(bank, planted):
    pack = settings.rulepack("fact-conflicts")["comparable"]
    found = fact_conflicts(
        tables.query(bank, "fact_conflicts", as_of=LAST, **pack), conflict_rules()
    )
    table = found.table.set_index("fact_pair")
    for pair, planting in (
        ("income_invoices", "conflicts.income_over_invoices"),
        ("income_fund_base", "conflicts.income_over_fund_base"),
        ("staff_insured", "conflicts.staff_over_insured"),
        ("own_bureau_class", "conflicts.bureau_class"),
        ("region_branch", "conflicts.region"),
    ):
        share, number = planted[planting], table.loc[pair, "compared"]
        error = (share * (1 - share) / number) ** 0.5
        assert table.loc[pair, "share"] == pytest.approx(share, abs=3 * error), pair
        assert number > 1000, pair


def test_entries_of_one_customer_are_alike_but_drown_in_chance(made, bank, planted):
    """Recall of the planted pairs is 1, precision below one in a thousand: names are needed."""
    groups = tables.query(bank, "customer_lookalikes", as_of=LAST)
    result = lookalikes(groups, rare=rarity())
    attributes = [name for name in groups.columns if name != "customers"]
    named = groups.astype(object).where(groups.notna(), None)
    number = {tuple(row): at for at, row in enumerate(named[attributes].itertuples(index=False))}
    own = bank.execute(f"SELECT customer_id, {', '.join(attributes)} FROM customers").fetchall()
    group = {customer: number[tuple(values)] for customer, *values in own}
    pairs = made[1]["duplicates"]
    caught = [first for first, second in pairs if group[first] == group[second]]
    assert len(caught) == len(pairs) == planted["customers.entered_twice"]
    assert len(pairs) / result.facts["alike_pairs"].value < 0.001
    few = expected(groups) < rarity()
    rare = sum(bool(few[group[first]]) for first in caught)
    assert 1 <= rare <= result.facts["rare_pairs"].value <= 50


def test_delays_are_the_planted_ones_and_the_wait_for_the_weekly_search(bank, planted):
    found = record_delays(tables.query(bank, "record_delays", as_of=LAST)).table
    rng = np.random.default_rng(1)
    median = found.set_index("record_type")["median_days"]
    number = found.set_index("record_type")["records"]
    assert set(median.index) == set(planted["public_records.delay"])
    for kind, days in planted["public_records.delay"].items():
        drawn = np.ceil(days * rng.lognormal(0, 0.8, 100_000)) + rng.integers(0, 7, 100_000)
        # A sample median lies within three standard errors of rank one half.
        reach = min(0.5, 1.5 / np.sqrt(number[kind]))
        low, high = np.quantile(drawn, [0.5 - reach, 0.5 + reach], method="inverted_cdf")
        assert low - 1 <= median[kind] <= high, kind


@pytest.fixture(scope="module")
def weighed(bank):
    persons = settings.rulepack("third-party-credit")["individuals"]
    bought = tables.query(
        bank,
        "providers",
        as_of=LAST,
        months=12,
        natural_persons=f",{','.join(persons['customer_types'])},",
        credit_items=f",{','.join(persons['items'])},",
    )
    cases = tables.query(bank, "provider_cases", as_of=LAST, horizon=12, overdue_days=90)
    return providers(bought, cases).table.set_index("provider")


def test_providers_that_know_more_add_more(weighed, planted):
    """Single gains rest on 50 to 260 defaults; two groups, and two sellers of one score, differ."""
    best = {}
    for name, value in planted["third_party.marginal_value"].items():
        provider = name.partition(".")[0]
        best[provider] = max(value, best.get(provider, 0.0))
    gain = weighed["gain"].dropna()
    true = gain.index.map(best).to_series(gain.index)
    assert len(gain) >= 6
    assert gain[true >= 0.3].mean() > gain[true <= 0.15].mean() + 0.003
    assert gain["示范征信公司"] > gain["数联科技公司"] + 0.002


def test_providers_cost_what_was_planted_and_one_has_no_licence(weighed, planted):
    for name, cost in planted["third_party.cost"].items():
        assert weighed.loc[name.partition(".")[0], "cost_item"] == pytest.approx(cost)
    licensed = weighed["licensed_share"].dropna()
    assert licensed[licensed < 1].to_dict() == {"数联科技公司": 0.0}
    assert weighed["coverage"].between(0.05, 1).all()
