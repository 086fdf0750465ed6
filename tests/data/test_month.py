"""A month's files: several sources, corrections, totals, drift, and what holds a load back."""

import json
import re
from html import escape

import pytest

from tests.data import month
from workbench import settings, text
from workbench.data import crosschecks, reading
from workbench.data.bank import open_bank
from workbench.data.intake import attempt, check, take_in
from workbench.data.lake import Lake
from workbench.errors import DataError
from workbench.report import intake_page

JULY, AUGUST = "2026-07-31", "2026-08-31"


@pytest.fixture
def home(tmp_path, monkeypatch):
    (tmp_path / "data" / "sources").mkdir(parents=True)
    (tmp_path / "data" / "rulepacks").symlink_to(settings.home() / "data" / "rulepacks")
    (tmp_path / "data" / "sources" / "core.toml").write_text(month.SOURCE, "utf-8")
    (tmp_path / "data" / "sources" / "ledger.toml").write_text(month.LEDGER, "utf-8")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def bank(home):
    """A bank with the book and the month of July."""
    drop(home, "first", {**month.book(), **july()})
    take_in([home / "first"], home / "bank")
    return home / "bank"


def drop(home, name, files):
    folder = home / name
    folder.mkdir(exist_ok=True)
    for file, content in files.items():
        (folder / file).write_text(content, "utf-8")
    return folder


def july():
    return {"loan_months_202607.csv": month.table(month.MONTHS, month.months(JULY))}


def august(rows=None, *, off=0.0):
    rows = month.months(AUGUST, seed=2) if rows is None else rows
    return {
        "loan_months_202608.csv": month.table(month.MONTHS, rows),
        "gl_202608.csv": month.totals(AUGUST, rows, off=off),
    }


def test_files_of_several_sources_come_in_together(home, bank):
    load = attempt([drop(home, "aug", august())], bank)
    assert load.held == ()
    assert load.sources == ("core", "ledger")
    assert load.files == {"gl_202608.csv": "ledger", "loan_months_202608.csv": "core"}
    assert all(each.agrees for each in load.reconciled)
    assert {each.item for each in load.reconciled} == {"loan_balance", "loan_count"}
    register = open_bank(bank).table("data_loads")
    assert len(register) == 7


def test_totals_that_differ_hold_the_whole_load_back(home, bank):
    before = Lake(bank).ids()
    load = attempt([drop(home, "aug", august(off=5_000))], bank)
    (hold,) = load.held
    assert hold.kind == "control"
    assert "general_ledger states loan_balance" in hold.line
    assert "(-5000.00)" in hold.line
    assert load.snapshot is None
    assert Lake(bank).ids() == before
    note = json.loads((bank / "loads" / f"{load.id}.json").read_text("utf-8"))
    assert note["held"][0]["kind"] == "control"
    with pytest.raises(DataError, match="general_ledger states"):
        take_in([home / "aug"], bank)


def test_a_total_within_the_tolerance_does_not_hold_it_back(home, bank):
    assert attempt([drop(home, "aug", august(off=0.9))], bank).held == ()


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (month.months(AUGUST, loans=250), "loan_months: rows moved by -0.375"),
        (month.months(AUGUST, factor=1.5), "loan_months.balance: sum moved by +0.500"),
        (month.months(AUGUST, late=200), "loan_months.five_class: new_codes moved by +0.500"),
        (month.months(AUGUST, factor=1.15), "loan_months.balance: psi moved"),
    ],
)
def test_a_month_that_moved_too_far_is_held_back(home, bank, rows, what):
    load = attempt([drop(home, "aug", august(rows))], bank)
    lines = [hold.line for hold in load.held]
    assert load.snapshot is None
    assert any(what in line for line in lines), lines
    for language in text.LANGUAGES:
        page = intake_page.render(load, language)
        for hold in load.held:
            assert escape(hold.said[language], quote=False) in page.replace("&#34;", '"')
    chinese = " ".join(hold.said["zh"] for hold in load.held)
    assert not re.search(r"[a-z]{3,}", chinese.replace("--release", "")), chinese


def test_a_month_like_the_one_before_drifts_nowhere(home, bank):
    load = attempt([drop(home, "aug", august())], bank)
    assert {each.level for each in load.drift} == {"quiet"}
    measures = {(each.column, each.measure) for each in load.drift}
    assert {("", "rows"), ("balance", "sum"), ("rate", "psi"), ("five_class", "psi")} <= measures


