"""What an assessment of needs looks at: purposes, reasons for declines, proof of income, rivals.

Changes columns that are there, row for row: purposes of loans for one purpose only, the order of
reasons among declines alike, the way incomes were verified. Nothing else of the bank moves.
"""

from typing import Any

import numpy as np
import pandas as pd

from workbench.data.demo import names
from workbench.data.demo.draws import choose, pick
from workbench.data.demo.market import PUBLISHER
from workbench.data.demo.people import SECTIONS
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import OWNER, Bools, Floats, Ints

RUNNING = (names.WORKING, names.TRADE)
PROJECTS = (names.FIXED,)
MISUSED = 0.06
"""Share of applications for products of one purpose that name another."""
HIGH, WEIGHT = 0.55, 6.0
"""Debt service over income above which a decline is drawn to name capacity with this weight."""
PROVED = (("verified", 72.0), ("tax", 18.0), ("self_declared", 10.0))
"""How incomes of private persons were established, in percent."""
LENT_TO = (2.0, 19.0, 3.0, 9.0, 15.0, 6.5, 2.5, 3.5, 7.5, 16.0, 3.0, 10.0, 3.0)
"""Loans of all banks in the city by section, in percent, at the start of the window."""
GROWTH = (0.03, 0.07, 0.06, 0.0, 0.05, 0.06, 0.01, 0.14, -0.07, 0.05, 0.13, 0.05, 0.04)
"""Yearly growth by section before the sections are made to add up to the sizes of firms."""


def part(world: World) -> Part:
    """Change purposes, reasons and proofs in their tables; add loans of all banks by section."""
    rng = world.random("assessed needs")
    planted = (_purposes(rng, world), _reasons(rng, world), _proofs(rng, world), _market(world))
    return Part(planted=tuple(each for each in planted if each))


def _purposes(rng: np.random.Generator, world: World) -> Planted:
    asked = world.tables["applications"]
    codes = [line[0] for line in names.PRODUCTS]
    product = pd.Categorical(asked["product_id"], categories=codes).codes.astype(np.int64)
    purpose = asked["purpose"].astype(object).to_numpy(copy=True)
    running, project = np.isin(product, RUNNING), np.isin(product, PROJECTS)
    wrong = (running | project) & (rng.random(len(asked)) < MISUSED)
    purpose[running] = np.where(wrong[running], "equipment", "working_capital")
    purpose[project] = np.where(wrong[project], "working_capital", "equipment")
    world.tables["applications"] = asked.assign(
        purpose=pd.Categorical(purpose, categories=asked["purpose"].cat.categories)
    )
    what = "Share of applications for working capital, trade and project loans that name a purpose"
    return Planted(
        *("needs.misused_products", f"{what} the product is not for", MISUSED, "share"),
        ("applications.purpose", "applications.product_id"),
    )


def _reasons(rng: np.random.Generator, world: World) -> Planted:
    """Exchange the reasons of declines of one product, group of customers and month."""
    asked = world.tables["applications"]
    customer = asked["customer_id"].cat.codes.to_numpy().astype(np.int64)
    segment = world.people.segment[customer]
    reason = asked["decline_reason"].astype(object).to_numpy(copy=True)
    row = np.flatnonzero(asked["decision"].eq("declined").to_numpy() & (segment >= OWNER))
    month = asked["applied_at"].to_numpy().astype("datetime64[M]").astype(np.int64)
    alike = pd.DataFrame(
        {"segment": segment[row], "product": asked["product_id"].cat.codes.to_numpy()[row]}
    ).assign(month=month[row])
    group = alike.groupby(["segment", "product", "month"], sort=True).ngroup().to_numpy()
    high = _burdened(world, asked.iloc[row])
    # The largest of such keys are a draw without replacement, in proportion to the weights.
    key = np.where(high, np.log(WEIGHT), 0.0) + rng.gumbel(size=len(row))
    first = np.lexsort((-key, group))
    named = np.lexsort((reason[row] != "capacity", group))
    reason[row[first]] = reason[row[named]]
    world.tables["applications"] = asked.assign(
        decline_reason=pd.Categorical(reason, categories=asked["decline_reason"].cat.categories)
    )
    return Planted(
        "needs.capacity_declines",
        "Weight with which a decline of a private customer is drawn to name ability to repay where "
        "debt service is above 55 % of income, beside 1 for others",
        *(WEIGHT, "weight"),
        ("applications.decline_reason", "financials.debt_service"),
        naive=1.0,
    )


