"""A frozen model: scorecard, calibration, level and grades as one file whose hash shows a change.

The file is JSON: nothing in it is executed, whoever sent it. What the hash does not cover are the
names of those who approved it; an approval counts only for the hash that it names.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from workbench import check
from workbench.errors import DataError
from workbench.stats import cycle, recalibration, score_export
from workbench.stats.arrays import Codes, Vector
from workbench.stats.binning import Groups
from workbench.stats.points import Points, Scale
from workbench.stats.scorecard import Scorecard

FORMAT = 1
"""Version of the file; another one is refused."""
OPEN = ("sha256", "approvals")
"""What the hash does not cover: itself, and who approved what it covers."""
Level = Literal["calibrated", "point_in_time", "through_the_cycle", "prudent"]
"""At which level the probabilities stand; see `analysis.pd_level`."""


@dataclass(frozen=True)
class Levels:
    """What moves calibrated probabilities to the level of the year, the cycle and prudence.

    Attributes
    ----------
    kind : str
        The level that is written.
    year, cycle, prudent : float
        Constants added to the log odds: to the observed year; behind the move to an average
        economy; for prudence.
    state, correlation : float
        State of the economy in the observed year, and correlation of the assets.
    """

    kind: Level
    year: float
    cycle: float
    prudent: float
    state: float
    correlation: float

    def of(self, calibrated: Vector) -> Vector:
        """Return the probabilities at the level `kind`, shape (n,)."""
        if self.kind == "calibrated":
            return calibrated
        now = recalibration.shifted(calibrated, self.year)
        if self.kind == "point_in_time":
            return now
        average = cycle.through_the_cycle(now, self.state, self.correlation)
        through = recalibration.shifted(average, self.cycle)
        if self.kind == "through_the_cycle":
            return through
        return recalibration.shifted(through, self.prudent)


@dataclass(frozen=True, eq=False, repr=False)
class Scored:
    """What a card says of each row; arrays of shape (n,).

    Attributes
    ----------
    raw, pd : ndarray
        Probability as the scorecard gives it, and calibrated at the card's level.
    grade : ndarray of int
        Position in the card's grades, safest first.
    points, ability, willingness : ndarray
        Points of the scorecard, and of each side; a side that the card lacks is missing.
    reasons : ndarray of object, shape (n, most)
        Variables that cost most points, worst first; empty where nothing more does.
    unknown : mapping of str to int
        Variable → rows with a category that the card has never seen, which counts as average.
    empty : tuple of str
        Variables without a value in any row.
    """

    raw: Vector
    pd: Vector
    grade: Codes
    points: Vector
    ability: Vector
    willingness: Vector
    reasons: "np.ndarray[Any, Any]"
    unknown: Mapping[str, int]
    empty: tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class ModelCard:
    """A model as it was frozen.

    Attributes
    ----------
    model : str
        Its name, the same for all its versions.
    card : Scorecard
        Bins and coefficients of the variables in the model.
    scale : Scale
        How log odds become points.
    sides : mapping of str to Scorecard
        Scores of `ability` and `willingness`, where there are any.
    calibration : recalibration.Mapping
        What the scorecard's probabilities become.
    levels : Levels
        What the calibrated ones become.
    grades : tuple of (str, float)
        Grade and its highest probability, safest first; the last is 1.
    made : mapping
        Where it comes from: `snapshot`, `as_of`, `parameters`, `cases`, `defaults`, `auc`,
        `by` (who froze it) and `at`.
    approvals : tuple of mapping
        `name`, `at` and the `sha256` that was approved.
    """

    model: str
    card: Scorecard
    scale: Scale
    sides: Mapping[str, Scorecard]
    calibration: recalibration.Mapping
    levels: Levels
    grades: tuple[tuple[str, float], ...]
    made: Mapping[str, Any]
    approvals: tuple[Mapping[str, str], ...] = field(default=())

    @property
    def sha256(self) -> str:
        """Return the hash of everything but the approvals."""
        return _hashed(_content(self))

    @property
    def version(self) -> str:
        """Return day of the data and the beginning of the hash, such as `20260930-1a2b3c4d`."""
        return f"{str(self.made['as_of']).replace('-', '')}-{self.sha256[:8]}"

    @property
    def features(self) -> tuple[str, ...]:
        """Return all variables that scoring needs, those of the model first."""
        names = [*self.card.chosen]
        for side in self.sides.values():
            names += [name for name in side.chosen if name not in names]
        return tuple(names)

    def scored(self, features: pd.DataFrame, *, most: int = 3) -> Scored:
        """Return what the card says of each row of `features`.

        Raises
        ------
        DataError
            A variable of the card is missing, or a number of the card is text in `features`.
        """
        self._check(features)
        raw = self.card.probabilities(features)
        pd_ = self.levels.of(self.calibration.apply(raw))
        points = Points(self.card, self.scale)
        sides = {name: Points(own, self.scale).scores(features) for name, own in self.sides.items()}
        none = np.full(len(features), np.nan)
        return Scored(
            raw,
            pd_,
            np.searchsorted([upper for _, upper in self.grades], pd_, "left").astype(np.intp),
            points.scores(features),
            sides.get("ability", none),
            sides.get("willingness", none),
            points.reasons(features, most=most),
            {name: count for name in self.features if (count := self._unknown(name, features))},
            tuple(name for name in self.features if features[name].isna().all()),
        )

    def _check(self, features: pd.DataFrame) -> None:
        check.rows(features, "loans to score")
        missing = [name for name in self.features if name not in features]
        if missing:
            raise DataError(
                f"the model card {self.version} needs {', '.join(missing)}, which the loans to "
                "score do not have; score with the release that froze it, or freeze the model anew"
            )
        for name in self.features:
            is_number = pd.api.types.is_numeric_dtype(features[name]) or features[name].isna().all()
            if not is_number and not isinstance(self._rule(name), Groups):
                raise DataError(
                    f"the model card {self.version} takes {name} for a number; the loans to score "
                    f"have {features[name].dtype} there"
                )

    def _rule(self, name: str) -> Any:
        owner = next(c for c in (self.card, *self.sides.values()) if name in c.chosen)
        return owner.binnings[name].rule

    def _unknown(self, name: str, features: pd.DataFrame) -> int:
        rule = self._rule(name)
        if not isinstance(rule, Groups):
            return 0
        return int((rule.codes(features[name]) > len(rule.groups)).sum())


def to_json(card: ModelCard) -> str:
    """Return the file of a card: its content, its hash, and who approved it."""
    content = _content(card)
    own = {"sha256": _hashed(content), "approvals": [dict(each) for each in card.approvals]}
    return json.dumps({**content, **own}, ensure_ascii=False, indent=1) + "\n"


def from_json(text: str, *, name: str = "the model card") -> ModelCard:
    """Return the card that `to_json` wrote; `name` is what errors call it.

    Raises
    ------
    DataError
        The text is no card, one of another format, or its content was changed since.
    """
    try:
        content = json.loads(text)
        if not isinstance(content, dict) or "format" not in content:
            raise DataError(f"{name} is no model card: it has no format; freeze a model")
        if content["format"] != FORMAT:
            raise DataError(
                f"{name} has format {content['format']!r}, and this release reads {FORMAT}; use "
                "the release that froze it, or freeze the model anew"
            )
        said = str(content["sha256"])
        found = _hashed({key: value for key, value in content.items() if key not in OPEN})
        if said != found:
            raise DataError(
                f"{name} was changed after it was frozen: its hash is {found[:12]}, and it says "
                f"{said[:12]}; take the file as it was frozen, or freeze the model anew"
            )
        return _read(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"{name} is no model card ({type(error).__name__}: {error}); freeze a model"
        ) from None


def checked_level(kind: str) -> Level:
    """Return `kind` if it is a level."""
    check.choice(kind, get_args(Level), "level")
    return kind  # type: ignore[return-value]


def _content(card: ModelCard) -> dict[str, Any]:
    knots = card.calibration.knots
    return {
        "format": FORMAT,
        "model": card.model,
        "made": dict(card.made),
        "scorecard": _written(card.card, card.scale),
        "sides": {name: _written(own, card.scale) for name, own in card.sides.items()},
        "calibration": {
            "method": card.calibration.method,
            "parameters": card.calibration.parameters.tolist(),
            "knots": knots.tolist(),
        },
        "levels": asdict(card.levels),
        "grades": [[grade, upper] for grade, upper in card.grades],
    }


def _written(card: Scorecard, scale: Scale) -> Any:
    """Return the chosen variables alone: the others play no part in scoring."""
    chosen = {name: card.binnings[name] for name in card.chosen}
    own = Scorecard(chosen, dict.fromkeys(chosen, "chosen"), card.coefficients)
    return json.loads(score_export.to_json(own, scale))


def _read(content: Mapping[str, Any]) -> ModelCard:
    card, scale = score_export.from_json(json.dumps(content["scorecard"]))
    sides = {
        name: score_export.from_json(json.dumps(own))[0] for name, own in content["sides"].items()
    }
    given = content["calibration"]
    knots = np.array(given["knots"], dtype=np.float64).reshape(2, -1)
    levels = {**content["levels"], "kind": checked_level(content["levels"]["kind"])}
    return ModelCard(
        content["model"],
        card,
        scale,
        sides,
        recalibration.restored(given["method"], np.array(given["parameters"], float), knots),
        Levels(**levels),
        tuple((str(grade), float(upper)) for grade, upper in content["grades"]),
        content["made"],
        tuple(content["approvals"]),
    )


def _hashed(content: Mapping[str, Any]) -> str:
    # In the order of the file: a coefficient belongs to the variable at its place.
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
