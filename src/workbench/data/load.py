"""What is said of one load: its rows, totals and drift, and why it was held back, if it was."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from workbench import durable
from workbench.data.crosschecks import Checked
from workbench.data.drift import Drift
from workbench.data.reconcile import Reconciled
from workbench.data.totals import Total
from workbench.errors import DataError


@dataclass(frozen=True)
class Counts:
    """What became of the rows of one table; `withdrawn` were in an earlier file of that name."""

    read: int
    accepted: int
    quarantined: int
    withdrawn: int = 0


@dataclass(frozen=True)
class Hold:
    """One reason to hold a load back.

    Attributes
    ----------
    kind : str
        `rows`, `control`, `drift`, `check` or `children`.
    line : str
        What was found where, what was expected and what to do, in one line.
    said : mapping of str to str
        Language → the same for the page of the load.
    """

    kind: str
    line: str
    said: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """One load, taken in or not.

    Attributes
    ----------
    id : str
        Names it in `data_loads`, `loads/` and `quarantine/`.
    snapshot : str or None
        Snapshot in which its rows can be read; None when nothing was taken in.
    sources : tuple of str
        The source maps it was read with.
    tables : mapping of str to Counts
        What became of the rows.
    files : mapping of str to str
        The files taken in → their source.
    skipped : tuple of str
        Files whose bytes were taken in before.
    unknown : mapping of str to tuple of str
        File → headers that the source map does not name; they are not kept.
    not_supplied, negative : mapping of str to tuple of str
        Table → required columns that the source lacks; columns that may be negative here.
    encodings : mapping of str to str
        File → encoding it was read in.
    report : str or None
        The quarantine report; None when every row came in.
    reconciled : tuple of Reconciled
        Control totals beside the sums of the rows.
    totals : tuple of Total
        Rows and sums of money of each table beside those of the load before.
    drift : tuple of Drift
        How the rows differ from those before.
    checks : tuple of Checked
        What the checks between tables found.
    held : tuple of Hold
        Reasons to hold it back.
    released : str
        Why it was taken in although there were reasons to hold it back.
    """

    id: str
    snapshot: str | None
    sources: tuple[str, ...]
    tables: Mapping[str, Counts]
    files: Mapping[str, str]
    skipped: tuple[str, ...]
    unknown: Mapping[str, tuple[str, ...]]
    not_supplied: Mapping[str, tuple[str, ...]]
    negative: Mapping[str, tuple[str, ...]]
    encodings: Mapping[str, str]
    report: str | None
    reconciled: tuple[Reconciled, ...]
    totals: tuple[Total, ...]
    drift: tuple[Drift, ...]
    checks: tuple[Checked, ...]
    held: tuple[Hold, ...]
    released: str

    def refused(self) -> DataError:
        """Return the error that says why nothing was taken in."""
        more = len(self.held) - 1
        rest = f" ({more} more reasons in the report of load {self.id})" if more else ""
        return DataError(f"nothing was taken in: {self.held[0].line}{rest}")

    def brief(self) -> dict[str, object]:
        """Return what a log keeps of the load, ready for JSON; the note has all of it."""
        names = ("id", "snapshot", "sources", "tables", "files", "skipped", "unknown")
        more = ("not_supplied", "negative", "encodings", "report", "released")
        plain = asdict(self)
        return {
            **{name: plain[name] for name in (*names, *more)},
            "control_totals": len(self.reconciled),
            "checks": {each.name: each.rows for each in self.checks if each.rows},
            "held": [each.line for each in self.held],
        }

    def note(self, folder: Path) -> Path:
        """Keep what is said of the load in `folder`, and return the file.

        A disk that is full here must not be told as a load that failed: the rows may be in.
        """
        place = folder / f"{self.id}.json"
        plain = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        with suppress(OSError):
            durable.folder(folder)
            durable.write(place, plain + "\n")
        return place
