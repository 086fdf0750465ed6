"""Consents, and gaps planted: reports asked for without one, after its end, or to other ends."""

from typing import Any

import numpy as np
import pandas as pd

from workbench.data.demo import profiles
from workbench.data.demo.draws import numbered, pick, stacked, times
from workbench.data.demo.failures import share
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import OWNER, Bools, Ints

QUERIES_WITHOUT = 0.005
"""Bureau queries that name no consent."""
EXPIRED, WITHDRAWN = 0.012, 0.008
"""Customers whose newest bureau query came after the consent had expired or was withdrawn."""
TO_MARKETING = 0.006
"""Bureau queries that name the customer's consent to marketing, where there is one."""
UNASSESSED = 0.008
"""Customers who withdrew the consent to be assessed."""
SHARED = (0.65, 0.85)
"""Share of persons, and of firms and owners, who let third parties be asked."""
SHARED_EXPIRED, SHARED_WITHDRAWN = 0.012, 0.010
"""The same of the consent to ask third parties, whose newest item came later."""


def part(world: World) -> Part:
    """Return `consents`, and take the consent away from some of `bureau_reports`."""
    rng = world.random("consent gaps")
    table = stacked([profiles.consents(world.people, world.seed), _shared(world, rng)])
    table["consent_id"] = numbered("A", np.arange(1, len(table) + 1), 8)
    reports = world.tables["bureau_reports"]
    size = len(world.people.segment)
    newest = last(reports["customer_id"], reports["queried_at"], size)
    drawn = rng.random(size)
    # Consents to bureau queries are the first rows, one for each customer.
    ends(rng, table, np.arange(size), newest, drawn < EXPIRED, "expires_at")
    gone = (drawn >= EXPIRED) & (drawn < EXPIRED + WITHDRAWN)
    ends(rng, table, np.arange(size), newest, gone, "withdrawn_at")
    without = rng.random(len(reports)) < QUERIES_WITHOUT
    reports.loc[without, "consent_id"] = None
    _unassessed(world, rng, table)
    misnamed = _misnamed(world, table, reports)
    return Part({"consents": table}, (_planted(table, reports), misnamed))


