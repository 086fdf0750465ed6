"""A research workbench for a bank's loan customers.

Notebooks use three names: `open_bank()` to read, `show(result)` to show, and `open_record(name)`
for what another notebook showed. Two more are for somebody who explores: `form(notebook)` sets
parameters, `explain(code)` goes from a KPI down to the loans behind it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.data.bank import open_bank
    from workbench.display import show
    from workbench.lab.explaining import explain
    from workbench.lab.form import form
    from workbench.record import open_record

__version__ = "0.1.0"
__all__ = ["explain", "form", "open_bank", "open_record", "show"]

_HOMES = {
    "explain": "workbench.lab.explaining",
    "form": "workbench.lab.form",
    "open_bank": "workbench.data.bank",
    "open_record": "workbench.record",
    "show": "workbench.display",
}


def __dir__() -> list[str]:
    """List what is there to be used, and nothing else: this is what Tab offers."""
    return [*__all__, "__version__"]


def __getattr__(name: str) -> Any:
    """Import the names when they are asked for, so that `import workbench` stays cheap."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    from workbench import live

    live.attach()
    return getattr(import_module(_HOMES[name]), name)
