"""What a part of the demo bank is given, and what it hands back: tables, and what it planted.

A part is a function `part(world: World) -> Part`, entered in `compose.PARTS` behind the parts whose
tables it reads. What it planted goes into `truth.json` without a change anywhere else; a line about
each name in `docs/methods/demo-bank.md` is required by test.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.data.demo.segments import Ints, generator

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.demo.book import Contracts
    from workbench.data.demo.months import Life
    from workbench.data.demo.people import People
    from workbench.data.demo.profiles import Profiles
    from workbench.data.demo.state import Rows
    from workbench.data.demo.survey import Field


@dataclass(frozen=True)
class Planted:
    """One thing that was put into the demo bank on purpose.

    Attributes
    ----------
    name : str
        Unique, dotted, the subject first: `survey.mode_effect`.
    what : str
        What was planted, in one English sentence.
    value : Any
        The true value, or several by name; ready for JSON.
    unit : str
        Its unit, such as `log-odds`, `points`, `months`, `share`, `rows`.
    touches : tuple of str
        Tables and columns in which it shows: `survey_answers.value_num`.
    naive : Any
        What a careless estimate gives, of the same form as `value`; None when nobody errs.
    """

    name: str
    what: str
    value: Any
    unit: str
    touches: tuple[str, ...]
    naive: Any = None

    def entry(self) -> dict[str, Any]:
        """Return what `truth.json` says of it under its name."""
        return {
            "what": self.what,
            "value": self.value,
            "unit": self.unit,
            "naive": self.naive,
            "touches": list(self.touches),
        }


@dataclass(frozen=True, eq=False)
class Part:
    """What one module adds to the bank.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        Canonical table → rows; codes as categoricals, see `draws.pick` and `draws.numbered`.
    planted : tuple of Planted
        What it planted.
    detail : mapping of str to Any
        Further keys of `truth.json`, for what is too long for an entry; ready for JSON.
    """

    tables: "Mapping[str, pd.DataFrame]" = field(default_factory=dict)
    planted: tuple[Planted, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class World:
    """Everything drawn so far of one block of customers; a bank of 20,000 is one block.

    Attributes
    ----------
    seed : int
        Seed of this block: of everything about its customers.
    bank_seed : int
        Seed of what all blocks share: branches, staff, the economy, campaigns, rules, courses.
    customers : int
        Customers of the whole bank; this block's are `people`.
    whole : bool
        Whether all parts are made for this block (see `blocks`).
    window, span : array of int
        Months written down, and months lived through before and in it (see `season.number`).
    people, known, life, written : People, Profiles, Life, Rows
        Who there is, their yearly reports, the life of their loans, and its rows.
    terms : Contracts
        Terms of the loans in the table `loans`, row by row.
    number : array of int
        Row in `loans` of each loan of the ledger, -1 when it ended before the window.
    late : array (customers, months) of int
        Months in arrears of each customer's worst loan, by month of the window.
    fields : list of Field
        Fieldwork of the survey waves, once drawn.
    tables : dict of str to DataFrame
        Tables of the parts before, with core numbers and row order as they will be written.
    """

    seed: int
    bank_seed: int
    customers: int
    whole: bool
    window: Ints
    span: Ints
    people: "People"
    known: "Profiles"
    life: "Life"
    written: "Rows"
    terms: "Contracts"
    number: Ints
    late: Ints
    fields: "list[Field]" = field(default_factory=list)
    tables: "dict[str, pd.DataFrame]" = field(default_factory=dict)

    def random(self, subject: str) -> np.random.Generator:
        """Return the random generator of one subject about this block's customers."""
        return generator(self.seed, subject)

    def shared(self, subject: str) -> np.random.Generator:
        """Return the random generator of one subject that all blocks share."""
        return generator(self.bank_seed, subject)


Maker = Callable[[World], Part]