def test_totals_stand_beside_those_of_the_month_or_the_load_before(home, bank):
    rows = month.months(AUGUST, factor=1.02, seed=2)
    load = attempt([drop(home, "aug", august(rows))], bank)
    totals = {(each.table, each.column): each for each in load.totals}
    count = totals["loan_months", ""]
    assert (count.before, count.now, count.change) == (month.LOANS, month.LOANS, 0)
    balance = totals["loan_months", "balance"]
    first = open_bank(bank, snapshot=Lake(bank).ids()[0]).table("loan_months")
    assert balance.before == pytest.approx(first["balance"].sum(), abs=0.005)
    newest = open_bank(bank).table("loan_months")
    newest = newest[newest["month_end"] == AUGUST]
    assert balance.now == pytest.approx(newest["balance"].sum(), abs=0.005)
    assert totals["control_totals", ""].before is None
    names = month.book()["branches.csv"].replace(",risk", ",operations")
    more = attempt([drop(home, "more", {"branches_2.csv": names + "B9,丙,440300,risk\n"})], bank)
    (branches,) = (each for each in more.totals if each.table == "branches")
    assert (branches.before, branches.now) == (2, 3)
    for language, said in (
        ("zh", "各表合计与上月或上次装载对比"),
        ("en", "beside the month or the load before"),
    ):
        page = intake_page.render(load, language)
        assert said in page
        assert page.index("control_totals" if language == "en" else "总账") < page.index(said)


def test_a_release_takes_it_in_and_is_kept(home, bank):
    files = drop(home, "aug", august(month.months(AUGUST, factor=1.5)))
    load = attempt([files], bank, release="并购贷款组合，已核实")
    assert load.snapshot == Lake(bank).ids()[-1]
    assert load.held
    assert load.released == "并购贷款组合，已核实"
    assert open_bank(bank).as_of.isoformat() == AUGUST


def test_a_corrected_file_takes_back_the_rows_it_no_longer_has(home, bank):
    take_in([drop(home, "aug", august())], bank)
    rows = month.months(AUGUST, seed=2, gone=(3, 5))
    load = attempt([drop(home, "again", august(rows))], bank)
    assert load.held == ()
    assert load.tables["loan_months"].withdrawn == 2
    table = open_bank(bank).table("loan_months")
    assert (table["month_end"].astype(str) == AUGUST).sum() == month.LOANS - 2
    assert (table["month_end"].astype(str) == JULY).sum() == month.LOANS


def test_the_next_month_under_the_same_undated_name_takes_nothing_back(home):
    first = {**month.book(), "loan_months.csv": month.table(month.MONTHS, month.months(JULY))}
    take_in([drop(home, "first", first)], home / "bank")
    second = {"loan_months.csv": month.table(month.MONTHS, month.months(AUGUST, seed=2))}
    load = take_in([drop(home, "second", second)], home / "bank")
    assert load.tables["loan_months"].withdrawn == 0
    assert len(open_bank(home / "bank").table("loan_months")) == 2 * month.LOANS


def test_a_correction_may_not_leave_rows_without_their_parents(home):
    book = month.book()
    first = {
        "loans_202607.csv" if name == "loans.csv" else name: text for name, text in book.items()
    }
    take_in([drop(home, "first", {**first, **july()})], home / "bank")
    lines = book["loans.csv"].splitlines()
    shorter = drop(home, "again", {"loans_202607.csv": "\n".join(lines[:-3]) + "\n"})
    load = attempt([shorter], home / "bank")
    assert [hold.kind for hold in load.held] == ["children"]
    assert "loan_months: 3 rows refer to rows of loans" in load.held[0].line


def test_a_check_changes_nothing_and_says_the_same(home, bank):
    files = drop(home, "aug", august(off=5_000))
    before = sorted(path for path in bank.rglob("*") if path.is_file())
    said = check([files], bank)
    after = sorted(path for path in bank.rglob("*") if path.is_file())
    assert said.held == attempt([files], bank).held
    assert {path.parent.name for path in set(after) - set(before)} <= {"checks"}


def test_a_check_needs_no_bank(home):
    files = drop(home, "first", {**month.book(), **july()})
    load = check([files], home / "bank")
    assert load.tables["loans"].accepted == month.LOANS
    assert load.snapshot is None
    assert not (home / "bank" / "bank.json").exists()
    assert not (home / "bank" / "lake").exists()


