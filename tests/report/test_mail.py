"""A report as a mail: what is in it, what it is called, and what is refused."""

import json
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser

import pytest
from typer.testing import CliRunner

from tests.example import example
from tests.report import published as made
from workbench import record
from workbench.cli import app
from workbench.errors import ParameterError
from workbench.report import mail, pack, publish

pytestmark = pytest.mark.usefixtures("example_text")
NOW = datetime(2026, 10, 2, 8, 30, tzinfo=UTC)
TO = ("head.credit@bank.example",)


@pytest.fixture
def place(tmp_path, home, monkeypatch):
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(tmp_path / "published"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def release(place, name="r1", *, deck=True, pack="pack"):
    said = {"languages": ["zh", "en"], "title": {"zh": "月报", "en": "Monthly report"}}
    said |= {"bank": {"zh": "示例银行", "en": "Sample Bank"}, "demo": False}
    with publish.locked(pack):
        folder = made.content(place / f"work-{name}", name, **said)
        (folder / "record" / "sample" / "facts.json").unlink()
        record.add(folder / "record" / "sample", example(), {})
        for language in ("zh", "en") if deck else ():
            (folder / f"sample.{language}.pptx").write_bytes(f"deck {language}".encode())
        publish.seal(folder, json.loads((folder / "manifest.json").read_text("utf-8")))
        return publish.release(folder, pack, name)


def parsed(content):
    return BytesParser(policy=policy.default).parsebytes(content)


def made_mail(language=None, sender=None, now=NOW):
    return mail.message(mail.found("pack"), language, TO, sender, now=now)


def test_the_mail_has_the_findings_in_its_body_and_the_deck_attached(place):
    release(place)
    read = parsed(made_mail("en", "reports@bank.example").as_bytes())
    assert read["Subject"] == "Monthly report (data as of 30 September 2026)"
    assert (read["To"], read["From"], read["X-Unsent"]) == (*TO, "reports@bank.example", "1")
    assert read["Message-ID"].endswith("@bank.example>")
    body = read.get_body().get_content()
    assert "1. The response rate is 25.0% (20.0% to 30.0%)" in body
    assert "Sample Bank, data as of 30 September 2026" in body
    (deck,) = read.iter_attachments()
    assert (deck.get_filename(), deck.get_content()) == ("sample.en.pptx", b"deck en")
    assert deck.get_content_type().endswith("presentationml.presentation")
    assert read.defects == []


def test_chinese_is_read_back_as_it_was_written(place):
    release(place)
    read = parsed(made_mail().as_bytes())
    assert read["Subject"] == "月报（数据截至 2026年9月30日）"
    assert "主要结论：\n1. " in read.get_body().get_content().replace("\r\n", "\n")
    assert all(line.isascii() for line in made_mail().as_bytes().splitlines())


def test_only_date_and_message_id_differ(place):
    release(place)
    one, two = made_mail(), made_mail(now=datetime(2027, 1, 1, tzinfo=UTC))
    for each in (one, two):
        for name in ("Date", "Message-ID"):
            del each[name]
    assert one.as_bytes() == two.as_bytes()


@pytest.mark.parametrize(
    "address",
    [
        *("", "nobody", "a b@bank.example", "a@b@c", "a@bank.example\nBcc: x@y"),
        *("王@bank.example", "A <a@bank.example>", "a@bank.example,b@bank.example"),
    ],
)
def test_what_is_no_single_address_is_refused(address):
    with pytest.raises(ParameterError, match=r"--to is .*name@bank\.example"):
        mail.checked([address], "--to")


def test_each_reader_is_named_once():
    assert mail.checked(["a@b.example", "c@b.example", "a@b.example"], "--to") == (
        *("a@b.example", "c@b.example"),
    )


def invoke(*words):
    return CliRunner().invoke(app, ["mail", *words])


def test_the_command_writes_a_file_only_its_owner_reads_and_none_twice(place):
    release(place)
    outcome = invoke("latest", "--to", TO[0], "--lang", "en")
    assert outcome.exit_code == 0, outcome.stderr
    line = json.loads(outcome.stdout.splitlines()[-1])
    file = place / "pack-2026-09-30.en.eml"
    assert (line["file"], line["attached"]) == (str(file), ["sample.en.pptx"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert parsed(file.read_bytes())["To"] == TO[0]
    again = invoke("latest", "--to", TO[0], "--lang", "en")
    assert again.exit_code == 2
    assert "is there already" in again.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["r9", "--to", TO[0]], "there is no run 'r9'"),
        (["pack", "--to", "nobody"], "--to is 'nobody'"),
        (["pack", "--to", TO[0], "--from", "me"], "--from is 'me'"),
        (["pack", "--to", TO[0], "--out", "nowhere/x.eml"], "there is no folder"),
    ],
)
def test_what_cannot_be_written_is_said_in_one_line(place, words, said):
    release(place)
    outcome = invoke(*words)
    assert outcome.exit_code == 2
    assert said in outcome.stderr
    assert outcome.stderr.count("\n") == 1
    assert list(place.glob("*.eml")) == []


def test_without_anything_published_or_without_a_deck_there_is_no_mail(place):
    assert "nothing is published yet" in invoke("latest", "--to", TO[0]).stderr
    release(place, deck=False)
    assert (
        "has no deck in zh; publish it with the format pptx" in invoke("pack", "--to", TO[0]).stderr
    )


def test_a_draft_is_no_mail(place):
    release(place)
    made.keep(place, "r2")
    assert "run r2 is draft; only a published report" in invoke("r2", "--to", TO[0]).stderr


def test_a_pack_may_ask_for_mails_and_a_failure_does_not_fail_it(place, home):
    release(place)
    entry = {"notebook": "sample"}
    asked = pack.Pack.model_validate(
        {"name": "pack", "notebooks": [entry], "mail": {"to": list(TO), "from": "r@bank.example"}}
    )
    lines = []
    mail.after("pack", asked.model_copy(update={"mail": None}), "r1", lines.append)
    assert (lines, list((home / "reports").glob("mail/*"))) == ([], [])
    mail.after("pack", asked, "r1", lines.append)
    written = sorted(path.name for path in (home / "reports" / "mail").iterdir())
    assert written == ["pack-r1.en.eml", "pack-r1.zh.eml"]
    assert all(line.startswith("mail written, not sent: ") for line in lines)
    mail.after("pack", asked, "r1", lines.append)
    assert lines[-1].startswith("published, but its mail could not be written: ")
