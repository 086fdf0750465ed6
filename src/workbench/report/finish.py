"""What becomes of a finished run: the latest report, or a draft that waits for two signatures."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workbench.report import draft, history, mail, pack, publish, retention


@dataclass(frozen=True)
class Finished:
    """Where a report is now, and whether it is `published` or a `draft`."""

    status: str
    folder: Path


def finish(
    content: Path, chosen: pack.Pack, part: str, run: str, say: Callable[[str], None]
) -> Finished:
    """Publish `content` as `run` of the part, or keep it as a draft when the pack is reviewed.

    `part` is the pack's own name, or that of the part with a report of its own. Must be called
    while it is `locked`.
    """
    if chosen.review:
        kept = draft.keep(content, part, run)
        history.clear_failure(part)
        return Finished(history.DRAFT, kept)
    folder = publish.release(content, part, run)
    history.clear_failure(part)
    tidy(part, chosen, say)
    mail.after(part, chosen, run, say)
    return Finished(history.PUBLISHED, folder)


def publish_draft(name: str, say: Callable[[str], None]) -> Finished:
    """Publish the signed draft `name`, then remove what its pack does not keep."""
    run = history.find(name)
    folder = draft.release(name)
    with publish.locked(run.pack):
        tidy(run.pack, pack.known(run.pack), say)
    mail.after(run.pack, pack.known(run.pack), run.run, say)
    return Finished(history.PUBLISHED, folder)


def tidy(part: str, chosen: pack.Pack, say: Callable[[str], None]) -> None:
    """Remove old reports; what cannot be removed now is no reason to call a publication failed."""
    try:
        retention.apply(part, chosen.keep.policy())
    except (OSError, shutil.Error) as error:
        say(f"published, but old reports could not be removed: {error}")
