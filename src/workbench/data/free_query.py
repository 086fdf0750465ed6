"""Free SQL on a bank, read-only: what `bank.query` answers when it is asked in SQL.

A query is answered from copies of the tables it names, as the role sees them, in a database of its
own in memory that can reach no file, no network and no extension, and whose settings are locked
before the query is looked at. It cannot change the bank, for it never meets it.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from workbench import schema, sql
from workbench.errors import ParameterError
from workbench.privacy.roles import Role

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

QUERIED = "query bank"
"""Action of the audit entry; its subject is the query without its literals, and its hash."""
LONGEST = 900
NAME = re.compile(r"[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)?")
"""What a named query is called; SQL holds spaces."""
LITERAL = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|\d{5,}", re.DOTALL)
MISSING = re.compile(r'column (?:named )?"(?:\w+\.)?(\w+)"')
PLAIN = {"BASE_TABLE", "JOIN", "SUBQUERY", "EMPTY"}
"""Sources of rows in which every column that is read is named."""
CONFIGURATION: Mapping[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "python_enable_replacements": False,
    "temp_directory": "",
}


@dataclass(frozen=True)
class Asked:
    """A query that may be answered.

    Attributes
    ----------
    text : str
        The query.
    tables : tuple of str
        Canonical tables it reads.
    columns : frozenset of str or None
        All names of columns in it; None when it reads columns without naming them.
    """

    text: str
    tables: tuple[str, ...]
    columns: frozenset[str] | None

    def taken(self, table: str) -> str:
        """Return the columns of `table` that are needed, as SQL."""
        own = [column.name for column in schema.table(table).columns]
        named = [name for name in own if self.columns is None or name in self.columns]
        return ", ".join(named or own[:1])


def is_name(query: str) -> bool:
    """Tell whether `query` is the name of a query rather than SQL."""
    return NAME.fullmatch(query) is not None


def noted(query: str) -> str:
    """Return `query` as the audit log keeps it: without literals, which may identify somebody."""
    plain = " ".join(LITERAL.sub("'…'", query).split())
    digest = hashlib.sha256(query.encode()).hexdigest()[:16]
    return f"{plain[:LONGEST]} [SHA-256 {digest}]"


def asked(query: str, role: Role) -> Asked:
    """Return `query` as one that `role` may ask.

    Raises
    ------
    ParameterError
        It is not one SELECT, cannot be parsed, reads something that is no canonical table, or names
        a column that the role does not see.
    """
    with _locked() as parser:
        try:
            statements = parser.extract_statements(query)
        except Exception as error:
            raise refused(error) from None
        kinds = [statement.type.name for statement in statements]
        if kinds != ["SELECT"]:
            found = ", ".join(kinds) or "nothing"
            raise ParameterError(
                f"bank.query answers one SELECT and changes nothing; this is {found}; ask one "
                "SELECT at a time"
            )
        told = parser.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchall()[0][0]
    tree = json.loads(told)
    if tree["error"]:
        raise ParameterError(f"the query cannot be answered: {tree['error_message']}")
    tables, columns = _tables(tree), _columns(tree)
    whole = Asked(query, tables, columns)
    _require_seen(whole, role)
    return whole


def answered(
    query: Asked,
    connection: "DuckDBPyConnection",
    values: Mapping[str, object],
) -> "pd.DataFrame":
    """Return the rows of `query`; `connection`, which is used up, holds the tables as views.

    Raises
    ------
    ParameterError
        The query cannot be answered; a value it takes is not given.
    """
    wanted = sql.parameters(query.text)
    if missing := wanted - values.keys():
        raise ParameterError(f"the query takes {sorted(missing)}; give them by name")
    for name in query.tables:
        connection.execute(f"CREATE TABLE own_{name} AS SELECT {query.taken(name)} FROM {name}")
    for name in schema.stored("lake"):
        connection.execute(f"DROP VIEW {name}")
    for name in query.tables:
        connection.execute(f"ALTER TABLE own_{name} RENAME TO {name}")
    _lock(connection)
    try:
        return connection.execute(query.text, {name: values[name] for name in wanted}).df()
    except Exception as error:
        raise refused(error, query.tables) from None


def refused(error: Exception, tables: Sequence[str] = ()) -> ParameterError:
    """Return what DuckDB says of a query on `tables` as one line; no value of a row is repeated."""
    kind = type(error).__name__
    said = str(error).splitlines()
    if kind in {"ParserException", "BinderException", "CatalogException"}:
        first = said[0].partition(": ")[2] or said[0]
        return ParameterError(f"the query cannot be answered: {first}{_hint(first, tables)}")
    if kind == "PermissionException":
        return ParameterError(
            "bank.query reads the bank's tables and nothing else: no file, no address, no "
            "extension, no setting; load files with `workbench intake`"
        )
    if kind == "InterruptException":
        return ParameterError("the query was interrupted; narrow it down and ask again")
    return ParameterError(
        f"the query cannot be answered ({kind}): a value does not fit what is done with it; try "
        "TRY_CAST, or leave such rows out"
    )


def _hint(said: str, tables: Sequence[str]) -> str:
    """Return what column may have been meant; what DuckDB suggests, it knows from copies."""
    found = MISSING.search(said)
    if not found or not tables:
        return ""
    columns = {each.name for table in tables for each in schema.table(table).columns}
    close = get_close_matches(found[1].lower(), sorted(columns), n=1)
    meant = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(columns))}"
    return f"; {meant}"


def _locked() -> "DuckDBPyConnection":
    """Return an empty database, in which a query is looked at before any row is read."""
    import duckdb

    connection = duckdb.connect(config=dict(CONFIGURATION))
    _lock(connection)
    return connection


def _lock(connection: "DuckDBPyConnection") -> None:
    """Shut a database off from files, network, extensions and Python, for good."""
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET temp_directory = ''")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _tables(tree: Any) -> tuple[str, ...]:
    """Return the canonical tables that a query reads, or stop at what is none."""
    known = schema.stored("lake")
    parts = {each["key"].lower() for node in _nodes(tree) for each in _parts(node)}
    found: set[str] = set()
    for node in _nodes(tree):
        if node.get("type") == "BASE_TABLE":
            name = node["table_name"].lower()
            foreign = node["catalog_name"] or node["schema_name"] not in {"", "main"}
            if name in known and not foreign:
                found.add(name)
            elif foreign or name not in parts:
                close = get_close_matches(name, known, n=1)
                meant = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
                raise ParameterError(f"there is no table {node['table_name']!r} to query; {meant}")
    return tuple(sorted(found))


def _parts(node: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the parts of a query that have names: `WITH name AS …`."""
    parts: list[dict[str, Any]] = (node.get("cte_map") or {}).get("map", [])
    return parts


