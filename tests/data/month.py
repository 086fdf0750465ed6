"""A small bank's monthly files: contracts, loans, months, control totals and survey answers."""

import random

SOURCE = """
title_zh = "核心"
title_en = "Core"
bank = "测试银行"
bank_en = "Test Bank"
error_limit = 0.01

[[file]]
pattern = "branches*.csv"
relation = "branches"
[[file.table]]
table = "branches"
columns.branch_id = "branch_id"
columns.branch_name = "branch_name"
columns.region_code = "region_code"
columns.dept_role = "dept_role"

[[file]]
pattern = "products*.csv"
relation = "core.products"
[[file.table]]
table = "products"
columns.product_id = "product_id"
columns.product_name = "product_name"
columns.product_type = "product_type"

[[file]]
pattern = "customers*.csv"
relation = "customers"
[[file.table]]
table = "customers"
columns.customer_id = "customer_no"
columns.customer_type = { value = "individual" }
columns.region_code = "region_code"
columns.branch_id = "branch_id"
columns.opened_on = "opened_on"
columns.do_not_contact = { value = "0" }

[[file]]
pattern = "loans*.csv"
[[file.table]]
table = "loans"
columns.loan_id = "loan_id"
columns.customer_id = "customer_no"
columns.product_id = { value = "P1" }
columns.branch_id = "branch_id"
columns.disbursed_on = "disbursed_on"
columns.matures_on = "matures_on"
columns.closed_on = "closed_on"
columns.rate_type = { value = "fixed" }
columns.principal = "principal"
columns.currency = "currency"
columns.rate_at_origination = "rate"
columns.repayment_method = { value = "equal_instalment" }
columns.main_security = { value = "credit" }

[[file]]
pattern = "loan_months*.csv"
[[file.table]]
table = "loan_months"
columns.loan_id = "loan_id"
columns.month_end = "month_end"
columns.balance = "balance"
columns.rate = "rate"
columns.overdue_principal = { value = "0" }
columns.overdue_interest = { value = "0" }
columns.dpd = "dpd"
columns.five_class = "five_class"
columns.provision = "provision"
columns.restructured = { value = "0" }
columns.written_off_amount = { value = "0" }
columns.recovered_amount = { value = "0" }
"""
LEDGER = """
title_zh = "总账"
title_en = "Ledger"
bank = "测试银行"
bank_en = "Test Bank"

[[file]]
pattern = "gl_*.csv"
[[file.table]]
table = "control_totals"
columns.authority = { value = "general_ledger" }
columns.month_end = "month_end"
columns.item = "item"
columns.scope = "scope"
columns.value = "value"
"""
LOANS = 400


def table(header, rows):
    """Return a CSV file."""
    return "\n".join([header, *(",".join(str(cell) for cell in row) for row in rows)]) + "\n"


def book():
    """Return the files that do not change from month to month."""
    draw = random.Random(7)
    owners = [(f"K{at}", "440300", f"B{at % 2}", "2020-01-31") for at in range(LOANS)]
    loans = [
        (
            *(f"L{at}", f"K{at}", f"B{at % 2}", "2025-01-15", "2029-01-15", "", 1000 + at, "CNY"),
            round(draw.uniform(0.03, 0.09), 4),
        )
        for at in range(LOANS)
    ]
    return {
        "branches.csv": table(
            "branch_id,branch_name,region_code,dept_role",
            [("B0", "甲支行", "440300", "relationship"), ("B1", "乙支行", "440300", "risk")],
        ),
        "products.csv": table("product_id,product_name,product_type", [("P1", "贷", "consumer")]),
        "customers.csv": table("customer_no,region_code,branch_id,opened_on", owners),
        "loans.csv": table(
            "loan_id,customer_no,branch_id,disbursed_on,matures_on,closed_on,principal,currency,"
            "rate",
            loans,
        ),
    }


def months(day, *, loans=LOANS, seed=1, factor=1.0, late=0, gone=()):
    """Return the rows of one month: `late` loans are 120 days past due."""
    draw = random.Random(seed)
    return [
        (
            *(f"L{at}", day, round(factor * (900 + at), 2), round(draw.uniform(0.03, 0.09), 4)),
            *((120, "substandard", 300) if at < late else (0, "normal", 10)),
        )
        for at in range(loans)
        if at not in gone
    ]


MONTHS = "loan_id,month_end,balance,rate,dpd,five_class,provision"


def totals(day, rows, *, off=0.0):
    """Return the ledger's totals of one month's rows."""
    balance = round(sum(row[2] for row in rows) + off, 2)
    return table(
        "month_end,item,scope,value",
        [(day, "loan_balance", "ALL", balance), (day, "loan_count", "ALL", len(rows))],
    )
