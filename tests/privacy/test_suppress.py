import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from tests.example import Example, example
from tests.privacy import reader
from workbench.privacy.suppress import Safe, suppress, threshold
from workbench.result import Column, Fact


@pytest.mark.parametrize(
    ("invited", "hidden"), [(0, False), (1, True), (4, True), (5, False), (6, False)]
)
def test_a_row_is_emptied_below_the_threshold_only(invited, hidden):
    assert threshold() == 5
    safe = suppress(example(invited=(400, invited)))
    assert (1 in safe.rows) is hidden
    assert np.isnan(safe.result.table.loc[1, "rate"]) == hidden
    assert ("small" in safe.facts) is hidden
    assert np.isnan(safe.result.facts["small"].value) == hidden


def test_everything_else_stays():
    safe = suppress(example())
    assert safe.result.table.loc[0, "rate"] == 0.25
    assert safe.result.table.loc[1, "mode"] == "web"
    assert safe.result.facts["rate"].value == 0.25


def test_the_input_is_not_changed():
    result = example()
    before = result.table.copy()
    suppress(result)
    assert result.table.equals(before)


class Parts(Example):
    """Groups of one whole."""

    parts = True
    about = "ledger"


def parts(*invited):
    count = len(invited)
    table = pd.DataFrame({"mode": ["web"] * count, "invited": invited, "rate": [0.5] * count})
    return Parts("parts", table.assign(low=0.1, high=0.9), {"all": Fact(sum(invited), "count")})


@pytest.mark.parametrize(
    ("invited", "hidden"),
    [
        ((400, 3, 9, 80), {1, 2}),
        ((400, 3, 2, 80), {1, 2, 3}),
        ((400, 8, 9, 80), set()),
        ((400, 3, 0, 80), {1, 3}),
        ((3, 2), {0, 1}),
    ],
)
def test_a_small_part_of_a_whole_takes_a_partner_with_it(invited, hidden):
    safe = suppress(parts(*invited))
    assert safe.rows == hidden
    assert safe.partners == len(hidden) - sum(0 < each < 5 for each in invited)
    assert safe.result.table["rate"].isna().sum() == len(hidden)


def test_a_credit_report_shows_its_ledger_and_no_people():
    assert suppress(parts(400, 2, 9), "credit").rows == frozenset()
    assert suppress(parts(400, 2, 9), "wide").rows == {1, 2}
    assert suppress(example(), "credit").rows == {1}


class Sums(Example):
    columns = (Column("sum", "money", largest=("first", "second")),)
    base = None


def test_a_sum_that_gives_its_largest_part_away_is_hidden():
    table = pd.DataFrame({"sum": [100.0, 100.0], "first": [90.0, 40.0], "second": [5.0, 30.0]})
    safe = suppress(Sums("sums", table, {}))
    assert safe.rows == {0}


def test_a_sum_that_two_make_up_is_hidden():
    table = pd.DataFrame({"sum": [100.0, 100.0], "first": [48.0, 46.0], "second": [45.0, 44.0]})
    assert suppress(Sums("sums", table.assign(mode="web"), {})).rows == {0}


class Flows(Example):
    columns = (Column("sum", "money", signed=True, largest=("first", "second")),)
    base = None
    parts = True


def test_a_small_net_of_many_flows_gives_away_nobody():
    """What stands in the way of the second largest is what all others moved, in or out."""

    def net(*largest):
        table = pd.DataFrame({"sum": [900.0, -890.0]})
        table[["first", "second"]] = [largest, (40.0, 30.0)]
        return suppress(Flows("flows", table, {"net": Fact(10.0, "money")}))

    assert (net(50.0, 40.0).rows, net(50.0, 40.0).facts) == (frozenset(), frozenset())
    # One moved nearly all of what came in: the row goes, and with it what would tell it.
    assert 0 in net(890.0, 5.0).rows


class Movement(Flows):
    columns = (Column("loans", "count"), *Flows.columns)
    base = "loans"


def movement(draw):
    """Return a random movement by cause, and the sizes of what each customer moved in each row."""
    signs = draw.choice([-1, 1], size=draw.integers(3, 8))
    signs[:2] = [1, -1]
    moved = [np.sort(draw.lognormal(0, 1.6, draw.integers(1, 40)))[::-1] for _ in signs]
    two = [np.append(sizes, 0.0)[:2] for sizes in moved]
    table = pd.DataFrame(two, columns=["first", "second"])
    table["loans"] = [len(sizes) for sizes in moved]
    table["sum"] = [sign * sizes.sum() for sign, sizes in zip(signs, moved, strict=True)]
    result = Movement("movement", table, {"net": Fact(float(table["sum"].sum()), "money")})
    return result, signs, moved


