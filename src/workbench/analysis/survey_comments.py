"""What customers write about: topics as problem or praise, by how likely they are to recommend."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import check, schema, text
from workbench.data.comments import Comments
from workbench.plots import grid
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.rules.code_frame import Frame
from workbench.stats.arrays import Codes, Vector
from workbench.stats.domains import Grid
from workbench.stats.proportions import effective_n, promoter_score, share_interval
from workbench.stats.respondents import Wave

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GROUPS = ("detractors", "passives", "promoters")


def _share(name: str) -> Column:
    return Column(name, "share", interval=(f"{name}_low", f"{name}_high"))


@dataclass(frozen=True, eq=False, repr=False)
class Topics(Result):
    """Share of customers with a comment who speak of a topic, most frequent problem first.

    Attributes
    ----------
    table : DataFrame
        One row per topic: `topic` (code), `topic_title` (by language), `comments` (customers who
        wrote any), `problem` and `praise` (shares of all who wrote), and `detractors`, `passives`,
        `promoters`: shares of those of the group who wrote that name it as a problem. Each share
        has `_low` and `_high`, and each group `_apart` (`below`, `above` or `alike` against the
        others who wrote, Benjamini–Hochberg over all cells shown). A group with fewer comments than
        the least base has no shares.
    facts : mapping
        `comments`, `written` (share of answers with a comment, unweighted), `read` (share of
        comments that bear any mark), `problems` and `praises` (shares that bear one of either
        kind), `first` (problem named most), `apart` (cells), `by_hand` (comments a person coded);
        and `widest` (share among detractors of the problem in which they stand out most, if any).
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("topic_title", "said"),
        _share("problem"),
        *(Column(group, "share") for group in GROUPS),
        _share("praise"),
        Column("comments", "count"),
    )
    base: ClassVar[str | None] = "comments"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 3.8)
    key: ClassVar[tuple[str, ...]] = ("comments", "problems", "first")

    def summary(self) -> Finding:
        """Say how many wrote, what most name as a problem, and where detractors stand out."""
        if self.table.empty:
            return Finding("survey.comments.none")
        words = {"first_name": Word("", said=self.table["topic_title"].iloc[0])}
        quoted = ("comments", "written", "problems", "praises", "first", "read")
        if "widest" not in self.facts:
            return Finding("survey.comments.alike", quoted, words)
        words["widest_name"] = Word("", said=self.table["topic_title"][self._widest(self.table)])
        return Finding("survey.comments.apart", (*quoted, "widest"), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the shares that name a problem as a grid of topics by group on `ax`, if any."""
        shares = self.table[list(GROUPS)].to_numpy(float)
        if not np.isfinite(shares).any():
            ax.set_axis_off()
            return ax
        apart = self.table[[f"{group}_apart" for group in GROUPS]].to_numpy(object)
        titles = [title[text.language()] for title in self.table["topic_title"]]
        names = [schema.value("nps_group", group) for group in GROUPS]
        return grid.draw(
            pd.DataFrame(shares, index=titles, columns=names),
            marks=np.select([apart == "below", apart == "above"], ["▼", "▲"], ""),
            unit="share",
            label=text.say("survey.comments_axis"),
            ax=ax,
        )

    @staticmethod
    def _widest(table: pd.DataFrame) -> int:
        """Return the place of the topic in which detractors exceed all who wrote by most."""
        above = table["detractors_apart"] == "above"
        return int((table["detractors"] - table["problem"]).where(above).argmax())


def topics(
    wave: Wave, comments: Comments, frame: Frame, *, min_base: int = 30, confidence: float = 0.95
) -> Topics:
    """Estimate who writes about what; of several comments of a customer, all count as one.

    Parameters
    ----------
    wave : Wave
        From `stats.respondents.weighted`, with `customer_id` and `nps`.
    comments : Comments
        Of the same wave, coded by `frame`; see `Bank.comments`.
    min_base : int
        Comments a group needs for its shares to be given, and the others to be compared with.
    confidence : float
        Coverage of the intervals; its complement is the false discovery rate of what stands apart.
    """
    check.columns(wave.answers, "customer_id", "nps")
    marks = _of_answers(wave, comments)
    wrote = np.isfinite(marks[:, 0])
    table = _table(wave, marks, frame, (min_base, confidence)) if wrote.any() else _nothing()
    return Topics("survey.comments", table, _facts(wave, comments, marks, table, confidence))


def _of_answers(wave: Wave, comments: Comments) -> Vector:
    """Return the marks (answers, marks) as 0 or 1; missing where nothing was written."""
    found = pd.DataFrame(comments.final.astype(float))
    found = found.groupby(comments.rows["customer_id"].to_numpy()).max()
    return found.reindex(wave.answers["customer_id"]).to_numpy(np.float64)


def _groups(wave: Wave) -> Codes:
    """Return the place in `GROUPS` of each answer; behind them where nothing is known."""
    score = promoter_score(wave.answers["nps"].astype(float))
    return np.where(np.isnan(score), len(GROUPS), score + 1).astype(np.intp)


def _table(wave: Wave, marks: Vector, frame: Frame, given: tuple[int, float]) -> pd.DataFrame:
    min_base, confidence = given
    everybody = wave.design.domain_means(marks, np.zeros(len(marks), np.intp), 1)
    groups = _groups(wave)
    grouped = wave.design.domain_means(marks[:, ::2], groups, len(GROUPS) + 1)
    table = pd.DataFrame(
        {
            "topic": list(frame.code),
            "topic_title": [topic.title for topic in frame.code.values()],
            "comments": int(everybody.n[0, 0]),
        }
    )
    for place, tone in enumerate(("problem", "praise")):
        _add(table, tone, everybody, (0, slice(place, None, 2)), confidence)
    p = np.full((len(table), len(GROUPS)), np.nan)
    for at, group in enumerate(GROUPS):
        _add(table, group, grouped, (at, slice(None)), confidence)
        others = everybody.n[0, 0] - grouped.n[at, 0]
        if grouped.n[at, 0] < min_base:
            table[[group, f"{group}_low", f"{group}_high"]] = np.nan
        elif others >= min_base:
            p[:, at] = _p_values(wave, marks[:, ::2], groups == at)
    for at, group in enumerate(GROUPS):
        table[f"{group}_apart"] = _apart(table, group, _adjusted(p)[:, at] < 1 - confidence)
    return table.sort_values(["problem", "topic"], ascending=[False, True], ignore_index=True)


def _add(
    table: pd.DataFrame, name: str, found: Grid, at: tuple[int, slice], confidence: float
) -> None:
    """Enter a row of `found` as the shares `name` with their intervals."""
    share = found.mean[at]
    size = effective_n(
        share * (1 - share), found.se[at], found.n[at], found.kish_n[at], found.df[at[0]]
    )
    ends = share_interval(share, size, confidence)
    table[name], table[f"{name}_low"], table[f"{name}_high"] = share, ends.low, ends.high


def _p_values(wave: Wave, problems: Vector, inside: NDArray[np.bool_]) -> Vector:
    """Return the p-value of each problem: the group against the others who wrote."""
    from scipy import special

    p = np.full(problems.shape[1], np.nan)
    for at, problem in enumerate(problems.T):
        found = wave.design.difference(problem, inside, ~inside)
        if found.se[0] > 0:
            p[at] = 2 * special.stdtr(max(found.df, 1), -abs(found.value[0] / found.se[0]))
    return p


def _adjusted(p: Vector) -> Vector:
    from scipy import stats

    tested, adjusted = np.isfinite(p), np.full(p.shape, np.nan)
    if tested.any():
        adjusted[tested] = stats.false_discovery_control(p[tested])
    return adjusted


def _apart(table: pd.DataFrame, group: str, sure: NDArray[np.bool_]) -> list[str | None]:
    above = (table[group] > table["problem"]).to_numpy()
    known = table[group].notna().to_numpy()
    codes = np.select([~known, sure & above, sure], ["", "above", "below"], "alike")
    return [code or None for code in codes.tolist()]


def _nothing() -> pd.DataFrame:
    shares = ("problem", "praise", *GROUPS)
    ends = (f"{name}{end}" for name in shares for end in ("", "_low", "_high"))
    apart = (f"{group}_apart" for group in GROUPS)
    return pd.DataFrame(columns=["topic", "topic_title", "comments", *ends, *apart])


def _facts(
    wave: Wave, comments: Comments, marks: Vector, table: pd.DataFrame, confidence: float
) -> dict[str, Fact]:
    wrote = np.isfinite(marks[:, 0])
    if not wrote.any():
        return {"comments": Fact(0, "count")}
    n = int(wrote.sum())
    first = table.iloc[0]
    any_of = [np.where(wrote, marks[:, tone::2].max(axis=1), np.nan) for tone in (0, 1)]
    shares = wave.design.mean(np.column_stack(any_of)).value
    apart = table[[f"{group}_apart" for group in GROUPS]].isin(["above", "below"])
    facts = {
        "comments": Fact(n, "count"),
        "written": Fact(n / len(marks), "share"),
        "read": Fact(float(marks[wrote].max(axis=1).mean()), "share", n=n),
        "problems": Fact(float(shares[0]), "share", n=n),
        "praises": Fact(float(shares[1]), "share", n=n),
        "first": _quoted(first, "problem", n, confidence),
        "apart": Fact(int(apart.to_numpy().sum()), "count"),
        "by_hand": Fact(int(np.isfinite(comments.hand[:, 0]).sum()), "count"),
    }
    if (table["detractors_apart"] == "above").any():
        inside = int((wrote & (_groups(wave) == 0)).sum())
        facts["widest"] = _quoted(
            table.iloc[Topics._widest(table)], "detractors", inside, confidence
        )
    return facts


def _quoted(row: "pd.Series[float]", name: str, n: int, confidence: float) -> Fact:
    value, low, high = (float(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    return Fact(value, "share", low, high, confidence, n)
