"""Real files by the maps shipped: the published counts and figures come out of the lake."""

import duckdb
import numpy as np
import pytest

from workbench.data.bank import open_bank
from workbench.data.intake import take_in


def taken(real_data, tmp_path, name, source, *, delimiter=None):
    """Take the stored file `name` in, as Parquet or as the owner's text file."""
    path = real_data / f"{name}.parquet"
    if delimiter:
        text = tmp_path / f"{name}.csv"
        query = (
            f"COPY (SELECT * FROM '{path}') TO '{text}' (FORMAT csv, HEADER, DELIM '{delimiter}')"
        )
        duckdb.sql(query)
        path = text
    load = take_in([path], tmp_path / "bank", source=source)
    return load, open_bank(tmp_path / "bank")


def test_the_sba_case(real_data, tmp_path):
    load, bank = taken(real_data, tmp_path, "sba_case_ca", "sba-case")
    assert load.tables["loans"].accepted == 2_101
    outcomes = bank.table("default_outcomes")
    assert 2_096 <= len(outcomes) <= 2_101
    loans = bank.table("loans")
    assert (loans["close_type"] == "written_off").mean() == pytest.approx(0.3265, abs=5e-4)
    assert bank.table("customers")["industry_code"].str.startswith("53").all()


def test_bank_marketing_as_its_owner_wrote_it(real_data, tmp_path):
    raw = real_data / "raw" / "bank-additional-full.csv"
    load = take_in([raw], tmp_path / "bank")
    assert load.sources == ("uci-bank-marketing",)
    assert load.tables["interactions"].accepted == 41_188
    calls = open_bank(tmp_path / "bank").table("interactions")
    assert (calls["outcome"] == "resolved").sum() == 4_640


def test_complaints_of_the_cfpb(real_data, tmp_path):
    load, bank = taken(real_data, tmp_path, "cfpb_complaints", "cfpb-complaints", delimiter=",")
    assert load.tables["complaints"].accepted == 6_623
    complaints = bank.table("complaints")
    assert complaints["text_redacted"].isna().all(), "an analyst sees no free text"
    assert (complaints["received_at"].dt.year == 2019).sum() == 5_975
    assert (complaints["category"] == "credit_record").mean() == pytest.approx(0.53, abs=0.01)


def test_financial_well_being(real_data, tmp_path):
    _, bank = taken(real_data, tmp_path, "nfwbs_2016", "cfpb-well-being")
    answers = bank.table("survey_answers").merge(
        bank.table("survey_invitations")[["customer_id", "final_weight"]], on="customer_id"
    )
    score = answers[answers["question_id"] == "FWBscore"].dropna(subset=["value_num"])
    assert len(score) == 6_389
    assert np.average(score["value_num"], weights=score["final_weight"]) == pytest.approx(
        54.25, abs=0.005
    )
    assert score["value_num"].mean() == pytest.approx(56.08, abs=0.005)


def test_satisfaction_with_a_credit_institution(real_data, tmp_path):
    load, bank = taken(real_data, tmp_path, "plspm_satisfaction", "satisfaction-es")
    assert load.tables["survey_answers"].accepted == 27 * 250
    answers = bank.table("survey_answers")
    means = answers.groupby(answers["question_id"].str[:3])["value_num"].mean().round(2)
    published = {"ima": 7.55, "exp": 7.49, "qua": 6.96, "val": 7.08, "sat": 6.83, "loy": 7.24}
    assert means.to_dict() == published
