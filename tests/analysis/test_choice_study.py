"""Studies of choices: what was put in is found, and offers are divided as worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from tests.sql import tables
from workbench import text
from workbench.analysis.choice_study import choice_study
from workbench.data import demo
from workbench.data.bank import open_bank
from workbench.data.intake import take_in
from workbench.errors import DataError, ParameterError

TASTE = {"rate_bp": -0.02, "online": 0.3}


def drawn(people=80, tasks=6, seed=1, taste=TASTE):
    """Return tasks of three offers, as the query `choice_tasks` gives them."""
    rng = np.random.default_rng(seed)
    rows = []
    for task in range(people * tasks):
        offers = {
            "rate_bp": rng.choice([40.0, 80.0, 120.0], 3),
            "online": rng.choice([0.0, 1.0], 3),
            "approval_days": rng.choice([0.0, 1.0], 3),
        }
        offers = {name: offers[name] for name in taste}
        value = sum(taste[name] * own for name, own in offers.items()) + rng.gumbel(size=3)
        rows += [
            (f"T{task}", at + 1, name, f"c{task // tasks}", own[at], at == value.argmax())
            for name, own in offers.items()
            for at in range(3)
        ]
    head = ["task_id", "alternative", "attribute", "customer_id", "level", "chosen"]
    return pd.DataFrame(rows, columns=head)


def test_worth_holds_the_truth_as_often_as_it_says():
    held = 0
    for seed in range(60):
        found = choice_study(drawn(seed=seed)).table.set_index("choice_attribute").loc["online"]
        held += found["drawn_low"] <= 15 / 1e4 <= found["drawn_high"]
    # 95 % of 60 less three Monte Carlo errors.
    assert held >= 52


def test_the_demo_study_is_worth_what_was_planted():
    frames, truth = demo.tables()
    planted = truth["planted"]["choices.worth"]["value"]
    found = choice_study(frames["choice_tasks"], confidence=0.99)
    rows = found.table.set_index("choice_attribute")
    assert set(planted) == set(rows.index) - {"rate_bp"}
    for name, worth in planted.items():
        assert rows.loc[name, "low"] <= worth / 1e4 <= rows.loc[name, "high"], name
        assert rows.loc[name, "drawn_low"] <= worth / 1e4 <= rows.loc[name, "drawn_high"], name
    assert rows["worth_bp"].isna().tolist() == [name == "rate_bp" for name in rows.index]


def test_the_bank_cards_come_through_intake_to_the_published_coefficients(real_data, tmp_path):
    files = [
        real_data / f"bank_card_conjoint_{part}.parquet" for part in ("choices", "demographics")
    ]
    load = take_in(files, tmp_path / "bank", source="bank-card-conjoint")
    assert load.tables["choice_tasks"].accepted == 14_799 * 28
    found = choice_study(open_bank(tmp_path / "bank").choice_tasks("bank_cards"))
    taste = found.table.set_index("choice_attribute")["taste"]
    published = {"Low_FInt": 3.06, "Low_Fee": 2.56, "Long_Grace": 1.99, "Out_State": -1.37}
    assert {name: round(taste[name], 2) for name in published} == published
    assert found.facts["choosers"].value == 946
    assert found.facts["tasks"].value == 14_799
    # Log likelihoods -8063.8 and -10141.6 in the literature's pooled fit.
    assert found.facts["explained"].value == pytest.approx(
        1 - 8063.8 / (14_799 * np.log(2)), abs=1e-5
    )
    assert "worth" not in found.facts
    assert "unpriced" in found.summary().key


def test_shares_are_those_of_the_coefficients_by_hand():
    tasks = drawn()
    found = choice_study(tasks, offers=["rate_bp=40", "rate_bp=120 online=1"])
    taste = found.table.set_index("choice_attribute")["taste"]
    mean = tasks.groupby("attribute")["level"].mean()
    cheap = taste["rate_bp"] * (40 - mean["rate_bp"])
    dear = taste["rate_bp"] * (120 - mean["rate_bp"]) + taste["online"] * (1 - mean["online"])
    rows = found.shares.table
    alone = [1 / (1 + np.exp(-value)) for value in (cheap, dear)]
    assert rows["share_alone"].iloc[1:].tolist() == pytest.approx(alone)
    whole = 1 + np.exp(cheap) + np.exp(dear)
    together = [1 / whole, np.exp(cheap) / whole, np.exp(dear) / whole]
    assert rows["share_together"].tolist() == pytest.approx(together)
    assert (rows["together_low"] < rows["share_together"]).all()
    assert (rows["share_together"] < rows["together_high"]).all()
    with text.spoken("en"):
        said = [each["en"] for each in rows["offer_profile"]]
    assert said[0] == "Typical offer"
    assert said[2] == "Spread over prime, bp: 120; Applied for online: yes"


def test_without_offers_each_attribute_is_improved_in_turn():
    rows = choice_study(drawn()).shares.table
    assert len(rows) == 1 + len(TASTE)
    assert (rows["share_alone"].iloc[1:] > 0.5).all()


def test_an_attribute_is_worth_what_leads_from_its_worst_to_its_best_level():
    slow = drawn(taste={"rate_bp": -0.02, "approval_days": -0.1})
    days = slow["attribute"].eq("approval_days")
    found = choice_study(slow.assign(level=slow["level"].where(~days, 1 + 6 * slow["level"])))
    row = found.table.set_index("choice_attribute").loc["approval_days"]
    assert row["choice_step"] == {"zh": "7→1", "en": "7 → 1"}
    assert row["step_worth"] == pytest.approx(-6 * row["worth_bp"])
    assert row["step_low"] == pytest.approx(-6 * row["drawn_high"])
    assert row["step_high"] == pytest.approx(-6 * row["drawn_low"])
    assert row["step_low"] < row["step_worth"] < row["step_high"]
    assert found.facts["worth"].value == row["step_worth"]
    assert choice_study(drawn()).step == {"zh": "否→是", "en": "no → yes"}


def test_a_study_without_a_price_says_so():
    found = choice_study(drawn(taste={"online": 0.3}))
    assert found.table["worth_bp"].isna().all()
    assert found.summary().key == "pricing.choices.unpriced"


def test_without_a_study_it_says_so_plainly():
    found = choice_study(drawn().iloc[:0])
    assert found.summary().key == "pricing.choices.none"
    assert found.shares.summary().key == "pricing.choice_shares.none"
    assert found.table.empty
    assert found.shares.table.empty


@pytest.mark.parametrize(
    ("offer", "message"),
    [
        ("days=3", "'days=3' names no attribute of the study; .*online, rate_bp"),
        ("rate_bp=400", "'rate_bp=400' is no level that the study showed; rate_bp went from 40 to"),
        ("rate_bp", "'rate_bp' is no level"),
        ("online=yes", "'online=yes' is no level"),
    ],
)
def test_an_offer_that_the_study_cannot_judge_is_named(offer, message):
    with pytest.raises(ParameterError, match=message):
        choice_study(drawn(10), offers=[offer])


def test_an_alternative_without_an_attribute_and_a_task_without_a_choice_are_refused():
    tasks = drawn(20)
    with pytest.raises(DataError, match="1 alternatives lack an attribute, the first of task T0"):
        choice_study(tasks.drop(index=tasks.index[0]))
    none = tasks.assign(chosen=tasks["chosen"] & (tasks["task_id"] != "T3"))
    with pytest.raises(DataError, match="1 have none or more"):
        choice_study(none)


def test_the_query_takes_the_newest_study_answered_by_the_day():
    bank = tables.connection()
    row = {"task_id": "T1", "alternative": 1, "attribute": "online", "customer_id": "c1"}
    row |= {"level": 1, "chosen": True}
    tables.fill(
        bank,
        "choice_tasks",
        {**row, "study": "old", "answered_on": "2025-03-01"},
        {**row, "study": "new", "answered_on": "2026-03-01"},
        {**row, "study": "later", "answered_on": "2026-12-01"},
        {**row, "study": "undated"},
    )

    def studies(day, study=""):
        return tables.query(bank, "choice_tasks", study=study, as_of=day)["study"].tolist()

    assert studies("2026-09-30") == ["new"]
    assert studies("2025-09-30") == ["old"]
    assert studies("2024-09-30") == ["undated"]
    assert studies("2026-09-30", "old") == ["old"]
    assert studies("2026-09-30", "later") == []
