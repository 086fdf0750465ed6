"""The notebook on the survey runs to its end for a branch however few of its customers answered.

What cannot be estimated from so few says so in its own place: every other part is shown all the
same. The branch is one of the demo bank's whose answers are taken away, down to none.
"""

import json
import re
from functools import cache

import numpy as np
import pytest
from matplotlib.figure import Figure

from workbench import open_bank, settings, text
from workbench.data import demo
from workbench.privacy.suppress import suppress
from workbench.stats.respondents import ANSWERED
from workbench.text import formats

BLANK = rf"\bnan\b|None\b(?! of)|(?<!\d){formats.MISSING}(?!\d)"
DEMO = settings.home() / "data" / "demo"
BRANCH = "B0037"
NOTEBOOK = settings.home() / "notebooks" / "satisfaction-survey.ipynb"
NOW, BEFORE = "2026Q3", "2026Q2"
SCORES = ("nps", "csat", "effort", "process", "speed", "professional", "attitude", "price")
SIDES = SCORES[2:]


class Trimmed:
    """A bank that is read once, and whose surveys are changed by `change` as they are given."""

    def __init__(self, bank, change):
        self.bank, self.change = bank, change

    def __getattr__(self, name):
        found = getattr(self.bank, name)
        if not callable(found):
            return found
        return found if name == "comments" else lambda *given: kept(name, *given)

    def survey(self, wave):
        return self.change(wave, kept("survey", wave).copy())


@cache
def branch_bank():
    demo.ensure(DEMO)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_BANK", str(DEMO))
        patch.setenv("WORKBENCH_BRANCHES", BRANCH)
        return open_bank()


@cache
def kept(name, *given):
    return getattr(branch_bank(), name)(*given)


def silenced(survey, rows):
    """Return `survey` as if nobody had been reached in `rows`, a mask."""
    survey.loc[rows, "status"] = "no_contact"
    survey.loc[rows, ["mode_answered", "started_at", "completed_at"]] = None
    survey.loc[rows, list(SCORES)] = np.nan
    return survey


def first(count, waves=()):
    """Return a change that leaves `count` answers, drawn at random, in `waves`, or in all."""

    def change(wave, survey):
        answered = survey["status"].isin(ANSWERED)
        order = survey.sample(frac=1, random_state=3).index
        place = answered.reindex(order).cumsum().reindex(survey.index)
        return (
            silenced(survey, answered & (place > count)) if not waves or wave in waves else survey
        )

    return change


def only(column):
    """Return a change that leaves the answers with the most frequent value of `column`."""

    def change(wave, survey):
        answered = survey["status"].isin(ANSWERED)
        usual = survey.loc[answered, column].mode().iloc[0]
        return silenced(survey, answered & (survey[column] != usual))

    return change


def without(*columns):
    """Return a change that leaves `columns` unanswered."""

    def change(wave, survey):
        survey.loc[:, list(columns)] = np.nan
        return survey

    return change


def alike(wave, survey):
    """Everybody who answered gives the same answers."""
    answered = survey["status"].isin(ANSWERED)
    survey.loc[answered, ["nps", *SCORES[1:]]] = [10.0, *[5.0] * (len(SCORES) - 1)]
    return survey


def uninvited(waves):
    """Return a change after which nobody was invited in `waves`."""
    return lambda wave, survey: survey.iloc[:0] if wave in waves else survey


CASES = {
    **{f"{count} answers": first(count) for count in (0, 1, 2, 3, 5, 8, 20)},
    "few now": first(2, [NOW]),
    "none before": first(0, [BEFORE]),
    "one before": first(1, [BEFORE]),
    "none but before": first(0, [NOW]),
    "one segment": only("segment"),
    "one mode": only("mode_answered"),
    "no score": without("nps"),
    "no satisfaction": without("csat"),
    "no sides": without(*SIDES),
    "all alike": alike,
    "nobody invited": uninvited([NOW, BEFORE]),
    "nobody invited before": uninvited([BEFORE]),
}


UNASKED = ("no score", "no satisfaction", "no sides")
"""A question that nobody was asked: its numbers are missing in sentences about others."""


@pytest.fixture(scope="module", params=CASES)
def shown(request):
    """Return the case, and the results that the notebook shows."""
    bank, results = Trimmed(branch_bank(), CASES[request.param]), {}
    scope = {"show": lambda result: results.update({result.name: result})}
    scope["open_bank"] = lambda: bank
    for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]:
        code = "".join(cell["source"]).replace("from workbench import open_bank, show\n", "")
        if cell["cell_type"] == "code" and "print(" not in code:
            exec(re.sub(r"(draws: Positive =) \d+", r"\1 20", code), scope)
    return request.param, results


def test_every_part_is_there_with_its_finding_and_its_figure(shown):
    case, results = shown
    assert len(results) == len(re.findall(r"\bshow\(", NOTEBOOK.read_text("utf-8")))
    for result in results.values():
        safe = suppress(result)
        for language in text.LANGUAGES:
            with text.spoken(language):
                said = safe.result.told(safe.facts).say(safe.result.facts)
                whole = result.summary().say(result.facts)
                safe.result.written(hidden=safe.rows)
            for sentence in (said, whole) if case not in UNASKED else ():
                assert not re.search(BLANK, sentence), sentence
        if result.figure:
            safe.result.plot(Figure().subplots())


def test_no_change_is_called_proven_or_not_where_a_wave_has_too_few_answers_to_tell(shown):
    case, results = shown
    table = results["survey.answer"].table
    marks = set(table["against_error"])
    if re.match(r"\d+ answers|few now|one before|all alike", case) and len(table):
        assert marks == {"unknown"}
        assert not results["survey.headline"].beyond
        assert not results["survey.word_of_mouth"].beyond
        steps = results["survey.trend"].table.set_index("wave")["against_error"]
        assert steps.get(NOW, "unknown") == "unknown"
    elif "before" in case and len(table):
        assert marks == {"none"}


def test_an_estimate_lies_inside_its_interval(shown):
    _, results = shown
    for result in results.values():
        for column in result.columns:
            if column.interval and len(result.table):
                value, low, high = (
                    result.table[name].astype(float) for name in (column.name, *column.interval)
                )
                known = value.notna() & low.notna()
                slack = 1e-9 * (1 + value.abs())
                assert ((low <= value + slack) & (value <= high + slack))[known].all(), result.name


def test_a_part_without_anything_to_estimate_shows_no_number(shown):
    case, results = shown
    if case in ("0 answers", "none but before", "nobody invited"):
        for name in ("answer", "headline", "weights", "segments", "items", "quality", "design"):
            assert results[f"survey.{name}"].table.empty, name
        assert len(results["survey.reachable"].table)
        assert "promoters" not in results["survey.word_of_mouth"].facts
