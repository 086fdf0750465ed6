"""`show(result)`: suppress small cells, display, and inside a run write the record."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from workbench import record, settings, style, text
from workbench.privacy.suppress import Safe, may_show, suppress
from workbench.result import Result


def show(result: Result) -> None:
    """Display `result` in the current language and, inside a run, record it in all of the run's.

    What is displayed is what is recorded: cells that rest on too few people are emptied first.
    """
    run = settings.run()
    if run:
        spoken = [text.checked(name) for name in run.languages]
        safe, drawn = keep(result, run.record, spoken, run.audience, _execution_count())
    else:
        safe = suppress(result)
        drawn = _drawn(safe.result, [text.language()])
    _display(_html(safe, drawn.get(text.language()) or next(iter(drawn.values()), b"")))


def keep(
    result: Result,
    folder: Path,
    languages: Iterable[text.Language],
    audience: str,
    execution_count: int | None = None,
) -> tuple[Safe, dict[str, bytes]]:
    """Write `result` into the record in `folder` as `audience` may see it; return that, drawn."""
    safe = suppress(result, audience)
    drawn = _drawn(safe.result, languages)
    record.add(
        folder,
        safe.result,
        drawn,
        hidden_rows=safe.rows,
        hidden_facts=safe.facts,
        is_open=may_show(result, audience),
        execution_count=execution_count,
    )
    return safe, drawn


def _drawn(result: Result, languages: Iterable[text.Language]) -> dict[str, bytes]:
    figures = {language: drawing(result, language) for language in languages}
    return {language: svg for language, svg in figures.items() if svg}


def drawing(result: Result, language: text.Language) -> bytes:
    """Return the figure of `result` in `language` as SVG; empty when it has none."""
    if result.figure is None:
        return b""
    from matplotlib.figure import Figure

    with text.spoken(language), style.house():
        figure = Figure(figsize=result.figure, layout="constrained")
        result.plot(figure.subplots())
        return style.svg(figure)


def _html(safe: Safe, svg: bytes) -> str:
    result = safe.result
    table = result.written(hidden=safe.rows).to_html(index=False, border=0, escape=True)
    title, finding = escape(result.title()), escape(result.summary().say(result.facts))
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
