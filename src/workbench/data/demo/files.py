"""The demo bank's files as its systems would export them: Chinese headers, Chinese labels."""

import json
from collections.abc import Mapping, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench import schema
from workbench.data import sources
from workbench.data.demo.season import LAST
from workbench.data.sources import FileMap, Target

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SOURCE = "demo"
"""Source map that names the files and their headers."""
TRUTH = "truth.json"
FREQUENT = 8
"""Rows to each code of a column from which on codes are faster to write than text."""


def write_truth(folder: Path, truth: Mapping[str, Any]) -> None:
    """Write `truth` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TRUTH).write_text(json.dumps(truth, ensure_ascii=False) + "\n", "utf-8")


def write(folder: Path, tables: Mapping[str, pd.DataFrame], block: int | None = None) -> list[Path]:
    """Write `tables` into `folder` by the demo's source map.

    Returns
    -------
    list of Path
        The files, their names ending in the number of the `block`; a table without rows has none.
        The same tables give the same bytes.
    """
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with duckdb.connect(config={"threads": 1}) as connection:
        for file in sources.read(SOURCE).files:
            target = file.tables[0]
            if target.table in tables and len(tables[target.table]):
                path = folder / _name(file, block)
                days = {
                    cell.header[0]
                    for name, cell in target.columns.items()
                    if schema.table(target.table).column(name).type == "date"
                }
                _copy(connection, exported(tables[target.table], target), days, path)
                written.append(path)
    return written


def exported(table: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Return `table` as the bank would write it: its headers, labels, units and flags."""
    columns = {}
    for name, cell in target.columns.items():
        values = table[name]
        column = schema.table(target.table).column(name)
        if column.values and column.type != "int":
            labels = {code: words["zh"] for code, words in schema.values(column.values).items()}
            values = _labelled(values, labels)
        elif column.type == "bool":
            values = values.map({True: "是", False: "否"})
        elif cell.factor != 1:
            values = (values / cell.factor).round(8)
        columns[cell.header[0]] = values
    return pd.DataFrame(columns)


def _labelled(values: "pd.Series[Any]", labels: Mapping[str, str]) -> "pd.Series[Any]":
    if isinstance(values.dtype, pd.CategoricalDtype):
        known = [str(code) for code in values.cat.categories]
        return values.cat.rename_categories([labels[code] for code in known])
    return values.astype(str).map(labels)


def _name(file: FileMap, block: int | None) -> str:
    day = LAST.strftime("%Y%m%d")
    return file.pattern[0].replace("*", day if block is None else f"{day}_{block:03d}")


def _copy(
    connection: "DuckDBPyConnection", table: pd.DataFrame, days: Set[str], path: Path
) -> None:
    table = pd.DataFrame({name: _plain(table[name]) for name in table.columns}, copy=False)
    connection.register("exported", table)
    columns = ", ".join(_column(table[name], name, name in days) for name in table.columns)
    how = "FORMAT parquet" if path.suffix == ".parquet" else "FORMAT csv, HEADER"
    place = str(path).replace("'", "''")
    connection.execute(f"COPY (SELECT {columns} FROM exported) TO '{place}' ({how})")
    connection.unregister("exported")


def _plain(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return codes as text where each is rare: a category costs DuckDB as much as some rows."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return values
    labels = values.cat.categories
    if len(labels) * FREQUENT < len(values):
        return values
    known = np.concatenate([labels.to_numpy(dtype=object), np.array([None], dtype=object)])
    return pd.Series(known[values.cat.codes.to_numpy()], values.index, dtype="str")


def _column(values: "pd.Series[Any]", name: str, is_day: bool) -> str:
    """Return SQL for a column: text instead of codes, days without a time of day."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return f'CAST("{name}" AS VARCHAR) AS "{name}"'
    if is_day:
        return f'CAST("{name}" AS DATE) AS "{name}"'
    return f'"{name}"'
