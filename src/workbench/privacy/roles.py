"""Roles: which columns and rows of a bank somebody sees, and what else he or she may do.

What each role sees is data, in the rule pack `roles`. A column that a role does not see is there,
typed and empty, so that queries and analyses find every name they use.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from workbench import schema, settings
from workbench.errors import ParameterError
from workbench.schema import SchemaColumn, Table

PACK = "roles"
PARENTS = ("branches", "customers", "loans", "facilities", "applications")
"""Tables by which a row belongs to a branch: directly, or through the one it refers to."""


@dataclass(frozen=True)
class Role:
    """What one role sees and may do.

    Attributes
    ----------
    name : str
        Its name in the rule pack.
    title_zh, title_en : str
        What it is called.
    classes : tuple of str
        Confidentiality classes of the columns it sees.
    kinds : tuple of str
        What those columns may say of a person: the schema's `pii_role`.
    free_text : bool
        Whether it sees text that somebody wrote.
    without : tuple of str
        Tables, and columns as `table.column`, that it does not see.
    own_branches : bool
        Whether it sees nothing until its branches are named.
    may : tuple of str
        What else it may do.
    branches : tuple of str
        Branches whose rows it sees; all when empty.
    """

    name: str
    title_zh: str
    title_en: str
    classes: tuple[str, ...]
    kinds: tuple[str, ...]
    free_text: bool
    without: tuple[str, ...]
    own_branches: bool
    may: tuple[str, ...]
    branches: tuple[str, ...] = field(default=())

    def sees(self, column: SchemaColumn) -> bool:
        """Tell whether this role sees `column`."""
        name = f"{column.table}.{column.name}"
        return (
            column.conf_class in self.classes
            and column.pii_role in self.kinds
            and (self.free_text or name not in _pack()["free_text"]["columns"])
            and not {name, column.table} & set(self.without)
        )

    def reader_of(self, column: str) -> "Role":
        """Return the role in which a program may read the text `column` to code it for this role.

        Codes say which topics a text is about, never what it says. The rule pack names the columns
        that are coded for roles that see no free text; of others, nothing is read.
        """
        coded = column in _pack()["free_text"]["coded"]
        return replace(self, free_text=self.free_text or coded)

    def withheld(self) -> tuple[str, ...]:
        """Return what this role does not see of the lake: `table.column`, or a whole `table`."""
        tables = schema.stored("lake")
        columns = (
            f"{table.name}.{column.name}"
            for table in tables.values()
            for column in table.columns
            if table.name not in self.without and not self.sees(column)
        )
        return (*(name for name in self.without if name in tables), *columns)

    def view(self, table: Table, relation: Callable[[str], str]) -> str:
        """Return SQL for what this role sees of `table`.

        Parameters
        ----------
        table : Table
            A canonical table.
        relation : callable
            Returns SQL for all rows and columns of the table with a given name.
        """
        conditions = ["FALSE"] if table.name in self.without else []
        if self.branches and (own := self._own(table, relation)):
            conditions.append(own)
        if not conditions and all(self.sees(column) for column in table.columns):
            return relation(table.name)
        columns = ", ".join(
            column.name
            if self.sees(column)
            else f"CAST(NULL AS {column.sql_type}) AS {column.name}"
            for column in table.columns
        )
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"SELECT {columns} FROM ({relation(table.name)}){where}"

    def require(self, what: str) -> None:
        """Refuse unless this role may do `what`.

        Raises
        ------
        ParameterError
            It may not; the roles that may are named.
        """
        if what not in self.may:
            able = [name for name, role in _pack()["role"].items() if what in role["may"]]
            raise ParameterError(
                f"role {self.name!r} may not do this: it takes the right {what!r}, which "
                f"{', '.join(able) or 'no role'} has; WORKBENCH_ROLE says the role"
            )

    def require_free_text(self) -> None:
        """Refuse unless this role sees text that somebody wrote.

        Raises
        ------
        ParameterError
            It does not; the roles that do are named.
        """
        if not self.free_text:
            able = [name for name, role in _pack()["role"].items() if role["free_text"]]
            raise ParameterError(
                f"role {self.name!r} does not see what customers wrote; {', '.join(able) or 'none'}"
                " may; WORKBENCH_ROLE says the role"
            )

    def _own(self, table: Table, relation: Callable[[str], str]) -> str | None:
        """Return the condition that a row of `table` belongs to one of the role's branches.

        The first of the row's references that is not empty decides, a branch before all others.
        None for a table whose rows belong to no branch.
        """
        found: list[str] = []
        empty: list[str] = []
        for column in _references(table):
            inside = self._inside(column, relation)
            found.append(" AND ".join([*(f"{name} IS NULL" for name in empty), inside]))
            empty.append(column.name)
            if not column.nullable:
                break
        return f"({' OR '.join(f'({each})' for each in found)})" if found else None

    def _inside(self, column: SchemaColumn, relation: Callable[[str], str]) -> str:
        """Return the condition that what `column` refers to belongs to one of the branches."""
        parent, _, key = str(column.refers_to).partition(".")
        if parent == "branches":
            names = ("'" + branch.replace("'", "''") + "'" for branch in self.branches)
            return f"{column.name} IN ({', '.join(names)})"
        own = self._own(schema.table(parent), relation)
        return f"{column.name} IN (SELECT {key} FROM ({relation(parent)}) WHERE {own})"


def current(default: str) -> Role:
    """Return the role in force: `WORKBENCH_ROLE`, or `default`, for `WORKBENCH_BRANCHES`.

    Raises
    ------
    ParameterError
        There is no such role, or it needs branches and none are named.
    """
    name = settings.role() or default
    known = _pack()["role"]
    if name not in known:
        raise ParameterError(f"there is no role {name!r}; WORKBENCH_ROLE is one of {list(known)}")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in known[name].items()
    }
    role = Role(name=name, **values, branches=settings.branches())
    if role.own_branches and not role.branches:
        raise ParameterError(
            f"role {name!r} sees only its own branches; name them in WORKBENCH_BRANCHES, "
            "separated by commas"
        )
    return role


def _pack() -> dict[str, Any]:
    return settings.rulepack(PACK)


def _references(table: Table) -> list[SchemaColumn]:
    """Return the columns by which rows of `table` belong to a branch, the branch itself first."""
    found = [
        column
        for column in table.columns
        if column.refers_to and column.refers_to.partition(".")[0] in PARENTS
    ]
    others = [column for column in found if not str(column.refers_to).startswith(table.name + ".")]
    return sorted(others, key=lambda column: column.refers_to != "branches.branch_id")
