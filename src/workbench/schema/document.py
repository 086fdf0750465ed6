"""The canonical tables as a page of Markdown, written from the schema's data."""

from workbench import schema, text
from workbench.schema import SchemaColumn, Table

FOR_LABELS = (
    *("segment", "province", "industry_section", "information_kind", "unit"),
    "choice_attribute",
)
"""Lists that label what analyses derive; no column is restricted to their codes."""


def markdown() -> str:
    """Return the page in the current language: each table with its columns and values."""
    parts = [f"# {text.say('schema.title')}", text.say("schema.intro")]
    parts += [_section(schema.table(name)) for name in schema.ordered()]
    parts += [f"## {text.say('schema.values')}", *_lists()]
    parts += [f"## {text.say('schema.for_labels')}", *(_list(name) for name in FOR_LABELS)]
    return "\n\n".join(parts) + "\n"


def _section(table: Table) -> str:
    headings = ("column", "label", "type", "required", "rule", "class", "note")
    grain = {"zh": table.grain_zh, "en": table.grain_en}[text.language()]
    lines = [
        f"## {table.label()} · `{table.name}`",
        "",
        text.say("schema.grain", grain=grain),
        "",
        "| " + " | ".join(text.say(f"schema.{name}") for name in headings) + " |",
        "|" + "---|" * len(headings),
    ]
    return "\n".join([*lines, *(_row(column) for column in table.columns)])


def _row(column: SchemaColumn) -> str:
    unit = schema.value("unit", column.unit)
    kind = text.say("schema.measured", type=column.type, unit=unit) if unit else column.type
    cells = (
        f"`{column.name}`" + (f" {text.say('schema.key')}" if column.is_key else ""),
        column.label(),
        kind,
        text.say("schema.no" if column.nullable else "schema.yes"),
        _rule(column),
        column.conf_class,
        column.note,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _rule(column: SchemaColumn) -> str:
    rules = []
    if column.refers_to:
        rules.append(f"→ `{column.refers_to}`")
    if column.values:
        rules.append(f"`{column.values}`")
    if column.low is not None or column.high is not None:
        ends = ["" if end is None else f"{end:.12g}" for end in (column.low, column.high)]
        rules.append(f"{ends[0]} … {ends[1]}".strip())
    if column.pattern:
        rules.append(f"`{column.pattern}`")
    if column.pseudonymised:
        rules.append(text.say("schema.pseudonym"))
    return "; ".join(rules) if text.language() == "en" else "；".join(rules)


def _lists() -> list[str]:
    names = sorted(
        {column.values for table in schema.tables().values() for column in table.columns} - {None},
        key=str,
    )
    return [_list(str(name)) for name in names]


def _list(name: str) -> str:
    labels = (f"`{code}` {schema.value(name, code)}" for code in schema.values(name))
    return f"**{name}**: " + " · ".join(labels)
