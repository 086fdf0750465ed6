"""A small bank's files for tests of intake."""

SOURCE = """
title_zh = "测试"
title_en = "Test"
bank = "测试银行"
bank_en = "Test Bank"
error_limit = 0.5

[[file]]
pattern = ["机构*.csv", "branches*"]
[[file.table]]
table = "branches"
columns.branch_id = ["机构编号", "branch"]
columns.branch_name = "机构名称"
columns.region_code = "地区"
columns.dept_role = "职能"

[[file]]
pattern = "customers*"
sheet = "客户"
[[file.table]]
table = "customers"
columns.customer_id = "客户号"
columns.customer_type = "类型"
columns.region_code = "地区"
columns.branch_id = "机构"
columns.opened_on = "开户日"
columns.do_not_contact = "拒绝营销"
columns.employees = "人数"
columns.birth_year = "出生年份"

[[file]]
pattern = "financials*"
delimiter = ";"
[[file.table]]
table = "financials"
columns.customer_id = "客户号"
columns.period_end = "期末"
columns.basis = { header = "口径", codes = { 1 = "audited" } }
columns.period_months = { value = "12" }
columns.income = { header = "收入(万元)", factor = 10000 }
columns.total_assets = "资产"
columns.total_liabilities = "负债"
"""
BRANCHES = "机构编号,机构名称,地区,职能\nB1,甲支行,440300,客户关系\nB2,乙支行,440300,risk\n"
HEADER = "客户号,类型,地区,机构,开户日,拒绝营销,人数,出生年份"
ROWS = (
    "C1,企业,440300,B1,2020-01-31,否,120,",
    "C2,individual,440300,B2,2021年3月5日,N,,1980",
    'C3,个体经营者,440300,B1,20220706,0,"1,200",',
    "C4,个人,440300,B1,2022/7/6,1,,1990",
)


def customers(*changed, rows=ROWS, header=HEADER):
    """Return the customers file; `changed` pairs replace the text of a row."""
    text = "\n".join([header, *rows]) + "\n"
    for old, new in changed:
        assert old in text
        text = text.replace(old, new)
    return text
