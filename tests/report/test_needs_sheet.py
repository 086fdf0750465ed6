"""The list of what to propose to whom: pseudonyms alone, in two languages, ready for `deliver`."""

import csv
import json
import stat

import pytest
from typer.testing import CliRunner

from workbench import cli, text
from workbench.data import deliver, demo, listing
from workbench.data.bank import open_bank
from workbench.errors import ParameterError
from workbench.privacy.audit import Log
from workbench.report import needs_sheet


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    folder = tmp_path_factory.mktemp("needs") / "bank"
    demo.build(folder, customers=1500, months=36)
    return open_bank(folder)


@pytest.fixture(scope="module")
def written(bank, tmp_path_factory):
    place = tmp_path_factory.mktemp("lists") / "needs.csv"
    with text.spoken("en"):
        done = needs_sheet.write(bank, place)
    return place, done


def test_each_customer_has_one_row_that_deliver_can_read(bank, written):
    place, done = written
    rows = listing.read(place, "customer_id")
    known = set(bank.query("offer_customers")["customer_id"])
    assert {row["customer_id"] for row in rows} <= known
    assert len({row["customer_id"] for row in rows}) == len(rows) == done.customers
    assert 0 < done.by_need <= done.customers
    assert {row["Why this product"] for row in rows} <= {"Need stated", "Likely to take it"}
    assert all(row["Product to propose"] for row in rows)
    # Codes would be read as words by nobody.
    assert not any("_" in value for row in rows for value in row.values())


def test_who_stated_a_need_comes_first_then_the_likeliest(written):
    rows = listing.read(written[0], "customer_id")
    asked = [row["Why this product"] == "Need stated" for row in rows]
    assert asked == sorted(asked, reverse=True)
    days = [row["Stated on"] for row, own in zip(rows, asked, strict=True) if own]
    assert days == sorted(days, reverse=True)
    told = [
        row["Probability of taking it within half a year"] for row in rows if row["Stated on"] == ""
    ]
    shares = [float(each.rstrip("%")) for each in told]
    assert shares == sorted(shares, reverse=True)
    assert len(set(shares)) > 5


def test_nobody_who_may_not_be_asked_is_on_it(bank, written):
    listed = {row["customer_id"] for row in listing.read(written[0], "customer_id")}
    people = bank.query("offer_customers").set_index("customer_id").loc[sorted(listed)]
    assert people["consents"].all()
    assert not people["do_not_contact"].any()
    assert (people["dpd"] == 0).all()


def test_nothing_that_a_customer_wrote_is_on_it(bank, written, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "risk")
    texts = open_bank(bank.folder).connection.sql(
        "SELECT DISTINCT stated_need FROM applications WHERE stated_need IS NOT NULL "
        "UNION SELECT DISTINCT note_text FROM interactions WHERE note_text IS NOT NULL"
    )
    said = [row[0] for row in texts.fetchall()]
    content = written[0].read_text("utf-8-sig")
    assert len(said) > 20
    assert [each for each in said if len(each) > 4 and each in content] == []


def test_only_its_owner_may_read_it_and_its_making_is_in_the_audit_log(bank, written):
    assert stat.S_IMODE(written[0].stat().st_mode) == 0o600
    noted = [each for each in Log(bank.folder).entries() if each.action == "list needs"]
    assert [each.subject for each in noted[:1]] == [f"{written[1].customers} customers"]


def test_deliver_hands_it_to_branches(bank, written, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ROLE", "operator")
    done = deliver.deliver(bank.folder, written[0], tmp_path / "out")
    assert sum(done.rows.values()) + sum(done.excluded.values()) == written[1].customers
    assert done.excluded["unknown"] == done.excluded["do_not_contact"] == 0
    assert sum(done.rows.values()) > 0.9 * written[1].customers


def test_a_file_is_never_overwritten(bank, written):
    with pytest.raises(ParameterError, match="is there already; name a new file"):
        needs_sheet.write(bank, written[0])


def test_the_command_lists_in_the_language_asked_for(bank, tmp_path):
    place = tmp_path / "zh.csv"
    outcome = CliRunner().invoke(
        cli.app, ["needs-sheet", str(place), "--lang", "zh", "--bank", str(bank.folder)]
    )
    assert outcome.exit_code == 0, outcome.output
    told = json.loads(outcome.stdout.splitlines()[-1])
    assert (told["status"], told["file"]) == ("listed", "zh.csv")
    with place.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file))
    assert header[:4] == ["customer_id", "客群", "推荐产品", "推荐依据"]
