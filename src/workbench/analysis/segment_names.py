"""What forms each segment, the shortest rule that tells it, and the name proposed for it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from workbench.result import NO_BREAK, Column, Fact, Finding, Result
from workbench.rules.segmentation import Number, Segmentation
from workbench.stats.rules_of_groups import Condition, GroupRule, group_rules
from workbench.stats.segment_card import scored
from workbench.stats.segmentation import Learned
from workbench.text import formats, spoken

Said = Mapping[str, str]
"""A text in each language."""
JOINTS = {"zh": "、", "en": ", "}


@dataclass(frozen=True, eq=False, repr=False)
class SegmentNames(Result):
    """The segments, by group of cells, the largest first.

    Attributes
    ----------
    table : DataFrame
        `cell_group`, `segment` (name proposed, in each language), `code`, `headcount`,
        `customer_share` of the group, `rule` (in each language), `precision` and `coverage` of the
        rule, and the mean of each number that formed it.
    facts : mapping
        `segments`, `unnamed` (whose rule tells less than `least` of it), `fidelity` (the least F1
        score of a rule) where there are segments.
    names : mapping
        Code of every segment, and of every group without segments → its name in each language.
    shown : tuple of Column
        The columns of this table.
    """

    name: str
    table: pd.DataFrame
    facts: Mapping[str, Fact]
    names: Mapping[str, Said]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cell_group", "code", values="segment_group"),
        Column("segment", "said"),
        Column("headcount", "count"),
        Column("customer_share", "share"),
        Column("rule", "said"),
        Column("precision", "share"),
        Column("coverage", "share"),
    )
    base: ClassVar[str | None] = "headcount"
    wholes: ClassVar[tuple[tuple[str, ...], ...]] = (("cell_group",),)
    unfolded: ClassVar[bool] = True
    figure: ClassVar[tuple[float, float] | None] = None

    def summary(self) -> Finding:
        """Say how many segments there are and how well the rules tell them."""
        if not len(self.table):
            return Finding("segments.names.none")
        return Finding("segments.names.found", ("segments", "fidelity", "unnamed"))


def segment_names(
    found: Sequence[Learned],
    rules: Segmentation,
    confirmed: Mapping[str, Said] | None = None,
    *,
    least: float = 0.8,
) -> SegmentNames:
    """Tell each segment by a rule of at most two conditions and propose a name from it.

    Parameters
    ----------
    found : sequence of Learned
        From `stats.segmentation.learned`.
    rules : Segmentation
        Words for much, little and some of each number.
    confirmed : mapping, optional
        Names that a person gave, by code; they stand in place of the proposed ones.
    least : float
        F1 score of a rule below which its name should not be used.
    """
    names: dict[str, Said] = {
        each.code: {"zh": each.title_zh, "en": each.title_en} for each in rules.within
    }
    rows = []
    for each in found:
        if each.card:
            own = _told(each, names[each.group], rules.numbers, confirmed or {})
            names |= {str(row["code"]): row["segment"] for row in own}
            rows += own
    table = pd.DataFrame(
        rows, columns=[*(column.name for column in SegmentNames.columns), "code", "fidelity"]
    )
    facts = {
        "segments": Fact(len(table), "count"),
        "unnamed": Fact(int((table["fidelity"] < least).sum()), "count"),
    }
    if len(table):
        facts["fidelity"] = Fact(float(table["fidelity"].min()), "share")
    return SegmentNames("segments.names", table, facts, names)


def _told(
    each: Learned, title: Said, numbers: Sequence[Number], confirmed: Mapping[str, Said]
) -> list[dict[str, Any]]:
    """Return a row for each segment of one group: its rule, and its name behind the group's."""
    card = each.card
    if card is None:
        return []
    labels = scored(card, each.rows.numbers, each.rows.codes).labels
    told = group_rules(each.rows.numbers, labels)
    proposed = _unlike([_name(rule, card.means, at, numbers) for at, rule in enumerate(told)])
    return [
        {
            "cell_group": each.group,
            "segment": confirmed.get(code)
            or {"zh": f"{title['zh']}·{name['zh']}", "en": f"{title['en']}: {name['en']}"},
            "code": code,
            "headcount": int((labels == at).sum()),
            "customer_share": float((labels == at).mean()),
            "rule": _rule(rule, numbers),
            "precision": rule.precision,
            "coverage": rule.coverage,
            "fidelity": rule.fidelity,
        }
        for at, (code, rule, name) in enumerate(zip(card.segments, told, proposed, strict=True))
    ]


def _name(
    rule: GroupRule, means: Sequence[Sequence[float]], own: int, numbers: Sequence[Number]
) -> Said:
    """Name segment `own` by what its rule looks at: the most or the least of all, or between."""
    columns = list(dict.fromkeys(condition.at for condition in rule.conditions))
    if not columns:
        return {"zh": "无突出特征", "en": "nothing stands out"}
    words = []
    for at in columns:
        levels = [each[at] for each in means]
        ends = {max(levels): "high", min(levels): "low"}
        words.append(ends.get(means[own][at], "middle"))
    return {
        language: JOINTS[language].join(
            getattr(numbers[at], f"{word}_{language}")
            for at, word in zip(columns, words, strict=True)
        )
        for language in JOINTS
    }


def _unlike(names: Sequence[Said]) -> list[Said]:
    """Return names with a number behind those that occur before."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name["zh"]] += 1
        times = seen[name["zh"]]
        found.append(
            name if times == 1 else {each: f"{said} {times}" for each, said in name.items()}
        )
    return found


def _rule(rule: GroupRule, numbers: Sequence[Number]) -> Said:
    """Return the rule in each language: a number with two bounds stands between them."""
    bounds: dict[int, dict[bool, Condition]] = {}
    for condition in rule.conditions:
        bounds.setdefault(condition.at, {})[condition.above] = condition
    return {
        language: JOINTS[language].join(
            _bounded(own, numbers[at], language) for at, own in bounds.items()
        )
        or formats.MISSING
        for language in JOINTS
    }


def _bounded(bounds: Mapping[bool, Condition], number: Number, language: str) -> str:
    """Write what lies above one bound, below the other, or between both."""
    title = number.title_zh if language == "zh" else number.title_en
    with spoken("zh" if language == "zh" else "en"):
        cut = {above: _cut(condition, number) for above, condition in bounds.items()}
    if len(cut) > 1:
        return f"{cut[True]}{NO_BREAK}< {title} ≤{NO_BREAK}{cut[False]}"
    above = True in cut
    sign = ">" if above else "≤"
    return f"{title} {sign}{NO_BREAK}{cut[above]}"


def _cut(condition: Condition, number: Number) -> str:
    back = {"root": np.square, "log": np.expm1}.get(number.transform, float)
    return formats.number(float(back(condition.cut)), "ratio")
