import pytest

from tests.report import sample
from workbench import record
from workbench.report import story


def markdown(name, source, *tags):
    return {
        "cell_type": "markdown",
        "id": name,
        "source": source,
        "metadata": {"tags": list(tags)},
    }


def code(name, count):
    return {"cell_type": "code", "id": name, "source": "show(x)", "execution_count": count}


@pytest.fixture
def recorded(tmp_path):
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    record.add(tmp_path, sample.branches("sample"), {"zh": svg, "en": svg}, execution_count=4)
    record.add(tmp_path, sample.branches("sample-2"), {}, execution_count=4)
    return record.read(tmp_path)


CELLS = [
    markdown("title-zh", "# 标题", "zh"),
    markdown("title-en", "# Title", "en"),
    markdown("load-zh", "## 数据\n\n说明", "zh"),
    markdown("load-en", "## Data\n\nNote", "en"),
    code("load", 3),
    markdown("analyse-2-zh", "## 差异\n\n正文\n\n## 二", "zh"),
    markdown("analyse-2-en", "Only text", "en"),
    code("analyse-2", 4),
    markdown("takeaways-zh", "结论", "zh"),
]


def test_text_and_results_come_in_the_order_of_the_notebook(recorded):
    told = story.told(CELLS, recorded)
    assert [(each.kind, each.part, each.result) for each in told.elements] == [
        ("heading", "title", ""),
        ("heading", "load", ""),
        ("method", "load", ""),
        ("heading", "analyse-2", ""),
        ("narrative", "analyse-2", ""),
        ("finding", "analyse-2", "sample"),
        ("figure", "analyse-2", "sample"),
        ("table", "analyse-2", "sample"),
        ("finding", "analyse-2", "sample-2"),
        ("table", "analyse-2", "sample-2"),
        ("narrative", "takeaways", ""),
    ]
    assert told.results("analyse-2") == ["sample", "sample-2"]


def test_the_first_heading_is_split_off_and_the_rest_stays(recorded):
    told = story.told(CELLS, recorded)
    assert told.said("analyse-2", "heading", "zh") == "差异"
    assert told.said("analyse-2", "narrative", "zh") == "正文\n\n## 二"
    assert told.said("analyse-2", "narrative", "en") == "Only text"


def test_a_text_that_is_missing_in_one_language_is_named(recorded):
    told = story.told(CELLS, recorded)
    assert told.lacks(["zh"]) == []
    assert told.lacks(["zh", "en"]) == [
        "heading of 'analyse-2' is not written in en",
        "narrative of 'takeaways' is not written in en",
    ]


def test_what_is_written_is_read_back(tmp_path, recorded):
    told = story.told(CELLS, recorded)
    story.write(told, tmp_path)
    assert story.read(tmp_path) == told
