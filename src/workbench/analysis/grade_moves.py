"""How customers moved between the grades, and whether the grades still hold what they held."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from workbench import check, text
from workbench.errors import DataError
from workbench.plots import pairs
from workbench.result import Column, Fact, Finding, Result
from workbench.rules import risk_model
from workbench.stats import rating_stability as stats
from workbench.stats import woe
from workbench.stats.arrays import Vector
from workbench.stats.grades import holm

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class GradeMoves(Result):
    """Per grade, its loans then and now, and where those of then went.

    Attributes
    ----------
    table : DataFrame
        One row per grade in use, best first: `grade`, `cases`, `share_before`,
        `share_now`, and of the loans in both cohorts that began in it, `stayed`, `improved`,
        `worsened` (shares; missing when there is none).
    facts : mapping
        `psi` (of the grades), `psi_limit` (what chance exceeds with probability 1 - confidence),
        `upper`, `lower` (matrix weighted bandwidth of worsening and improving moves),
        `herfindahl_before`, `herfindahl`, `p_concentration`, `jumps` (pairs of grades where a
        farther move is surely more frequent than a nearer one, Holm), `both` (loans in both
        cohorts), `cases`.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("grade"),
        Column("cases", "count"),
        Column("share_before", "share"),
        Column("share_now", "share"),
        Column("stayed", "share"),
        Column("improved", "share"),
        Column("worsened", "share"),
    )
    base: ClassVar[str | None] = "cases"
    parts: ClassVar[bool] = True

    def summary(self) -> Finding:
        """Say whether the shares of the grades moved, and how far customers did."""
        moved = self.facts["psi"].value > risk_model.read().limits.psi_yellow
        return Finding(
            f"{self.name}.{'moved' if moved else 'steady'}",
            tuple(name for name in self.facts if name != "cases"),
        )

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share of each grade then and now."""
        drawn = self.table.assign(
            label=[text.say("risk.grade", grade=grade) for grade in self.table["grade"]]
        )
        return pairs.draw(
            drawn,
            rows="label",
            ends=(
                ("share_before", text.say("risk.then")),
                ("share_now", text.say("risk.now")),
            ),
            unit="share",
            label=text.say("risk.grade_share_axis"),
            ax=ax,
        )


def grade_moves(
    predictions: pd.DataFrame, development: pd.DataFrame, *, confidence: float = 0.95
) -> GradeMoves | None:
    """Compare the grades of the newest development cohort with those of the test cohort.

    Returns nothing when the score was cross-validated: nothing then is later than anything else.
    Some customers have several loans; the tests take loans as independent.

    Parameters
    ----------
    predictions, development : DataFrame
        One row per case: `cohort`, `loan_id`, `pd`.
    confidence : float
        1 minus it is the level of the tests.
    """
    check.columns(predictions, "cohort", "loan_id", "pd")
    check.columns(development, "cohort", "loan_id", "pd")
    check.rows(predictions, "cases with a prediction")
    if development.empty:
        return None
    before = development[development["cohort"] == development["cohort"].max()]
    names, upper = risk_model.grades()
    codes = [
        pd.Series(np.searchsorted(np.array(upper), part["pd"]), part["loan_id"].to_numpy())
        for part in (before, predictions)
    ]
    if any(own.index.has_duplicates for own in codes):
        raise DataError("a loan stands twice in one cohort; take one cohort of predictions")
    sizes = [np.bincount(own, minlength=len(names)).astype(float) for own in codes]
    both = pd.concat(codes, axis=1, join="inner").to_numpy()
    counts = np.zeros((len(names), len(names)))
    np.add.at(counts, (both[:, 0], both[:, 1]), 1)
    used = np.flatnonzero(sizes[0] + sizes[1] > 0)
    table = _table(
        [names[at] for at in used], sizes[0][used], sizes[1][used], counts[used][:, used]
    )
    facts = _facts(sizes[0][used], sizes[1][used], counts[used][:, used], confidence)
    return GradeMoves("risk.grade_moves", table, facts)


def _table(names: list[str], before: Vector, now: Vector, counts: stats.Matrix) -> pd.DataFrame:
    began = counts.sum(axis=1)
    shares = np.divide(
        counts, began[:, None], out=np.full_like(counts, np.nan), where=began[:, None] > 0
    )
    return pd.DataFrame(
        {
            "grade": names,
            "cases": now.astype(int),
            "share_before": before / before.sum(),
            "share_now": now / now.sum(),
            "stayed": np.diag(shares),
            "improved": np.tril(shares, -1).sum(axis=1),
            "worsened": np.triu(shares, 1).sum(axis=1),
        }
    )


def _facts(before: Vector, now: Vector, counts: stats.Matrix, confidence: float) -> dict[str, Fact]:
    moves, spread = stats.migration(counts), stats.concentration(before, now)
    off = ~np.eye(len(counts), dtype=bool)
    # Small 1 - p: the farther move is more frequent than the nearer one.
    jumps = int((holm(1 - moves.p_value[off]) < 1 - confidence).sum())
    limit = woe.stability_limit(len(before), before.sum(), now.sum(), confidence=confidence)
    n, both = int(now.sum()), int(counts.sum())
    return {
        "psi": Fact(woe.stability(before, now), "number", n=n),
        "psi_limit": Fact(limit, "number"),
        "upper": Fact(moves.upper, "number", n=both),
        "lower": Fact(moves.lower, "number", n=both),
        "herfindahl_before": Fact(spread.herfindahl_initial, "number", n=int(before.sum())),
        "herfindahl": Fact(spread.herfindahl_current, "number", n=n),
        "p_concentration": Fact(spread.p_value, "p", n=n),
        "jumps": Fact(jumps, "count"),
        "both": Fact(both, "count", n=both),
        "cases": Fact(n, "count", n=n),
    }
