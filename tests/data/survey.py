"""A bank with one survey wave and a comment of each customer."""

import duckdb
import pandas as pd

from workbench import schema
from workbench.data import bank
from workbench.data.lake import Lake

WAVE = "2026Q3"


def bank_with(folder, said):
    """Write a bank into `folder`; `said` are comments by customer, and customers lie in B1."""
    bank.About("示例银行", "Example Bank", demo=True).write(folder)
    tables = {
        "branches": [{"branch_id": "B1"}, {"branch_id": "B2"}],
        "customers": [
            {"customer_id": name, "branch_id": "B2" if name.endswith("2") else "B1"}
            for name in said
        ],
        "survey_waves": [{"wave_id": WAVE, "field_from": "2026-08-01", "field_to": "2026-08-31"}],
        "survey_questions": [
            {"wave_id": WAVE, "question_id": "Q9", "scale": "open"},
            {"wave_id": WAVE, "question_id": "Q1", "scale": "nps_0_10"},
        ],
        "survey_answers": [
            {"wave_id": WAVE, "customer_id": name, "question_id": "Q9", "value_text": words}
            for name, words in said.items()
        ],
    }
    connection = duckdb.connect()
    for name, rows in tables.items():
        frame = pd.DataFrame(rows)
        columns = [
            f"CAST({c.name if c.name in frame else _filler(c)} AS {c.sql_type}) AS {c.name}"
            for c in schema.table(name).columns
        ]
        connection.register(f"given_{name}", frame)
        connection.execute(
            f"CREATE TABLE {name}_rows AS SELECT {', '.join(columns)}, 'a' AS taken_from "
            f"FROM given_{name}"
        )
    views = {name: f"{name}_rows" for name in tables}
    Lake(folder).commit(connection, views, lineage={name: {} for name in tables}, files={"a": "a"})
    return folder


def _filler(column):
    if column.nullable:
        return "NULL"
    fillers = {"VARCHAR": "'x'", "BOOLEAN": "FALSE", "DATE": "DATE '2020-01-01'"}
    return fillers.get(column.sql_type, "0")
