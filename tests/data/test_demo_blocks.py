"""A large demo bank is made in blocks of customers that fit together."""

import duckdb
import pytest

from workbench import schema
from workbench.data import demo
from workbench.data.demo import blocks, files

CUSTOMERS = 2_000


@pytest.fixture(scope="module")
def made():
    """Give a bank of three blocks, the first of which is whole."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "ALONE", 1_000)
        patch.setattr(blocks, "BLOCK", 700)
        assert [block.customers for block in blocks.blocks(CUSTOMERS, 5)] == [667, 667, 666]
        return demo.tables(CUSTOMERS, 14, 5)


@pytest.fixture(scope="module")
def bank(made):
    connection = duckdb.connect()
    for name, frame in made[0].items():
        connection.register("drawn", frame)
        columns = ", ".join(
            f"cast({column.name} as {column.sql_type}) as {column.name}"
            for column in schema.table(name).columns
            if column.name in frame.columns
        )
        connection.execute(f"create table {name} as select {columns} from drawn")
        connection.unregister("drawn")
    return connection


def one(bank, query):
    return bank.execute(query).fetchone()[0]


def test_a_bank_of_the_usual_size_is_one_block_with_the_seed_of_the_bank():
    (alone,) = blocks.blocks(20_000, 7)
    assert alone.seed == 7
    assert alone.whole
    assert alone.first == alone
    many = blocks.blocks(1_000_000, 7)
    assert len({block.seed for block in many}) == len(many) == 80
    assert sum(block.customers for block in many) == 1_000_000


def test_no_number_stands_for_two_things(bank, made):
    for name, frame in made[0].items():
        keys = ", ".join(column.name for column in schema.table(name).columns if column.is_key)
        assert one(bank, f"select count(*) from (select distinct {keys} from {name})") == len(frame)
    assert len(made[0]["customers"]) == CUSTOMERS


def test_references_between_tables_hold_in_every_block(bank, made):
    for name, frame in made[0].items():
        for column in schema.table(name).columns:
            if column.refers_to and column.name in frame.columns:
                parent, key = column.refers_to.split(".")
                orphans = (
                    f"select count(*) from {name} where {column.name} is not null and "
                    f"{column.name} not in (select {key} from {parent})"
                )
                assert one(bank, orphans) == 0, (name, column.name)


def test_all_blocks_share_branches_and_staff(bank):
    used = "select count(distinct {}) from customers where customer_id like 'C00{}%'"
    for place in (1, 2):
        assert one(bank, used.format("branch_id", place)) > 1
        assert one(bank, used.format("relationship_manager_id", place)) > 1
    assert one(bank, "select count(*) from branches") < 20


def test_control_totals_are_those_of_the_whole_bank(bank):
    wrong = (
        "select count(*) from control_totals join (select month_end, sum(balance) as total "
        "from loan_months group by 1) using (month_end) where item = 'loan_balance' "
        "and scope = 'ALL' and abs(value - total) > 0.05"
    )
    assert one(bank, wrong) == 0
    assert one(bank, "select count(*) from control_totals where scope = 'ALL'") > 0


def test_only_whole_blocks_have_all_tables(bank, made):
    assert one(bank, "select count(*) from account_months where customer_id like 'C001%'") == 0
    assert one(bank, "select count(*) from loan_months where loan_id like 'L001%'") > 0
    assert made[1]["block"] == {"customers": 667, "of": CUSTOMERS}


def test_blocks_are_written_as_they_are_made(tmp_path, monkeypatch, made):
    monkeypatch.setattr(blocks, "ALONE", 1_000)
    monkeypatch.setattr(blocks, "BLOCK", 700)
    found, window = demo._blocks(CUSTOMERS, 14, 5)
    for block in found[:2]:
        demo._write(tmp_path, block, window)
    again = duckdb.sql(f"select count(*) from '{tmp_path}/借据月度_*.parquet'").fetchone()[0]
    months = made[0]["loan_months"]["loan_id"].astype(str)
    assert again == (~months.str.startswith("L002")).sum()


def test_processes_write_the_bytes_that_one_would_write(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "ALONE", 400)
    monkeypatch.setattr(blocks, "BLOCK", 200)
    demo.generate(tmp_path / "many", customers=600, months=12)
    found, window = demo._blocks(600, 12, demo.SEED)
    written = [demo._write(tmp_path / "one", block, window) for block in found]
    totals = blocks.summed(totals for _, totals in written)
    files.write(tmp_path / "one", {blocks.SUMMED: totals})
    one, many = (sorted((tmp_path / name).iterdir()) for name in ("one", "many"))
    assert [path.name for path in one] == [path.name for path in many]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(one, many, strict=True))


def test_codes_are_written_alike_whether_they_are_rare_or_frequent(tmp_path, monkeypatch, made):
    tables = {name: made[0][name] for name in ("loans", "bureau_reports", "loan_months")}
    assert tables["loans"]["renewal_of_loan_id"].isna().any()
    files.write(tmp_path / "as usual", tables)
    for often, name in ((0, "as codes"), (10**9, "as text")):
        monkeypatch.setattr(files, "FREQUENT", often)
        for path in files.write(tmp_path / name, tables):
            assert path.read_bytes() == (tmp_path / "as usual" / path.name).read_bytes()


@pytest.mark.full
def test_a_large_bank_is_the_same_twice_whoever_writes_which_block(tmp_path):
    for name in ("one", "two"):
        demo.generate(tmp_path / name, customers=110_000, months=12)
    first, second = (sorted((tmp_path / name).iterdir()) for name in ("one", "two"))
    assert [path.name for path in first] == [path.name for path in second]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True))
