"""One self-contained HTML page per notebook and language, and the index of a pack.

A page renders the story and the record, and nothing else: its numbers are facts and table cells.
Everything is escaped where it is put in; a page has no script and loads nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from workbench import text
from workbench.privacy.suppress import threshold
from workbench.record import Block, Recorded, Written
from workbench.report import figure, prose, sections, story
from workbench.report.formats import Format, address
from workbench.report.provenance import AUDITED, Provenance
from workbench.report.story import Story
from workbench.text import Language, formats, say

if TYPE_CHECKING:
    from jinja2 import Environment

HEADLINES = 3
"""How many findings of a report the index repeats, unless the pack says which."""
LONG = 20
"""Tables with more rows are folded away."""
MANY = 8
"""With more findings a page leads with those that the index repeats and folds away the others."""


@dataclass(frozen=True)
class Report:
    """What the pages of one notebook are made from.

    Attributes
    ----------
    name, pack : str
        The notebook, and the title of what it is published in per language.
    told, recorded : Story, Recorded
        What the notebook said and showed.
    parameters : tuple of (name, value, meaning)
        All parameters in force, each with the comment that says what it means.
    code : tuple of (name, source)
        Its code cells.
    headlines : tuple of str
        Results whose findings the index repeats; the first three when empty.
    audience : mapping of language to str
        Whom it is written for, if that is said.
    """

    name: str
    told: Story
    recorded: Recorded
    parameters: tuple[tuple[str, str, str], ...]
    code: tuple[tuple[str, str], ...]
    headlines: tuple[str, ...] = ()
    audience: Mapping[Language, str] = field(default_factory=dict)

    def title(self, language: Language) -> str:
        """Return the report's title."""
        return self.told.said(story.TITLE, "heading", language) or self.name

    def settings(self) -> tuple[tuple[str, str, str], ...]:
        """Return the parameters with their meanings in the current language."""
        return tuple(
            (name, value, self._meaning(name, comment)) for name, value, comment in self.parameters
        )

    def _meaning(self, name: str, comment: str) -> str:
        """Return what a parameter means; one of a notebook of the bank's own has its comment."""
        keys = (f"parameter.{self.name}.{name}", f"parameter.{name}")
        known = [key for key in keys if text.known(key)]
        return say(known[0]) if known else comment

    def leading(self) -> list[Block]:
        """Return the results whose findings the index repeats."""
        blocks = {block.name: block for block in self.recorded.blocks}
        return [blocks[name] for name in self.headlines or list(blocks)[:HEADLINES]]

    def findings(self) -> list[str]:
        """Return the names of all results, the leading ones first."""
        names = [block.name for block in self.recorded.blocks]
        return list(dict.fromkeys([*self.headlines, *names]))


@dataclass(frozen=True)
class Shown:
    """One result on a page."""

    anchor: str
    title: str
    finding: Markup
    figure: Markup | None
    table: Written | None
    hidden: str
    folded: str


@dataclass(frozen=True)
class Section:
    """A part of a page under one heading."""

    anchor: str
    kind: str
    heading: str
    prose: Markup
    results: tuple[Shown, ...] = ()


def index_address(language: Language, languages: Sequence[Language]) -> str:
    """Return the file name of the index; the first language has the plain one."""
    return "index.html" if language == languages[0] else f"index.{language}.html"


def render(
    report: Report,
    origin: Provenance,
    language: Language,
    pack: str,
    others: Sequence[tuple[Format, str]] = (),
) -> str:
    """Return the page of `report` in `language`.

    Parameters
    ----------
    pack : str
        The title of the whole.
    others : sequence of (format, file)
        The same report in other formats.
    """
    with text.spoken(language):
        shown = {block.name: _shown(block, at) for at, block in enumerate(report.recorded.blocks)}
        told = report.told
        parts = sections.sections(told, report.recorded)
        view = {
            "name": report.name,
            "pack": pack,
            "title": report.title(language),
            "purpose": prose.html(told.said(story.PURPOSE, "narrative", language)),
            "index": index_address(language, origin.languages),
            "others": others,
            "findings": (found := [shown[name] for name in report.findings()]),
            "leading": len(report.leading()) if len(found) > MANY else len(found),
            "sections": [_section(part, shown) for part in parts],
            "methods": [_section(part, shown) for part in sections.methods(told)],
            "parameters": report.settings(),
            "code": [(name, prose.code(source)) for name, source in report.code],
        }
        return page(
            "report.html",
            origin,
            language,
            _siblings(report.name, origin, language),
            {"report": view},
        )


