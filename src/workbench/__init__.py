"""A research workbench for a bank's loan customers.

Notebooks use four names: `open_bank()` to read, `show(result)` to show, `open_record(name)` for
what another notebook showed, and `open_records(*names)` for what of several there is. Two more are
for somebody who explores: `form(notebook)` sets parameters, `explain(code)` goes from a KPI down to
the loans behind it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.data.bank import open_bank
    from workbench.display import show
    from workbench.record import open_record, open_records

__version__ = "0.1.0"
__all__ = ["explain", "form", "open_bank", "open_record", "open_records", "show"]

_HOMES = {
    "open_bank": "workbench.data.bank",
    "open_record": "workbench.record",
    "open_records": "workbench.record",
    "show": "workbench.display",
}
EXPLORING = {"explain": "explaining", "form": "form"}
"""Names for somebody who explores, and the modules of `workbench.lab` they stand in.

They are put together here, and not imported above, because whatever names a module depends on it: a
notebook that shows results does not depend on forms.
"""


def __dir__() -> list[str]:
    """List what is there to be used, and nothing else: this is what Tab offers."""
    return [*__all__, "__version__"]


def __getattr__(name: str) -> Any:
    """Import the names when they are asked for, so that `import workbench` stays cheap."""
    from importlib import import_module

    home = f"{__name__}.lab.{EXPLORING[name]}" if name in EXPLORING else _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    from workbench import live

    live.attach()
    return getattr(import_module(home), name)
