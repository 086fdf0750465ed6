"""A research workbench for a bank's loan customers.

Notebooks use four names: `open_bank()` to read, `show(result)` to show, `open_record(name)` for
what another notebook showed, and `open_records(*names)` for what of several there is.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.data.bank import open_bank
    from workbench.display import show
    from workbench.record import open_record, open_records

__version__ = "0.1.0"
__all__ = ["open_bank", "open_record", "open_records", "show"]


def __getattr__(name: str) -> Any:
    """Import the four names when they are asked for, so that `import workbench` stays cheap."""
    from importlib import import_module

    homes = {
        "open_bank": "workbench.data.bank",
        "open_record": "workbench.record",
        "open_records": "workbench.record",
        "show": "workbench.display",
    }
    if name not in homes:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    return getattr(import_module(homes[name]), name)
