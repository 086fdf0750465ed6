"""A bar in a live notebook for work that takes long; it goes away when the work is done."""

import time
from html import escape
from typing import Any

from workbench import live, text

PATIENCE_SECONDS = 0.7
"""Work that is done sooner shows no bar."""
BETWEEN_SECONDS = 0.25


class Bar:
    """Shows how far one piece of work is."""

    def __init__(self) -> None:
        self._began = 0.0
        self._shown = 0.0
        self._handle: Any = None

    def __call__(self, key: str, done: int, of: int) -> None:
        """Show that `done` steps of `of` are done, when somebody looks and it takes long."""
        now = time.monotonic()
        if done == 0:
            self._began, self._shown = now, 0.0
        if done >= of:
            self._clear()
        elif now - self._began >= PATIENCE_SECONDS and now - self._shown >= BETWEEN_SECONDS:
            self._show(key, done, of)
            self._shown = now

    def _show(self, key: str, done: int, of: int) -> None:
        if self._handle is None and not live.is_live():
            return
        from IPython.display import HTML, display

        said = escape(text.say("live.progress", what=text.say(key), done=done, of=of))
        page = HTML(  # type: ignore[no-untyped-call]
            f'<progress class="workbench-progress" max="{of}" value="{done}"></progress> {said}'
        )
        if self._handle is None:
            self._handle = display(page, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(page)

    def _clear(self) -> None:
        if self._handle is not None:
            from IPython.display import HTML

            self._handle.update(HTML(""))  # type: ignore[no-untyped-call]
            self._handle = None
