"""Needs sheets: one row per customer with what to propose and why, by pseudonym, for `deliver`."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench import durable, schema, text
from workbench.analysis.need_propensity import propensities
from workbench.analysis.next_product import NextProducts, next_products
from workbench.data import stated_needs
from workbench.data.deliver import KEY
from workbench.errors import ParameterError
from workbench.privacy.audit import Log
from workbench.rules import need_topics, next_product
from workbench.text import formats

if TYPE_CHECKING:
    from workbench.data.bank import Bank

ACTION = "list needs"
"""Action of the audit entry; nobody is named."""


@dataclass(frozen=True)
class Written:
    """A list of needs sheets that was written.

    Attributes
    ----------
    file : str
        Its name.
    customers : int
        Rows of it.
    by_need : int
        Customers among them who stated the need.
    """

    file: str
    customers: int
    by_need: int


def write(bank: "Bank", place: Path) -> Written:
    """Write the needs sheets of everybody who may be offered something, in the current language.

    It names customers by pseudonym alone, and only its owner may read it.

    Parameters
    ----------
    bank : Bank
        The bank as of the day the sheets are for.
    place : Path
        A new CSV file.

    Raises
    ------
    ParameterError
        There is such a file, or nobody may be offered anything.
    DataError
        The bank lacks loans by month.
    MachineError
        The file cannot be written.
    """
    if place.exists():
        raise ParameterError(f"{place} is there already; name a new file")
    rules, topics = next_product.rules(bank.as_of), need_topics.topics(bank.as_of)
    offer = stated_needs.offering(bank, topics, rules)
    scores = propensities(offer.cases, rules).scores
    found = next_products(offer.customers, scores, offer.held, offer.said, topics, rules)
    if found.people.empty:
        raise ParameterError(
            "nobody may be offered a product; `needs-analysis` counts the reasons, and the rule "
            "pack next-product sets the limits"
        )
    sheet = rows(found, offer.held, topics)
    target = io.StringIO(newline="")
    sheet.to_csv(target, index=False, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    durable.write(place, target.getvalue().encode("utf-8-sig"), mode=0o600)
    Log(bank.folder).append(bank.role.name, ACTION, f"{len(sheet)} customers", bank.snapshot)
    by_need = int((found.people["offer_basis"] == "stated_need").sum())
    return Written(place.name, len(sheet), by_need)


def rows(found: NextProducts, held: pd.DataFrame, topics: need_topics.NeedTopics) -> pd.DataFrame:
    """Return the sheet: pseudonyms under `customer_id`, all else in words of the language.

    Who stated a need comes first, the newest statement on top; then the likeliest.
    """
    people, names = _first_things_first(found.people), topics.labels()
    owned = held.assign(held=[schema.value("holding", code) for code in held["held"]])
    joint = text.say("format.joint")
    owns = owned.groupby("customer_id")["held"].agg(joint.join)

    def labelled(column: str, values: str) -> "list[str]":
        codes = people[column]
        return [schema.value(values, str(c)) if isinstance(c, str) else "" for c in codes]

    none = text.say("needs.sheet.none")
    return pd.DataFrame(
        {
            KEY: people["customer_id"].to_numpy(object),
            text.say("column.segment"): labelled("segment", "segment"),
            text.say("needs.sheet.product"): labelled("product_type", "product_type"),
            text.say("needs.sheet.basis"): labelled("offer_basis", "offer_basis"),
            text.say("needs.sheet.need"): [
                names[code] if isinstance(code, str) else none for code in people["topic"]
            ],
            text.say("needs.sheet.said_on"): [
                "" if pd.isna(day) else pd.Timestamp(day).date().isoformat()
                for day in people["said_on"]
            ],
            text.say("needs.sheet.probability"): [
                "" if pd.isna(p) else formats.number(p, "share") for p in people["probability"]
            ],
            text.say("needs.sheet.second"): labelled("second_product", "product_type"),
            text.say("needs.sheet.held"): people["customer_id"].map(owns).fillna("").to_list(),
            text.say("needs.sheet.channel"): labelled("preferred_channel", "preferred_channel"),
        }
    )


def _first_things_first(people: pd.DataFrame) -> pd.DataFrame:
    asked = people["offer_basis"] == "stated_need"
    said = pd.to_datetime(people["said_on"]).where(asked)
    ordered = people.assign(asked=asked, said=said).sort_values(
        ["asked", "said", "probability", "customer_id"],
        ascending=[False, False, False, True],
        kind="stable",
        na_position="last",
    )
    return ordered.drop(columns=["asked", "said"])
