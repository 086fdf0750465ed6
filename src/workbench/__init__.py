"""A research workbench for a bank's loan customers.

Notebooks use three names: `open_bank()` to read, `show(result)` to show, and `open_record(name)`
for what another notebook showed.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.data.bank import open_bank
    from workbench.display import show
    from workbench.record import open_record

__version__ = "0.1.0"
__all__ = ["open_bank", "open_record", "show"]


def __getattr__(name: str) -> Any:
    """Import the three names when they are asked for, so that `import workbench` stays cheap."""
    from importlib import import_module

    homes = {
        "open_bank": "workbench.data.bank",
        "open_record": "workbench.record",
        "show": "workbench.display",
    }
    if name not in homes:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    return getattr(import_module(homes[name]), name)