def _burdened(world: World, asked: pd.DataFrame) -> Bools:
    """Tell whose newest statement at the application showed more debt service than `HIGH`."""
    stated = world.tables["financials"]
    service = (12 * stated["debt_service"] / stated["income"]).to_numpy(float)
    known = pd.DataFrame(
        {
            "customer": stated["customer_id"].cat.codes.to_numpy(),
            "day": stated["received_on"].to_numpy().astype("datetime64[s]"),
            "service": service,
        }
    ).sort_values("day", kind="stable")
    numbers = pd.Index(stated["customer_id"].cat.categories)
    wanted = pd.DataFrame(
        {
            "customer": numbers.get_indexer(asked["customer_id"].astype(object)).astype(np.int64),
            "day": asked["applied_at"].to_numpy().astype("datetime64[s]"),
            "row": np.arange(len(asked)),
        }
    ).sort_values("day", kind="stable")
    known["customer"] = known["customer"].astype(np.int64)
    found = pd.merge_asof(wanted, known, on="day", by="customer").sort_values("row")
    return np.asarray(found["service"].to_numpy(float) > HIGH)


def _proofs(rng: np.random.Generator, world: World) -> Planted:
    stated = world.tables["financials"]
    kinds = tuple(name for name, _ in PROVED)
    drawn = choose(rng, len(world.people.segment), [share for _, share in PROVED])
    own = pick(kinds, drawn[stated["customer_id"].cat.codes.to_numpy()]).astype(object)
    basis = stated["basis"].astype(object)
    private = basis.eq("verified").to_numpy()
    world.tables["financials"] = stated.assign(
        basis=pd.Categorical(np.where(private, own.to_numpy(), basis.to_numpy()))
    )
    return Planted(
        "needs.income_proof",
        "How the incomes of private persons were established; it does not depend on the income",
        *({name: share / 100 for name, share in PROVED}, "share"),
        ("financials.basis",),
    )


def _market(world: World) -> Planted | None:
    """Add loans of all banks by industry section; of each quarter they add up to those by size."""
    if "market_series" not in world.tables:
        return None
    series = world.tables["market_series"]
    by_size = series[series["series_code"].eq("SYSTEM_LOANS") & series["industry_code"].eq("ALL")]
    if by_size.empty:
        return None
    total = by_size.groupby("period_end", sort=True)["value"].sum()
    shown = by_size.drop_duplicates("period_end").sort_values("period_end")
    lent = _lent(total.to_numpy(float), shown["period_end"].to_numpy())
    rows = pd.concat(
        shown.assign(industry_code=section[0], size_class="ALL", value=np.round(lent[:, at], 4))
        for at, section in enumerate(SECTIONS)
    )
    rows["provider"] = PUBLISHER
    world.tables["market_series"] = pd.concat([series, rows], ignore_index=True)
    grown: Any = lent[-1] / lent[-min(len(lent), 5)] - 1
    return Planted(
        "needs.market_growth",
        "Growth of the loans of all banks in the city by industry section, in the last year",
        *(
            {name[0]: round(float(own), 4) for name, own in zip(SECTIONS, grown, strict=True)},
            "share",
        ),
        ("market_series.value",),
    )


def _lent(total: Floats, ends: Any) -> Floats:
    """Return loans by quarter and section, shape (quarters, sections)."""
    month: Ints = ends.astype("datetime64[M]").astype(np.int64)
    years = (month - month[0]) / 12
    weights = np.array(LENT_TO) * np.exp(np.array(GROWTH) * years[:, None])
    return np.asarray(total[:, None] * weights / weights.sum(axis=1, keepdims=True))
