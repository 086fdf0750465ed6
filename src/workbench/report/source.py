"""The bank, the snapshot and the date a run is pinned to."""

from datetime import date
from pathlib import Path

from filelock import FileLock

from workbench import settings
from workbench.errors import ParameterError
from workbench.report.progress import Progress
from workbench.report.provenance import Source

BANK = "bank.json"


def day(as_of: str | None) -> date | None:
    """Return the as-of date written as `as_of`.

    Raises
    ------
    ParameterError
        It is not a calendar day.
    """
    if as_of is None:
        return None
    try:
        return date.fromisoformat(as_of)
    except ValueError as error:
        raise ParameterError(
            f"--as-of is {as_of!r}; expected a day as 2026-09-30: {error}"
        ) from None


def opened(
    folder: Path | None, snapshot: str | None, as_of: date | None, progress: Progress
) -> Source:
    """Return the open bank; the demo bank is built when it is the default and missing."""
    from workbench.data.bank import open_bank

    chosen = folder or settings.bank_folder()
    if folder is None and _is_missing_demo(chosen):
        _build(chosen, progress)
    return open_bank(chosen, snapshot=snapshot, as_of=as_of)


def _is_missing_demo(folder: Path) -> bool:
    return folder == settings.home() / "data" / "demo" and not (folder / BANK).exists()


def _build(folder: Path, progress: Progress) -> None:
    """Build the demo bank once, even when two runs find it missing."""
    from workbench.data import demo

    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / ".demo.lock"):
        if not (folder / BANK).exists():
            progress.say(f"there is no bank yet: building the demo bank in {folder}")
            demo.build(folder)