def _require_seen(query: Asked, role: Role) -> None:
    """Refuse names of what the role does not see: it would look like rows without values."""
    for each in role.withheld():
        table, _, column = each.partition(".")
        if table in query.tables and (not column or column in (query.columns or ())):
            raise ParameterError(f"role {role.name!r} does not see {each}; leave it out")


def _columns(tree: Any) -> frozenset[str] | None:
    """Return all names of columns in a query; None when it reads some without naming them."""
    names: set[str] = set()
    sources: set[str] = set()
    for node in _nodes(tree):
        kind = str(node.get("type", ""))
        natural = node.get("ref_type") not in {None, "REGULAR"}
        reference = "from_table" not in node and "query_location" in node and "sample" in node
        if kind == "STAR" or natural or (reference and kind not in PLAIN):
            return None
        names.update(node.get("column_names") or (), node.get("using_columns") or ())
        if kind == "BASE_TABLE":
            sources |= {node["table_name"].lower(), node["alias"].lower()}
    named = frozenset(name.lower() for name in names)
    # A table that stands where a value should, alone, is its whole row.
    alone = {str(each["column_names"][0]).lower() for each in _nodes(tree) if _is_alone(each)}
    return None if alone & sources else named


def _is_alone(node: Mapping[str, Any]) -> bool:
    return len(node.get("column_names") or ()) == 1


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)
