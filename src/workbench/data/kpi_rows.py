"""The rows that a KPI adds up: its own query, with each sum replaced by what is summed.

No second definition is written that could drift from the first: the query is read as a tree, the
part that sums is found, and what one row contributes to numerator and denominator takes the place
of the sums. A KPI that is no sum of rows, or no quotient of such sums, has none.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from workbench import schema
from workbench.sql.catalogue import Definition

SUMS = "sums"
"""What the part of a query is called that sums."""
PART, WHOLE = "kpi_part", "kpi_whole"
"""What a row contributes to the numerator, and to the denominator."""
REASONS = {
    "system": "no table tells it",
    "survey": "the survey's report estimates it, with weights",
    "several": "it is worked out from sums over several different sets of rows",
    "median": "it is a median, of which no row is a part",
    "product": "it is a product of sums",
}
"""Why a KPI has no rows that add up."""


class NoRowsError(Exception):
    """The KPI is no sum of rows; the message is one of `REASONS`."""


@dataclass(frozen=True)
class Rows:
    """The query of the rows behind a KPI.

    Attributes
    ----------
    query : str
        SQL of one row for each row that the KPI's query sums, with the names of `identifiers`,
        `PART`, and `WHOLE`, which is NULL without a denominator.
    identifiers : tuple of str
        Columns that say what a row is: keys of tables, and what it refers to.
    fixed : bool
        Whether the denominator is a number that somebody gave, such as net capital.
    quotient : bool
        Whether the KPI is numerator over denominator; else it is the numerator, and what is called
        the denominator only stands beside it.
    """

    query: str
    identifiers: tuple[str, ...]
    fixed: bool
    quotient: bool


def rows(one: Definition) -> Rows:
    """Return the query of the rows behind `one`.

    Raises
    ------
    NoRowsError
        It is no sum of rows.
    """
    if one.source != "sql":
        raise NoRowsError(one.source)
    tree = _parsed(one.query)
    main = tree["statements"][0]["node"]
    parts = main["cte_map"]["map"]
    found = next((each for each in parts if each["key"] == SUMS), None)
    if found is None and parts:
        raise NoRowsError("median" if "percentile" in one.query else "several")
    summing = found["value"]["query"]["node"] if found else main
    told = {each["alias"]: each for each in main["select_list"]}
    sums = {each["alias"]: each for each in summing["select_list"]} if found else None
    names = _identifiers(summing["from_table"], parts)
    order = [_column(alias, name) for name, alias in names.items()]
    part = _contribution(told["numerator"], sums, order)
    whole = _contribution(told["denominator"], sums, order)
    if part is None:
        raise NoRowsError("median" if "percentile" in one.query else "several")
    summing["select_list"] = [
        *order,
        {**part, "alias": PART},
        {**(whole or _template("NULL")), "alias": WHOLE},
    ]
    if found:
        main["cte_map"]["map"] = [each for each in parts if each["key"] != SUMS]
        summing["cte_map"] = main["cte_map"]
    tree["statements"][0]["node"] = summing
    return Rows(
        _written(tree),
        tuple(names),
        fixed=whole is None and _is_given(told["denominator"]),
        quotient=any(each.get("function_name") == "/" for each in _nodes(told["value"])),
    )


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for each in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(each, dict | list):
            yield from _nodes(each)


def _contribution(
    node: Mapping[str, Any], sums: Mapping[str, Any] | None, order: Sequence[Any]
) -> dict[str, Any] | None:
    """Return what one row adds to the sum `node` stands for; None when it is no sum of rows.

    `order` says which of several rows counts where each thing counts once.
    """
    if node["type"] == "OPERATOR_CAST":
        return _contribution(node["child"], sums, order)
    if node["type"] == "COLUMN_REF" and sums is not None:
        return _summand(sums[node["column_names"][-1]], order)
    if node["type"] == "VALUE_CONSTANT" or node["type"] == "VALUE_PARAMETER":
        return None
    if sums is None:
        return _summand(node, order)
    raise NoRowsError("product")


def _summand(node: Mapping[str, Any], order: Sequence[Any]) -> dict[str, Any]:
    """Return what is summed or counted in the aggregate `node`, for one row."""
    name = node.get("function_name")
    if node["type"] == "OPERATOR_CAST":
        return {**node, "child": _summand(node["child"], order)}
    if name == "sum":
        return {**node["children"][0]}
    if name == "count_star":
        return _template("1")
    if name == "count":
        (counted,) = node["children"]
        if not node["distinct"]:
            return _template("CASE WHEN x.x IS NOT NULL THEN 1 ELSE 0 END", counted)
        first = _template("row_number() OVER (PARTITION BY x.x ORDER BY y.y)", counted)
        (place,) = first["orders"]
        first["orders"] = [{**place, "expression": {**each, "alias": ""}} for each in order]
        once = _template("CASE WHEN x.x IS NOT NULL AND y.y = 1 THEN 1 ELSE 0 END", counted)
        counts: dict[str, Any] = _placed(once, first, "y")
        return counts
    if name == "*":
        first, second = node["children"]
        if second["type"] == "VALUE_CONSTANT":
            return {**node, "children": [_summand(first, order), second]}
    raise NoRowsError("several")


def _identifiers(source: Mapping[str, Any], parts: Sequence[Any]) -> dict[str, str]:
    """Return the columns that say what a row is, each with the source it is read from."""
    named = {each["key"]: each["value"]["query"]["node"] for each in parts}
    found: dict[str, str] = {}
    for table in _sources(source):
        if table["table_name"] in named:
            columns = _results(named[table["table_name"]])
        else:
            own = schema.table(table["table_name"])
            columns = [
                *own.key,
                *(column.name for column in own.columns if column.refers_to),
            ]
        for name in columns:
            if _identifies(name):
                found.setdefault(name, table["alias"] or table["table_name"])
    return found


def _identifies(name: str) -> bool:
    return name.endswith(("_id", "_code")) or name in {"month_end", "borrower", "industry"}


def _results(node: Mapping[str, Any]) -> list[str]:
    """Return the names of the columns that a part of a query gives."""
    names: list[str] = []
    for each in node["select_list"]:
        if each["type"] == "STAR":
            names += [column.name for column in schema.table(_only(node)).columns]
        else:
            names.append(each["alias"] or each.get("column_names", [""])[-1])
    return names


def _only(node: Mapping[str, Any]) -> str:
    return str(next(_sources(node["from_table"]))["table_name"])


def _sources(source: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give the tables of a FROM, in the order in which they are joined."""
    if source["type"] == "JOIN":
        yield from _sources(source["left"])
        yield from _sources(source["right"])
    elif source["type"] == "BASE_TABLE":
        yield source


