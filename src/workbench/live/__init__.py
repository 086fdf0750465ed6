"""What a notebook has more while somebody sits in front of it: plain errors, tools at tables."""

import sys
from typing import Any

from workbench import settings


def shell() -> Any:
    """Return the IPython shell of this process, or None; IPython is not imported for it."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return get_ipython()


def is_live() -> bool:
    """Tell whether somebody sits in front of the notebook whose cell is running.

    A front end that can ask its user says so with every cell it runs (`allow_stdin`). Papermill,
    nbconvert, nbval and jupyter-scheduler cannot, and a run of the workbench is never live.
    """
    return settings.run() is None and _asks(shell())


def _asks(found: Any) -> bool:
    kernel = getattr(found, "kernel", None)
    if kernel is None:
        return False
    asked = kernel.get_parent("shell") or {}
    return bool((asked.get("content") or {}).get("allow_stdin"))


def attach() -> None:
    """Have mistakes shown plainly and long work with a bar in this shell, if there is one."""
    found = shell()
    if found is not None and hasattr(found, "kernel"):
        from workbench import progress
        from workbench.live import bar, mistakes

        mistakes.attach(found)
        progress.listen(bar.Bar())
