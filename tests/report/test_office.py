from datetime import date
from io import BytesIO
from zipfile import ZipFile

from workbench.report import office, plain, workbook
from workbench.report.plain import Paragraph


def archive():
    written = BytesIO()
    with ZipFile(written, "w") as target:
        for name in ("[Content_Types].xml", "b.xml", "a.xml"):
            target.writestr(name, name * 9)
    return written.getvalue()


def test_an_archive_is_the_same_whenever_it_was_written():
    content = office.settled(archive(), date(2026, 9, 30))
    assert content == office.settled(content, date(2026, 9, 30))
    parts = ZipFile(BytesIO(content))
    assert parts.namelist() == ["[Content_Types].xml", "b.xml", "a.xml"]
    assert {part.date_time for part in parts.infolist()} == {(2026, 9, 30, 0, 0, 0)}
    assert parts.read("b.xml") == b"b.xml" * 9


def test_a_workbook_behind_a_chart_is_the_same_bytes_each_time():
    said = (["=1+1", "b"], ["@one"], [[0.5, None]], "0.0%")
    assert workbook.embedded(*said) == workbook.embedded(*said)


def test_narrative_becomes_paragraphs_and_items_without_markup():
    found = plain.paragraphs("A **bold** word & <b>.\n\n- one\n- two [link](https://x)\n")
    assert found == [
        Paragraph("A bold word & <b>.", False),
        Paragraph("one", True),
        Paragraph("two link", True),
    ]
