"""The project's own reports, published whole: on the demo bank, and on a real one."""

import json
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from pptx import Presentation

from tests.notebooks import slide_digits
from tests.report import office_sample
from workbench import display, record, settings, text
from workbench.data import demo
from workbench.report import deck, numbers, pack, story
from workbench.report.page import Report

HOME = settings.home()
CLI = str(Path(sys.executable).with_name("workbench"))


def workbench(published: Path, *arguments: str) -> dict[str, object]:
    environment = {"WORKBENCH_PUBLISHED": str(published), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [CLI, *arguments], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def monthly(tmp_path_factory):
    """Return the folder of the published monthly report of the demo bank."""
    bank = HOME / "data" / "demo"
    demo.ensure(bank)
    place = tmp_path_factory.mktemp("published")
    done = workbench(place, "run", "monthly", "--lang", "both", "--bank", str(bank))
    return Path(done["index"]).parent


def decks(monthly):
    """Return the slides, which are one HTML file each and hold the code of their player."""
    return set(monthly.glob("*.slides.html"))


def test_the_monthly_report_is_published_in_both_languages(monthly):
    pages = sorted(path.name for path in monthly.glob("*.html") if path not in decks(monthly))
    notebooks = [each.notebook for each in pack.chosen(["monthly"]).notebooks]
    notebooks.append("changes")
    expected = {"index.html", "index.en.html"}
    expected |= {f"{name}.{language}.html" for name in notebooks for language in ("zh", "en")}
    assert set(pages) == expected


def test_the_numbers_beside_a_finding_have_names_of_their_own(monthly):
    for folder in (monthly / "record").iterdir():
        for block in record.read(folder).blocks:
            for language in text.LANGUAGES:
                with text.spoken(language):
                    labels = [each.label for each in numbers.leading(block, {})]
                    assert len(set(labels)) == len(labels), block.name
                    assert block.title() not in labels, block.name


def test_pages_open_from_disk_without_anything_outside(monthly):
    for page in set(monthly.glob("*.html")) - decks(monthly):
        html = page.read_text("utf-8")
        outside = re.findall(r"(?:src|href)=[\"'](?!#)(?!data:)([^\"']+)", html)
        assert all((monthly / link.partition("#")[0]).exists() for link in outside), page.name


def test_english_pages_hold_no_chinese_but_names(monthly):
    html = (monthly / "risk-calibration.en.html").read_text("utf-8")
    html = re.sub(
        r"<script.*?</script>|<style.*?</style>|<details.*?</details>", "", html, flags=re.S
    )
    words = set(re.findall(r"[一-鿿]+", re.sub(r"<[^>]+>", " ", html)))
    assert words <= {"中文"}, words


def test_no_pseudonym_is_published(monthly):
    demo_bank = HOME / "data" / "demo"
    from workbench.data.bank import open_bank

    customer = open_bank(demo_bank).table("customers")["customer_id"].iloc[0]
    pattern = re.compile(rf"\b{customer[0]}[a-z2-7]{{{len(customer) - 1}}}\b")
    for page in monthly.rglob("*"):
        if page.suffix in (".html", ".json", ".svg"):
            assert not pattern.search(page.read_text("utf-8")), page.name


@pytest.fixture(scope="module")
def uci(real_data, tmp_path_factory):
    """Return the record of the risk report on the owner's UCI file."""
    place = tmp_path_factory.mktemp("uci")
    bank = str(place / "bank")
    workbench(place, "intake", str(real_data / "raw" / "uci_taiwan_default.csv"), "--bank", bank)
    arguments = ("run", "risk-calibration", "-p", "horizon_months", "1", "--lang", "both")
    done = workbench(place, *arguments, "--bank", bank)
    return record.read(Path(done["index"]).parent / "record" / "risk-calibration")


def fact(recorded, suffix):
    found = [value for name, value in recorded.facts().items() if name.endswith(suffix)]
    assert found, sorted(recorded.facts())
    return found[0]


def test_the_real_default_rate_is_reported(uci):
    rates = [f.value for f in uci.facts().values() if f.unit.startswith("share")]
    assert any(round(value, 4) == 0.2212 for value in rates)


def test_the_real_score_ranks_as_well_as_promised_out_of_sample(uci):
    assert fact(uci, "discrimination.auc").value >= 0.765


def test_the_break_in_the_coding_of_the_last_month_is_reported(uci):
    block = next(block for block in uci.blocks if "coding" in block.name)
    assert fact(uci, f"{block.name}.breaks").value == 1
    assert "2005年9月" in block.finding()


@pytest.fixture(scope="module")
def management(monthly, tmp_path_factory):
    """Run the summary's cells in this process on the records of the month; write no digit."""
    place = tmp_path_factory.mktemp("management")
    shutil.copytree(monthly / "record", place / "content" / "record")
    entry = pack.chosen(["monthly"]).notebooks[-1]
    stored = json.loads((monthly / "manifest.json").read_text("utf-8"))
    own = place / "own"
    own.mkdir()
    upstream = {name: place / "content" / "record" / name for name in entry.needs}
    told = settings.Run(
        own,
        HOME / "data" / "demo",
        stored["snapshot"],
        stored["as_of"],
        ("zh", "en"),
        upstream=upstream,
    )
    told.write(place / "run.json")
    notebook = json.loads(entry.path.read_text("utf-8"))
    with pytest.MonkeyPatch.context() as patch, slide_digits.unwritten():
        patch.setenv("WORKBENCH_RUN", str(place / "run.json"))
        patch.setattr(display, "_display", lambda html: None)
        patch.setattr(display, "_execution_count", lambda: cells[-1]["execution_count"])
        cells, scope = [], {}
        for at, cell in enumerate(notebook["cells"], start=1):
            cells.append({**cell, "source": "".join(cell["source"]), "execution_count": at})
            if cell["cell_type"] == "code" and cell["id"] != "check":
                exec(cells[-1]["source"], scope)
    recorded = record.read(own)
    story_of = story.told(cells, recorded)
    return Report(entry.name, story_of, recorded, (), (), headlines=entry.headlines)


def slides(report, language, **written):
    with slide_digits.unwritten(), pytest.MonkeyPatch.context() as patch:
        known = {
            **text.catalogue(),
            **{key: dict.fromkeys(text.LANGUAGES, said) for key, said in written.items()},
        }
        patch.setattr(text, "catalogue", lambda: known)
        content = deck.render(report, office_sample.ORIGIN, language, "t", {})
    return Presentation(BytesIO(content))


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_every_digit_on_a_slide_of_the_management_deck_is_a_fact(management, language):
    # The words of a finding, such as the day it counts from, are recorded with it.
    with text.spoken(language):
        words = [str(w) for block in management.recorded.blocks for w in block.found.words.values()]
    assert slide_digits.literal(slides(management, language), words) == []


def test_a_number_written_by_hand_is_found(management):
    typed = {"summary.plan.found": "After 9 months {behind} of {on_schedule}, {elapsed} {alert}."}
    found = slide_digits.literal(slides(management, "en", **typed))
    assert any("9 months" in said for _, said in found)


def test_every_number_of_the_management_deck_says_which_fact_it_is(monthly):
    recorded = record.read(monthly / "record" / "management-summary")
    pages = [block for block in recorded.blocks if block.sources]
    assert len(pages) > 15
    for block in pages:
        own = {"asked"} if block.name == "summary.decisions" else set()
        assert set(block.facts) - own == set(block.sources), block.name
        for name, source in block.sources.items():
            notebook, _, full = source.partition("@")[0].partition(":")
            if name not in block.moves.values():
                there = record.read(monthly / "record" / notebook).facts()
                assert there[full] == block.facts[name], source
