"""What of a pack is published as a report of its own: all of it, a branch's, or a machine's share.

Each part has its own folder under the pack's, with its own `latest`:
`<pack>`, `<pack>/branches/<branch>`, or `<pack>/parts/<i>-of-<n>`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from workbench.errors import NothingToDoError, ParameterError
from workbench.report import needs
from workbench.report.pack import Entry, Pack
from workbench.report.provenance import Source

BRANCHES, SHARES = "branches", "parts"
Item = TypeVar("Item")
SHARD = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})")


@dataclass(frozen=True)
class Shard:
    """One machine's share of a run: the `number`th of `of`."""

    number: int
    of: int

    @classmethod
    def read(cls, text: str) -> "Shard":
        """Return what `i/n` says.

        Raises
        ------
        ParameterError
            It says something else.
        """
        found = SHARD.fullmatch(text)
        if not found or int(found[1]) > int(found[2]):
            raise ParameterError(f"--shard is {text!r}; expected i/n, such as 1/4, with i up to n")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def share(self, items: Sequence[Item]) -> list[Item]:
        """Return every `of`th item: the same on every machine, none twice, none left out."""
        return list(items[self.number - 1 :: self.of])


@dataclass(frozen=True)
class Branch:
    """A branch with a report of its own."""

    id: str
    name: str


@dataclass(frozen=True)
class Part:
    """Notebooks that are published as one report.

    Attributes
    ----------
    name : str
        Its folder among the published ones.
    notebooks : tuple of Entry
        What it consists of.
    branch : Branch or None
        Whose rows alone are read; None for all.
    """

    name: str
    notebooks: tuple[Entry, ...]
    branch: Branch | None = None

    @property
    def is_share(self) -> bool:
        """Tell whether it is a machine's share of the notebooks."""
        return f"/{SHARES}/" in self.name

    @property
    def short(self) -> str:
        """Return what tells it apart from the pack's other parts; empty for all of a pack."""
        return (
            self.name.rpartition("/")[2] if self.branch else self.name.partition(f"/{SHARES}/")[2]
        )


def every(pack: Pack, bank: Source, shard: Shard | None) -> list[Part]:
    """Return all parts of `pack`, whoever runs them, in a fixed order.

    Raises
    ------
    ParameterError
        The bank has no branch with customers that the role sees.
    """
    if pack.for_each:
        folder = f"{pack.name}/{BRANCHES}"
        return [
            Part(f"{folder}/{_folder(each.id)}", pack.notebooks, each) for each in branches(bank)
        ]
    return _shares(pack, shard) if shard else [Part(pack.name, pack.notebooks)]


def mine(pack: Pack, parts: Sequence[Part], shard: Shard | None) -> list[Part]:
    """Return those of `parts` that this run is to make: all, or those of `shard`.

    Raises
    ------
    NothingToDoError
        The shard has no share: there are more machines than parts.
    """
    found = list(parts) if shard is None else shard.share(parts)
    if not found:
        raise NothingToDoError(
            f"{pack.name!r} has {len(parts)} parts; shard {shard} has none: use fewer shards"
        )
    return found


def branches(bank: Any) -> list[Branch]:
    """Return the branches of `bank` that customers belong to, as the role in force sees them."""
    rows = bank.query("customer_branches")
    if rows.empty:
        raise ParameterError("there is no branch with customers to make a report for")
    return [Branch(str(row.branch_id), str(row.branch_name)) for row in rows.itertuples()]


def _folder(branch: str) -> str:
    """Return a folder name for a branch's id, whatever that holds; never a hidden one."""
    quoted = quote(branch, safe="")
    return f"%2E{quoted[1:]}" if quoted.startswith(".") else quoted


def _shares(pack: Pack, shard: Shard) -> list[Part]:
    """Return the shares of all machines; notebooks that need one another stay together."""
    groups = needs.together({name: own.values() for name, own in pack.upstream().items()})
    found = []
    for number in range(1, min(shard.of, len(groups)) + 1):
        names = {name for group in groups[number - 1 :: shard.of] for name in group}
        entries = tuple(entry for entry in pack.notebooks if entry.name in names)
        found.append(Part(f"{pack.name}/{SHARES}/{number}-of-{shard.of}", entries))
    return found
