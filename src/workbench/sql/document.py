"""The KPI catalogue as a page of Markdown, written from its data and queries."""

from workbench import text
from workbench.sql import catalogue
from workbench.sql.catalogue import Definition

HEADINGS = ("kpi", "unit", "better", "window", "kind", "definition", "needs")


def markdown() -> str:
    """Return the page in the current language: the KPIs of each notebook, windows, parameters."""
    parts = [f"# {text.say('kpi.title')}", text.say("kpi.intro")]
    parts += [f"## {text.say('kpi.windows_title')}", text.say("kpi.windows")]
    parts += [f"## {text.say('kpi.parameters_title')}", text.say("kpi.parameters"), _parameters()]
    every = catalogue.kpis().values()
    for notebook in dict.fromkeys(one.notebook for one in every):
        rows = [_row(one) for one in every if one.notebook == notebook]
        parts += [f"## `{notebook}`", "\n".join([*_head(), *rows])]
    return "\n\n".join(parts) + "\n"


def _head() -> tuple[str, str]:
    titles = " | ".join(text.say(f"kpi.{name}") for name in HEADINGS)
    return f"| {titles} |", "|" + "---|" * len(HEADINGS)


def _row(one: Definition) -> str:
    kinds = [text.say(f"kpi.kind.{one.kind}")]
    if one.subject == "people":
        kinds.append(text.say("kpi.people"))
    cells = (
        f"{one.label()} `{one.code}`",
        text.say(f"kpi.unit.{one.unit}"),
        text.say(f"kpi.better.{one.better}"),
        _listed([text.say(f"kpi.window.{window}") for window in one.windows]),
        _listed(kinds),
        text.say("kpi.why", definition=one.definition(), why=one.why()),
        ", ".join(f"`{table}`" for table in one.needs) or text.say(f"kpi.{one.source}"),
    )
    return "| " + " | ".join(cells) + " |"


def _parameters() -> str:
    users: dict[str, list[str]] = {}
    for one in catalogue.kpis().values():
        for name in one.parameters:
            users.setdefault(name, []).append(f"`{one.code}`")
    return "\n".join(f"- `{name}`: {', '.join(codes)}" for name, codes in sorted(users.items()))


def _listed(words: list[str]) -> str:
    return ("、" if text.language() == "zh" else ", ").join(words)
