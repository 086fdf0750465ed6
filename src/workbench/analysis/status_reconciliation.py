"""Whether the bank's statuses of its loans are those the rules demand, and where they differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check, schema, text
from workbench.plots import bars
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules import debtor, five_tier, statuses
from workbench.rules.statuses import Judged, Packs
from workbench.rules.tape import UNKNOWN, Vector, amounts
from workbench.style import ACCENT, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STATUSES = ("five_class", "ifrs9_stage", "npe_flag", "dpd")
"""What is reconciled, in the order of the table; codes of the value list `loan_status`."""
VERDICTS = ("agree", "milder", "stricter", "not_compared")
"""Codes of the value list `status_verdict`, each a column with a number of loans."""
TAPE = (
    *("loan_id", "customer_id", "month_end", "customer_type", "product_type", "balance"),
    *("overdue_amount", "provision", "dpd", "five_class", "ifrs9_stage", "npe_flag"),
    "restructured",
)
"""Columns the tape must have."""
Codes = NDArray[np.signedinteger[Any]]
"""Codes of one status, shape (n,); `UNKNOWN` where missing."""


@dataclass(frozen=True, eq=False, repr=False)
class StatusDifferences(Result):
    """What the bank says against what the rules say, largest balance first.

    Attributes
    ----------
    table : DataFrame
        One row per `loan_status`, `verdict` (`milder`, `stricter`), `bank_status` and `rule_status`
        that occur: `loans`, `status_balance` and `balance_share` of the balance compared.
        Days past due are shown as the class that they alone demand. `largest` and `second` are the
        balances of the two largest debtors.
    facts : mapping
        `pairs`; and of the largest milder row `loans`, `balance`, missing without such a row.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("loan_status", "code", values="loan_status"),
        Column("verdict", "code", values="status_verdict"),
        Column("bank_status", "codes"),
        Column("rule_status", "codes"),
        Column("loans", "count"),
        Column("status_balance", "money", largest=("largest", "second")),
        Column("balance_share", "share2"),
    )
    base: ClassVar[str | None] = "loans"
    parts: ClassVar[bool] = True
    wholes: ClassVar[tuple[tuple[str, ...], ...]] = (("loan_status", "verdict"),)
    about: ClassVar[str] = "ledger"
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say which difference on the mild side weighs most."""
        milder = self.table[self.table["verdict"] == "milder"]
        if milder.empty:
            return Finding(f"{self.name}.none", ("pairs",))
        worst = milder.iloc[0]
        words = {
            "loan_status": Word(worst["loan_status"], "loan_status"),
            "bank": _word(worst["bank_status"]),
            "rule": _word(worst["rule_status"]),
        }
        return Finding(f"{self.name}.worst", ("pairs", "loans", "balance"), words)


@dataclass(frozen=True, eq=False, repr=False)
class StatusReconciliation(Result):
    """The bank's statuses at the newest month end beside those the rules demand.

    Attributes
    ----------
    table : DataFrame
        One row per `loan_status`: `loans`, of which `agree`, `milder` and `stricter` than the
        rules, or `not_compared` where one side is missing; `milder_balance`, and `milder_share`
        and `stricter_share` of the balance that could be compared (missing without any); `largest`
        and `second`, the milder balances of the two largest debtors.
    facts : mapping
        `loans`; `<status>_compared`, `<status>_milder` and `<status>_share` (milder share) of each
        status; `dpd_worst`, the largest difference in days.
    differences : StatusDifferences
        The same differences by what the bank says and what the rules say.
    month : str
        The month end, as year and month.
    edition : str
        Edition of the five-tier pack.
    standing : str
        How far that pack was checked, a code of the value list `rule_standing`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    differences: StatusDifferences
    month: str
    edition: str
    standing: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("loan_status", "code", values="loan_status"),
        Column("loans", "count"),
        *(Column(verdict, "count") for verdict in VERDICTS),
        Column("milder_balance", "money", largest=("largest", "second")),
        Column("milder_share", "share2"),
        Column("stricter_share", "share2"),
    )
    base: ClassVar[str | None] = "loans"
    about: ClassVar[str] = "ledger"
    key: ClassVar[tuple[str, ...]] = ("loans", "five_class_milder", "five_class_share")

    def summary(self) -> Finding:
        """Say for each status how many loans the bank treats more mildly than the rules."""
        words = {
            "month": Word(self.month, "month"),
            "edition": Word(self.edition),
            "standing": Word(self.standing, "rule_standing"),
        }
        shown = [f"{status}_{part}" for status in STATUSES for part in ("milder", "compared")]
        return Finding(
            f"{self.name}.finding", ("loans", "five_class_share", "dpd_worst", *shown), words
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the shares of the balance on either side, for the statuses that differ anywhere."""
        apart = self.table["milder_share"].fillna(0) + self.table["stricter_share"].fillna(0) > 0
        shown = self.table[apart] if apart.any() else self.table
        labels = [schema.value("loan_status", status) for status in shown["loan_status"]]
        return bars.stacked(
            shown.assign(label=labels),
            rows="label",
            parts={
                "milder_share": (schema.value("status_verdict", "milder"), ACCENT),
                "stricter_share": (schema.value("status_verdict", "stricter"), MUTED),
            },
            unit="share2",
            label=text.say("status.share_axis"),
            ax=ax,
        )


def status_reconciliation(
    tape: pd.DataFrame, schedule: pd.DataFrame, *, units_per_euro: float = 1.0
) -> StatusReconciliation:
    """Compare the bank's statuses with what the rules demand at the newest month end of `tape`.

    Parameters
    ----------
    tape : DataFrame
        As the query `loan_status` gives it; the packs in force at its newest month end judge
        it. Earlier months are left out.
    schedule : DataFrame
        As the query `schedule_dpd` gives it: `loan_id`, `month_end`, `dpd` recomputed. The rules
        judge by these days where there are any, else by the bank's own.
    units_per_euro : float
        Units of the tape's currency that make one euro, for the EBA's thresholds.
    """
    check.columns(tape, *TAPE)
    check.rows(tape, "loans with a balance")
    newest = tape["month_end"].max()
    packs = statuses.packs(newest.date())
    current = statuses.scheduled(tape[tape["month_end"] == newest], schedule)
    judged = statuses.judged(current, packs, units_per_euro=units_per_euro)
    compared = _compared(current, judged, packs)
    table = _table(compared)
    dpd = compared[compared["loan_status"] == "dpd"]
    return StatusReconciliation(
        name="status.reconciliation",
        table=table,
        facts={**_facts(table), "dpd_worst": Fact(float(dpd["distance"].max()), "count")},
        differences=_differences(compared),
        month=f"{newest:%Y-%m}",
        edition=packs.loans.pack.edition,
        standing=packs.loans.pack.verification,
    )


def _compared(tape: pd.DataFrame, judged: Judged, packs: Packs) -> pd.DataFrame:
    """Return one row per status and loan: the two sides as codes, verdict, distance and balance."""
    reported, recomputed = amounts(tape, "dpd_reported"), amounts(tape, "dpd_scheduled")
    floors = tuple(
        five_tier.overdue_floor(days, packs.loans.overdue) for days in (reported, recomputed)
    )
    classes = five_tier.coded(tape["five_class"])
    stage, flag = _whole(tape, "ifrs9_stage"), _whole(tape, "npe_flag")
    sides = [
        _sides("five_class", classes, judged.floor),
        _sides("ifrs9_stage", stage, judged.stage),
        _sides("npe_flag", flag, judged.npe),
        _sides("dpd", _or_unknown(reported), _or_unknown(recomputed), floors),
    ]
    balance = amounts(tape, "balance")
    own = {"status_balance": balance, "customer_id": tape["customer_id"].to_numpy()}
    return pd.concat([side.assign(**own) for side in sides], ignore_index=True)


def _sides(
    status: str, bank: Codes, rule: Codes, shown: tuple[Codes, ...] | None = None
) -> pd.DataFrame:
    """Return both sides of one status; `shown` are the codes to write where they are others."""
    unknown = (bank == UNKNOWN) | (rule == UNKNOWN)
    bank_shown, rule_shown = shown or (bank, rule)
    return pd.DataFrame(
        {
            "loan_status": status,
            "verdict": np.select(
                [unknown, bank < rule, bank > rule],
                ["not_compared", "milder", "stricter"],
                default="agree",
            ),
            "distance": np.where(unknown, np.nan, np.abs(bank.astype(float) - rule)),
            "bank_status": _labels(status, bank_shown),
            "rule_status": _labels(status, rule_shown),
        }
    )


def _or_unknown(values: Vector) -> Codes:
    return np.where(np.isnan(values), UNKNOWN, values).astype(np.int64)


def _whole(tape: pd.DataFrame, name: str) -> Codes:
    """Return a column of whole numbers or flags, `UNKNOWN` where missing."""
    return _or_unknown(amounts(tape.astype({name: "Float64"}), name))


def _labels(status: str, codes: Codes) -> NDArray[np.object_]:
    """Return `list:code` for each code, so that it is written in the reader's language."""
    names = {
        "five_class": [f"five_class:{name}" for name in five_tier.CLASSES],
        "ifrs9_stage": ["", *(f"ifrs9_stage:{stage}" for stage in (1, 2, 3))],
        "npe_flag": ["npe_status:performing", "npe_status:non_performing"],
    }
    # The last place stands for UNKNOWN, -1.
    listed = [*names["five_class" if status == "dpd" else status], ""]
    found: NDArray[np.object_] = np.array(listed, dtype=object)[codes.astype(np.intp)]
    return found


def _table(compared: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    milder = compared[compared["verdict"] == "milder"]
    largest = debtor.largest(milder, ["loan_status"], "status_balance")
    for status in STATUSES:
        own = compared[compared["loan_status"] == status]
        counts = own["verdict"].value_counts()
        balance = own.groupby("verdict")["status_balance"].sum()
        whole = float(balance.drop("not_compared", errors="ignore").sum()) or np.nan
        rows.append(
            {
                "loan_status": status,
                "loans": len(own),
                **{verdict: int(counts.get(verdict, 0)) for verdict in VERDICTS},
                "milder_balance": float(balance.get("milder", 0.0)),
                "milder_share": float(balance.get("milder", 0.0)) / whole,
                "stricter_share": float(balance.get("stricter", 0.0)) / whole,
            }
        )
    return pd.DataFrame(rows).join(largest, on="loan_status").fillna({"largest": 0, "second": 0})


def _facts(table: pd.DataFrame) -> dict[str, Fact]:
    facts = {"loans": Fact(int(table["loans"].iloc[0]), "count")}
    compared = (table["loans"] - table["not_compared"]).tolist()
    for at, status in enumerate(table["loan_status"]):
        n = compared[at]
        facts[f"{status}_compared"] = Fact(n, "count")
        facts[f"{status}_milder"] = Fact(int(table["milder"].iloc[at]), "count", n=n)
        facts[f"{status}_share"] = Fact(float(table["milder_share"].iloc[at]), "share2", n=n)
    return facts


def _differences(compared: pd.DataFrame) -> StatusDifferences:
    known = compared[compared["verdict"] != "not_compared"]
    whole = known.groupby("loan_status")["status_balance"].sum().replace(0.0, np.nan)
    unlike = compared[compared["verdict"].isin(["milder", "stricter"])]
    keys = ["loan_status", "verdict", "bank_status", "rule_status"]
    sums = unlike.groupby(keys)["status_balance"].agg(loans="size", status_balance="sum")
    table = sums.join(debtor.largest(unlike, keys, "status_balance")).reset_index()
    balances = table["loan_status"].map(whole).astype(float)
    table["balance_share"] = table["status_balance"] / balances
    table = table.sort_values(
        ["verdict", "status_balance", "loan_status", "bank_status", "rule_status"],
        ascending=[True, False, True, True, True],
    ).reset_index(drop=True)
    facts = {"pairs": Fact(len(table), "count")}
    milder = table[table["verdict"] == "milder"]
    if len(milder):
        n = int(milder["loans"].iloc[0])
        facts["loans"] = Fact(n, "count", n=n)
        facts["balance"] = Fact(float(milder["status_balance"].iloc[0]), "money", n=n)
    return StatusDifferences("status.differences", table, facts)


def _word(labelled: str) -> Word:
    values, _, code = labelled.partition(":")
    return Word(code, values)
