"""A report as a mail for the bank's own server: a file with the findings and the deck. Not sent."""

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path

from workbench import durable, record, settings, text
from workbench.errors import ParameterError
from workbench.record import Block
from workbench.report import headline, history, pack
from workbench.report.formats import address
from workbench.report.history import Run
from workbench.text import Language, formats, say

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
"""What a mail server of a bank takes without extensions: ASCII, no names, no comments."""
SUMMARY = "management-summary"
"""The notebook whose findings and deck go before all others'."""
FEW = 3
"""Findings of a notebook for which its pack names none."""
DECK = ("application", "vnd.openxmlformats-officedocument.presentationml.presentation")
LATEST = "latest"


def checked(addresses: Sequence[str], what: str) -> tuple[str, ...]:
    """Return `addresses` as they are, each once.

    Raises
    ------
    ParameterError
        One is no address, or there is none.
    """
    for each in addresses:
        if not ADDRESS.fullmatch(each):
            raise ParameterError(
                f"{what} is {each!r}; expected one address such as name@bank.example"
            )
    if not addresses:
        raise ParameterError(f"{what} names nobody; give an address such as name@bank.example")
    return tuple(dict.fromkeys(addresses))


def found(target: str) -> Run:
    """Return the published run that `target` means: a run, a pack, or `latest` for the newest.

    Raises
    ------
    ParameterError
        There is none, or it is not published.
    """
    if target == LATEST:
        runs = [run for name in history.packs() for run in history.published(name)]
        newest = max(runs, key=lambda run: history.moment(run.run), default=None)
        if newest is None:
            raise ParameterError("nothing is published yet; run a pack first")
        return newest
    run = history.find(target)
    if run.state != history.PUBLISHED or run.folder is None:
        raise ParameterError(
            f"run {run.run} is {run.state}; only a published report can become a mail"
        )
    return run


def message(
    run: Run,
    language: Language | None,
    to: Sequence[str],
    sender: str | None,
    *,
    now: datetime | None = None,
) -> EmailMessage:
    """Return the mail of `run`: findings in the body, the deck attached.

    Only date and message id differ between two mails of one run. It is marked as not sent
    (`X-Unsent`), so that a mail program opens it to be looked at.

    Parameters
    ----------
    run : Run
        A published run.
    language : str or None
        One of the languages it is published in; its first one when None.
    to, sender
        Addresses, as `checked` lets them pass; a sender is not needed.

    Raises
    ------
    ParameterError
        It is not published in this language, or without a deck.
    """
    spoken: list[Language] = list(run.manifest["languages"])
    chosen = language or spoken[0]
    if chosen not in spoken:
        raise ParameterError(f"run {run.run} is published in {spoken}, not in {chosen!r}")
    deck = _deck(run, chosen)
    with text.spoken(chosen):
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = say("mail.subject", title=_title(run, chosen), day=_day(run))
        if sender:
            mail["From"] = sender
        mail["To"] = ", ".join(to)
        mail["Date"] = format_datetime(now or datetime.now(UTC))
        # The machine's own name is nobody's business: the message is named after its reader's.
        mail["Message-ID"] = make_msgid(domain=(sender or to[0]).rpartition("@")[2])
        mail["X-Unsent"] = "1"
        mail.set_content(_body(run, chosen, deck.name), cte="base64")
    kind, subtype = DECK
    mail.add_attachment(deck.read_bytes(), kind, subtype, filename=deck.name)
    mark = hashlib.sha256(f"{run.name} {chosen}".encode()).hexdigest()
    mail.set_boundary(f"=_{mark[:40]}")
    return mail


def write(run: Run, mail: EmailMessage, place: Path) -> Path:
    """Write `mail` to `place`, a new file that only this account reads.

    Raises
    ------
    ParameterError
        There is a file of this name, or no folder for it.
    """
    if place.exists():
        raise ParameterError(f"{place} is there already; move it away or name another with --out")
    if not place.parent.is_dir():
        raise ParameterError(f"there is no folder {place.parent}; make it first")
    durable.write(place, mail.as_bytes(), mode=0o600)
    return place


def after(part: str, chosen: pack.Pack, name: str, say_it: Callable[[str], None]) -> None:
    """Write the mails that `chosen` asks for of the run `name`; a failure is only said."""
    if chosen.mail is None:
        return
    try:
        run = next(each for each in history.published(part) if each.run == name)
        folder = settings.home() / "reports" / "mail"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        to = checked(chosen.mail.to, "`to` of [mail]")
        for language in run.manifest["languages"]:
            mail = message(run, language, to, chosen.mail.sender)
            place = write(run, mail, folder / f"{part.replace('/', '-')}-{name}.{language}.eml")
            say_it(f"mail written, not sent: {place}")
    except (ParameterError, OSError) as error:
        say_it(f"published, but its mail could not be written: {error}")


def _deck(run: Run, language: Language) -> Path:
    assert run.folder is not None
    names = [SUMMARY, *run.manifest["notebooks"]]
    for name in names:
        place = run.folder / address(name, language, "pptx")
        if place.is_file():
            return place
    raise ParameterError(
        f"run {run.run} has no deck in {language}; publish it with the format pptx"
    )


def _title(run: Run, language: Language) -> str:
    return str(run.manifest.get("title", {}).get(language) or run.pack)


def _day(run: Run) -> str:
    return formats.day(run.as_of) if run.as_of else ""


def _body(run: Run, language: Language, deck: str) -> str:
    chosen = pack.known(run.pack)
    bank = run.manifest.get("bank", {}).get(language, "")
    lines = [_title(run, language), say("mail.about", bank=bank, day=_day(run))]
    if chosen.audience:
        lines.append(say("deck.audience", audience=chosen.audience.said(language)))
    if run.manifest.get("demo"):
        lines.append(say("report.demo"))
    lines += ["", say("mail.findings")]
    for number, block in enumerate(_leading(run, chosen), start=1):
        said, rest = headline.headline(block)
        lines.append(say("mail.finding", number=number, said=said))
        lines += [f"   {rest}"] if rest else []
    lines += ["", say("mail.attached", file=deck), say("mail.run", run=run.run, pack=run.pack)]
    return "\n".join(lines) + "\n"


def _leading(run: Run, chosen: pack.Pack) -> list[Block]:
    """Return the results whose findings lead: those of the management's summary if there is one."""
    assert run.folder is not None
    headlines = {entry.name: entry.headlines for entry in chosen.notebooks}
    there = list(run.manifest["notebooks"])
    blocks = []
    for name in [SUMMARY] if SUMMARY in there else there:
        own = {each.name: each for each in record.read(run.folder / "record" / name).blocks}
        wanted = [each for each in headlines.get(name, ()) if each in own]
        blocks += [own[each] for each in wanted or list(own)[:FEW]]
    return blocks
