"""A scorecard as JSON that can be read back, and as SQL that gives the same numbers."""

import json
from typing import Any

import numpy as np

from workbench.errors import DataError
from workbench.stats.binning import Binning, Groups, Intervals, Rule
from workbench.stats.points import Scale
from workbench.stats.scorecard import Scorecard

FORMAT = 1
"""Version of the JSON form."""


def to_json(card: Scorecard, scale: Scale) -> str:
    """Return the scorecard as JSON: bins with counts, fates, coefficients and the scale.

    Numbers are written so that reading them gives the same ones.
    """
    content = {
        "format": FORMAT,
        "scale": {"points": scale.points, "odds": scale.odds, "double": scale.double},
        "coefficients": card.coefficients.tolist(),
        "fates": dict(card.fates),
        "binnings": {name: _written(own) for name, own in card.binnings.items()},
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def from_json(text: str) -> tuple[Scorecard, Scale]:
    """Return the scorecard and the scale that `to_json` wrote.

    Raises
    ------
    DataError
        The text is not such a scorecard.
    """
    try:
        content = json.loads(text)
        if content["format"] != FORMAT:
            raise DataError(f"scorecard format {content['format']!r} is unknown; expected {FORMAT}")
        binnings = {name: _read(own) for name, own in content["binnings"].items()}
        card = Scorecard(binnings, content["fates"], np.array(content["coefficients"]))
        return card, Scale(**content["scale"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"this is no scorecard as it is exported ({type(error).__name__}: {error})"
        ) from None


def to_sql(card: Scorecard, scale: Scale, *, table: str, key: str) -> str:
    """Return a DuckDB query over `table` that gives `key`, `pd` and `points` of each row.

    The columns of `table` are called like the variables. Equal to the score computed here to
    1e-9 and better: every weight stands in the query with all its digits.
    """
    terms = [
        f"  {_number(beta)} * ({_case(name, card.binnings[name])})"
        for name, beta in zip(card.chosen, card.coefficients[1:], strict=True)
    ]
    odds = "\n  + ".join([_number(card.coefficients[0]), *terms])
    return (
        f"WITH scored AS (\n SELECT {_name(key)},\n  {odds} AS log_odds\n FROM {_name(table)}\n)\n"
        f"SELECT {_name(key)}, 1 / (1 + exp(-log_odds)) AS pd,\n"
        f" {_number(scale.offset)} - {_number(scale.factor)} * log_odds AS points\nFROM scored"
    )


def _case(name: str, own: Binning) -> str:
    column, weights = _name(name), [_number(weight) for weight in own.weights]
    if isinstance(own.rule, Intervals):
        return _of_number(column, own.rule, weights)
    if isinstance(own.rule, Groups):
        lines = [
            f"WHEN CAST({column} AS VARCHAR) IN ({', '.join(map(_text, group))}) THEN {weight}"
            for group, weight in zip(own.rule.groups, weights, strict=False)
        ]
        return f"CASE WHEN {column} IS NULL THEN {weights[-1]} {' '.join(lines)} ELSE 0e0 END"
    raise DataError(f"bins of {name} cannot be written as SQL")


def _of_number(column: str, rule: Intervals, weights: list[str]) -> str:
    number = f"CAST({column} AS DOUBLE)"
    first = len(rule.cuts) + 1
    special = [
        f"WHEN {number} = {_number(value)} THEN {weight}"
        for value, weight in zip(rule.special, weights[first:], strict=False)
    ]
    below = [
        f"WHEN {number} < {_number(cut)} THEN {weight}"
        for cut, weight in zip(rule.cuts, weights, strict=False)
    ]
    missing = f"WHEN {column} IS NULL OR isnan({number}) THEN {weights[-1]}"
    return f"CASE {' '.join([missing, *special, *below])} ELSE {weights[first - 1]} END"


def _number(value: float) -> str:
    """Write a number with all its digits as a double: without an exponent it would be a decimal."""
    written = repr(float(value))
    return written if "e" in written else f"{written}e0"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(level: str) -> str:
    return "'" + level.replace("'", "''") + "'"


def _written(own: Binning) -> dict[str, Any]:
    counts = {
        "events": own.events.tolist(),
        "others": own.others.tolist(),
        "trend": own.trend,
        "by_hand": own.by_hand,
    }
    if isinstance(own.rule, Intervals):
        return {"cuts": own.rule.cuts.tolist(), "special": list(own.rule.special), **counts}
    return {"groups": [list(group) for group in _groups(own.rule)], **counts}


def _groups(rule: Rule) -> tuple[tuple[str, ...], ...]:
    if not isinstance(rule, Groups):
        raise DataError("these bins are neither intervals nor groups; they cannot be exported")
    return rule.groups


def _read(own: dict[str, Any]) -> Binning:
    rule: Rule = (
        Intervals(np.array(own["cuts"], dtype=np.float64), tuple(own["special"]))
        if "cuts" in own
        else Groups(tuple(tuple(group) for group in own["groups"]))
    )
    events, others = (np.array(own[name], dtype=np.float64) for name in ("events", "others"))
    return Binning(rule, events, others, own["trend"], own["by_hand"])
