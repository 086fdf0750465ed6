"""What one run is going to do, decided before anything starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.report.pack import Pack
from workbench.report.parts import Part
from workbench.report.provenance import Provenance, Source
from workbench.report.targets import Deadline
from workbench.text import LANGUAGES, Language


@dataclass(frozen=True)
class Plan:
    """One report: notebooks with checked parameters, pinned to a bank, and a folder to run in.

    Attributes
    ----------
    pack : Pack
        What is run, with the notebooks of this report alone.
    part : Part
        Which part of the pack it is, and where it is published.
    values : mapping of notebook to (mapping of name to value)
        Parameters that differ from the notebooks' defaults.
    bank : Source
        The bank, its snapshot and date.
    origin : Provenance
        What the pages and the manifest say about the run.
    place : Path
        The report's own folder in the run's. `work` holds executed notebooks, which are never
        published; `content` is what is published.
    """

    pack: Pack
    part: Part
    values: Mapping[str, Mapping[str, object]]
    bank: Source
    origin: Provenance
    place: Path

    @property
    def title(self) -> dict[Language, str] | None:
        """Return the title of the whole in each language: the pack's, and the branch."""
        if not self.pack.title:
            return None
        behind = f" · {self.part.branch.name}" if self.part.branch else ""
        return {each: f"{self.pack.title.said(each)}{behind}" for each in LANGUAGES}

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


@dataclass(frozen=True)
class Whole:
    """All that one run is going to do.

    Attributes
    ----------
    pack : Pack
        The pack with all its notebooks.
    plans : sequence of Plan
        The reports that this run makes.
    every : sequence of Part
        All parts of the pack, also those that other machines make.
    origin : Provenance
        Of the run.
    place : Path
        The run's folder.
    deadline : Deadline or None
        When it is due.
    """

    pack: Pack
    plans: Sequence[Plan]
    every: Sequence[Part]
    origin: Provenance
    place: Path
    deadline: Deadline | None

    @property
    def divided(self) -> bool:
        """Tell whether the pack is published as several reports, with an index of them."""
        return self.every[0].name != self.pack.name
