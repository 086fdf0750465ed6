"""Source maps: which of a bank's files and headers is which canonical table and column.

One TOML file per source in `data/sources/`; `docs/operations/own-files.md` explains every entry.
"""

import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from workbench import schema, settings
from workbench.errors import DataError, ParameterError


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[list[str], BeforeValidator(_listed)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(_Strict):
    """Where one canonical column comes from.

    Attributes
    ----------
    header : list of str
        Headers it may have in the file, in any of the bank's spellings.
    value : str or None
        A constant, when the file has no such column.
    template : str or None
        Text with `{header}` in it, such as `TW{ID}`; `header` names the column.
    row : str or None
        Text with `{}` in it for the number of the record, such as `PT{}`, when the file has no id.
    missing : list of str
        What the file writes where a value is missing.
    codes : mapping
        What the file writes → code or text of the canonical column.
    other : str or None
        Code for everything that `codes` does not name.
    factor : float
        What numbers are multiplied by, such as 10000 for 万元 or 0.01 for percent.
    subtract_from : int or None
        The number is this minus what the file says, such as a year minus an age.
    """

    header: Names = []
    value: str | None = None
    template: str | None = None
    row: str | None = None
    missing: Names = []
    codes: Mapping[str, str] = {}
    other: str | None = None
    factor: float = Field(default=1, allow_inf_nan=False)
    subtract_from: int | None = None

    @property
    def copied(self) -> bool:
        """Tell whether the text is the file's own and not the source map's, in whole or part."""
        return not (self.value or self.template or self.codes or self.other)


def _cell(value: object) -> object:
    return {"header": value} if isinstance(value, (str, list)) else value


Cells = dict[str, Annotated[Cell, BeforeValidator(_cell)]]


class Target(_Strict):
    """One canonical table that a file feeds.

    Attributes
    ----------
    table : str
        The canonical table.
    columns : mapping of str to Cell
        Canonical column → where it comes from.
    repeat : list of mappings
        One wide row of the file becomes one row per entry, with these columns instead.
    not_supplied : list of str
        Required columns the source cannot give; they stay empty and reports say so.
    allow_negative : list of str
        Columns that may be below their range in this source; load reports say so.
    """

    table: str
    columns: Cells = {}
    repeat: list[Cells] = []
    not_supplied: list[str] = []
    allow_negative: list[str] = []

    def rows(self) -> list[Cells]:
        """Return the columns of each row that one row of the file becomes."""
        return [{**self.columns, **extra} for extra in self.repeat or [{}]]


class FileMap(_Strict):
    """One kind of file.

    Attributes
    ----------
    pattern : list of str
        What its name looks like, such as `loans_*.csv`.
    tables : list of Target
        What it feeds.
    relation : list of str
        Tables or views of a database that hold the same, such as `customers` or `core.customers`.
    sheet : str or None
        Sheet of a workbook; the first one when None.
    encoding : str or None
        Encoding; when None, UTF-8 if it is, else GB 18030.
    delimiter, quote : str
        Of a text file, one character each. A file without quotes names one that never occurs.
    skip_rows : int
        Title rows above the header.
    """

    pattern: Names
    relation: Names = []
    tables: list[Target] = Field(alias="table")
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str = Field(default=",", min_length=1, max_length=1, pattern=r"[^\r\n]")
    quote: str = Field(default='"', min_length=1, max_length=1, pattern=r"[^\r\n]")
    skip_rows: int = Field(default=0, ge=0)

    def matches(self, name: str) -> bool:
        """Tell whether a file called `name`, or a table copied into one, is of this kind."""
        copied = name.removesuffix(".parquet") in self.relation
        return copied or any(Path(name.lower()).match(each.lower()) for each in self.pattern)

    def needed(self) -> list[list[str]]:
        """Return the spellings of every header this kind of file must have."""
        cells = (cell for target in self.tables for row in target.rows() for cell in row.values())
        return [list(cell.header) for cell in cells if cell.header]


class Source(_Strict):
    """One source of files.

    Attributes
    ----------
    name : str
        Its file's name.
    kind : str
        Code of the list `source_kind`.
    bank, bank_en, currency : str
        What a new bank is called, and its money.
    error_limit : float
        Share of quarantined rows of a table above which a load commits nothing.
    files : list of FileMap
        Its kinds of files.
    rows : mapping of str to list of mappings
        Rows of parent tables that the source has no file for.
    """

    name: str
    title_zh: str
    title_en: str
    kind: str = "S"
    bank: str
    bank_en: str
    currency: str = "CNY"
    error_limit: float = Field(0.01, ge=0, le=1)
    files: list[FileMap] = Field(alias="file")
    rows: dict[str, list[dict[str, str]]] = {}


def folder() -> Path:
    """Return the folder of source maps."""
    return settings.home() / "data" / "sources"


def names() -> list[str]:
    """Return the names of all source maps."""
    return sorted(path.stem for path in folder().glob("*.toml"))


def read(name: str) -> Source:
    """Return the source map `name`, checked against the schema.

    Raises
    ------
    ParameterError
        There is none of that name.
    DataError
        It is not valid TOML, has an entry of another name or type, or names a table, column or
        code that the schema lacks.
    """
    path = folder() / f"{name}.toml"
    if name not in names():
        close = get_close_matches(name, names(), n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {names()}"
        raise ParameterError(f"there is no source map {name!r}; {hint}")
    try:
        source = Source(name=name, **tomllib.loads(path.read_text("utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path.name} is not valid TOML: {error}") from error
    except ValidationError as error:
        raise DataError(_first(path, error)) from error
    for file in source.files:
        for target in file.tables:
            _check(path.name, target)
    return source


def _first(path: Path, error: ValidationError) -> str:
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"])
    hint = ""
    if problem["type"] == "extra_forbidden":
        known = {name for model in (Source, FileMap, Target, Cell) for name in model.model_fields}
        close = get_close_matches(str(problem["loc"][-1]), known, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"{path.name}: {where}: {problem['msg']}{hint}"


def _check(file: str, target: Target) -> None:
    table = schema.table(target.table)
    for cells in target.rows():
        for name, cell in cells.items():
            _check_unit(file, table.column(name), cell)
        given: Sequence[str] = [*cells, *target.not_supplied]
        missing = [c.name for c in table.columns if not c.nullable and c.name not in given]
        if missing:
            raise DataError(
                f"{file}: table {target.table!r} lacks {missing}; "
                "map them, or list them under not_supplied"
            )
    for name in (*target.not_supplied, *target.allow_negative):
        table.column(name)


def _check_unit(file: str, column: schema.SchemaColumn, cell: Cell) -> None:
    # Amounts are multiplied as decimals of four places: a smaller factor would make them zero.
    if column.type == "money" and round(cell.factor, 4) != cell.factor:
        raise DataError(
            f"{file}: the factor {cell.factor!r} of {column.table}.{column.name} has more than "
            "four decimal places; amounts take factors such as 10000 or 0.01"
        )


def spelled(header: str) -> str:
    """Return `header` as it is compared: width, case and blanks do not matter."""
    from unicodedata import normalize

    return "".join(normalize("NFKC", header).casefold().split())


def found(spellings: Sequence[str], headers: Mapping[str, Any]) -> str | None:
    """Return the key of `headers` (spelled) that one of `spellings` names, if any."""
    return next((spelled(name) for name in spellings if spelled(name) in headers), None)
