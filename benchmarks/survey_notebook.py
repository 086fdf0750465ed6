"""Time the notebook `satisfaction-survey` from bank to published pages, by number of answers.

Run: python benchmarks/survey_notebook.py [5k|100k]... Prints answers of the newest wave; CPU
seconds of its cells, every figure drawn in both languages; and CPU seconds (user and system, of
all processes) and seconds on the clock of a run of the workbench that publishes it. The bank is
that of the demo generator: 100,000 customers, of whom some five in a hundred answer; for 100k
answers, 134,000 customers who are all asked and nearly all answer. Its tables go into the lake as
they are made, without intake, and are not timed.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import duckdb
import numpy as np

from workbench import schema, settings
from workbench.data import bank, demo
from workbench.data.demo import blocks, survey
from workbench.data.lake import Lake

BIN = Path(sys.executable).parent
MONTHS = 18
SIZES = {"5k": (100_000, None), "100k": (134_000, 0.93)}
"""Customers of each bank, and the share that answers where it is not the demo's own."""
READ = (
    *("branches", "staff", "products", "customers", "loans", "loan_months", "applications"),
    *("public_records", "consents", "campaign_contacts", "actions"),
    *("survey_waves", "survey_questions", "survey_invitations", "survey_answers"),
)
"""Tables the notebook reads."""


def tables(customers, answering):
    """Return the tables of one block of customers; `answering` is the share that answers."""
    changes = [mock.patch.object(blocks, "ALONE", customers)]
    if answering:
        odds = np.full(len(survey.RESPONSE), answering)
        changes += [mock.patch.object(survey, "RESPONSE", odds)]
        changes += [mock.patch.object(survey, "FRACTION", np.ones(len(survey.FRACTION)))]
    for change in changes:
        change.start()
    made, _ = demo.tables(customers, MONTHS)
    mock.patch.stopall()
    return {name: made[name] for name in READ}


def written(folder, size):
    """Write the bank of a size into `folder`; return the answers of its newest wave."""
    made = tables(*SIZES[size])
    bank.About("计时银行", "Bank for timing", demo=True).write(folder)
    connection = duckdb.connect()
    for name, frame in made.items():
        connection.register(f"made_{name}", frame)
        columns = [
            f"CAST({c.name if c.name in frame else 'NULL'} AS {c.sql_type}) AS {c.name}"
            for c in schema.table(name).columns
        ]
        listed = ", ".join(columns)
        connection.execute(
            f"CREATE TABLE {name}_rows AS SELECT {listed}, 'made' AS taken_from FROM made_{name}"
        )
    views = {name: f"{name}_rows" for name in made}
    Lake(folder).commit(
        connection, views, lineage={name: {} for name in made}, files={"made": "made"}
    )
    answered = made["survey_invitations"]["status"].isin(["complete", "partial"])
    newest = made["survey_invitations"]["wave_id"] == made["survey_waves"]["wave_id"].iloc[-1]
    return int((answered & newest).sum())


def cells(folder):
    """Execute the cells in this process, results drawn in both languages; print CPU seconds."""
    os.environ["WORKBENCH_BANK"] = str(folder)
    from workbench import display, text
    from workbench.privacy.suppress import suppress

    def show(result):
        for language in text.LANGUAGES:
            display.drawn(suppress(result).result, language)

    notebook = json.loads((settings.home() / "notebooks" / "satisfaction-survey.ipynb").read_text())
    scope, start = {"show": show}, time.process_time()
    for cell in notebook["cells"]:
        code = "".join(cell["source"]).replace("import open_bank, show", "import open_bank")
        if cell["cell_type"] == "code" and "print(" not in code:
            exec(code, scope)
    print(f"{time.process_time() - start:.1f}")


def timed(folder):
    """Run the notebook on the bank in `folder`; return CPU seconds and seconds on the clock."""

    def spent():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    place = folder.with_name("published")
    environment = {**os.environ, "WORKBENCH_PUBLISHED": str(place)}
    command = [str(BIN / "workbench"), "run", "satisfaction-survey", "--lang", "both", "--fresh"]
    cpu, clock = spent(), time.perf_counter()
    done = subprocess.run(
        [*command, "--bank", str(folder)], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    shutil.rmtree(settings.home() / "reports" / "runs" / json.loads(done.stdout)["run"])
    return spent() - cpu, time.perf_counter() - clock


def main():
    """Time the sizes that the command line names, all by default."""
    if sys.argv[1:2] == ["cells"]:
        cells(sys.argv[2])
        return
    for size in sys.argv[1:] or list(SIZES):
        with tempfile.TemporaryDirectory() as passage:
            folder = Path(passage) / "bank"
            answers = written(folder, size)
            own = [sys.executable, __file__, "cells", str(folder)]
            inside = subprocess.run(own, check=True, capture_output=True, text=True).stdout.strip()
            cpu, clock = timed(folder)
            whole = f"published {cpu:6.1f} s CPU {clock:6.1f} s"
            print(f"{answers:8,d} answers: cells {inside:>5} s CPU, {whole}", flush=True)


if __name__ == "__main__":
    main()