def _shared(world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Return the consents to ask third parties."""
    firm = (world.people.segment <= OWNER).astype(np.int64)
    customer = np.flatnonzero(rng.random(len(firm)) < np.array(SHARED)[firm])
    opened = world.people.customers["opened_on"].to_numpy().astype("datetime64[D]")[customer]
    none = np.full(len(customer), np.datetime64("NaT", "s"))
    return pd.DataFrame(
        {
            "consent_id": numbered("A", customer + 1, 8),
            "customer_id": world.people.customers["customer_id"].array[customer],
            "purpose": pick(("third_party_sharing",), np.zeros(len(customer), dtype=np.int64)),
            "data_scope": pick(("financial",), np.zeros(len(customer), dtype=np.int64)),
            "separate_consent": np.ones(len(customer), dtype=bool),
            "granted_at": times(opened, 9 + 8 * rng.random(len(customer))),
            "expires_at": none,
            "withdrawn_at": none,
        }
    )


def last(customer: "pd.Series[Any]", at: "pd.Series[Any]", size: int) -> "np.ndarray[Any, Any]":
    """Return the latest moment of each of `size` customers, missing where there is none."""
    newest = np.full(size, np.datetime64("1900-01-01", "s"))
    np.maximum.at(newest, customer.cat.codes.to_numpy(), at.to_numpy().astype("datetime64[s]"))
    return np.where(newest.astype("datetime64[Y]").astype(int) < 0, np.datetime64("NaT"), newest)


def ends(
    rng: np.random.Generator,
    table: pd.DataFrame,
    rows: Ints,
    newest: "np.ndarray[Any, Any]",
    wanted: Bools,
    column: str,
) -> None:
    """End the consents in `rows` shortly before the `newest` use of each, where `wanted`."""
    granted = table["granted_at"].to_numpy().astype("datetime64[s]")[rows]
    room = (newest - granted) / np.timedelta64(1, "D")
    fits = wanted & (room > 3)
    before = (86_400 * np.minimum(rng.uniform(1, 90, len(rows)), room * 0.9)[fits]).astype(
        "timedelta64[s]"
    )
    values = table[column].to_numpy().astype("datetime64[s]").copy()
    values[rows[fits]] = newest[fits] - before
    table[column] = values


def _misnamed(world: World, table: pd.DataFrame, reports: pd.DataFrame) -> Planted:
    """Let some of the queries with a consent name a live one to marketing, and tell how many."""
    rng = world.random("consent purposes")
    rows = np.flatnonzero(
        (table["purpose"].eq("marketing") & table["withdrawn_at"].isna()).to_numpy()
    )
    of = np.full(len(world.people.segment), -1)
    of[table["customer_id"].cat.codes.to_numpy()[rows]] = rows
    row = of[reports["customer_id"].cat.codes.to_numpy()]
    granted = table["granted_at"].to_numpy().astype("datetime64[s]")[np.maximum(row, 0)]
    given = (row >= 0) & (granted < reports["queried_at"].to_numpy().astype("datetime64[s]"))
    whole = ~covered(table, reports["consent_id"], reports["queried_at"]).any(axis=1).to_numpy()
    wrong = given & whole & (rng.random(len(reports)) < TO_MARKETING)
    number = np.where(wrong, row, reports["customer_id"].cat.codes.to_numpy()) + 1
    number[reports["consent_id"].isna()] = 0
    reports["consent_id"] = numbered("A", number, 8).set_axis(reports.index)
    return Planted(
        "consents.bureau_purpose",
        "share of bureau queries that name a live consent of the customer, but to marketing; "
        "naive: none, when only whether a consent is live is asked",
        share(wrong),
        "share",
        ("bureau_reports.consent_id", "consents.purpose"),
        naive=0.0,
    )


def _unassessed(world: World, rng: np.random.Generator, table: pd.DataFrame) -> None:
    size = len(world.people.segment)
    rows = size + np.flatnonzero(rng.random(size) < UNASSESSED)
    granted = table["granted_at"].to_numpy().astype("datetime64[s]")
    values = table["withdrawn_at"].to_numpy().astype("datetime64[s]").copy()
    later = granted[rows] + (86_400 * rng.uniform(10, 400, len(rows))).astype("timedelta64[s]")
    end = np.datetime64(f"{world.window[-1] // 12}-{world.window[-1] % 12 + 1:02d}-28", "s")
    values[rows] = np.where(later < end, later, np.datetime64("NaT"))
    table["withdrawn_at"] = values


def covered(table: pd.DataFrame, consent: "pd.Series[Any]", at: "pd.Series[Any]") -> "pd.DataFrame":
    """Tell for each use of a `consent` whether it was absent, expired, withdrawn, or given late."""
    code = consent.map(dict(zip(table["consent_id"], range(len(table)), strict=True)))
    row = code.astype(float).fillna(-1).to_numpy().astype(np.int64)
    named = row >= 0
    moment = at.to_numpy().astype("datetime64[s]")
    given, expires, withdrawn = (
        table[name].to_numpy().astype("datetime64[s]")[np.maximum(row, 0)]
        for name in ("granted_at", "expires_at", "withdrawn_at")
    )
    return pd.DataFrame(
        {
            "none": ~named,
            "expired": named & (expires < moment),
            "withdrawn": named & (withdrawn < moment),
            "early": named & (given > moment),
        }
    )


def _planted(table: pd.DataFrame, reports: pd.DataFrame) -> Planted:
    gaps = covered(table, reports["consent_id"], reports["queried_at"])
    return Planted(
        "consents.bureau_gaps",
        "share of bureau queries without a consent, or after it expired or was withdrawn; "
        "naive: those that name none",
        {name: share(gaps[name].to_numpy()) for name in ("none", "expired", "withdrawn")},
        "share",
        ("bureau_reports.consent_id", "consents.expires_at", "consents.withdrawn_at"),
        naive={"none": share(gaps["none"].to_numpy()), "expired": 0.0, "withdrawn": 0.0},
    )
