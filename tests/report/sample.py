"""A small notebook, its results and a bank that needs no files, for tests of running."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar

import nbformat
import pandas as pd

from workbench import text
from workbench.result import Column, Fact, Finding, Result, Word

EVIL = "<script>alert(1)</script>"
FORMULA = "=cmd()"


@dataclass(frozen=True, eq=False, repr=False)
class Branches(Result):
    name: str
    table: pd.DataFrame
    facts: dict[str, Fact]
    first: str
    columns: ClassVar[tuple[Column, ...]] = (
        Column("sample_branch"),
        Column("sample_answers", "count"),
        Column("sample_nps", "points", interval=("low", "high")),
    )
    base: ClassVar[str | None] = "sample_answers"
    figure: ClassVar[tuple[float, float] | None] = (7.2, 2.6)

    def summary(self) -> Finding:
        return Finding("sample.finding", ("nps", "change"), {"branch": Word(self.first)})

    def plot(self, ax):
        rows = range(len(self.table))
        ax.hlines(rows, self.table["low"], self.table["high"])
        ax.plot(self.table["sample_nps"], rows, "o")
        ax.set_yticks(rows, labels=list(self.table["sample_branch"]))
        ax.set_xlabel(text.say("column.sample_nps"))
        return ax


def branches(
    name: str = "sample", *, first: str = "金融街支行", small: int = 3, nps: float = 25.0
) -> Branches:
    """Return three branches, the last with too few answers."""
    table = pd.DataFrame(
        {
            "sample_branch": [first, FORMULA, "小支行"],
            "sample_answers": [412, 388, small],
            "sample_nps": [nps + 6.4, 18.2, 66.7],
            "low": [24.1, 10.9, -20.0],
            "high": [38.7, 25.5, 100.0],
        }
    )
    facts = {
        "nps": Fact(nps, "points", low=19.8, high=30.2, confidence=0.95, n=803),
        "change": Fact(2.4, "points", low=-1.1, high=5.9, confidence=0.95, n=803),
    }
    return Branches(name, table, facts, first)


ENTRIES = {
    "sample.title": {"zh": "各支行净推荐值", "en": "Net promoter score by branch"},
    "sample-2.title": {"zh": "第二个结果", "en": "A second result"},
    "sample.finding": {
        "zh": "净推荐值为 {nps}（{nps:confidence} 置信区间 {nps:interval}），"
        "较上期变化 {change:signed}；{branch}最高。",
        "en": "The net promoter score is {nps} ({nps:confidence} interval {nps:interval}), "
        "a change of {change:signed} since the last wave; {branch} is the highest.",
    },
    "column.sample_branch": {"zh": "支行", "en": "Branch"},
    "column.sample_answers": {"zh": "答卷数", "en": "Answers"},
    "column.sample_nps": {"zh": "净推荐值", "en": "Net promoter score"},
}


def speak() -> None:
    """Let the catalogue of this process know the sample's sentences."""
    entries = {**text.catalogue(), **ENTRIES}
    text.catalogue = lambda: entries


@dataclass(frozen=True)
class About:
    name: str = "示例银行"
    name_en: str = "Sample Bank"


@dataclass(frozen=True)
class SampleBank:
    folder: Path
    about: About = About()
    is_demo: bool = True
    snapshot: str = "20260930-0001"
    as_of: date = date(2026, 9, 30)

    def query(self, name):
        """Return the two branches that reports can be made for."""
        assert name == "customer_branches"
        return pd.DataFrame({"branch_id": ["B1", "B2"], "branch_name": ["金融街支行", "小支行"]})

    def pin(self):
        """Write the list of files that makes a snapshot known, so that executions are kept."""
        place = self.folder / "snapshots" / f"{self.snapshot}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text('{"tables": {"customers": 1}}', "utf-8")


SETUP = """from tests.report import sample
from workbench import show

sample.speak()"""
PARAMETERS = """from typing import Literal
from workbench.parameters import Share

first: str = "金融街支行"  # branch to name first
share: Share = 0.95  # a fraction
mode: Literal["all", "none"] = "all"  # which to show"""


def notebook(path: Path, **changed: str) -> Path:
    """Write the sample notebook to `path`; `changed` replaces the source of cells by id."""
    cells = []
    for name, source in {**CELLS, **changed}.items():
        language = name.rpartition("-")[2]
        if language in text.LANGUAGES:
            cell = nbformat.v4.new_markdown_cell(source, id=name)
            cell.metadata.tags = [language]
        else:
            cell = nbformat.v4.new_code_cell(source, id=name)
            if name == "parameters":
                cell.metadata.tags = ["parameters"]
        cells.append(cell)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


CELLS = {
    "title-zh": "# 支行满意度",
    "title-en": "# Satisfaction by branch",
    "purpose-zh": "各支行的净推荐值有何不同，把握有多大？\n\n读取一期问卷的答卷，不写入任何数据。",
    "purpose-en": "How do branches differ, and how sure are we?\n\nReads the answers of one wave.",
    "parameters": PARAMETERS,
    "setup": SETUP,
    "load-zh": "## 读取数据\n\n问卷按**分层随机抽样**发出。",
    "load-en": "## Data\n\nThe survey is a **stratified random sample**.",
    "load": "result = sample.branches(first=first)",
    "analyse-zh": "## 支行之间的差异\n\n点为估计值，线为置信区间。",
    "analyse-en": "## How branches differ\n\nDots are estimates, lines are intervals.",
    "analyse": "show(result)",
    "takeaways-zh": "## 结论与建议\n\n- 先看区间，再看排名。\n- 样本少的支行不作比较。",
    "takeaways-en": "## What to take away\n\n- Look at the interval before the rank.",
    "check": "print(result.table.to_string())",
}
