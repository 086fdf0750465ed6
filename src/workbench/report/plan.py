"""What one run is going to do, decided before anything starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.report.pack import Pack
from workbench.report.provenance import Provenance, Source


@dataclass(frozen=True)
class Plan:
    """A pack with its checked parameters, pinned to a bank, and the folder it runs in.

    Attributes
    ----------
    pack : Pack
        What is run.
    values : mapping of notebook to (mapping of name to value)
        Parameters that differ from the notebooks' defaults.
    bank : Source
        The bank, its snapshot and date.
    origin : Provenance
        What the pages and the manifest say about the run.
    place : Path
        The run's own folder. `work` holds executed notebooks, which are never published;
        `content` is what is published.
    """

    pack: Pack
    values: Mapping[str, Mapping[str, object]]
    bank: Source
    origin: Provenance
    place: Path

    @property
    def content(self) -> Path:
        """Return the folder that will be published."""
        return self.place / "report"

    @property
    def refused(self) -> Path:
        """Return the file that takes the gates' reasons."""
        return self.place / "gates.json"

    def work(self, notebook: str) -> Path:
        """Return the folder of the executed copy and the kernel's log of `notebook`."""
        return self.place / "work" / notebook

    def record(self, notebook: str) -> Path:
        """Return the folder of the record of `notebook`."""
        return self.content / "record" / notebook
