"""A reader who knows the whole shown result and how its numbers hang together; random results.

Nothing here uses how the workbench finds partners: the equations are those of the random result's
own making, and the reader solves for the least and the greatest value that they leave.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from workbench.privacy.suppress import Safe
from workbench.result import Column, Fact, Finding, Result

COUNTS = ("invited", "answered", "refused")
STATED = (*COUNTS, "balance")
LEAST = 5


@dataclass(frozen=True, eq=False, repr=False)
class Crossed(Result):
    """Groups by region and size: counts that add up, a rate, a sum of money."""

    name: str
    table: pd.DataFrame
    facts: dict[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("region"),
        Column("size"),
        *(Column(name, "count") for name in COUNTS),
        Column("rate", "share"),
        Column("balance", "money", largest=("first", "second")),
    )
    base: ClassVar[str | None] = "invited"
    parts: ClassVar[bool] = True
    sums: ClassVar[tuple[tuple[str, ...], ...]] = (("invited", "answered", "refused"),)

    def summary(self):
        return Finding("example.finding", ())


@dataclass(frozen=True, eq=False, repr=False)
class Margined(Crossed):
    """The same, with both margins known; none of their totals is small."""

    wholes: ClassVar[tuple[tuple[str, ...], ...]] = (("region",), ("size",))


@dataclass(frozen=True)
class Told:
    """What a fact says: the sum of a column, or its ratio to another, over some rows."""

    column: str
    rows: np.ndarray
    over: str | None = None


def random(draw):
    """Return a random result, and what each of its facts says."""
    regions, sizes = draw.integers(1, 5), draw.integers(2, 6)
    rows = regions * sizes
    invited = draw.poisson(draw.choice([3, 8, 25], rows), rows)
    answered = draw.binomial(invited, draw.uniform(0.2, 0.9))
    loans = [np.sort(draw.pareto(1.5, max(n, 1)) * (n > 0))[::-1] * 1e5 for n in invited]
    table = pd.DataFrame(
        {
            "region": np.repeat([f"r{at}" for at in range(regions)], sizes),
            "size": np.tile([f"s{at}" for at in range(sizes)], regions),
            "invited": invited,
            "answered": answered,
            "refused": invited - answered,
            "rate": answered / np.where(invited, invited, np.nan),
            "balance": [own.sum() for own in loans],
            "first": [own[0] for own in loans],
            "second": [own[1] if len(own) > 1 else 0.0 for own in loans],
        }
    ).sample(frac=1, random_state=int(draw.integers(1 << 30)), ignore_index=True)
    margins = [own for name in ("region", "size") for _, own in table.groupby(name)]
    small = any(own["invited"].sum() < LEAST or _given_away(own) for own in margins)
    kind = Crossed if small else Margined
    says = _said(draw, table)
    return kind("crossed", table, {name: _fact(table, told) for name, told in says.items()}), says


def _said(draw, table):
    every, region = np.arange(len(table)), table["region"].to_numpy()
    says = {name: Told(name, every) for name in STATED if draw.random() < 0.7}
    says["rate"] = Told("answered", every, "invited")
    for own in np.unique(region)[: draw.integers(0, 4)]:
        says[f"invited_{own}"] = Told("invited", np.flatnonzero(region == own))
        says[f"share_{own}"] = Told("invited", np.flatnonzero(region == own), "all")
        says[f"rate_{own}"] = Told("answered", np.flatnonzero(region == own), "invited")
    highest = int(table["rate"].fillna(-1).argmax())
    says["highest"] = Told("answered", np.array([highest]), "invited")
    return says


def _fact(table, told):
    own = table.loc[told.rows]
    if told.over is None:
        return Fact(own[told.column].sum(), "money" if told.column == "balance" else "count")
    under = table["invited"].sum() if told.over == "all" else own[told.over].sum()
    value = own[told.column].sum() / under if under else np.nan
    return Fact(float(value), "share", n=int(under))


def recovered(result, safe, says, *, width, share):
    """Return how many of the cells that had to be hidden a reader can narrow down, and how many.

    The reader knows all rows shown, all facts shown, the totals of all that is declared (those that
    are not small themselves), and that answered and refused make up invited.
    """
    table = result.table.reset_index(drop=True)
    hidden = _hidden(table, safe)
    known, right = _equations(result, safe, says)
    loose = np.flatnonzero(np.tile(hidden, len(STATED)))
    values = table[list(STATED)].to_numpy(float).T.ravel()
    # Money in the size of counts, or the solver's tolerance decides.
    scale = np.repeat([*np.ones(len(COUNTS)), max(table["balance"].max(), 1) / 100], len(table))
    equations = known * scale
    norm = np.abs(equations).max(axis=1)
    equations, right = (each[norm > 0] for each in (equations, right))
    equations, right = equations / norm[norm > 0, None], right / norm[norm > 0]
    free = np.setdiff1d(np.arange(len(values)), loose)
    rest = right - equations[:, free] @ (values / scale)[free]
    found = checked = 0
    for cell, needed in _sensitive(table, hidden, width, share):
        aim = np.where(loose == cell, 1.0, 0.0)
        ends = [
            linprog(sign * aim, A_eq=equations[:, loose], b_eq=rest, bounds=(0, None))
            for sign in (1, -1)
        ]
        checked += 1
        if all(end.status == 0 for end in ends):
            apart = (-ends[1].fun - ends[0].fun) * scale[cell]
            found += apart < needed * (1 - 1e-5) - 1e-6
    return found, checked


def helpless(result):
    """Tell whether the declared totals alone give cells away, with all rows and facts hidden."""
    alone = Safe(replace(result, facts={}), frozenset(range(len(result.table))), frozenset())
    return recovered(result, alone, {}, width=5, share=0.1)[0] > 0


def _hidden(table, safe):
    shown = safe.result.table.assign(hidden=[at in safe.rows for at in range(len(table))])
    keys = ["region", "size"]
    return table[keys].merge(shown[[*keys, "hidden"]], on=keys)["hidden"].to_numpy()


def _equations(result, safe, says):
    rows = len(result.table)
    known = [
        (_line(rows, ("answered", at, 1), ("refused", at, 1), ("invited", at, -1)), 0.0)
        for at in range(rows)
    ]
    known += _totals(result)
    for name, told in says.items():
        known += _told(rows, told, safe.result.facts[name])
    return np.array([line for line, _ in known]), np.array([right for _, right in known])


def _line(rows, *parts):
    found = np.zeros((len(STATED), rows))
    for name, own, factor in parts:
        found[STATED.index(name), own] += factor
    return found.ravel()


def _totals(result):
    table = result.table
    wholes = [np.arange(len(table))]
    for names in result.wholes:
        wholes += [np.asarray(own) for own in table.groupby(list(names)).indices.values()]
    return [
        (_line(len(table), (name, own, 1)), table.loc[own, name].sum())
        for own in wholes
        if table.loc[own, "invited"].sum() >= LEAST and not _given_away(table.loc[own])
        for name in STATED
    ]


def _told(rows, told, fact):
    if np.isnan(fact.value):
        return []
    if told.over is None:
        return [(_line(rows, (told.column, told.rows, 1)), fact.value)]
    under = np.arange(rows) if told.over == "all" else told.rows
    ratio = _line(rows, (told.column, told.rows, 1), ("invited", under, -fact.value))
    return [(ratio, 0.0), (_line(rows, ("invited", under, 1)), fact.n)]


def _given_away(own):
    """Tell whether the sum of these rows is as sensitive as a row's."""
    first, second = np.sort(own[["first", "second"]].to_numpy(), axis=None)[::-1][:2]
    whole = own["balance"].sum()
    return whole - first - second < 0.1 * first or first + second > 0.9 * whole


def _sensitive(table, hidden, width, share):
    rows = len(table)
    for at in np.flatnonzero(hidden):
        own = table.loc[[at]]
        if 0 < own["invited"].iloc[0] < LEAST or (own["first"].iloc[0] > 0 and _given_away(own)):
            yield at, width
            yield (len(STATED) - 1) * rows + at, share * own["balance"].iloc[0]
