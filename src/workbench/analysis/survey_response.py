"""Who was invited, who answered, and by which mode: the field report of a survey wave."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

import pandas as pd

from workbench import check, schema, text
from workbench.errors import DataError
from workbench.plots import bars
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.style import MUTED, PALETTE
from workbench.text import formats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STATUS = ("complete", "partial", "refused", "no_contact", "ineligible")
COLOURS = (PALETTE[0], PALETTE[2], PALETTE[1], MUTED, PALETTE[5])

COUNTS = (
    Column("invited", "count"),
    *(Column(status, "count") for status in STATUS),
    Column("eligible", "count"),
    Column("response_rate", "share"),
)


@dataclass(frozen=True, eq=False, repr=False)
class Response(Result):
    """What became of the invitations, per group.

    Attributes
    ----------
    table : DataFrame
        One row per group, highest response rate first: the column that groups, `invited`, one
        count per status, `eligible` (all but the ineligible) and `response_rate`.
    facts : mapping
        `invited`, `eligible`, `answered` (complete and partial), `response_rate` (AAPOR RR2:
        answered over eligible), `complete_rate` (AAPOR RR1: complete over eligible), and where
        there are several groups `highest` and `lowest` (their response rates). Empty where nobody
        was invited.
    by : str
        The column that groups.
    ends : tuple of str
        The groups with the highest and the lowest rate.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    by: str
    ends: tuple[str, str] = ("", "")
    base: ClassVar[str | None] = "invited"
    parts: ClassVar[bool] = True
    sums: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("invited", *STATUS),
        ("invited", "eligible", "ineligible"),
    )
    listed: ClassVar[str] = "survey_mode"

    def summary(self) -> Finding:
        """Say how many were invited and answered, and where most and fewest did."""
        if self.table.empty:
            return Finding("survey.uninvited")
        quoted = ("invited", "eligible", "answered", "response_rate")
        if "highest" not in self.facts:
            return Finding("survey.response.plain", quoted)
        ends = {"highest_name": self.ends[0], "lowest_name": self.ends[1]}
        words = {name: Word(str(code), self.listed) for name, code in ends.items()}
        return Finding(f"{self.name}.finding", (*quoted, "highest", "lowest"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw what became of the invitations of each group, as shares, on `ax`."""
        if self.table.empty:
            ax.set_axis_off()
            return ax
        shares = self.table[list(STATUS)].div(self.table["invited"], axis=0)
        labels = [schema.value(self.listed, str(code)) for code in self.table[self.by]]
        return bars.stacked(
            shares.assign(label=labels),
            rows="label",
            parts={
                status: (text.say(f"column.{status}"), colour)
                for status, colour in zip(STATUS, COLOURS, strict=True)
            },
            unit="share",
            label=text.say("survey.share_of_invited"),
            ax=ax,
        )


@dataclass(frozen=True, eq=False, repr=False)
class ModeResponse(Response):
    """Response by the mode an invitation was assigned to; see `Response`."""

    columns: ClassVar[tuple[Column, ...]] = (
        Column("mode_assigned", "code", values="survey_mode"),
        *COUNTS,
    )


@dataclass(frozen=True, eq=False, repr=False)
class StratumResponse(Response):
    """Response by sampling stratum; strata named like segments are written as such."""

    columns: ClassVar[tuple[Column, ...]] = (Column("stratum", "code", values="segment"), *COUNTS)
    listed: ClassVar[str] = "segment"


@dataclass(frozen=True, eq=False, repr=False)
class Rates(Result):
    """Outcome rates of the whole wave by the definitions of AAPOR (2023, 10th edition).

    Attributes
    ----------
    table : DataFrame
        One row per rate: `aapor_rate`, `counted` of `of_invited` (RR4 takes those never reached in
        the share in which those whose case is known were eligible), `outcome_rate`, and
        `rate_weighted`, by design weight.
    facts : mapping
        The rates by code, and `eligibility`, the share that RR4 uses.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("aapor_rate", "code", values="aapor_rate"),
        Column("counted", "count"),
        Column("of_invited", "count"),
        Column("outcome_rate", "share"),
        Column("rate_weighted", "share"),
    )
    base: ClassVar[str | None] = "counted"
    figure: ClassVar[tuple[float, float] | None] = None
    key: ClassVar[tuple[str, ...]] = ("rr2", "coop2", "con1")

    def summary(self) -> Finding:
        """Say how many of those asked were reached, and how many of those reached answered."""
        if self.table.empty:
            return Finding("survey.uninvited")
        return Finding(f"{self.name}.finding", ("rr1", "rr2", "rr4", "con1", "coop2", "ref1"))


Kind = TypeVar("Kind", bound=Response)


def response_by_mode(survey: pd.DataFrame) -> ModeResponse:
    """Count what became of the invitations of each assigned mode.

    Parameters
    ----------
    survey : DataFrame
        One row per invitation, with `status` and `mode_assigned`. Somebody never reached counts as
        eligible, so the rates are the lower bound of the AAPOR standard definitions.
    """
    return _response(ModeResponse, "survey.response", survey, "mode_assigned")


def response_by_stratum(survey: pd.DataFrame) -> StratumResponse:
    """Count what became of the invitations in each `stratum`; see `response_by_mode`."""
    return _response(StratumResponse, "survey.response_strata", survey, "stratum")


def response_rates(survey: pd.DataFrame) -> Rates:
    """Return the outcome rates of a wave, plain and by design weight.

    Parameters
    ----------
    survey : DataFrame
        One row per invitation, with `status` and `design_weight`.
    """
    check.columns(survey, "status", "design_weight")
    if survey.empty:
        return Rates("survey.rates", Rates.no_rows(), {})
    one = survey["status"].value_counts().astype(float)
    weighted = survey.groupby("status")["design_weight"].sum()
    plain, by_weight = (
        _rates(each.reindex(list(STATUS), fill_value=0)) for each in (one, weighted)
    )
    table = pd.DataFrame(
        {
            "aapor_rate": list(plain),
            "counted": [round(above) for above, _ in plain.values()],
            "of_invited": [round(below) for _, below in plain.values()],
            "outcome_rate": [_divided(*pair) for pair in plain.values()],
            "rate_weighted": [_divided(*by_weight[name]) for name in plain],
        }
    )
    facts = {
        name: Fact(_divided(above, below), "share", n=round(below))
        for name, (above, below) in plain.items()
    }
    facts["eligibility"] = Fact(_eligibility(one.reindex(list(STATUS), fill_value=0)), "share")
    return Rates("survey.rates", table, facts)


def _rates(counts: "pd.Series[float]") -> dict[str, tuple[float, float]]:
    """Return numerator and denominator of each rate."""
    answered = float(counts["complete"] + counts["partial"])
    reached = answered + float(counts["refused"])
    asked = reached + float(counts["no_contact"])
    likely = reached + _eligibility(counts) * float(counts["no_contact"])
    return {
        "rr1": (float(counts["complete"]), asked),
        "rr2": (answered, asked),
        "rr4": (answered, likely),
        "coop2": (answered, reached),
        "ref1": (float(counts["refused"]), asked),
        "con1": (reached, asked),
    }


def _eligibility(counts: "pd.Series[float]") -> float:
    """Return the share of eligible customers among those whose case is known; 1 if none is."""
    reached = float(counts["complete"] + counts["partial"] + counts["refused"])
    known = reached + float(counts["ineligible"])
    return reached / known if known else 1.0


def _divided(above: float, below: float) -> float:
    return above / below if below else float("nan")


def _response(kind: type[Kind], name: str, survey: pd.DataFrame, by: str) -> Kind:
    check.columns(survey, "status", by)
    if survey.empty:
        return kind(name, kind.no_rows(), {}, by)
    unknown = sorted(set(survey["status"].astype(str)) - set(STATUS))
    if unknown:
        raise DataError(f"status {unknown} is unknown; an invitation is one of {list(STATUS)}")
    counts = pd.crosstab(survey[by].astype(object).fillna(formats.MISSING), survey["status"])
    counts = counts.reindex(columns=list(STATUS), fill_value=0)
    counts.insert(0, "invited", counts.sum(axis=1))
    table = _with_rates(counts).sort_values(["response_rate", "invited"], ascending=False)
    table = table.rename_axis(index=by, columns=None).reset_index()
    whole = _with_rates(counts.sum().to_frame().T).iloc[0]
    rated = table[table["response_rate"].notna()]
    ends = (str(rated[by].iloc[0]), str(rated[by].iloc[-1])) if len(rated) > 1 else ("", "")
    return kind(name, table, _facts(rated, whole), by, ends)


def _with_rates(counts: pd.DataFrame) -> pd.DataFrame:
    eligible = counts["invited"] - counts["ineligible"]
    answered = counts["complete"] + counts["partial"]
    return counts.assign(
        eligible=eligible,
        answered=answered,
        response_rate=answered / eligible.where(eligible > 0),
        complete_rate=counts["complete"] / eligible.where(eligible > 0),
    )


def _facts(table: pd.DataFrame, whole: "pd.Series[float]") -> dict[str, Fact]:
    n = int(whole["eligible"])
    counts = {name: Fact(int(whole[name]), "count") for name in ("invited", "eligible", "answered")}
    rates = {
        name: Fact(float(whole[name]), "share", n=n) for name in ("response_rate", "complete_rate")
    }
    if len(table) < 2:
        return counts | rates
    ends = {
        name: Fact(float(row["response_rate"]), "share", n=int(row["eligible"]))
        for name, row in (("highest", table.iloc[0]), ("lowest", table.iloc[-1]))
    }
    return counts | rates | ends
