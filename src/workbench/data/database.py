"""Tables of a bank's database as files on their way in, read by the database's own URL."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.data import sources
from workbench.data.scratch import Scratch
from workbench.errors import DataError, ParameterError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from sqlalchemy import Connection, Engine

ROWS = 50_000
"""Rows fetched at a time: a table is never in memory as a whole."""


def is_url(path: Path | str) -> bool:
    """Tell whether `path` is the URL of a database, such as `postgresql+psycopg://host/core`."""
    return isinstance(path, str) and "://" in path


def extract(urls: Sequence[str], source: str | None, scratch: Scratch) -> list[Path]:
    """Write the tables and views that source maps name into Parquet files in `scratch`.

    Parameters
    ----------
    urls : sequence of str
        SQLAlchemy URLs without passwords; these come from the driver's own store, such as
        `~/.pgpass` or `PGPASSWORD`.
    source : str or None
        Source map; None reads the tables that any map names.
    scratch : Scratch
        Where the files are put.

    Returns
    -------
    list of Path
        One file per table, called like the table; rows in the order of their columns.

    Raises
    ------
    ParameterError
        A URL holds a password, or is not one.
    DataError
        The database cannot be reached, or has no table that a map names.
    """
    written: list[Path] = []
    for url in urls:
        engine = _engine(url)
        wanted = {
            relation
            for name in ([source] if source else sources.names())
            for file in sources.read(name).files
            for relation in file.relation
        }
        found = [
            _write(engine, relation, scratch)
            for relation in sorted(wanted & set(_relations(engine)))
        ]
        if not found:
            raise DataError(
                f"{engine.url.render_as_string()} has no table or view that a source map names "
                f"under relation; the maps name {sorted(wanted) or 'none'}"
            )
        written += found
        engine.dispose()
    return written


def _engine(url: str) -> "Engine":
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        parsed = make_url(url)
        if parsed.password is not None:
            raise ParameterError(
                f"the URL {parsed.render_as_string()} holds a password, which other users of this "
                "machine can read; leave it out and set PGPASSWORD or a password file"
            )
        return create_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise ParameterError(
            f"no driver reads this database ({_line(error)}); write "
            "postgresql+psycopg://user@host/name, or install the driver beside the workbench"
        ) from None


def _relations(engine: "Engine") -> list[str]:
    """Return the tables and views: by name in the default schema, by `schema.name` in others."""
    from sqlalchemy import inspect
    from sqlalchemy.exc import SQLAlchemyError

    try:
        inspector = inspect(engine)
        names = []
        for space in inspector.get_schema_names():
            prefix = "" if space == inspector.default_schema_name else f"{space}."
            own = [*inspector.get_table_names(space), *inspector.get_view_names(space)]
            names += [prefix + name for name in own]
        return names
    except SQLAlchemyError as error:
        place = engine.url.render_as_string()
        raise DataError(
            f"cannot reach {place}: {_line(error)}; check host, name, user and password"
        ) from None


def _write(engine: "Engine", relation: str, scratch: Scratch) -> Path:
    import duckdb
    from sqlalchemy.exc import SQLAlchemyError

    path = scratch.called(f"{relation}.parquet")
    try:
        with engine.connect() as connection, duckdb.connect(config={**scratch.settings()}) as own:
            _steady(connection)
            names = _copy(connection, relation, own)
            listed = ", ".join(f'"{name}"' for name in names)
            place = str(path).replace("'", "''")
            own.execute(
                f"COPY (SELECT {listed} FROM rows ORDER BY ALL) TO '{place}' "
                "(FORMAT parquet, USE_TMP_FILE false)"
            )
    except SQLAlchemyError as error:
        raise DataError(
            f"cannot read {relation} of {engine.url.render_as_string()}: {_line(error)}"
        ) from None
    return path


def _steady(connection: "Connection") -> None:
    """Read without changing anything, and as of one moment, where the database can."""
    from sqlalchemy.exc import ArgumentError, DBAPIError

    with suppress(ArgumentError, DBAPIError, NotImplementedError):
        connection.execution_options(isolation_level="REPEATABLE READ")
    if connection.dialect.name == "postgresql":
        from sqlalchemy import text

        connection.execute(text("SET TRANSACTION READ ONLY"))


def _copy(connection: "Connection", relation: str, own: "DuckDBPyConnection") -> list[str]:
    """Copy the rows as text into the table `rows` of `own`; return the columns."""
    import pandas as pd
    from sqlalchemy import literal_column, select, table

    space, _, name = relation.rpartition(".")
    query: Any = select(literal_column("*")).select_from(table(name, schema=space or None))
    result = connection.execution_options(stream_results=True, yield_per=ROWS).execute(query)
    names = list(result.keys())
    typed = ", ".join(f'"{each}" VARCHAR' for each in names)
    own.execute(f"CREATE TABLE rows ({typed})")
    for part in result.partitions():
        # Registered under a name of its own, which DuckDB must not look for among variables.
        own.register(
            "part", pd.DataFrame([[_plain(v) for v in row] for row in part], columns=names)
        )
        own.execute("INSERT INTO rows SELECT * FROM part")
        own.unregister("part")
    return names


def _plain(value: Any) -> str | None:
    """Return `value` as a file would write it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if hasattr(value, "isoformat"):
        return str(value)
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return str(value)


def _line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