def _is_given(node: Mapping[str, Any]) -> bool:
    """Tell whether a denominator is a value that is given from outside."""
    return node["type"] == "VALUE_PARAMETER" or ("child" in node and _is_given(node["child"]))


def _column(alias: str, name: str) -> dict[str, Any]:
    found = _template("x.x")
    return {**found, "column_names": [alias, name], "alias": name}


def _template(written: str, value: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the tree of an expression; `value` takes the place of `x.x` in it."""
    made: dict[str, Any] = json.loads(_serialised(f"SELECT {written}"))
    node = made["statements"][0]["node"]["select_list"][0]
    placed: dict[str, Any] = _placed(node, value) if value else node
    return placed


def _placed(node: Any, value: Mapping[str, Any], mark: str = "x") -> Any:
    if isinstance(node, dict):
        if node.get("column_names") == [mark, mark]:
            return dict(value)
        return {name: _placed(each, value, mark) for name, each in node.items()}
    return [_placed(each, value, mark) for each in node] if isinstance(node, list) else node


def _parsed(query: str) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(_serialised(query))
    return tree


@cache
def _serialised(query: str) -> str:
    import duckdb

    with duckdb.connect() as parser:
        told = parser.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchall()
    return str(told[0][0])


def _written(tree: Mapping[str, Any]) -> str:
    import duckdb

    with duckdb.connect() as parser:
        told = parser.execute("SELECT json_deserialize_sql(?::JSON)", [json.dumps(tree)]).fetchall()
    return str(told[0][0])