@pytest.mark.parametrize(
    "header", ["登录密码", "CVV2", "ＯＴＰ code", "银行卡号", "人脸特征", "微信号", "宗教信仰"]
)
def test_what_may_never_be_held_is_refused_with_its_file_and_column(home, header):
    book = month.book()
    book["customers.csv"] = book["customers.csv"].replace("opened_on\n", f"opened_on,{header}\n")
    book["customers.csv"] = book["customers.csv"].replace("-31\n", "-31,x\n")
    with pytest.raises(DataError, match=rf"customers.csv: the column '{header}' holds .* never"):
        take_in([drop(home, "first", book)], home / "bank")
    assert not (home / "bank" / "lake").exists()


def test_a_map_cannot_make_room_for_what_may_never_be_held(home):
    path = home / "data" / "sources" / "core.toml"
    path.write_text(path.read_text("utf-8").replace('"opened_on"', '"银行卡号"', 1), "utf-8")
    book = month.book()
    book["customers.csv"] = book["customers.csv"].replace("opened_on", "银行卡号")
    with pytest.raises(DataError, match=r"customers.csv: the column '银行卡号' holds card numbers"):
        take_in([drop(home, "first", book)], home / "bank")


@pytest.mark.parametrize("header", ["carbon_footprint", "贷款卡编码", "panel_pan", "protocol"])
def test_words_that_only_look_like_what_may_never_be_held_are_let_pass(home, header):
    book = month.book()
    book["customers.csv"] = book["customers.csv"].replace("opened_on\n", f"opened_on,{header}\n")
    book["customers.csv"] = book["customers.csv"].replace("-31\n", "-31,x\n")
    load = take_in([drop(home, "first", book)], home / "bank")
    assert load.unknown["customers.csv"] == (header,)


def test_a_file_that_two_sources_claim_is_named(home):
    other = month.SOURCE.replace("core", "other")
    (home / "data" / "sources" / "other.toml").write_text(other, "utf-8")
    files = drop(home, "first", month.book())
    with pytest.raises(DataError, match=r"fits the sources \['core', 'other'\]; say which one"):
        take_in([files], home / "bank")
    assert take_in([files], home / "bank", source="core").sources == ("core",)


def test_every_check_has_a_limit_and_a_name():
    limits = settings.rulepack("intake-limits")["checks"]
    assert set(limits) == set(crosschecks.names())


@pytest.fixture
def streamed(monkeypatch):
    """Read every text file the way large ones are read."""
    monkeypatch.setattr(reading, "STREAMED", 0)


def test_a_large_file_gives_the_same_table(home, bank, streamed):
    load = attempt([drop(home, "aug", august())], bank)
    assert load.held == ()
    table = open_bank(bank).table("loan_months")
    assert (table["month_end"].astype(str) == AUGUST).sum() == month.LOANS
    balances = {row[0]: row[2] for row in month.months(AUGUST, seed=2)}
    now = table[table["month_end"].astype(str) == AUGUST].set_index("loan_id")["balance"]
    assert now.to_dict() == balances


def test_errors_of_a_large_file_are_named_by_line(home, bank, streamed):
    files = august()
    lines = files["loan_months_202608.csv"].splitlines()
    wrong = {7: (2, "x"), 211: (4, "-3"), 399: (5, "好")}
    for line, (column, value) in wrong.items():
        cells = lines[line - 1].split(",")
        cells[column] = value
        lines[line - 1] = ",".join(cells)
    lines[30] = lines[29]
    files["loan_months_202608.csv"] = "\n".join(lines) + "\n"
    load = attempt([drop(home, "aug", files)], bank, error_limit=0.5, release="test")
    entries = json.loads((bank / "quarantine" / load.id / "report.json").read_text("utf-8"))
    found = {(entry["line"], entry["column"]) for entry in entries["entries"]}
    assert found == {(7, "balance"), (211, "dpd"), (399, "five_class"), (31, "month_end")}


def test_a_large_file_with_a_broken_line_is_refused_with_the_line(home, bank, streamed):
    files = august()
    lines = files["loan_months_202608.csv"].splitlines()
    lines[49] += ",x,y"
    files["loan_months_202608.csv"] = "\n".join(lines) + "\n"
    with pytest.raises(DataError, match=r"loan_months_202608.csv, line 50: expected 7 columns"):
        attempt([drop(home, "aug", files)], bank)


def test_a_large_file_without_rows_is_refused(home, bank, streamed):
    files = {"loan_months_202608.csv": month.MONTHS + "\n"}
    with pytest.raises(DataError, match=r"loan_months_202608.csv has a header and no rows"):
        attempt([drop(home, "aug", files)], bank)
