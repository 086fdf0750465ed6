"""A small result for tests of what every result goes through."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from workbench.result import Column, Fact, Finding, Result


@dataclass(frozen=True, eq=False, repr=False)
class Example(Result):
    name: str
    table: pd.DataFrame
    facts: dict[str, Fact]
    columns: ClassVar[tuple[Column, ...]] = (
        Column("mode", "code", values="survey_mode"),
        Column("invited", "count"),
        Column("rate", "share", interval=("low", "high")),
    )
    base: ClassVar[str | None] = "invited"

    def summary(self) -> Finding:
        return Finding("example.finding", ("rate",))

    def plot(self, ax):
        ax.plot(range(len(self.table)), self.table["rate"], "o")
        return ax


def example(name="example", invited=(400, 3)):
    table = pd.DataFrame(
        {
            "mode": ["phone", "web"],
            "invited": list(invited),
            "rate": [0.25, 1 / 3],
            "low": [0.2, 0.0],
            "high": [0.3, 0.9],
        }
    )
    facts = {
        "rate": Fact(0.25, "share", low=0.2, high=0.3, confidence=0.95, n=invited[0]),
        "small": Fact(1 / 3, "share", n=invited[1]),
    }
    return Example(name, table, facts)


ENTRIES = {
    "example.title": {"zh": "示例", "en": "Example"},
    "example.finding": {
        "zh": "应答率 {rate}（{rate:interval}）。",
        "en": "The response rate is {rate} ({rate:interval}).",
    },
    "column.mode": {"zh": "方式", "en": "Mode"},
    "column.invited": {"zh": "邀请数", "en": "Invited"},
    "column.rate": {"zh": "应答率", "en": "Response rate"},
}
"""What the catalogue must hold for the example; tests patch it in."""
