"""`show(result)`: suppress small cells, display, and inside a run write the record."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from workbench import chart, live, record, settings, style, text
from workbench.live import sort_and_copy
from workbench.privacy.suppress import Safe, may_show, suppress
from workbench.result import Result

Figures = dict[text.Language, tuple[bytes, chart.Chart | None]]
"""Drawing and chart of a result, by language."""


def show(result: Result) -> None:
    """Display `result` in the current language and, inside a run, record it in all of the run's.

    What is displayed is what is recorded: cells that rest on too few people are emptied first.
    Where somebody sits in front of the notebook, the table can be sorted by clicking a heading, and
    figure and table can be copied into a slide; what is published has no script.

    Parameters
    ----------
    result : Result
        What an analysis returned.

    Examples
    --------
    >>> show(result)  # doctest: +SKIP
    """
    run = settings.run()
    if run:
        spoken = [text.checked(name) for name in run.languages]
        safe, drawings = keep(result, run.record, spoken, run.audience, _execution_count())
    else:
        safe = suppress(result)
        drawings = _drawings(_figures(safe.result, [text.language()]))
    html = _html(safe, drawings.get(text.language()) or next(iter(drawings.values()), b""))
    _display(sort_and_copy.equipped(html) if live.is_live() else html)


def keep(
    result: Result,
    folder: Path,
    languages: Iterable[text.Language],
    audience: str,
    execution_count: int | None = None,
) -> tuple[Safe, dict[str, bytes]]:
    """Write `result` into the record in `folder` as `audience` may see it; return that, drawn."""
    safe = suppress(result, audience)
    figures = _figures(safe.result, languages)
    drawings = _drawings(figures)
    record.add(
        folder,
        safe.result,
        drawings,
        charts={name: found for name, (_, found) in figures.items() if found},
        hidden_rows=safe.rows,
        hidden_facts=safe.facts,
        is_open=may_show(result, audience),
        execution_count=execution_count,
    )
    return safe, drawings


def _figures(result: Result, languages: Iterable[text.Language]) -> Figures:
    return {language: drawn(result, language) for language in languages}


def _drawings(figures: Figures) -> dict[str, bytes]:
    return {language: svg for language, (svg, _) in figures.items() if svg}


def drawing(result: Result, language: text.Language) -> bytes:
    """Return the figure of `result` in `language` as SVG; empty when it has none."""
    return drawn(result, language)[0]


def drawn(result: Result, language: text.Language) -> tuple[bytes, chart.Chart | None]:
    """Return the figure of `result` as SVG, and what it shows when that is a chart.

    Empty where the result has no figure, or draws nothing because it has too little to show.
    """
    if language in result.quoted:
        return result.quoted[language]
    if result.figure is None:
        return b"", None
    from matplotlib.figure import Figure

    with text.spoken(language), style.house():
        figure = Figure(figsize=result.figure, layout="constrained")
        result.plot(figure.subplots())
        if _is_blank(figure):
            return b"", None
        return style.svg(figure), chart.of(figure)


def _is_blank(figure: Any) -> bool:
    """Tell whether nothing was drawn: no empty space is shown in its place."""
    return not any(
        axes.axison or axes.has_data() or axes.texts or axes.tables or axes.child_axes
        for axes in figure.axes
    )


def _html(safe: Safe, svg: bytes) -> str:
    result = safe.result
    table = result.written(hidden=safe.rows).to_html(index=False, border=0, escape=True)
    title, finding = escape(result.title()), escape(result.told(safe.facts).say(result.facts))
    picture = svg.decode("utf-8").partition("<svg")
    return f"<h4>{title}</h4><p>{finding}</p>{picture[1]}{picture[2]}{table}"


def _display(html: str) -> None:
    from IPython.display import HTML, display

    display(HTML(html))  # type: ignore[no-untyped-call]


def _execution_count() -> int | None:
    """Return the number of the running cell: the place of its source in the history.

    The shell's own counter is already at the next cell while one runs.
    """
    from IPython import get_ipython

    shell: Any = get_ipython()
    return len(shell.history_manager.input_hist_parsed) - 1 if shell else None
