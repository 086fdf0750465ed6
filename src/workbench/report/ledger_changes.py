"""What the bank itself says of its ledger's movement, without any earlier report."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from workbench import settings, text
from workbench.analysis.balance_movement import balance_movement
from workbench.analysis.headline_kpis import HeadlineKpis, Rule, headline_kpis
from workbench.analysis.ratio_movement import ratio_movement
from workbench.data import kpi, kpi_history
from workbench.privacy import suppress
from workbench.report.cache import PASSING
from workbench.result import Result
from workbench.sql import catalogue

if TYPE_CHECKING:
    from workbench.data.bank import Bank

PACK, CHANGE = "what-changed", "change"
COLUMNS = ["code", "month_end", "value", "cases"]


@dataclass(frozen=True)
class Ledger:
    """Headline figures at the month ends up to a run's day.

    Attributes
    ----------
    closing : date
        The newest month end.
    readings : DataFrame
        `code`, `month_end`, `value`, `cases`: those that the report's audience may see.
    shown : HeadlineKpis
        The headline figures as the report's audience may see them.
    results : tuple of Result
        Headline figures, movement of the balance, movement of the NPL ratio by segment and branch.
    """

    closing: date
    readings: pd.DataFrame
    shown: HeadlineKpis
    results: tuple[Result, ...]

    def value(self, code: str, month: date) -> float | None:
        """Return what figure `code` was at the month end `month`, by this snapshot."""
        at = self.readings["month_end"] == pd.Timestamp(month)
        found = self.readings.loc[at & (self.readings["code"] == code), "value"]
        return float(found.iloc[0]) if len(found) else None


def rule() -> Rule:
    """Return how changes of figures without sampling error are judged."""
    return Rule(**settings.rulepack(PACK)["usual"])


def ledger(bank: "Bank", audience: str) -> Ledger | None:
    """Return what `bank` says of its ledger; None when the role sees no loans or there are none.

    `audience` is whom it is shown to; see the rule pack `disclosure`.
    """
    closing = kpi_history.newest_month(bank)
    if closing is None:
        return None
    codes = settings.rulepack(PACK)["headline"]["kpis"]
    judged = rule()
    # One month more than changes are judged from: the first change needs a month before it.
    readings = _readings(bank, codes, closing, judged.months + 1)
    if readings.empty:
        return None
    targets = kpi_history.targets(bank, closing)
    kpis = headline_kpis(readings, labels(codes), targets, judged)
    return known(readings, kpis, audience, _movements(bank, closing))


def known(
    readings: pd.DataFrame, kpis: HeadlineKpis, audience: str, movements: Iterable[Result] = ()
) -> Ledger:
    """Return a ledger of which `audience` is told no reading that rests on few cases."""
    few = readings["cases"] < suppress.threshold()
    seen = readings if suppress.may_show(kpis, audience) else readings[~few]
    shown: HeadlineKpis = suppress.suppress(kpis, audience).result  # type: ignore[assignment]
    closing = readings["month_end"].max().date()
    return Ledger(closing, seen, shown, (kpis, *(one for one in movements if _told(one, audience))))


def _told(movement: Result, audience: str) -> bool:
    """Tell whether the change that a movement splits may be told.

    One that may not is left out whole: the change stands among the headline figures, from which
    and from the other rows what is hidden could be worked out.
    """
    return CHANGE not in suppress.suppress(movement, audience).facts


def _readings(bank: "Bank", codes: list[str], closing: date, months: int) -> pd.DataFrame:
    """Return the figures' history, read once for each snapshot, role and set of definitions."""
    queries = [catalogue.kpi(code).query for code in codes]
    rules = [settings.rulepack(name) for name in (kpi.CONVENTIONS, "default-definition")]
    asked = (str(bank.folder), bank.snapshot, bank.role, closing, months, codes, COLUMNS)
    file = settings.home() / "reports" / "cache" / f"kpi-{_hash((asked, queries, rules))}.json"
    if file.is_file():
        os.utime(file)
        rows = json.loads(file.read_text("utf-8"))
        frame = pd.DataFrame(rows, columns=COLUMNS)
        return frame.assign(month_end=pd.to_datetime(frame["month_end"]))
    found = kpi_history.history(bank, codes, closing, months)
    days = found["month_end"].dt.strftime("%Y-%m-%d")
    rows = found.assign(month_end=days)[COLUMNS].to_numpy(object).tolist()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    passage = file.with_suffix(f".{os.getpid()}{PASSING}")
    passage.write_text(json.dumps(rows), "utf-8")
    passage.replace(file)
    return found


def _hash(known: object) -> str:
    return hashlib.sha256(repr(known).encode()).hexdigest()[:24]


def labels(codes: list[str]) -> pd.DataFrame:
    """Return what each KPI is called in both languages, its unit and which direction is good."""
    rows = [
        {
            "code": each.code,
            "kpi": {"zh": each.label_zh, "en": each.label_en},
            "unit": each.unit,
            "better": each.better,
        }
        for each in map(catalogue.kpi, codes)
    ]
    return pd.DataFrame(rows)


def _movements(bank: "Bank", closing: date) -> Iterator[Result]:
    """Yield the movements over the last month, when there were loans before it."""
    since = kpi_history.month_ends(closing, 1)[0]
    moves = bank.query("loan_movement", **{"from": since, "to": closing})
    if not moves["balance_before"].sum():
        return
    named = moves.merge(bank.table("branches")[["branch_id", "branch_name"]], on="branch_id")
    yield balance_movement(moves, since)
    yield ratio_movement(moves, "segment", since)
    if len(named["branch_name"].unique()) > 1:
        yield ratio_movement(named, "branch_name", since)


def said(key: str, **values: object) -> dict[str, str]:
    """Return the sentence `key` in every language."""
    found = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            found[str(language)] = text.say(key, **values)
    return found
