"""The schema's rules as DuckDB SQL: what a text means, and which rule it breaks."""

from dataclasses import dataclass

from workbench import schema
from workbench.data.reading import RECORD, Raw, literal
from workbench.data.sources import Cell, Target, found
from workbench.schema import SchemaColumn

TRUE = ("1", "true", "t", "yes", "y", "是", "有")
FALSE = ("0", "false", "f", "no", "n", "否", "无")
GROUPED = r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?"
DAY = (
    r"^(?:([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{4})([0-9]{2})([0-9]{2}))"
    r"(?:[ T]00:00:00(?:\.0*)?)?$"
)
"""Separators, or eight digits: `202011` and `2020-11` are months; no day is made up for them."""
MOMENT = r"^[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$"
"""The bank's own clock time: an offset or `Z` would be dropped silently, hence is refused."""
CARD = r"(?:^|[^0-9])([0-9](?:[ -]?[0-9]){15,18})(?:[^0-9]|$)"
"""What a card number looks like; the check digit decides (ISO/IEC 7812-1, annex B)."""
RESIDENT = (
    r"(?:^|[^0-9])[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"[0-9]{3}[0-9Xx](?:[^0-9]|$)"
)
"""A resident identity number (GB 11643): area, day of birth, sequence, check character."""
SPOILT = r"#(N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!)|[0-9](\.[0-9]+)?[Ee]\+[0-9]{2,3}"
"""What a spreadsheet writes for a formula that failed, and for a long number that it rounded."""
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


def text(cell: Cell, raw: Raw) -> str:
    """Return SQL for the text of `cell` in `raw`: trimmed, codes replaced, empty as null."""
    if cell.value is not None:
        return literal(cell.value)
    if cell.row is not None:
        before, _, behind = cell.row.partition("{}")
        return f"{literal(before)} || CAST({RECORD} AS VARCHAR) || {literal(behind)}"
    name = found(cell.header, raw.headers)
    if name is None:
        return "CAST(NULL AS VARCHAR)"
    column = raw.headers[name]
    plain = f"CAST({column} AS VARCHAR)" if raw.types[column] != "VARCHAR" else column
    blanks = raw.marks.blanks
    strip = f"trim({plain})" if blanks == " " else f"trim({plain}, {literal(blanks)})"
    value = f"nullif({strip if blanks else plain}, '')"
    for none in cell.missing:
        value = f"nullif({value}, {literal(none)})"
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


def typed(column: SchemaColumn, cell: Cell, value: str, *, grouped: bool = True) -> str:
    """Return SQL for the typed value of the text `value`; null where it has no meaning.

    Numbers are not looked through for thousands separators unless they may be `grouped`.
    """
    if column.type in ("int", "num", "rate", "money"):
        return _number(column, cell, _ungrouped(value) if grouped else value)
    if column.type == "date":
        return _date(value)
    if column.type == "ts":
        return _moment(value)
    if column.type == "bool":
        yes, no = (", ".join(map(literal, words)) for words in (TRUE, FALSE))
        cases = f"WHEN lower({value}) IN ({yes}) THEN TRUE WHEN lower({value}) IN ({no}) THEN FALSE"
        return f"CASE {cases} END"
    if column.values:
        return _code(column, value)
    return value


def _ungrouped(value: str) -> str:
    # DuckDB would read 1_000 as 1000; thousands separators are taken where they stand right only.
    grouped = (
        f"CASE WHEN regexp_full_match({value}, '{GROUPED}') THEN replace({value}, ',', '') END"
    )
    odd = f"contains({value}, ',') OR contains({value}, '_')"
    return f"CASE WHEN {odd} THEN {grouped} ELSE {value} END"


def _number(column: SchemaColumn, cell: Cell, clean: str) -> str:
    if column.type == "money":
        return _money(cell, clean)
    number = f"TRY_CAST({clean} AS DOUBLE)"
    if cell.factor != 1:
        number = f"{number} * {cell.factor!r}"
    if cell.subtract_from is not None:
        number = f"{cell.subtract_from} - {number}"
    if column.type == "int":
        return f"CASE WHEN {number} = floor({number}) THEN TRY_CAST({number} AS INTEGER) END"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def _money(cell: Cell, clean: str) -> str:
    """Return SQL for an amount, rounded to the cent after the factor."""
    if cell.factor == 1:
        return f"TRY_CAST({clean} AS DECIMAL(18,2))"
    exact = f"TRY_CAST({clean} AS DECIMAL(24,6)) * CAST({cell.factor!r} AS DECIMAL(14,4))"
    return f"TRY_CAST({exact} AS DECIMAL(18,2))"


