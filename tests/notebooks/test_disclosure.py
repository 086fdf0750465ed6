"""What the notebooks show of a small bank tells no hidden number to a reader of all of it.

The reader adds up: every count or sum of money among the facts of any result of the notebook that
says how many people it rests on, or among those of the table itself, and that equals the sum of
rows that share a label, is taken as that sum.
"""

import json
import re
from itertools import chain

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from workbench import settings
from workbench.data import demo
from workbench.privacy import sums
from workbench.privacy.suppress import rules, suppress

NOTEBOOKS = sorted(path.stem for path in (settings.home() / "notebooks").glob("*.ipynb"))
DEMO = settings.home() / "data" / "demo"
CHANCE = 50
"""Smaller sums are often equal to a number of another result that is about something else."""


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small") / "bank"
    demo.build(folder, customers=600, months=24)
    demo.ensure(DEMO)
    return folder


@pytest.fixture
def shown(request, bank, monkeypatch, tmp_path):
    """Return the results that a notebook shows, in order; one that reads records finds none."""
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(tmp_path))
    # A score needs more defaults than the small bank has.
    monkeypatch.setenv("WORKBENCH_BANK", str(DEMO if "risk" in request.param else bank))
    notebook = json.loads((settings.home() / "notebooks" / f"{request.param}.ipynb").read_text())
    results = []
    scope = {"show": results.append}
    for cell in notebook["cells"]:
        code = re.sub(r"(import \w+), show\b", r"\1", "".join(cell["source"]))
        if cell["cell_type"] == "code" and "print(" not in code:
            exec(code, scope)
    return results


def numbers(results, own):
    """Return the numbers of people, and sums, that facts beside the table of `own` tell."""
    found = set()
    for result in results:
        least = 0 if result is own else CHANCE
        facts = suppress(result).result.facts.values()
        # Customers are not loans: a number of another result tells where both count the same thing.
        alike = result is own or result.base in (own.base, None)
        facts = [fact for fact in facts if alike and (result is own or fact.n is not None)]
        bases = (float(fact.n) for fact in facts if fact.n is not None)
        found |= {each for each in chain(bases, *map(sums.counts, facts)) if each > least}
    return found


def groups(table):
    yield np.arange(len(table))
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]) or table[name].dtype == bool:
            yield from table.groupby(table[name].astype(str)).indices.values()


def told(table, column, beside):
    """Return the hidden rows of each sum that is told."""
    values = table[column].to_numpy(float, na_value=0.0)
    return [
        (own, values[own].sum()) for own in groups(table) if round(values[own].sum(), 2) in beside
    ]


def apart(table, column, known, hidden, cell):
    """Return how far apart the least and the greatest value of a hidden cell may be."""
    at = np.flatnonzero(hidden)
    lines = np.array([np.isin(at, own).astype(float) for own, _ in known])
    values = table[column].to_numpy(float, na_value=0.0)
    rest = [values[own[hidden[own]]].sum() for own, _ in known]
    aim = (at == cell).astype(float)
    if not known:
        return np.inf
    ends = [linprog(s * aim, A_eq=lines, b_eq=rest, bounds=(0, None)) for s in (1, -1)]
    return np.inf if any(end.status for end in ends) else -ends[1].fun - ends[0].fun


@pytest.mark.parametrize("shown", NOTEBOOKS, indirect=True)
def test_no_hidden_number_can_be_worked_out_from_all_that_is_shown(shown):
    given = rules()
    for result in shown:
        keyed = [c.name for c in result.columns if c.labels()]
        safe, table, beside = suppress(result), result.table, numbers(shown, result)
        if not safe.rows or not keyed:
            continue
        gone = safe.result.table.loc[sorted(safe.rows), keyed].map(str).agg("|".join, axis=1)
        hidden = table[keyed].map(str).agg("|".join, axis=1).isin(set(gone)).to_numpy()
        assert hidden.sum() == len(safe.rows), result.name
        count = table[result.base].to_numpy(float)
        for cell in np.flatnonzero((count > 0) & (count < given.least)):
            known = told(table, result.base, beside)
            if result.parts:
                known.append((np.arange(len(table)), count.sum()))
            open_by = apart(table, result.base, known, hidden, cell)
            assert open_by >= given.width - 1e-6, f"row {cell} of {result.name}"


@pytest.mark.parametrize("shown", NOTEBOOKS, indirect=True)
def test_nothing_shown_rests_on_too_few(shown):
    least = rules().least
    for result in map(suppress, shown):
        if result.result.base:
            count = result.result.table[result.result.base].to_numpy(float, na_value=np.nan)
            assert not ((count > 0) & (count < least)).any(), result.result.name
        bases = [fact.n for fact in result.result.facts.values() if fact.n is not None]
        assert not any(0 < n < least for n in bases), result.result.name
