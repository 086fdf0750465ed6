"""Movements of balance and NPL ratio add up: on random books, and on the demo bank."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from workbench import settings
from workbench.analysis.balance_movement import ORDER, balance_movement
from workbench.analysis.ratio_movement import PARTS, ratio_movement
from workbench.data import demo, kpi
from workbench.data.bank import open_bank
from workbench.privacy.suppress import suppress

SINCE = date(2026, 8, 31)
ENDED = ("matured", "renewed", "prepaid_unknown", "transferred", "written_off")


def book(seed):
    """Return movements of a random book, one row per loan."""
    drawn = np.random.default_rng(seed)
    rows = []
    for _ in range(int(drawn.integers(5, 300))):
        way = drawn.choice(["entered", "left", "stayed"])
        before = 0.0 if way == "entered" else round(drawn.lognormal(11, 2), 2)
        now = 0.0 if way == "left" else round(drawn.lognormal(11, 2), 2)
        cause = "new" if way == "entered" else drawn.choice(ENDED)
        lost = round(before * drawn.random(), 2) if drawn.random() < 0.1 and before else 0.0
        if way == "stayed":
            cause = "drawn" if now + lost > before else "repaid"
        rows.append(
            {
                **{"way": way, "cause": cause, "loans": 1, "written_off": lost},
                **{"balance_before": before, "balance_now": now},
                **{"largest": abs(now - before), "second": 0.0},
                "npl_before": before * (drawn.random() < 0.1),
                "npl_now": now * (drawn.random() < 0.1),
                "segment": drawn.choice(["micro", "small", "consumer"]),
            }
        )
    return pd.DataFrame(rows)


@pytest.mark.parametrize("seed", range(60))
def test_the_movements_of_the_balance_add_up_to_its_change(seed):
    moves = book(seed)
    found = balance_movement(moves, SINCE)
    change = moves["balance_now"].sum() - moves["balance_before"].sum()
    scale = moves["balance_before"].sum()
    assert found.table["amount"].sum() == pytest.approx(change, abs=1e-12 * scale)
    assert set(found.table["movement"]) <= set(ORDER)
    assert found.facts["written_off"].value <= 0
    assert found.facts["drawn"].value >= 0 >= found.facts["repaid"].value


@pytest.mark.parametrize("seed", range(60))
def test_the_contributions_add_up_over_parts_and_groups(seed):
    moves = book(seed)
    found = ratio_movement(moves, "segment", SINCE)
    sums = moves[["npl_before", "npl_now", "balance_before", "balance_now"]].sum()
    change = sums["npl_now"] / sums["balance_now"] - sums["npl_before"] / sums["balance_before"]
    assert found.table["contribution_bp"].sum() == pytest.approx(change, abs=1e-12)
    assert sum(found.facts[part].value for part in PARTS) == pytest.approx(change, abs=1e-12)
    assert found.facts["change"].value == pytest.approx(change, abs=1e-12)


@pytest.fixture(scope="module")
def bank():
    folder = settings.home() / "data" / "demo"
    demo.ensure(folder)
    return open_bank(folder)


@pytest.mark.parametrize("since", [SINCE, date(2025, 12, 31)])
def test_on_the_demo_bank_they_agree_with_the_kpis(bank, since):
    closing = bank.as_of
    moves = bank.query("loan_movement", **{"from": since, "to": closing})
    balance = balance_movement(moves, since)
    for end, day in (("opening", since), ("closing", closing)):
        stated = kpi.kpi(bank, "LOAN_BAL", at=day)
        assert balance.facts[end].value == pytest.approx(stated, rel=1e-12)
    change = balance.facts["closing"].value - balance.facts["opening"].value
    assert balance.table["amount"].sum() == pytest.approx(change, rel=1e-12, abs=1e-3)
    named = moves.merge(bank.table("branches")[["branch_id", "branch_name"]], on="branch_id")
    before, now = (kpi.kpi(bank, "NPL_RATIO", at=day) for day in (since, closing))
    for by in ("segment", "branch_name"):
        found = ratio_movement(named, by, since)
        assert (found.facts["before"].value, found.facts["now"].value) == pytest.approx(
            (before, now)
        )
        assert found.table["contribution_bp"].sum() == pytest.approx(now - before, abs=1e-12)


def test_a_partial_write_off_is_a_write_off_and_not_a_repayment():
    moves = pd.DataFrame(
        [
            {"way": "stayed", "cause": "repaid", "loans": 7, "balance_before": 100.0}
            | {"balance_now": 55.0, "written_off": 40.0, "largest": 45.0, "second": 0.0}
        ]
    )
    found = balance_movement(moves, SINCE)
    assert (found.facts["repaid"].value, found.facts["written_off"].value) == (-5.0, -40.0)


def one_sided(bank):
    """Give the bank's movements, with nearly all that was sold owed by one customer."""
    moves = bank.query("loan_movement", **{"from": SINCE, "to": bank.as_of})
    sold = moves["cause"] == "transferred"
    one = (
        moves[sold]
        .head(1)
        .assign(
            loans=15,
            balance_before=5e6,
            balance_now=0.0,
            written_off=0.0,
            largest=4.6e6,
            second=2e5,
        )
    )
    return pd.concat([moves[~sold], one], ignore_index=True)


def test_a_movement_that_gives_its_largest_customer_away_is_hidden_with_a_partner(bank):
    moves = one_sided(bank)
    found = balance_movement(moves, SINCE)
    sold = found.table.set_index("movement").loc["transferred"]
    assert -sold["amount"] - sold["largest"] - sold["second"] < 0.1 * sold["largest"]
    hidden = suppress(found)
    assert set(found.table["movement"].iloc[sorted(hidden.rows)]) == {"transferred", "written_off"}
    assert hidden.facts == {"written_off"}
    assert pd.isna(hidden.result.facts["written_off"].value)
    assert not suppress(found, "credit").rows


def test_the_largest_customers_of_a_movement_are_found_across_branches(bank):
    moves = bank.query("loan_movement", **{"from": SINCE, "to": bank.as_of})
    table = balance_movement(moves, SINCE).table.set_index("movement")
    sold = moves[moves["cause"] == "transferred"]
    both = sorted([*sold["largest"], *sold["second"]])
    assert (table.loc["transferred", "largest"], table.loc["transferred", "second"]) == (
        both[-1],
        both[-2],
    )
    assert (table["largest"] + table["second"] <= table["amount"].abs() + 1e-6).all()


def test_the_figure_adds_up_to_the_change_also_when_rows_are_hidden(bank):
    found = balance_movement(one_sided(bank), SINCE)
    for result, bars in ((found, 9), (suppress(found).result, 8)):
        ax = result.plot(Figure().subplots())
        widths = [bar.get_width() for bar in ax.patches]
        assert len(widths) == bars + 1
        assert widths[-1] == pytest.approx(found.facts["change"].value)