def _date(value: str) -> str:
    # DuckDB takes more than days for dates ("infinity", "… (BC)"): only ten characters may.
    iso = f"regexp_replace({value}, '{DAY}', '\\1\\4-\\2\\5-\\3\\6')"
    other = f"CASE WHEN regexp_matches({value}, '{DAY}') THEN TRY_CAST({iso} AS DATE) END"
    plain = f"length({value}) = 10 AND {value}[5] = '-' AND {value}[8] = '-'"
    cases = f"WHEN {value} < '0001' THEN NULL WHEN {plain} THEN TRY_CAST({value} AS DATE)"
    return f"CASE {cases} ELSE {other} END"


def _moment(value: str) -> str:
    # DuckDB would take "infinity", "epoch" and "… (BC)" for times.
    shaped = f"{value} >= '0001' AND regexp_matches({value}, '{MOMENT}')"
    time = f"CASE WHEN {shaped} THEN TRY_CAST({value} AS TIMESTAMP) END"
    return f"coalesce({time}, CAST({_date(value)} AS TIMESTAMP))"


def _code(column: SchemaColumn, value: str) -> str:
    """Return the code that `value` is, or is the Chinese or English label of."""
    meant: dict[str, str] = {}
    entries = schema.values(str(column.values))
    for code, labels in entries.items():
        for label in (labels["zh"].lower(), labels["en"].lower()):
            meant.setdefault(label, code)
    meant |= {code.lower(): code for code in entries}
    cases = " ".join(f"WHEN {literal(word)} THEN {literal(code)}" for word, code in meant.items())
    return f"CASE lower({value}) {cases} END"


def of(target: Target) -> list[Rule]:
    """Return the rules for rows of `target`: over `t_<name>`, the text, and `<name>`, typed."""
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
        # A pattern says what may stand there, control characters never among it.
        clean = f"NOT coalesce(regexp_matches(t_{name}, '{CONTROL}'), FALSE)"
        rules += [] if column.pattern else [Rule(column, "control", clean)]
        # Few texts hold one of these two marks: only they are looked at closely.
        suspect = f"contains(t_{name}, '+') OR starts_with(t_{name}, '#')"
        whole = (
            f"CASE WHEN {suspect} THEN NOT regexp_full_match(t_{name}, '{SPOILT}') ELSE TRUE END"
        )
        rules.append(Rule(column, "spreadsheet", whole))
        rules += _redacted(column) if column.type == "text" else []
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


def _redacted(column: SchemaColumn) -> list[Rule]:
    """Return the rules that free text holds no card number and no identity number."""
    name = f"t_{column.name}"
    digit = "CAST(n[-i] AS INTEGER)"
    twice = f"WHEN {digit} > 4 THEN 2 * {digit} - 9 ELSE 2 * {digit}"
    doubled = f"CASE WHEN i % 2 = 1 THEN {digit} {twice} END"
    sum_ = f"list_sum(list_transform(range(1, length(n) + 1), lambda i: {doubled}))"
    plain = "list_transform(found, lambda f: regexp_replace(f, '[ -]', '', 'g'))"
    cards = f"len(list_filter({plain}, lambda n: {sum_} % 10 = 0))"
    found = f"regexp_extract_all({name}, '{CARD}', 1)"
    # Few texts hold so many digits: only these are looked at closely.
    suspect = f"coalesce(regexp_matches({name}, '[0-9]([ -]?[0-9]){{15}}'), FALSE)"
    return [
        Rule(
            column,
            "card_number",
            f"CASE WHEN {suspect} THEN {cards.replace('found', found)} = 0 ELSE TRUE END",
        ),
        Rule(
            column,
            "identity_number",
            f"CASE WHEN {suspect} THEN NOT regexp_matches({name}, '{RESIDENT}') ELSE TRUE END",
        ),
    ]
