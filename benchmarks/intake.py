"""Take in what a bank drops: checked, pseudonymised, committed, every planted error named.

1,000,000 rows of 20 columns of 300,000 customers in GB 18030, 5,000 of them wrong; with `--months`
also 24,000,000 loan-months. No open peer does the same work: the bare cost of parsing the file with
pandas stands beside it.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROWS, CUSTOMERS, WRONG = 1_000_000, 300_000, 200
LOANS, MONTHS = 1_000_000, 24
SOURCE = """
title_zh = "计时"
title_en = "Timing"
bank = "计时"
bank_en = "Timing"

[[file]]
pattern = "customers*.csv"
[[file.table]]
table = "customers"
columns = {customers}

[[file]]
pattern = "loans*.csv"
[[file.table]]
table = "loans"
columns = {loans}

[[file]]
pattern = "months*.csv"
[[file.table]]
table = "loan_months"
not_supplied = ["restructured"]
columns = {months}

[[rows.branches]]
branch_id = "B1"
branch_name = "甲"
region_code = "440300"
dept_role = "operations"
[[rows.products]]
product_id = "P1"
product_name = "甲"
product_type = "consumer"
"""
CUSTOMER = {
    "customer_id": "'C' || i",
    "customer_type": "'个人'",
    "region_code": "'440300'",
    "branch_id": "'B1'",
    "opened_on": "'2020-01-01'",
    "do_not_contact": "'否'",
}
LOAN = {
    "loan_id": "'L' || i",
    "customer_id": f"'C' || (i * 7919 % {CUSTOMERS})",
    "product_id": "'P1'",
    "branch_id": "'B1'",
    "disbursed_on": "strftime(date '2020-01-01' + (i % 1000)::int, '%Y年%m月%d日')",
    "matures_on": f"case when i % {WRONG} = 7 then '2025-13-01' else '2025-01-01' end",
    "closed_on": "case when i % 3 = 0 then date '2026-01-01' end",
    "close_type": "case when i % 3 = 0 then '到期结清' end",
    "principal": "printf('%.2f', i * 1.37)",
    "currency": "'CNY'",
    "rate_type": "'浮动利率'",
    "rate_at_origination": "0.03 + (i % 100) / 10000",
    "spread_bp": "i % 200",
    "base_rate_code": "'LPR1Y'",
    "next_reprice_on": "date '2026-01-01'",
    "reprice_months": "12",
    "repayment_method": "'等额本息'",
    "main_security": "'抵押'",
    "risk_grade_at_origination": "'A' || (i % 9)",
    "use_industry_code": "'F'",
}
MONTH = {
    "loan_id": "'L' || i",
    "month_end": "last_day(date '2024-01-01' + to_months(m::int))",
    "balance": "printf('%.2f', i * 1.37 * (1 - m / 100))",
    "rate": "0.03",
    "overdue_principal": "'0.00'",
    "overdue_interest": "'0.00'",
    "dpd": "case when i % 50 = 0 then 15 else 0 end",
    "five_class": "case when i % 50 = 0 then '关注' else '正常' end",
    "provision": "'1.00'",
    "written_off_amount": "'0.00'",
    "recovered_amount": "'0.00'",
}
INTAKE = """
import sys
from pathlib import Path
from workbench.data.intake import take_in
print(take_in([Path(name) for name in sys.argv[2:]], Path(sys.argv[1]), source="timing").report)
"""
OPEN = """
import sys, time
from pathlib import Path
from workbench.data.bank import open_bank
from workbench.data.lake import Lake
bank, taken = Path(sys.argv[1]), []
open_bank(bank).connection
for snapshot in Lake(bank).ids():
    begun = time.perf_counter(), time.process_time()
    open_bank(bank, snapshot=snapshot).connection.sql("SELECT count(*) FROM loans").fetchall()
    taken.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
wall, cpu = (max(each) for each in zip(*taken))
print(f"slowest opening of {len(taken)} snapshots: {wall:.2f} s, {cpu:.2f} CPU s")
"""
PANDAS = (
    "import sys, pandas; print(len(pandas.read_csv(sys.argv[1], dtype=str, encoding='gb18030')))"
)


def timed(name: str, rows: int, *command: str, **environment: str) -> str:
    """Run `command`, print what it cost, and return what it printed last."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", *command],
        check=True,
        env=environment,
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{name}: {seconds:.1f} s, {rows / seconds:,.0f} rows/s, {cpu:.1f} CPU s, "
        f"peak {after.ru_maxrss / 1024:,.0f} MB",
        flush=True,
    )
    return done.stdout.strip().splitlines()[-1]


def listed(columns: dict[str, str]) -> str:
    """Return a TOML table that maps every column to a header of its own name."""
    return "{ " + ", ".join(f'{name} = "{name}"' for name in columns) + " }"


def write(columns: dict[str, str], rows: str, path: Path) -> None:
    """Write a CSV file."""
    selected = ", ".join(f"{value} AS {name}" for name, value in columns.items())
    duckdb.sql(f"SELECT {selected} FROM {rows}").write_csv(str(path))


def main() -> None:
    """Generate the files, parse the large one with pandas, take them in."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "data" / "sources").mkdir(parents=True)
        packs = Path(__file__).parents[1] / "data" / "rulepacks"
        (home / "data" / "rulepacks").symlink_to(packs)
        source = SOURCE.format(customers=listed(CUSTOMER), loans=listed(LOAN), months=listed(MONTH))
        (home / "data" / "sources" / "timing.toml").write_text(source, "utf-8")
        write(CUSTOMER, f"range({CUSTOMERS}) t(i)", home / "customers.csv")
        write(LOAN, f"range({ROWS}) t(i)", home / "plain.csv")
        loans = home / "loans.csv"
        loans.write_bytes((home / "plain.csv").read_text("utf-8").encode("gb18030"))
        bank, env = str(home / "bank"), {"WORKBENCH_HOME": str(home)}
        timed("300,000 customers", CUSTOMERS, INTAKE, bank, str(home / "customers.csv"), **env)
        timed("pandas parses 1,000,000 loans", ROWS, PANDAS, str(loans))
        report = timed("intake of 1,000,000 loans", ROWS, INTAKE, bank, str(loans), **env)
        entries = json.loads(Path(report).with_name("report.json").read_text("utf-8"))["entries"]
        found = {(each["line"], each["column"]) for each in entries}
        planted = {(at + 2, "matures_on") for at in range(ROWS) if at % WRONG == 7}
        print(f"planted errors named by line and column: {len(found & planted)} of {len(planted)}")
        if "--months" in sys.argv:
            rows = LOANS * MONTHS
            each = f"range({LOANS}) t(i), range({MONTHS}) u(m) WHERE i % {WRONG} <> 7"
            write(MONTH, each, home / "months.csv")
            timed("intake of loan-months", rows, INTAKE, bank, str(home / "months.csv"), **env)
        print(timed("imports, and every snapshot once", 1, OPEN, bank, **env))


if __name__ == "__main__":
    main()
