"""Mistakes of a user in a live notebook: what is wrong and what to do, traceback one click away.

Only what is shown changes. The cell has failed, whatever runs notebooks sees the same error as
before, and where nobody sits in front of the notebook nothing is different at all.
"""

import traceback
from html import escape
from types import TracebackType
from typing import Any

from workbench import live, text
from workbench.errors import WorkbenchError


def attach(shell: Any) -> None:
    """Show every `WorkbenchError` of `shell` plainly from now on.

    A shell has room for one such handler: one that somebody else has set stays.
    """
    if not shell.custom_exceptions:
        shell.set_custom_exc((WorkbenchError,), _shown)


def block(error: WorkbenchError) -> str:
    """Return what a user reads of `error`: its kind, what is wrong, and what to do.

    Messages say what was found; behind a semicolon, what is expected or what to do.
    """
    found, *steps = str(error).split("; ")
    kind = type(error).__name__
    title = text.say(f"mistake.{kind}") if text.known(f"mistake.{kind}") else kind
    head = text.say("mistake.title", title=title, kind=kind)
    return "\n".join([head, found, *(f"→ {step}" for step in steps)])


def _shown(
    shell: Any, kind: type[BaseException], error: Any, tb: TracebackType, tb_offset: Any = None
) -> None:
    if not live.is_live():
        shell.showtraceback((kind, error, tb), tb_offset=tb_offset)
        return
    shell._showtraceback(kind, error, [block(error)])
    from IPython.display import HTML, display

    display(HTML(_traceback(kind, error, tb)))  # type: ignore[no-untyped-call]


def _traceback(kind: type[BaseException], error: BaseException, tb: TracebackType) -> str:
    lines = "".join(traceback.format_exception(kind, error, tb))
    summary = escape(text.say("mistake.where"))
    return (
        f'<details class="workbench-traceback"><summary>{summary}</summary>'
        f"<pre>{escape(lines)}</pre></details>"
    )
