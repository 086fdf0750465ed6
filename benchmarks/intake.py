"""Take in a million rows of twenty columns: read, checked, pseudonymised, committed.

Prints rows per second, CPU seconds and peak memory; no open peer does the same work, so the bare
cost of parsing the file with pandas stands beside it.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 1_000_000
SOURCE = """
title_zh = "计时"
title_en = "Timing"
bank = "计时"
bank_en = "Timing"

[[file]]
pattern = "loans.csv"
[[file.table]]
table = "loans"
not_supplied = []
columns = {columns}

[[rows.branches]]
branch_id = "B1"
branch_name = "甲"
region_code = "440300"
dept_role = "operations"
[[rows.products]]
product_id = "P1"
product_name = "甲"
product_type = "consumer"
[[rows.customers]]
customer_id = "C1"
customer_type = "individual"
region_code = "440300"
branch_id = "B1"
opened_on = "2020-01-01"
do_not_contact = "0"
"""
COLUMNS = {
    "loan_id": "'L' || i",
    "customer_id": "'C1'",
    "product_id": "'P1'",
    "branch_id": "'B1'",
    "disbursed_on": "date '2020-01-01' + (i % 1000)::int",
    "matures_on": "date '2025-01-01' + (i % 1000)::int",
    "closed_on": "case when i % 3 = 0 then date '2024-01-01' end",
    "close_type": "case when i % 3 = 0 then 'matured' end",
    "principal": "round(i * 1.37, 2)",
    "currency": "'CNY'",
    "rate_type": "'floating'",
    "rate_at_origination": "0.03 + (i % 100) / 10000",
    "spread_bp": "i % 200",
    "base_rate_code": "'LPR1Y'",
    "next_reprice_on": "date '2026-01-01'",
    "reprice_months": "12",
    "repayment_method": "'equal_instalment'",
    "main_security": "'mortgage'",
    "risk_grade_at_origination": "'A' || (i % 9)",
    "use_industry_code": "'F'",
}
INTAKE = """
import sys
from pathlib import Path
from workbench.data.intake import take_in
print(take_in([Path(sys.argv[1])], Path(sys.argv[2]), source="timing").tables["loans"])
"""
PANDAS = "import sys, pandas; print(len(pandas.read_csv(sys.argv[1], dtype=str)))"


def timed(name: str, *command: str, **environment: str) -> None:
    """Run `command` and print what it cost."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", *command], check=True, env=environment)
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{name}: {seconds:.1f} s, {ROWS / seconds:,.0f} rows/s, {cpu:.1f} CPU s, "
        f"peak {after.ru_maxrss / 1024:,.0f} MB"
    )


def main() -> None:
    """Generate the file, parse it with pandas, take it in."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        home, file = Path(folder), Path(folder) / "loans.csv"
        selected = ", ".join(f"{value} AS {name}" for name, value in COLUMNS.items())
        duckdb.sql(f"SELECT {selected} FROM range({ROWS}) t(i)").write_csv(str(file))
        (home / "data" / "sources").mkdir(parents=True)
        listed = "{ " + ", ".join(f'{name} = "{name}"' for name in COLUMNS) + " }"
        source = SOURCE.format(columns=listed)
        (home / "data" / "sources" / "timing.toml").write_text(source, "utf-8")
        timed("pandas parses it", PANDAS, str(file))
        timed("intake", INTAKE, str(file), str(home / "bank"), WORKBENCH_HOME=str(home))


if __name__ == "__main__":
    main()
