"""Whether answers by telephone score higher, and whether a change is one of mode alone."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check, schema, text
from workbench.errors import DataError
from workbench.plots import intervals
from workbench.result import Column, Fact, Finding, Result
from workbench.stats import mixture, regression
from workbench.stats.arrays import Codes, Vector
from workbench.stats.estimate import quantile_t
from workbench.stats.respondents import Wave
from workbench.stats.scores import measures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Mask = NDArray[np.bool_]
PHONE = "phone"
COMPARED = ("comparison", "answers", "answers_phone", "gap", "gap_low", "gap_high")
LEAST = 30
"""Answers by telephone, and otherwise, below which a gap says nothing."""


@dataclass(frozen=True, eq=False, repr=False)
class ModeGap(Result):
    """Net promoter score by telephone minus that by other modes, seen in three ways.

    Attributes
    ----------
    table : DataFrame
        One row per way of comparing: `comparison` (`raw`; `adjusted` for who answers by which mode;
        `randomised`, among customers whose mode was drawn by lot, as it was drawn), `answers` and
        `answers_phone`, `gap` in points with `_low` and `_high`. A way without enough answers is
        not there; with too few answers by telephone, or otherwise, none is.
    facts : mapping
        `by_phone` and `otherwise` (answers); `raw`, `adjusted` and, where there was a lot,
        `randomised` and `selection` (raw minus randomised).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("comparison", "code", values="mode_comparison"),
        Column("answers", "count"),
        Column("answers_phone", "count"),
        Column("gap", "points", interval=("gap_low", "gap_high")),
    )
    base: ClassVar[str | None] = "answers_phone"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.2)

    def summary(self) -> Finding:
        """Say the gap, and whether measurement and selection can be told apart."""
        if self.table.empty:
            return Finding("survey.mode.too_few", ("by_phone", "otherwise"))
        if "adjusted" not in self.facts:
            return Finding("survey.mode.unadjusted", ("raw",))
        lot = self.facts.get("randomised")
        if lot is None:
            return Finding("survey.mode.no_lot", ("raw", "adjusted"))
        if lot.low is not None and lot.high is not None and lot.low <= 0 <= lot.high:
            return Finding("survey.mode.small_lot", ("raw", "adjusted", "randomised"))
        return Finding("survey.mode.told_apart", ("raw", "adjusted", "randomised", "selection"))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the gaps, and zero, on `ax`; nothing where there are too few answers."""
        if self.table.empty:
            ax.set_axis_off()
            return ax
        names = [schema.value("mode_comparison", code) for code in self.table["comparison"]]
        columns = {"gap": "value", "gap_low": "low", "gap_high": "high"}
        return intervals.draw(
            self.table.rename(columns=columns).assign(label=names),
            rows="label",
            unit="points",
            label=text.say("survey.gap_axis"),
            ax=ax,
            reference=0.0,
        )


@dataclass(frozen=True, eq=False, repr=False)
class ModeMix(Result):
    """The change of the net promoter score in two parts: mix of modes, and within modes.

    Attributes
    ----------
    table : DataFrame
        One row per mode: `mode_answered` (as `list:code`, several joined by `|`), `share` and
        `share_previous` (weighted), `nps`, `nps_previous`, `answers` (the fewer of both waves).
    facts : mapping
        `total`, `mix`, `within`, in points; `phone` and `phone_previous`, shares. With too few
        answers in either wave only how many there are: `answers` and `answers_previous`.
    beyond : mapping of str to bool
        Whether `mix` and `within` are beyond sampling error.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    beyond: Mapping[str, bool]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("mode_answered", "codes"),
        Column("share_previous", "share"),
        Column("share", "share"),
        Column("nps_previous", "points"),
        Column("nps", "points"),
        Column("answers", "count"),
    )
    base: ClassVar[str | None] = "answers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.2)

    def summary(self) -> Finding:
        """Say both parts, and which of them is beyond sampling error."""
        if self.table.empty:
            return Finding("survey.mix.too_few", ("answers", "answers_previous"))
        kind = {(True, True): "both", (True, False): "mix", (False, True): "within"}
        key = kind.get((self.beyond["mix"], self.beyond["within"]), "neither")
        return Finding(f"survey.mix.{key}", ("total", "mix", "within", "phone", "phone_previous"))

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the change and its parts, and zero, on `ax`; nothing where there are too few."""
        if self.table.empty:
            ax.set_axis_off()
            return ax
        parts = ("total", "mix", "within")
        rows = [
            {
                "label": text.say(f"survey.mix_{part}"),
                "value": self.facts[part].value,
                "low": self.facts[part].low,
                "high": self.facts[part].high,
            }
            for part in parts
        ]
        return intervals.draw(
            pd.DataFrame(rows),
            rows="label",
            unit="points",
            label=text.say("survey.change_axis"),
            ax=ax,
            reference=0.0,
        )


def mode_gap(
    wave: Wave, *, adjust: Sequence[str] = ("segment", "branch_name"), confidence: float = 0.95
) -> ModeGap:
    """Compare the net promoter score by telephone with that by other modes.

    Parameters
    ----------
    wave : Wave
        From `stats.respondents.weighted`, with `mode_answered`, `mode_assigned`,
        `mode_randomised` and the columns of `adjust`.
    adjust : sequence of str
        Columns that say who answers: their levels enter a regression on the design beside the mode.
        Levels with fewer than 10 answers are merged.

    With fewer than 30 answers by telephone, or otherwise, nothing is compared, and that is said.
    """
    check.columns(wave.answers, "mode_answered", "mode_assigned", "mode_randomised", *adjust)
    nps = _scores(wave)
    phone = (wave.answers["mode_answered"] == PHONE).to_numpy()
    answered = np.isfinite(nps)
    counts = {
        "by_phone": _counted(int((phone & answered).sum())),
        "otherwise": _counted(int((~phone & answered).sum())),
    }
    if min(fact.value for fact in counts.values()) < LEAST:
        return ModeGap("survey.mode", pd.DataFrame(columns=COMPARED), counts)
    levels = [_dummies(wave.answers[column]) for column in adjust]
    rows = [_gap("raw", wave, (nps, phone), [], None, confidence)]
    with suppress(DataError):  # all who answer by telephone, and nobody else, belong to one level
        rows.append(_gap("adjusted", wave, (nps, phone), levels, None, confidence))
    drawn = wave.answers["mode_randomised"].astype(bool).to_numpy()
    assigned = (wave.answers["mode_assigned"] == PHONE).to_numpy()
    if min((drawn & assigned & answered).sum(), (drawn & ~assigned & answered).sum()) >= LEAST:
        rows.append(_gap("randomised", wave, (nps, assigned), [], drawn, confidence))
    table = pd.DataFrame(rows)
    return ModeGap("survey.mode", table, {**counts, **_gap_facts(table, confidence)})


def mode_mix(wave: Wave, previous: Wave, *, least: int = 10, confidence: float = 0.95) -> ModeMix:
    """Split the change of the net promoter score into mix of modes and change within modes.

    Modes with fewer than `least` answers in either wave are taken together with the next smallest.
    With fewer than 30 answers in either wave nothing is compared, and that is said.
    """
    check.columns(wave.answers, "mode_answered")
    check.columns(previous.answers, "mode_answered")
    scores = _scores(wave), _scores(previous)
    given = [int(np.isfinite(each).sum()) for each in scores]
    if min(given) < LEAST:
        counted = ("answers", "answers_previous")
        counts = {name: _counted(n) for name, n in zip(counted, given, strict=True)}
        columns = [column.name for column in ModeMix.columns]
        return ModeMix("survey.mix", pd.DataFrame(columns=columns), counts, {})
    names, codes = _modes((wave, previous), scores, least)
    found = mixture.split(wave.design, previous.design, scores, codes)
    table = _mix_table((wave, previous), scores, codes, names)
    facts = {
        part: Fact(
            getattr(found, part),
            "points",
            *found.interval(part, confidence),
            confidence=confidence,
            n=min(len(wave.answers), len(previous.answers)),
        )
        for part in ("total", "mix", "within")
    }
    beyond = {part: not facts[part].low <= 0 <= facts[part].high for part in ("mix", "within")}  # type: ignore[operator]
    return ModeMix("survey.mix", table, {**facts, **_phones(table)}, beyond)


def _counted(n: int) -> Fact:
    return Fact(n, "count", n=n)


def _scores(wave: Wave) -> Vector:
    return measures(wave)["nps"].to_numpy(np.float64)


def _dummies(column: pd.Series, least: int = 10) -> Mask:
    """Return (n, levels - 1) indicators; small levels are merged into the reference."""
    levels = column.astype("string").fillna("")
    counts = levels.value_counts()
    kept = sorted(counts.index[counts >= least])[1:]
    found: Mask = levels.to_numpy(dtype=object)[:, None] == np.array(kept, dtype=object)
    return found


def _gap(
    comparison: str,
    wave: Wave,
    columns: tuple[Vector, Mask],
    levels: list[Mask],
    domain: Mask | None,
    confidence: float,
) -> dict[str, object]:
    nps, phone = columns
    x = np.column_stack([np.ones(len(nps)), phone, *levels]).astype(float)
    varies = np.r_[True, True, x[:, 2:].std(axis=0) > 0] if levels else np.array([True, True])
    found = regression.linear(wave.design, nps, x[:, varies], domain=domain)
    half = quantile_t(confidence, found.df) * found.se[1]
    inside = np.isfinite(nps) if domain is None else np.isfinite(nps) & domain
    return {
        "comparison": comparison,
        "answers": int(inside.sum()),
        "answers_phone": int((inside & phone).sum()),
        "gap": float(found.coefficients[1]),
        "gap_low": float(found.coefficients[1] - half),
        "gap_high": float(found.coefficients[1] + half),
    }


def _gap_facts(table: pd.DataFrame, confidence: float) -> dict[str, Fact]:
    facts = {
        row["comparison"]: Fact(
            *(row["gap"], "points", row["gap_low"], row["gap_high"], confidence),
            n=int(row["answers_phone"]),
        )
        for row in table.to_dict("records")
    }
    if "randomised" in facts:
        facts["selection"] = Fact(facts["raw"].value - facts["randomised"].value, "points")
    return facts


def _modes(
    waves: tuple[Wave, Wave], scores: tuple[Vector, Vector], least: int
) -> tuple[list[str], tuple[Codes, Codes]]:
    """Return the names of the groups of modes, `a|b` where merged, and the codes in both waves."""
    modes = [each.answers["mode_answered"].astype("string").fillna("") for each in waves]
    counts = [
        mode[np.isfinite(score)].value_counts() for mode, score in zip(modes, scores, strict=True)
    ]
    fewest = pd.concat(counts, axis=1).fillna(0).min(axis=1)
    ordered = fewest.sort_index().sort_values(kind="stable")
    few = int((ordered < least).sum())
    small = list(ordered.index[: few + 1]) if few else []
    coded = {mode: f"survey_mode:{mode}" for mode in ordered.index}
    joined = "|".join(coded[mode] for mode in sorted(small))
    group = {mode: joined if mode in small else coded[mode] for mode in ordered.index}
    names = sorted(set(group.values()))
    place = {mode: names.index(group[mode]) for mode in ordered.index}
    first, second = (mode.map(place).fillna(0).to_numpy(np.intp) for mode in modes)
    return names, (first, second)


def _mix_table(
    waves: tuple[Wave, Wave],
    scores: tuple[Vector, Vector],
    codes: tuple[Codes, Codes],
    names: list[str],
) -> pd.DataFrame:
    rows = []
    for at, name in enumerate(names):
        row: dict[str, object] = {"mode_answered": name}
        counts = []
        for wave, score, code, end in zip(waves, scores, codes, ("", "_previous"), strict=True):
            inside = (code == at) & np.isfinite(score)
            everybody = np.isfinite(score)
            weights = wave.design.weights
            row[f"share{end}"] = float(weights[inside].sum() / weights[everybody].sum())
            row[f"nps{end}"] = float(weights[inside] @ score[inside] / weights[inside].sum())
            counts.append(int(inside.sum()))
        rows.append({**row, "answers": min(counts)})
    return pd.DataFrame(rows).sort_values("share", ascending=False, ignore_index=True)


def _phones(table: pd.DataFrame) -> dict[str, Fact]:
    phone = table[table["mode_answered"].str.contains(f"survey_mode:{PHONE}", regex=False)]
    return {
        "phone": Fact(float(phone["share"].sum()), "share"),
        "phone_previous": Fact(float(phone["share_previous"].sum()), "share"),
    }
