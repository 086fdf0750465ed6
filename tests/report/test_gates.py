import json
from dataclasses import replace

import pytest

from tests.report import sample
from workbench import record
from workbench.data import bank as banks
from workbench.errors import GateError
from workbench.privacy import roles, vault
from workbench.privacy.audit import Log
from workbench.privacy.pseudonym import Key
from workbench.report import gates, story
from workbench.report.pack import Entry

SVG = "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>{}</svg>"


def cell(*outputs, count=1, source="x"):
    return {
        "cell_type": "code",
        "id": "analyse",
        "source": source,
        "execution_count": count,
        "outputs": list(outputs),
    }


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (cell(stream("oops", "stderr")), "wrote to stderr: oops"),
        (cell(stream("a.py:3: UserWarning: careful")), "shows a warning"),
        (cell(stream("Glyph 25903 (\\N{CJK}) missing from font(s) DejaVu")), "shows a warning"),
        (
            cell({"output_type": "display_data", "data": {"text/html": "<b>FutureWarning:</b>"}}),
            "wa",
        ),
        (cell({"output_type": "error", "ename": "ValueError"}), "ended with ValueError"),
        (cell(count=None), "was not executed"),
    ],
)
def test_outputs_that_show_trouble_are_refused(bad, said):
    (reason,) = gates.outputs([cell(stream("fine")), bad])
    assert said in reason
    assert "'analyse'" in reason


def test_quiet_outputs_pass():
    fine = cell(stream("no warning: all 3 are well"))
    # A label of a figure: measures that a warning raised.
    label = cell({"output_type": "display_data", "data": {"text/html": "<!-- Warning: Review -->"}})
    assert list(gates.outputs([fine, label, cell(source=" ", count=None)])) == []


@pytest.mark.parametrize(
    "html",
    [
        '<img src="http://x.example/a.png">',
        '<img src="//x.example/a.png">',
        '<a href="https://x.example">x</a>',
        "<style>@import 'a.css';</style>",
        "<style>body{background:url( 'https://x.example/a.png')}</style>",
        '<p style="background:url(//x.example/a)">x</p>',
        '<image xlink:href="HTTPS://x.example/a.png"/>',
        '<img srcset="https://x.example/a.png 2x">',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="file:///etc/passwd">x</a>',
    ],
)
def test_outside_references_are_refused(html):
    assert [reason for reason in gates.page(html) if reason.startswith("outside reference")]


@pytest.mark.parametrize(
    "html", ["<script>1</script>", "<iframe></iframe>", '<p onclick="x()">x</p>', "<link rel=x>"]
)
def test_active_content_is_refused(html):
    assert [reason for reason in gates.page(html) if reason.startswith("active content")]


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        "<g onload='x()'/>",
        "<image href='https://x.example/a.png'/>",
        "<image xlink:href='//x.example/a.png'/>",
        "<a href='https://x.example'><path d='M 0 0'/></a>",
        "<style>@import 'a.css';</style>",
        "<g style='fill:url(//x.example/a)'/>",
        # A browser ends the style sheet inside the title's words; XML takes them for a value.
        "<title><style><a title='</style><img src=//x.example/a>'/></style></title>",
        "<g>13912345678</g>",
        "<!-- 13912345678 -->",
        "<g aria-label='13912345678'/>",
        "<g><svg onload='x()'></svg></g>",
        "<g onload='x()'>",
    ],
)
def test_nothing_passes_a_page_inside_a_drawing(inside):
    assert list(gates.page(f"<p>before</p>{SVG.format(inside)}<p>behind</p>"))


def test_what_stands_around_drawings_is_looked_into():
    drawing = SVG.format("<path d='M 13912345678 0'/>")
    assert list(gates.page(f"{drawing}<p>fine</p>{drawing}")) == []
    assert list(gates.page(f"{drawing}<p onclick='x()'>1</p>{drawing}")) == [
        "active content onclick="
    ]
    assert list(gates.page(f"139{drawing}12345678")) == []


def test_a_drawing_is_not_styled_from_outside_and_must_be_whole():
    sheet = "<?xml-stylesheet href='https://x.example/a.css'?>"
    assert list(gates.drawing((sheet + SVG.format("")).encode())) == [
        "active content <?xml-stylesheet>"
    ]
    with pytest.raises(SyntaxError):
        list(gates.drawing(b"<svg"))


@pytest.mark.parametrize(
    "html",
    [
        '<a href="#part">x</a> <a href="index.en.html">y</a>',
        "<p>&lt;script&gt; https://x.example is only said</p>",
        SVG.format("<path d='M 13912345678 0' clip-path='url(#a)'/>"),
        '<img src="data:image/png;base64,AAAA">',
        "<style>p{margin:0}</style>",
    ],
)
def test_what_stays_inside_passes(html):
    assert list(gates.page(html)) == []


