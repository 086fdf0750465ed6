"""`show(result)`: suppress small cells, display, and inside a run write the record."""

from html import escape
from typing import Any

from workbench import chart, record, settings, style, text
from workbench.privacy.suppress import Safe, may_show, suppress
from workbench.result import Result


def show(result: Result) -> None:
    """Display `result` in the current language and, inside a run, record it in all of the run's.

    What is displayed is what is recorded: cells that rest on too few people are emptied first.
    """
    run = settings.run()
    audience = run.audience if run else "wide"
    safe = suppress(result, audience)
    languages = [text.checked(name) for name in run.languages] if run else [text.language()]
    figures = {language: drawn(safe.result, language) for language in languages}
    drawings: dict[str, bytes] = {name: svg for name, (svg, _) in figures.items() if svg}
    if run:
        record.add(
            run.record,
            safe.result,
            drawings,
            charts={name: found for name, (_, found) in figures.items() if found},
            hidden_rows=safe.rows,
            hidden_facts=safe.facts,
            is_open=may_show(result, audience),
            execution_count=_execution_count(),
        )
    _display(_html(safe, drawings.get(text.language()) or next(iter(drawings.values()), b"")))


def drawing(result: Result, language: text.Language) -> bytes:
    """Return the figure of `result` in `language` as SVG; empty when it has none."""
    return drawn(result, language)[0]


def drawn(result: Result, language: text.Language) -> tuple[bytes, chart.Chart | None]:
    """Return the figure of `result` as SVG, and what it shows when that is a chart."""
    if result.figure is None:
        return b"", None
    from matplotlib.figure import Figure

    with text.spoken(language), style.house():
        figure = Figure(figsize=result.figure, layout="constrained")
        result.plot(figure.subplots())
        return style.svg(figure), chart.of(figure)


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
