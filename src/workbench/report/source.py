"""The bank, the snapshot and the date a run is pinned to."""

from datetime import date
from pathlib import Path

from workbench import settings
from workbench.errors import ParameterError
from workbench.report.progress import Progress
from workbench.report.provenance import Source

BANK = "bank.json"


def day(as_of: str | None) -> str | None:
    """Return `as_of` if it is a calendar day in ISO form.

    Raises
    ------
    ParameterError
        It is not a calendar day.
    """
    if as_of is None:
        return None
    try:
        return date.fromisoformat(as_of).isoformat()
    except ValueError as error:
        raise ParameterError(
            f"--as-of is {as_of!r}; expected a day as 2026-09-30: {error}"
        ) from None


def opened(
    folder: Path | None, snapshot: str | None, as_of: str | None, progress: Progress
) -> Source:
    """Return the open bank; the demo bank is built when it is the default and missing."""
    from workbench.data.bank import open_bank

    if folder is None:
        prepare(progress)
    return open_bank(folder or settings.bank_folder(), snapshot=snapshot, as_of=as_of)


def demo_folder() -> Path:
    """Return the folder of the demo bank."""
    return settings.home() / "data" / "demo"


def own_folder() -> Path:
    """Return the folder of the bank that takes files in: never the demo bank by default."""
    folder = settings.bank_folder()
    return folder.parent if folder == demo_folder() else folder


def prepare(progress: Progress) -> None:
    """Build the demo bank if it is the default and missing, or made by another version.

    Two who ask at once get it once.
    """
    folder = settings.bank_folder()
    if folder != demo_folder():
        return
    from workbench.data import demo

    missing = not (folder / BANK).exists()
    if missing:
        progress.say(f"there is no bank yet: building the demo bank in {folder}")
    if demo.ensure(folder) and not missing:
        progress.say("the demo bank was of another version and was built anew")
