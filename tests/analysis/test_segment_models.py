import numpy as np
from scipy import special

from tests.analysis import credit
from workbench.analysis.scorecard import scorecard
from workbench.analysis.segment_models import segment_models

CASES = credit.sided(credit.cases(6000))


def compared(cases, **options):
    card = scorecard(cases, horizon_months=12)
    found = segment_models(cases, card.predictions, horizon_months=12, **options)
    return found, found.table.set_index("segment")


def test_segments_that_behave_alike_keep_the_score_of_all():
    found, table = compared(CASES)
    assert set(table["segment_model"]) == {"pooled"}
    assert found.facts["own"].value == 0
    assert table["cases"].sum() == 6000


def test_a_segment_where_everything_is_the_other_way_round_gets_its_own():
    random = np.random.default_rng(71)
    turned = (CASES["segment"] == "small").to_numpy()
    odds = -2 + np.where(turned, -1.2, 1.2) * CASES["dpd_max"]
    happened = random.random(len(CASES)) < special.expit(odds)
    _, table = compared(CASES.assign(defaulted=happened.astype(int)))
    assert table["segment_model"].to_dict()["small"] == "own"
    assert table.loc["small", "auc_own"] > table.loc["small", "auc_pooled"] + 0.1


def test_a_segment_with_few_defaults_is_not_judged():
    found, table = compared(CASES, least=1000)
    assert set(table["segment_model"]) == {"too_few"}
    assert table["loss_saved"].isna().all()
    assert found.facts["too_few"].value == 3
