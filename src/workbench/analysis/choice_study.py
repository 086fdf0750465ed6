"""What customers choose among offers: what each attribute is worth, and which offers they take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from workbench import check, schema, text
from workbench.errors import DataError, ParameterError
from workbench.plots import intervals, ranked
from workbench.result import Column, Fact, Finding, Result, Word
from workbench.stats import choice, willingness
from workbench.stats.arrays import Vector
from workbench.stats.calibration import normal_quantile
from workbench.stats.choice import Choice

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PRICE = "rate_bp"
"""The attribute that is the price: basis points over the prime rate."""
DRAWS = 4_000
"""Draws of the coefficients behind the intervals of shares."""
WORTH = ("worth_bp", "low", "high", "worth_drawn", "drawn_low", "drawn_high")
WHOLE = ("step_worth", "step_low", "step_high")


@dataclass(frozen=True, eq=False, repr=False)
class ChoiceStudy(Result):
    """The conditional logit of a study of choices, and what attributes are worth in price.

    Attributes
    ----------
    table : DataFrame
        One row per `choice_attribute`, the most telling first: `choosers` (customers), `taste`
        (log-odds of being chosen per unit, `taste_low` to `taste_high`, robust to customers who
        choose many times), `p_value`, `sway` (its share in the sum of what all attributes can do
        over the levels shown), `worth_bp` (a unit, as a fraction of price; delta method `low` to
        `high`), `worth_drawn` (the same with the Krinsky–Robb interval `drawn_low` to
        `drawn_high`), `choice_step` (a text per language: from the worst to the best level shown)
        and `step_worth` (what that is worth, with the Krinsky–Robb interval `step_low` to
        `step_high`). Worth is missing where the study shows no price in basis points.
    facts : mapping
        `choosers`, `tasks`, `explained` (McFadden's pseudo R²) and, where there is a price, `worth`
        (of the best level beside the worst, of the most telling attribute beside the price).
    leading : str
        That attribute; without a price the most telling one; empty without a study.
    step : mapping
        From which level of it to which, a text per language.
    shares : ChoiceShares
        How offers would divide these customers.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    leading: str
    step: Mapping[str, str]
    shares: "ChoiceShares"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("choice_attribute", "code", values="choice_attribute"),
        Column("choice_step", "said"),
        Column("sway", "share"),
        Column("step_worth", "bp", interval=("step_low", "step_high"), signed=True),
        Column("worth_bp", "bp", signed=True),
        Column("taste", "number", interval=("taste_low", "taste_high"), signed=True),
    )
    base: ClassVar[str | None] = "choosers"

    def summary(self) -> Finding:
        """Say what the most telling attribute is worth."""
        if not self.leading:
            return Finding(f"{self.name}.none")
        kind = "priced" if "worth" in self.facts else "unpriced"
        words = {
            "attribute": Word(self.leading, "choice_attribute"),
            "step": Word("", said=self.step),
        }
        return Finding(f"{self.name}.{kind}", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw what the best level is worth beside the worst; without a price, tastes by unit."""
        priced = bool(self.table["step_worth"].notna().any())
        value, low, high = WHOLE if priced else ("taste", "taste_low", "taste_high")
        shown = self.table.dropna(subset=[value])
        return intervals.draw(
            shown.assign(
                value=shown[value].astype(float),
                low=shown[low],
                high=shown[high],
                label=[
                    text.say(
                        "pricing.choice_level",
                        attribute=schema.value("choice_attribute", code),
                        level=step[str(text.language())],
                    )
                    if priced
                    else schema.value("choice_attribute", code)
                    for code, step in zip(
                        shown["choice_attribute"], shown["choice_step"], strict=True
                    )
                ],
            ),
            rows="label",
            unit="bp" if priced else "number",
            label=text.say("pricing.choice_worth_axis" if priced else "pricing.choice_taste_axis"),
            ax=ax,
            reference=0.0,
        )


@dataclass(frozen=True, eq=False, repr=False)
class ChoiceShares(Result):
    """How offers would divide the customers of a study.

    Attributes
    ----------
    table : DataFrame
        One row per `offer_profile` (a text per language; the first is the typical offer, with the
        mean of every attribute, and of the others only what differs is named): `choosers`,
        `share_alone` (who would take it rather than the typical offer, when there are only these
        two, `alone_low` to `alone_high`), `share_together` (when all offers of the table stand side
        by side, `together_low` to `together_high`).
    facts : mapping
        `offers`, `choosers`, `best` (largest share beside the typical offer alone).
    leading : mapping
        That offer, a text per language.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    leading: Mapping[str, str]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("offer_profile", "said"),
        Column("choosers", "count"),
        Column("share_alone", "share", interval=("alone_low", "alone_high")),
        Column("share_together", "share", interval=("together_low", "together_high")),
    )
    base: ClassVar[str | None] = "choosers"

    def summary(self) -> Finding:
        """Say which offer would be taken most."""
        if not self.facts:
            return Finding(f"{self.name}.none")
        words = {"offer": Word("", said=self.leading)}
        return Finding(f"{self.name}.finding", tuple(self.facts), words)

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the share of each offer when all stand side by side."""
        said = [str(each[text.language()]) for each in self.table["offer_profile"]]
        return ranked.draw(
            self.table.assign(
                value=self.table["share_together"].astype(float),
                strong=np.arange(len(self.table)) > 0,
                label=said,
            ),
            rows="label",
            unit="share",
            label=text.say("pricing.choice_share_axis"),
            ax=ax,
        )


@dataclass(frozen=True, eq=False)
class _Shown:
    """A study as arrays: attributes of each alternative, which were chosen, and by whom."""

    names: tuple[str, ...]
    levels: Vector
    chosen: Vector
    tasks: NDArray[np.int64]
    people: NDArray[np.int64]

    @property
    def typical(self) -> Vector:
        """Return the mean of every attribute."""
        return np.asarray(self.levels.mean(axis=0))


def choice_study(
    tasks: pd.DataFrame,
    *,
    offers: Sequence[str] = (),
    confidence: float = 0.95,
    seed: int = 1,
) -> ChoiceStudy:
    """Fit a conditional logit to choices among offers, and divide the customers among `offers`.

    Parameters
    ----------
    tasks : DataFrame
        The query `choice_tasks`: `task_id`, `alternative`, `attribute`, `level`, `chosen`,
        `customer_id`. Without rows the result says that there is no study.
    offers : sequence of str
        Offers to compare, each by what differs from the typical one: `rate_bp=70 online=1`. When
        empty, one for each attribute: the typical offer with that attribute at its better end.
    confidence : float
        Coverage of the intervals.
    seed : int
        What drawn coefficients start from.

    Raises
    ------
    DataError
        A task has not exactly one alternative that was chosen, an alternative lacks an attribute,
        or the fit does not converge.
    ParameterError
        An offer names an attribute or a level that the study did not show.
    """
    check.columns(tasks, "task_id", "alternative", "attribute", "level", "chosen", "customer_id")
    if tasks.empty:
        none = ChoiceShares("pricing.choice_shares", _nothing(ChoiceShares), {}, {})
        return ChoiceStudy("pricing.choices", _nothing(ChoiceStudy), {}, "", {}, none)
    shown = _shown(tasks)
    fit = choice.fit(shown.levels, shown.chosen, shown.tasks, shown.people)
    table = _table(shown, fit, confidence, seed)
    facts = {
        "choosers": Fact(fit.clusters, "count", n=fit.clusters),
        "tasks": Fact(fit.sets, "count", n=fit.clusters),
        "explained": Fact(1 - fit.log_likelihood / fit.null, "share", n=fit.clusters),
    }
    telling = table[table["worth_bp"].notna()]
    top = (telling if len(telling) else table).iloc[0]
    if len(telling):
        ends = (float(top["step_low"]), float(top["step_high"]))
        facts["worth"] = Fact(float(top["step_worth"]), "bp", *ends, confidence, fit.clusters)
    shares = _shares(shown, fit, offers, confidence, seed)
    leading, step = str(top["choice_attribute"]), top["choice_step"]
    return ChoiceStudy("pricing.choices", table, facts, leading, step, shares)


def _nothing(result: type[Result]) -> pd.DataFrame:
    """Return the table of a result without any row."""
    names = [name for own in result.columns for name in (own.name, *(own.interval or ()))]
    return pd.DataFrame(columns=list(dict.fromkeys(["choosers", *names])))


def _shown(tasks: pd.DataFrame) -> _Shown:
    wide = tasks.pivot_table(
        index=["task_id", "alternative"], columns="attribute", values="level", aggfunc="first"
    )
    if wide.isna().any(axis=None):
        lacking = wide.index[wide.isna().any(axis=1)]
        raise DataError(
            f"{len(lacking)} alternatives lack an attribute, the first of task {lacking[0][0]}; "
            "give every alternative of a study all of its attributes"
        )
    by_offer = tasks.groupby(["task_id", "alternative"])[["chosen", "customer_id"]].first()
    by_offer = by_offer.loc[wide.index]
    return _Shown(
        tuple(str(name) for name in wide.columns),
        wide.to_numpy(float),
        by_offer["chosen"].to_numpy(float),
        pd.factorize(wide.index.get_level_values(0))[0].astype(np.int64),
        pd.factorize(by_offer["customer_id"])[0].astype(np.int64),
    )


def _table(shown: _Shown, fit: Choice, confidence: float, seed: int) -> pd.DataFrame:
    error = fit.standard_errors
    reach = normal_quantile(confidence) * error
    swing = np.abs(fit.coefficients) * np.ptp(shown.levels, axis=0)
    table = pd.DataFrame(
        {
            "choice_attribute": shown.names,
            "choosers": fit.clusters,
            "taste": fit.coefficients,
            "taste_low": fit.coefficients - reach,
            "taste_high": fit.coefficients + reach,
            "p_value": 2 * special.ndtr(-np.abs(fit.coefficients / error)),
            "sway": swing / swing.sum(),
        }
    )
    worth = [_worth(shown.names, at, fit, confidence, seed) for at in range(len(shown.names))]
    table[list(WORTH)] = np.array(worth, dtype=float)
    better, worse = _ends(shown, fit)
    places = range(len(better))
    table["choice_step"] = pd.Series([_step(worse[at], better[at], shown, at) for at in places])
    # A fall from high to low is worth the negative of what a rise is: its ends change places.
    drawn = table[["worth_drawn", "drawn_low", "drawn_high"]].to_numpy(float)
    steps = drawn * (better - worse)[:, None]
    table[list(WHOLE)] = np.column_stack([steps[:, 0], np.sort(steps[:, 1:], axis=1)])
    return table.sort_values("sway", ascending=False, kind="stable", ignore_index=True)


def _worth(
    names: tuple[str, ...], at: int, fit: Choice, confidence: float, seed: int
) -> tuple[float, ...]:
    """Return what a unit of an attribute is worth, as a fraction of price."""
    if PRICE not in names or names[at] == PRICE:
        return (np.nan,) * len(WORTH)
    places = (at, names.index(PRICE))
    found = willingness.worth(
        fit.coefficients, fit.inference, places, confidence=confidence, seed=seed
    )
    ends = (found.value, found.low, found.high, found.value, found.drawn_low, found.drawn_high)
    return tuple(each / 1e4 for each in ends)


def _shares(
    shown: _Shown, fit: Choice, offers: Sequence[str], confidence: float, seed: int
) -> ChoiceShares:
    wanted = [_read(offer, shown) for offer in offers] or _better(shown, fit)
    levels = np.array([shown.typical, *(_filled(own, shown) for own in wanted)])
    beta = np.vstack(
        [fit.coefficients, willingness.drawn(fit.coefficients, fit.inference, DRAWS, seed)]
    )
    value = beta @ (levels - shown.typical).T
    together, alone = special.softmax(value, axis=1), special.expit(value)
    alone[:, 0] = np.nan
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    ends = [np.quantile(each[1:], tails, axis=0) for each in (alone, together)]
    table = pd.DataFrame(
        {
            "offer_profile": [_said(own, shown) for own in [{}, *wanted]],
            "choosers": fit.clusters,
            **{"share_alone": alone[0], "alone_low": ends[0][0], "alone_high": ends[0][1]},
            **{"share_together": together[0]},
            **{"together_low": ends[1][0], "together_high": ends[1][1]},
        }
    )
    best = table.iloc[1 + int(np.argmax(alone[0, 1:]))]
    interval = (float(best["alone_low"]), float(best["alone_high"]), confidence)
    facts = {
        "offers": Fact(len(wanted), "ledger"),
        "choosers": Fact(fit.clusters, "count", n=fit.clusters),
        "best": Fact(float(best["share_alone"]), "share", *interval, fit.clusters),
    }
    return ChoiceShares("pricing.choice_shares", table, facts, best["offer_profile"])


def _read(offer: str, shown: _Shown) -> dict[str, float]:
    """Return what an offer such as `rate_bp=70 online=1` changes."""
    found: dict[str, float] = {}
    for part in offer.split():
        name, _, number = part.partition("=")
        if name not in shown.names:
            raise ParameterError(
                f"choice_offers: {part!r} names no attribute of the study; "
                f"write attribute=level with {', '.join(shown.names)}"
            )
        own = shown.levels[:, shown.names.index(name)]
        try:
            found[name] = float(number)
        except ValueError:
            found[name] = np.nan
        if not own.min() <= found[name] <= own.max():
            raise ParameterError(
                f"choice_offers: {part!r} is no level that the study showed; "
                f"{name} went from {own.min():g} to {own.max():g}"
            )
    return found


def _better(shown: _Shown, fit: Choice) -> list[dict[str, float]]:
    """Return the typical offer with each attribute in turn at its better end."""
    ends, _ = _ends(shown, fit)
    return [{name: float(end)} for name, end in zip(shown.names, ends, strict=True)]


def _ends(shown: _Shown, fit: Choice) -> tuple[Vector, Vector]:
    """Return the level of each attribute that is liked best, and the one liked least."""
    most, least = shown.levels.max(axis=0), shown.levels.min(axis=0)
    rises = fit.coefficients > 0
    return np.where(rises, most, least), np.where(rises, least, most)


def _step(worse: float, better: float, shown: _Shown, at: int) -> dict[str, str]:
    """Return what leads from the worst to the best level of an attribute, in each language."""
    found = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            ends = {"worse": _level(worse, shown, at), "better": _level(better, shown, at)}
            found[str(language)] = text.say("pricing.choice_step", **ends)
    return found


def _level(level: float, shown: _Shown, at: int) -> str:
    """Return a level in the current language: yes or no where the study shows nothing else."""
    if set(np.unique(shown.levels[:, at])) <= {0.0, 1.0} and level in (0, 1):
        return text.say(f"pricing.choice_{'yes' if level else 'no'}")
    return f"{level:g}"


def _filled(own: Mapping[str, float], shown: _Shown) -> Vector:
    typical = zip(shown.names, shown.typical, strict=True)
    return np.array([own.get(name, mean) for name, mean in typical])


def _said(own: Mapping[str, float], shown: _Shown) -> dict[str, str]:
    """Return what an offer is like, in each language."""
    found: dict[str, str] = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            parts = [
                text.say(
                    "pricing.choice_level",
                    attribute=schema.value("choice_attribute", name),
                    level=_level(level, shown, shown.names.index(name)),
                )
                for name, level in own.items()
            ]
            joint = text.say("pricing.choice_and")
            found[str(language)] = joint.join(parts) or text.say("pricing.choice_typical")
    return found
