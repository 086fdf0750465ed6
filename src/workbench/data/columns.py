"""Columns of Parquet files, read one at a time: for tables that are larger than memory."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import DataError, ParameterError

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection

NUMBERS = ("DOUBLE", "FLOAT", "BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UTINYINT")
"""Types of columns that are numbers as they are."""


class Columns:
    """Columns of Parquet files in the order of their rows; nothing stays in memory.

    What fits a scorecard or scores one column by column takes it in the place of a table.

    Parameters
    ----------
    files : Path or sequence of Path
        Files with the same columns.
    names : sequence of str or None
        The columns there are; all of the files' when None.

    Raises
    ------
    ParameterError
        No file is named, or one is not there.
    DataError
        A column is in none of the files.
    """

    def __init__(self, files: Path | Sequence[Path], names: Sequence[str] | None = None) -> None:
        paths = [Path(each) for each in ([files] if isinstance(files, str | Path) else files)]
        if not paths:
            raise ParameterError("no Parquet file is named; name one or more")
        if missing := [path.name for path in paths if not path.is_file()]:
            raise ParameterError(f"there is no file {missing[0]}; name files that are there")
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
        self._source = f"read_parquet([{listed}])"
        self._connection = self._opened()
        known = self._connection.sql(f"SELECT * FROM {self._source} LIMIT 0").columns
        if unknown := [name for name in names or () if name not in known]:
            raise DataError(f"there is no column {unknown[0]!r}; the files have {known[:10]}")
        self.columns: tuple[str, ...] = tuple(names or known)
        found = self._connection.sql(f"SELECT count(*) FROM {self._source}").fetchall()
        self._rows = int(found[0][0])

    def __len__(self) -> int:
        """Return the rows of all files."""
        return self._rows

    def __getitem__(self, name: str) -> "pd.Series[Any]":
        """Return one column, read anew."""
        if name not in self.columns:
            raise DataError(f"there is no column {name!r} among {list(self.columns)[:10]}")
        import numpy as np
        import pandas as pd

        quoted = '"' + name.replace('"', '""') + '"'
        rows = self._connection.sql(f"SELECT {quoted} FROM {self._source}")
        if str(rows.types[0]) not in NUMBERS:
            return rows.df()[name]
        # A third of the time that a data frame takes.
        values = rows.fetchnumpy()[name]
        if isinstance(values, np.ma.MaskedArray):
            values = np.ma.filled(values.astype(np.float64), np.nan)
        return pd.Series(values, name=name, copy=False)

    def table(self) -> "pd.DataFrame":
        """Return all columns at once, in memory."""
        import pandas as pd

        return pd.DataFrame({name: self[name] for name in self.columns})

    @staticmethod
    def _opened() -> "DuckDBPyConnection":
        import duckdb

        # One thread: rows come in the order of the files without a buffer that holds them all.
        return duckdb.connect(config={"threads": 1, "autoload_known_extensions": False})
