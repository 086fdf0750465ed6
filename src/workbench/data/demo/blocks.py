"""Large banks: made in blocks of customers who share branches, staff, products and the economy.

A bank of up to `ALONE` customers is one block. A larger one is made block by block, each from a
seed of its own, so that its size costs time but no memory; one block in forty is whole, the others
have no more than customers, reports, applications, contracts, loans and their months.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench import schema
from workbench.data.demo.draws import stacked

ALONE, BLOCK = 100_000, 12_500
"""Most customers of a bank in one block, and about as many in each block of a larger one."""
WHOLE = 40
"""One block in so many has all tables."""
SHARED = frozenset(
    {
        *("branches", "staff", "products", "price_list", "market_series"),
        *("survey_waves", "survey_questions", "campaigns", "training_records", "warning_rules"),
        *("drills", "control_attestations", "kpi_targets"),
    }
)
"""Tables about the bank and not about customers: those of the first block stand for all."""
SUMMED = "control_totals"
"""The table whose values are added up over the blocks."""
OWN_NUMBERS = frozenset({"customers.group_id", "customer_identities.core_customer_no"})
"""Columns that are numbered in each block though the schema calls them no key."""


@dataclass(frozen=True)
class Block:
    """Some customers of a bank.

    Attributes
    ----------
    place : int
        From 0.
    customers, of : int
        Customers in it, and in the whole bank.
    bank_seed : int
        Seed of the bank.
    first_customers : int
        Customers in the first block.
    """

    place: int
    customers: int
    of: int
    bank_seed: int
    first_customers: int

    @property
    def seed(self) -> int:
        """Return the seed of everything about its customers; the first block has the bank's."""
        if not self.place:
            return self.bank_seed
        state = np.random.SeedSequence([self.bank_seed, self.place]).generate_state(1)
        return int(state[0])

    @property
    def whole(self) -> bool:
        """Tell whether all tables are made for it."""
        return self.place % WHOLE == 0

    @property
    def first(self) -> "Block":
        """Return the first block of the same bank."""
        return Block(0, self.first_customers, self.of, self.bank_seed, self.first_customers)


def blocks(customers: int, seed: int) -> list[Block]:
    """Return the blocks of a bank of `customers`."""
    count = 1 if customers <= ALONE else -(-customers // BLOCK)
    sizes = [len(part) for part in np.array_split(np.arange(customers), count)]
    return [Block(place, size, customers, seed, sizes[0]) for place, size in enumerate(sizes)]


def apart(tables: Mapping[str, pd.DataFrame], block: Block) -> dict[str, pd.DataFrame]:
    """Return the tables of a later block with numbers of its own, without those all blocks share.

    `C00000001` of block 7 becomes `C00700000001`.
    """
    if not block.place:
        return dict(tables)
    known: dict[int, pd.Index[Any]] = {}
    return {
        name: _renumbered(table, name, block.place, known)
        for name, table in tables.items()
        if name not in SHARED
    }


def _renumbered(
    table: pd.DataFrame, name: str, place: int, known: "dict[int, pd.Index[Any]]"
) -> pd.DataFrame:
    found: dict[str, pd.Series[Any]] = {
        column: _inserted(table[column], place, known) for column in _own(name) & set(table.columns)
    }
    if name == "actions":
        own = table["origin_type"].isin(("warning", "complaint", "process"))
        origin = table["origin_id"].astype(object)
        found["origin_id"] = origin.where(~own, _inserted(origin, place, known))
    return table.assign(**found)


def _own(name: str) -> set[str]:
    """Return the columns that each block numbers anew."""
    found = set()
    for column in schema.table(name).columns:
        parent = (column.refers_to or name).split(".")[0]
        number = column.refers_to or (column.is_key and column.name.endswith("_id"))
        if (number and parent not in SHARED) or f"{name}.{column.name}" in OWN_NUMBERS:
            found.add(column.name)
    return found


def _inserted(
    values: "pd.Series[Any]", place: int, known: "dict[int, pd.Index[Any]]"
) -> "pd.Series[Any]":
    """Return `values` with the block's number; `known` holds the labels of columns before."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        every = values.cat.categories
        if id(every) not in known:
            number = f"{place:03d}"
            labels = [label[:1] + number + label[1:] for label in every]
            known[id(every)] = pd.Index(labels, dtype=object)
        codes = values.cat.codes.to_numpy()
        return pd.Series(pd.Categorical.from_codes(codes, known[id(every)]), values.index)
    return (values.str[:1] + f"{place:03d}" + values.str[1:]).where(values.notna(), values)


def summed(totals: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the control totals of all blocks as those of one bank."""
    whole = pd.concat(totals, ignore_index=True)
    keys = ["authority", "month_end", "item", "scope"]
    found = whole.groupby(keys, sort=True, as_index=False)["value"].sum()
    return pd.DataFrame(found).assign(value=found["value"].round(2))


def united(made: Iterable[Mapping[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Return the tables of all blocks under one another."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for tables in made:
        for name, table in tables.items():
            parts.setdefault(name, []).append(table)
    whole = {name: stacked(found) for name, found in parts.items() if name != SUMMED}
    return whole | {SUMMED: summed(parts[SUMMED])}