def render_index(
    reports: Sequence[Report],
    origin: Provenance,
    language: Language,
    title: str,
    audience: str | None,
    formats: Sequence[Format] = ("html",),
) -> str:
    """Return the index of a pack in `language`; a report is opened in the first of `formats`."""
    with text.spoken(language):
        cards = [
            {
                "title": report.title(language),
                "address": address(report.name, language, formats[0]),
                "purpose": prose.html(sections.purpose(report.told)[0]),
                "findings": [emphasised(sections.pieces(block)) for block in report.leading()],
            }
            for report in reports
        ]
        view = {"title": title, "audience": audience, "reports": cards}
        languages = [
            (other, None if other == language else index_address(other, origin.languages))
            for other in origin.languages
        ]
        return page("index.html", origin, language, languages, {"index": view})


def page(
    template: str,
    origin: Provenance,
    language: Language,
    languages: Sequence[tuple[Language, str | None]],
    view: Mapping[str, Any],
) -> str:
    """Return a page made with `template` from `view` and what all pages say."""
    names = {other: text.catalogue()["report.this"][other] for other in text.LANGUAGES}
    page = environment().get_template(template)
    tongue = {"zh": "zh-CN", "en": "en"}[language]
    return page.render(
        **view,
        origin=origin,
        bank=origin.bank[language],
        tongue=tongue,
        languages=languages,
        names=names,
        css=style(),
        audited=AUDITED,
    )


def _siblings(
    name: str, origin: Provenance, language: Language
) -> list[tuple[Language, str | None]]:
    return [
        (other, None if other == language else address(name, other, "html"))
        for other in origin.languages
    ]


def _section(section: sections.Section, shown: Mapping[str, Shown]) -> Section:
    return Section(
        anchor=f"part-{section.part}",
        kind="takeaways" if section.is_takeaways() else "part",
        heading=section.heading,
        prose=prose.html(section.markdown),
        results=tuple(shown[block.name] for block in section.blocks),
    )


def _shown(block: Block, at: int) -> Shown:
    title, finding = block.title(), block.finding()
    label = say("report.figure", title=title, finding=finding)
    drawing = block.figures.get(text.language())
    # A table of which nothing may be seen would be rows of one word.
    small = block.table.suppressed
    table = block.table.written() if block.table.rows and not all(small) else None
    hidden = say("format.suppressed")
    return Shown(
        anchor=f"result-{block.name.replace('.', '-')}",
        title=title,
        finding=emphasised(sections.pieces(block)),
        figure=figure.inline(drawing.read_bytes(), f"f{at + 1}", label) if drawing else None,
        table=table,
        hidden=say("report.suppressed", hidden=hidden, least=threshold()) if any(small) else "",
        folded=say("report.rows", rows=len(table.rows))
        if table and (block.folded or (len(table.rows) > LONG and not block.unfolded))
        else "",
    )


def emphasised(pieces: Sequence[tuple[str, bool]]) -> Markup:
    """Return the pieces of a sentence with its facts set apart."""
    strong = Markup('<strong class="fact">{}</strong>')
    return Markup().join(strong.format(part) if fact else escape(part) for part, fact in pieces)


def style() -> Markup:
    """Return the style sheet of all pages."""
    return Markup((files("workbench.report") / "templates" / "page.css").read_text("utf-8"))


@cache
def environment() -> "Environment":
    """Return where templates are found, everything put into them escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("workbench.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(say=say, day=formats.day)
    return environment
