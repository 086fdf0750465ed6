"""The schema's rules as DuckDB SQL: what a text means, and which rule it breaks."""

from dataclasses import dataclass

from workbench import schema
from workbench.data.reading import Raw
from workbench.data.sources import Cell, Target, found
from workbench.schema import SchemaColumn

TRUE = ("1", "true", "t", "yes", "y", "是", "有")
FALSE = ("0", "false", "f", "no", "n", "否", "无")
NUMBER = r"[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)?(\.[0-9]*)?([eE][+-]?[0-9]+)?"
WHOLE = r"[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.0*)?"
DAY = r"^([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?([ T]00:00:00(\.0*)?)?$"
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"


@dataclass(frozen=True)
class Rule:
    """One condition a value must meet.

    Attributes
    ----------
    column : SchemaColumn
        The column it is about.
    name : str
        Key `intake.rule.<name>` of its text.
    holds : str
        SQL over the staged row: true where the value is as it should be.
    """

    column: SchemaColumn
    name: str
    holds: str


def literal(text: str) -> str:
    """Return `text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def text(cell: Cell, raw: Raw) -> str:
    """Return SQL for the text that `cell` finds in `raw`: trimmed, codes replaced, empty as null."""
    if cell.value is not None:
        return literal(cell.value)
    name = found(cell.header, raw.headers)
    if name is None:
        return "NULL"
    column = raw.headers[name]
    plain = f"CAST({column} AS VARCHAR)" if raw.types[column] != "VARCHAR" else column
    value = f"nullif(trim({plain}, ' \t\u3000'), '')"
    if cell.codes or cell.other is not None:
        cases = " ".join(
            f"WHEN {literal(code)} THEN {literal(meant)}" for code, meant in cell.codes.items()
        )
        rest = literal(cell.other) if cell.other is not None else value
        value = f"CASE {value} {cases} ELSE CASE WHEN {value} IS NULL THEN NULL ELSE {rest} END END"
    if cell.template:
        before, _, behind = cell.template.partition("{}")
        value = f"{literal(before)} || {value} || {literal(behind)}"
    return value


def typed(column: SchemaColumn, cell: Cell, value: str) -> str:
    """Return SQL for the typed value of the text `value`; null where it has no meaning."""
    if column.type in ("int", "num", "rate", "money"):
        return _number(column, cell, value)
    if column.type == "date":
        return _date(value)
    if column.type == "ts":
        return f"coalesce(TRY_CAST({value} AS TIMESTAMP), CAST({_date(value)} AS TIMESTAMP))"
    if column.type == "bool":
        yes, no = (", ".join(map(literal, words)) for words in (TRUE, FALSE))
        return f"CASE WHEN lower({value}) IN ({yes}) THEN TRUE WHEN lower({value}) IN ({no}) THEN FALSE END"
    if column.values:
        return _code(column, value)
    return value


def _number(column: SchemaColumn, cell: Cell, value: str) -> str:
    shape = WHOLE if column.type == "int" and cell.factor == 1 else NUMBER
    clean = f"CASE WHEN regexp_full_match({value}, '{shape}') THEN replace({value}, ',', '') END"
    exact = "DECIMAL(38,8)" if column.type == "money" else "DOUBLE"
    number = f"TRY_CAST({clean} AS {exact})"
    if cell.factor != 1:
        number = f"{number} * CAST({cell.factor!r} AS {exact})"
    if cell.subtract_from is not None:
        number = f"{cell.subtract_from} - {number}"
    if column.type in ("num", "rate"):
        return number
    return f"TRY_CAST({number} AS {column.sql_type})"


def _date(value: str) -> str:
    iso = f"regexp_replace({value}, '{DAY}', '\\1-\\2-\\3')"
    return f"CASE WHEN regexp_matches({value}, '{DAY}') THEN TRY_CAST({iso} AS DATE) END"


def _code(column: SchemaColumn, value: str) -> str:
    """Return the code that `value` is, or is the Chinese or English label of."""
    meant: dict[str, str] = {}
    entries = schema.values(str(column.values))
    for code, labels in entries.items():
        for label in (labels["zh"], labels["en"].lower()):
            meant.setdefault(label, code)
    meant |= {code.lower(): code for code in entries}
    cases = " ".join(f"WHEN {literal(word)} THEN {literal(code)}" for word, code in meant.items())
    return f"CASE lower({value}) {cases} END"


def of(target: Target) -> list[Rule]:
    """Return the rules for rows of `target`, over columns `t_<name>` (text) and `<name>` (typed)."""
    rules: list[Rule] = []
    for column in schema.table(target.table).columns:
        rules += _of(column, target)
    return rules


def _of(column: SchemaColumn, target: Target) -> list[Rule]:
    name, rules = column.name, []
    if not column.nullable and name not in target.not_supplied:
        rules.append(Rule(column, "required", f"t_{name} IS NOT NULL"))
    meaning = "code" if column.values else column.type
    if column.type in ("str", "text") and not column.values:
        rules.append(
            Rule(column, "control", f"NOT coalesce(regexp_matches(t_{name}, '{CONTROL}'), FALSE)")
        )
    else:
        rules.append(Rule(column, meaning, f"(t_{name} IS NULL OR {name} IS NOT NULL)"))
    if column.low is not None and name not in target.allow_negative:
        rules.append(Rule(column, "low", f"coalesce({name} >= {column.low:.12g}, TRUE)"))
    if column.high is not None:
        rules.append(Rule(column, "high", f"coalesce({name} <= {column.high:.12g}, TRUE)"))
    if column.pattern:
        shape = literal(column.pattern)
        rules.append(
            Rule(column, "pattern", f"coalesce(regexp_full_match(t_{name}, {shape}), TRUE)")
        )
    return rules