def most(signs, moved, hidden, net, row):
    """Return the most that the largest customer of `row` can have moved, as the second sees it.

    Who made the second largest movement knows it, the rows that are shown, the net if it is told,
    and that every row is made of movements of one direction.
    """
    rows = range(len(signs))
    width = 1 + len(signs)  # the largest movement, then the others of each row
    known = moved[row][1] if len(moved[row]) > 1 else 0.0
    equations, totals = [], []
    for at in rows:
        if at not in hidden:
            line = np.zeros(width)
            line[1 + at] = 1.0
            line[0] = float(at == row)
            equations.append(line)
            totals.append(moved[at].sum() - known * (at == row))
    if net is not None:
        equations.append(np.concatenate([[signs[row]], signs]).astype(float))
        totals.append(net - signs[row] * known)
    found = linprog(
        [-1.0, *[0.0] * len(signs)],
        A_eq=np.array(equations) if equations else None,
        b_eq=totals or None,
        bounds=(0, None),
    )
    return np.inf if found.status == 3 else -found.fun


@pytest.mark.parametrize("tables", [60, pytest.param(1000, marks=pytest.mark.full)])
def test_no_movement_tells_the_second_customer_what_the_largest_moved(tables):
    """The p % rule, tried by linear programming on random inflows and outflows with their net."""
    draw = np.random.default_rng(7)
    told = given_away = 0
    for _ in range(tables):
        result, signs, moved = movement(draw)
        safe = suppress(result)
        names = {result.table["sum"][at]: at for at in range(len(signs))}
        shown = {names[each] for each in safe.result.table["sum"].dropna()}
        hidden = set(range(len(signs))) - shown
        net = None if "net" in safe.facts else result.facts["net"].value
        told += net is not None
        for row in range(len(signs)):
            least = 1.1 * moved[row][0] - 1e-6
            assert most(signs, moved, hidden, net, row) >= least
            given_away += most(signs, moved, set(), net, row) < least
    # The net is told of most tables, and with all rows shown the same reader finds much.
    assert told > 0.9 * tables
    assert given_away > tables / 5


def test_the_largest_contributions_are_shown_to_nobody():
    table = pd.DataFrame({"sum": [100.0, 100.0], "first": [90.0, 40.0], "second": [5.0, 30.0]})
    for audience in ("wide", "credit"):
        shown = suppress(Sums("sums", table, {}), audience).result.table
        assert list(shown.columns) == ["sum"]


class Ledger(Example):
    """The ten largest borrowers, or branches with few bad loans."""

    columns = (
        Column("mode", "text"),
        Column("invited", "count"),
        Column("sum", "money", largest=("first", "second")),
    )
    about = "ledger"


@pytest.mark.parametrize("loans", [1, 2])
def test_only_a_credit_report_shows_the_ten_largest_and_branches_with_two_bad_loans(loans):
    table = pd.DataFrame({"mode": [f"B{at}" for at in range(10)], "invited": loans, "sum": 9e6})
    ledger = Ledger("top", table.assign(first=5e6, second=4e6), {"all": Fact(9e7, "money")})
    assert suppress(ledger, "credit").rows == frozenset()
    assert suppress(ledger, "credit").result.table["sum"].notna().all()
    assert suppress(ledger, "wide").rows == frozenset(range(10))


def test_a_total_among_the_facts_makes_rows_parts():
    table = pd.DataFrame({"mode": ["web", "sms", "app"], "invited": [3, 9, 80], "rate": 0.5})
    table = table.assign(low=0.1, high=0.9)
    assert suppress(Example("parts", table, {})).partners == 0
    told = suppress(Example("parts", table, {"all": Fact(92, "count")}))
    assert told.partners == 1
    assert not told.facts


def test_a_total_that_is_small_itself_is_not_told():
    told = suppress(parts(3, 1))
    assert told.facts == {"all"}
    assert told.rows == {0, 1}


class Kinds(Example):
    """Rows that make up one whole for each kind."""

    columns = (Column("kind"), Column("mode"), Column("invited", "count"))
    wholes = (("kind",),)


def test_each_whole_needs_a_partner_of_its_own():
    table = pd.DataFrame(
        {"kind": ["a", "a", "a", "b", "b"], "mode": list("vwxyz"), "invited": [3, 9, 70, 4, 60]}
    )
    assert suppress(Kinds("kinds", table, {})).rows == {0, 1, 3, 4}