@pytest.mark.parametrize(
    "text",
    [
        "身份证11010519491231002X。",
        "110105194912310021",
        "手机13912345678号",
        "+86 13912345678",
        "mail zhang.san@bank.example.cn now",
        "客户C00012345",
        Key(b"x" * 32).pseudonym("C1", "customer"),
        "客户" + Key(b"x" * 32).pseudonym("E7", "staff") + "的评价",
    ],
)
def test_identifiers_are_refused_and_not_repeated(text):
    reasons = list(gates.identifiers(text))
    assert reasons
    assert not any(text in reason for reason in reasons)
    assert list(gates.page(f"<p>{text}</p>")) == reasons
    assert list(gates.page(f'<p title="{text}">x</p>')) == reasons


@pytest.mark.parametrize(
    "text",
    [
        "0.13912345678901234",
        "13,912,345,678",
        "9f13912345678ab" * 3,
        "2026-09-30T12:00:00",
        "20260930T120000Z-1a2b3c",
        "20260930T120000139123Z-1a2b3c",
        "13912345678.5",
        "@page { size: A4 }",
    ],
)
def test_numbers_hashes_and_dates_are_no_identifiers(text):
    assert list(gates.identifiers(text)) == []


def test_an_identifier_in_a_file_of_the_record_is_refused(tmp_path):
    record.add(tmp_path, sample.branches(first="王芳 13912345678"), {})
    assert [reason.split(":")[0] for reason in gates.files(tmp_path)] == [
        "blocks.json",
        "sample.json",
    ]


def test_an_identifier_or_an_address_in_a_drawing_is_refused(tmp_path):
    (tmp_path / "a.svg").write_text(SVG.format("<!-- 13912345678 -->"), "utf-8")
    (tmp_path / "b.svg").write_text(SVG.format("<image xlink:href='http://x.example/'/>"), "utf-8")
    first, second = gates.files(tmp_path)
    assert "mobile phone" in first
    assert "outside reference" in second


def test_a_small_cell_that_was_not_suppressed_is_refused(tmp_path):
    record.add(tmp_path, sample.branches(small=3), {})
    assert list(gates.cells(record.read(tmp_path))) == ["row 3 of 'sample' rests on fewer than 5"]


def test_a_small_fact_is_refused(tmp_path):
    result = sample.branches(small=5)
    result.facts["nps"] = replace(result.facts["nps"], n=4)
    record.add(tmp_path, result, {})
    assert list(gates.cells(record.read(tmp_path))) == [
        "fact 'sample.nps' rests on fewer than 5",
    ]


@pytest.fixture
def shown(tmp_path):
    svg = SVG.format("").encode()
    record.add(tmp_path, sample.branches(small=9), {"zh": svg}, execution_count=1)
    recorded = record.read(tmp_path)
    return story.told([{**cell(), "id": "analyse"}], recorded), recorded


def test_fewer_figures_than_declared_are_refused_in_each_language(shown):
    entry = Entry(notebook="x", figures=1)
    assert list(gates.complete(entry, *shown, ["zh"])) == []
    assert list(gates.complete(entry, *shown, ["zh", "en"])) == [
        "0 figures in en, but 1 are declared"
    ]


def test_a_declared_fact_that_is_missing_is_refused(shown):
    entry = Entry(notebook="x", facts=("sample.nps", "sample.gone"))
    assert list(gates.complete(entry, *shown, ["zh"])) == ["fact 'sample.gone' is missing"]


def test_a_headline_without_its_result_is_refused(shown):
    entry = Entry(notebook="x", headlines=("sample", "gone"))
    assert list(gates.complete(entry, *shown, ["zh"])) == ["result 'gone' is missing"]


def test_a_result_without_a_place_in_the_story_is_refused(shown):
    _, recorded = shown
    nothing = story.told([], recorded)
    assert list(gates.complete(Entry(notebook="x"), nothing, recorded, ["zh"])) == [
        "result 'sample' has no place in the story"
    ]


def test_the_error_lists_the_first_reasons_and_the_log_all(tmp_path):
    reasons = [f"reason {at}" for at in range(7)]
    with pytest.raises(GateError, match="reason 4; and 2 more in"):
        gates.refuse(iter(reasons), tmp_path / "gates.json")
    assert json.loads((tmp_path / "gates.json").read_text("utf-8")) == reasons
    gates.refuse([], tmp_path / "none.json")
    assert not (tmp_path / "none.json").exists()


def test_a_name_that_the_vault_knows_is_not_published(tmp_path):
    banks.About("甲银行", "Bank").write(tmp_path / "bank")
    identity = {"customer_id": "c1", "core_customer_no": "1", "id_type": "other", "id_number": "1"}
    people = [{**identity, "legal_name": "例甲乙"}, {**identity, "customer_id": "c2"}]
    people[1]["legal_name"] = "贷款余额"
    keys, operator = banks.keys(tmp_path / "bank"), roles.current("operator")
    with vault.opened(keys, operator, "keep vault") as opened:
        opened.put(people)
    out = tmp_path / "out"
    out.mkdir()
    (out / "page.html").write_text("<p>贷款余额</p>\n<p>例甲乙，电话 13800138000</p>", "utf-8")
    found = list(gates.leaks(out, tmp_path / "bank"))
    assert found == [
        "page.html:2: a mobile number",
        "page.html:2: a name that the vault knows",
    ]
    assert Log(tmp_path / "bank").head().n == 2
