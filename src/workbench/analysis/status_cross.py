"""What the five tiers, IFRS 9 and the EBA's definition make of the same loans."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench import check
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import debtor, five_tier, ifrs9, statuses
from workbench.rules.tape import UNKNOWN, Flags, amounts


@dataclass(frozen=True, eq=False, repr=False)
class StatusCross(Result):
    """The three judgements of one tape against each other, at its newest month end.

    Attributes
    ----------
    table : DataFrame
        One row per combination that occurs, best first: `five_class_floor`, `stage_floor`,
        `npe_judged`, `loans`, `status_balance`, `balance_share`, and `agreement`: by all three
        `performing`, by all three `non_performing`, or `mixed`; whether the class counts as
        non-performing, `npl_floor`; the balances of the two largest debtors, `largest`, `second`.
    facts : mapping
        `loans`; `npl`, `stage_3`, `npe` (loans that each rule calls bad: at least substandard,
        stage 3, non-performing), `all` three, `some` but not all; `some_share` of the balance;
        `open`, loans that a rule could not judge, which are left out.
    month : str
        The month end, as year and month.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    month: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("five_class_floor", "code", values="five_class"),
        Column("stage_floor", "code", values="ifrs9_stage"),
        Column("npe_judged", "code", values="npe_status"),
        Column("loans", "count"),
        Column("status_balance", "money", largest=("largest", "second")),
        Column("balance_share", "share2"),
        Column("agreement", "code", values="status_agreement"),
    )
    base: ClassVar[str | None] = "loans"
    parts: ClassVar[bool] = True
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = None
    key: ClassVar[tuple[str, ...]] = ("all", "some", "some_share")

    def summary(self) -> Finding:
        """Say how many loans each rule calls bad, and how many only some of them do."""
        return Finding(
            f"{self.name}.finding", tuple(self.facts), {"month": Word(self.month, "month")}
        )

    def told(self, hidden: Collection[str] = ()) -> Finding:
        """Return the finding; where a rule's own count is hidden, without those of single rules."""
        found = super().told(hidden)
        quoted = ("loans", "all", "some", "some_share", "open")
        if not found.is_untold or not set(quoted).isdisjoint(hidden):
            return found
        return Finding(f"{self.name}.together", quoted, {"month": Word(self.month, "month")})


def status_cross(
    tape: pd.DataFrame, schedule: pd.DataFrame, *, units_per_euro: float = 1.0
) -> StatusCross:
    """Judge the newest month end of `tape` by the three packs and count the combinations.

    Parameters
    ----------
    tape : DataFrame
        As the query `loan_status` gives it.
    schedule : DataFrame
        As the query `schedule_dpd` gives it; its days past due come before the bank's own.
    units_per_euro : float
        Units of the tape's currency that make one euro, for the EBA's thresholds.
    """
    check.columns(tape, "customer_id", "month_end", "balance")
    check.rows(tape, "loans with a balance")
    newest = tape["month_end"].max()
    current = statuses.scheduled(tape[tape["month_end"] == newest], schedule)
    judged = statuses.judged(current, statuses.packs(newest.date()), units_per_euro=units_per_euro)
    rows = pd.DataFrame(
        {
            "floor": judged.floor,
            "stage": judged.stage,
            "npe": judged.npe,
            "balance": amounts(current, "balance"),
            "customer_id": current["customer_id"].to_numpy(),
        }
    )
    known = rows[(rows[["floor", "stage", "npe"]] != UNKNOWN).all(axis=1)]
    keys = ["floor", "stage", "npe"]
    table = known.groupby(keys, sort=True)["balance"].agg(loans="size", status_balance="sum")
    table = table.join(debtor.largest(known, keys, "balance")).reset_index()
    bad = np.column_stack(
        [
            table["floor"] >= five_tier.NON_PERFORMING,
            table["stage"] == ifrs9.IMPAIRED,
            table["npe"] == 1,
        ]
    )
    return StatusCross(
        name="status.cross",
        table=_written(table, bad),
        facts=_facts(table, bad, open_loans=len(rows) - len(known)),
        month=f"{newest:%Y-%m}",
    )


def _written(table: pd.DataFrame, bad: Flags) -> pd.DataFrame:
    votes = bad.sum(axis=1)
    return pd.DataFrame(
        {
            "five_class_floor": np.array(five_tier.CLASSES, dtype=object)[table["floor"]],
            "stage_floor": table["stage"].astype(str),
            "npl_floor": table["floor"] >= five_tier.NON_PERFORMING,
            "npe_judged": np.where(table["npe"] == 1, "non_performing", "performing"),
            "loans": table["loans"],
            "status_balance": table["status_balance"],
            "largest": table["largest"],
            "second": table["second"],
            "balance_share": table["status_balance"] / (table["status_balance"].sum() or np.nan),
            "agreement": np.select(
                [votes == 0, votes == bad.shape[1]],
                ["performing", "non_performing"],
                default="mixed",
            ),
        }
    )


def _facts(
    table: pd.DataFrame,
    bad: Flags,
    open_loans: int,
) -> dict[str, Fact]:
    loans, n = table["loans"].to_numpy(), int(table["loans"].sum())
    some = bad.any(axis=1) & ~bad.all(axis=1)
    balance = table["status_balance"].to_numpy()
    share = float(balance[some].sum() / balance.sum()) if n else float("nan")
    names = ("npl", "stage_3", "npe")
    each = {name: int(loans[bad[:, at]].sum()) for at, name in enumerate(names)}
    counts = {**each, "all": int(loans[bad.all(axis=1)].sum()), "some": int(loans[some].sum())}
    return {
        "loans": Fact(n, "count", n=n),
        **{name: Fact(value, "count", n=n) for name, value in counts.items()},
        "some_share": Fact(share, "share2", n=n),
        "open": Fact(open_loans, "count"),
    }