def test_facts_that_quote_a_hidden_partner_go_with_it_and_the_sentence_too():
    table = pd.DataFrame({"mode": ["a", "b", "c"], "invited": [90, 9, 3], "rate": [0.2, 0.4, 0.7]})
    facts = {"rate": Fact(0.4, "share", n=9), "other": Fact(0.4, "share", n=90)}
    facts |= {"share": Fact(9 / 102, "share", n=102)}
    safe = suppress(Parts("parts", table.assign(low=0.1, high=0.9), facts))
    assert safe.rows == {1, 2}
    assert safe.facts == {"rate", "share"}
    assert safe.result.told(safe.facts).key == "format.untold"
    assert safe.result.told().key == "example.finding"


def test_a_shown_row_that_says_the_same_does_not_excuse_a_quote():
    table = pd.DataFrame({"mode": list("abcd"), "invited": [90, 9, 9, 3], "rate": 0.5})
    safe = suppress(Parts("parts", table.assign(low=0.1, high=0.9), {"c": Fact(0.5, "share", n=9)}))
    assert len(safe.rows & {1, 2}) == 1, "one of the two is shown"
    assert safe.facts == {"c"}


class Ranked(Parts):
    columns = (
        Column("mode"),
        Column("invited", "count"),
        Column("verdict", "code", values="grade_verdict", judged=True),
    )


def test_the_place_among_rows_in_order_of_a_measure_is_hidden_too():
    table = pd.DataFrame({"mode": ["d", "c", "a", "b"], "invited": [3, 90, 9, 50]})
    safe = suppress(Ranked("ranked", table.assign(verdict="fits"), {}))
    assert safe.result.table["mode"].tolist() == ["c", "b", "a", "d"]
    assert safe.rows == {2, 3}
    named = table.assign(mode=["1", "2", "9", "10"], verdict="fits")
    assert suppress(Ranked("ranked", named, {})).result.table["mode"].tolist() == [*"129", "10"]


def test_nothing_but_its_name_is_left_of_a_hidden_row():
    table = pd.DataFrame({"mode": ["a", "b", "c"], "invited": [3, 9, 90], "verdict": "fits"})
    table = table.assign(seen=[True, False, True], note=["x", None, 1.5])
    safe = suppress(Ranked("ranked", table, {}))
    left = safe.result.table.loc[[0, 1]].drop(columns="mode")
    assert left.isna().all(axis=None)
    assert safe.result.table.loc[2, "verdict"] == "fits"


def audited(count, seed):
    """Return numbers of cells that a reader narrows down, of those checked, of hidden partners.

    Left out are tables whose declared margins alone give cells away: hiding rows cannot help.
    """
    draw = np.random.default_rng(seed)
    found = checked = partners = helpless = 0
    for _ in range(count):
        result, says = reader.random(draw)
        safe = suppress(result)
        open_, all_ = reader.recovered(result, safe, says, width=5, share=0.1)
        if open_ and reader.helpless(result):
            helpless += 1
            continue
        found, checked, partners = found + open_, checked + all_, partners + safe.partners
    assert helpless <= count / 50
    return found, checked, partners


def test_a_reader_of_random_results_recovers_nothing():
    found, checked, partners = audited(60, seed=11)
    assert checked > 200
    assert partners > 20
    assert found == 0


@pytest.mark.full
def test_a_reader_of_a_thousand_random_results_recovers_nothing():
    found, checked, _ = audited(1_000, seed=12)
    assert checked > 4_000
    assert found == 0


def test_the_reader_recovers_what_is_hidden_without_partners():
    draw = np.random.default_rng(13)
    found = 0
    for _ in range(20):
        result, says = reader.random(draw)
        count = result.table["invited"]
        alone = Safe(result, frozenset(np.flatnonzero((count > 0) & (count < 5))), frozenset())
        found += reader.recovered(result, alone, says, width=5, share=0.1)[0]
    assert found > 20


def test_a_fact_that_repeats_a_hidden_row_is_hidden_with_it():
    class Repeated(Sums):
        row_facts = "mode"

    table = pd.DataFrame(
        {"mode": ["web", "paper"], "sum": [-100.0, -100.0]}
        | {"first": [90.0, 40.0], "second": [5.0, 30.0]}
    )
    facts = {"web": Fact(-100.0, "money", n=50), "paper": Fact(-100.0, "money", n=50)}
    safe = suppress(Repeated("sums", table, facts))
    assert (safe.rows, safe.facts) == ({0}, {"web"})
    assert np.isnan(safe.result.facts["web"].value)
    assert safe.result.facts["paper"].value == -100.0
