"""What every result on products and pricing must do, whatever it says."""

from datetime import date

import pytest
from matplotlib.figure import Figure

from tests.analysis import credit, pricing, test_choice_study
from workbench import text
from workbench.analysis.cannibalisation import cannibalisation
from workbench.analysis.choice_study import choice_study
from workbench.analysis.price_demand import price_demand
from workbench.analysis.price_deviations import price_deviations
from workbench.analysis.price_fairness import price_fairness
from workbench.analysis.price_floor import price_floor
from workbench.analysis.price_grid import price_grid
from workbench.analysis.price_what_if import price_what_if
from workbench.analysis.product_fit import Inputs, product_fit, security_fit
from workbench.analysis.profit_curve import profit_curve
from workbench.privacy.suppress import suppress

DAY = date(2026, 9, 30)
FLOOR = price_floor(pricing.loans(), DAY)
DEMAND = price_demand(pricing.offers())
FEW = price_demand(pricing.offers(40))
INPUTS = Inputs(pricing.holdings(), pricing.applications(), pricing.answers())
CHOICES = choice_study(test_choice_study.drawn())
UNPRICED = choice_study(test_choice_study.drawn(taste={"online": 0.3}))
NO_CHOICES = choice_study(test_choice_study.drawn(1).iloc[:0])
GRID = price_grid(FLOOR.priced, DAY, segment="micro")
RESULTS = {
    "floor": FLOOR,
    "build": FLOOR.build,
    "methods": FLOOR.methods,
    "grid": GRID,
    "actual": GRID.actual,
    "deviations": price_deviations(FLOOR.priced, DAY),
    "fairness": price_fairness(FLOOR.priced),
    "unseen": price_fairness(FLOOR.priced.assign(gender=None, birth_year=None)),
    "unlisted": price_deviations(FLOOR.priced.assign(list_bp=None), DAY),
    "demand": DEMAND,
    "untested": FEW,
    "worth": DEMAND.worth,
    "no worth": FEW.worth,
    "choices": CHOICES,
    "choice shares": CHOICES.shares,
    "unpriced choices": UNPRICED,
    "no choices": NO_CHOICES,
    "no choice shares": NO_CHOICES.shares,
    "profit": profit_curve(DEMAND.curves, FLOOR.priced, DAY),
    "no profit": profit_curve((), FLOOR.priced, DAY),
    "what if": price_what_if(FLOOR.priced, DAY, funding_bp=10, price_bp=5),
    "fit": product_fit(INPUTS, DAY),
    "security": security_fit(INPUTS, DAY),
    "cannibalisation": cannibalisation(INPUTS.loans, DAY),
    "no pair": cannibalisation(INPUTS.loans, DAY, least=10_000),
}


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_it_speaks_both_languages_and_writes_its_table(result):
    shown = suppress(result).result
    for language in text.LANGUAGES:
        with text.spoken(language):
            assert shown.title()
            assert "nan" not in credit.said(shown)
            written = shown.written()
            assert len(written) == len(shown.table)
            assert not written.astype(str).apply(lambda c: c.str.contains("nan")).any(axis=None)


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_its_figure_is_drawn_in_both_languages(result):
    for language in text.LANGUAGES:
        with text.spoken(language):
            if result.figure:
                axes = Figure(figsize=result.figure).subplots()
                assert result.plot(axes) is axes
                assert axes.get_xlabel() or axes.get_ylabel()
            else:
                with pytest.raises(TypeError, match="no figure"):
                    result.plot(None)


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_every_fact_has_a_name(result):
    for name in result.facts:
        assert text.known(f"fact.{result.name}.{name}") or text.known(f"fact.{name}"), name


def test_no_fact_is_taken_for_the_change_of_another():
    """What ends in `_change` is read as the change of the fact before the ending, of any result."""
    names = {name for result in RESULTS.values() for name in result.facts}
    assert not {name for name in names if name.removesuffix("_change") in names - {name}}
