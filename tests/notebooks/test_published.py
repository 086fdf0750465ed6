"""The project's own reports, published whole: on the demo bank, and on a real one."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from workbench import record, settings, text
from workbench.data import demo
from workbench.report import numbers, pack

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
