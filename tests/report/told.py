"""A report told by the sample notebook, hostile words included, for tests of every format."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from tests.report import sample
from workbench import display, record, text
from workbench.privacy.suppress import suppress
from workbench.report import page, story
from workbench.report.provenance import Code, Provenance

ORIGIN = Provenance(
    run="20261001T080000Z-abc123",
    time=datetime(2026, 10, 1, 8, 15, tzinfo=UTC),
    pack="sample",
    bank={"zh": "示例<银行>", "en": "Sample <Bank>"},
    demo=True,
    snapshot="0007-5a5a5a5a",
    as_of=date(2026, 9, 30),
    languages=("zh", "en"),
    code=Code("0.1.0", "0123456789abcdef", True, "f" * 64),
    audit="5a" * 32,
)
LATER = replace(
    ORIGIN,
    run="20261002T093000Z-def456",
    time=datetime(2026, 10, 2, 9, tzinfo=UTC),
    audit="6b" * 32,
)
"""Where the same report comes from when it is run again: only this differs."""
MARKUP = '#panic("no") $x^2$ _i_ @ref \\ // c /* d */ = 1 ~ `r` {{ 7 }} </script><b>&amp;'
"""What typst, HTML, XML or a template might take for more than words."""
CHANGED = {"sample.nps": "+2.4 <points>", "other.fact": "nothing to do with it"}
TITLE = {"zh": "月报<一>", "en": "Monthly <report>"}


@cache
def drawings() -> dict[text.Language, bytes]:
    """Return the sample's figure in both languages, drawn once."""
    safe = suppress(sample.branches(first=MARKUP))
    return {language: display.drawing(safe.result, language) for language in text.LANGUAGES}


def report(folder: Path, *, rows: int = 1, **changed: str) -> page.Report:
    """Return the report of the sample notebook; its table is repeated `rows` times.

    `changed` replaces the source of cells by id.
    """
    safe = suppress(sample.branches(first=MARKUP))
    record.add(folder, safe.result, drawings(), hidden_rows=safe.rows, execution_count=4)
    recorded = record.read(folder)
    if rows > 1:
        block = recorded.blocks[0]
        table = replace(
            block.table, rows=block.table.rows * rows, suppressed=block.table.suppressed * rows
        )
        recorded = record.Recorded((replace(block, table=table),))
    told = story.told([_cell(*each) for each in {**sample.CELLS, **changed}.items()], recorded)
    parameters = (("first", repr(MARKUP), "branch"),)
    audience = {"zh": "各部门", "en": "All departments"}
    return page.Report(
        "sample", told, recorded, parameters, (("analyse", "show('x')"),), audience=audience
    )


def _cell(name: str, source: str) -> dict:
    language = name.rpartition("-")[2]
    kind = "markdown" if language in text.LANGUAGES else "code"
    cell = {"id": name, "cell_type": kind, "source": source, "metadata": {"tags": [language]}}
    return {**cell, "execution_count": 4} if name == "analyse" else cell


def empty() -> page.Report:
    """Return a report of a notebook that showed and said nothing."""
    return page.Report("empty", story.Story(()), record.Recorded(()), (), ())
