"""Why a load is held back, one line a reason: what was found, what was expected, what to do."""

from collections.abc import Sequence

from workbench.data.crosschecks import Checked
from workbench.data.drift import Drift
from workbench.data.load import Hold
from workbench.data.reconcile import Reconciled


def control(found: Sequence[Reconciled]) -> list[Hold]:
    """Return a reason for every control total that the rows do not sum to."""
    return [
        Hold(
            "control",
            f"control_totals: {each.authority} states {each.item} of {each.stated:.2f} for "
            f"{each.scope} at {each.month_end}, the rows sum to {each.found:.2f} "
            f"({each.difference:+.2f}); ask for the missing or doubled rows",
        )
        for each in found
        if not each.agrees
    ]


def moved(found: Sequence[Drift]) -> list[Hold]:
    """Return a reason for every measure that moved over its limit."""
    return [
        Hold(
            "drift",
            f"{each.table}{'.' if each.column else ''}{each.column}: {each.measure} moved by "
            f"{each.change:+.3f} since the rows before (from {each.before:.6g} to {each.now:.6g})"
            f"{': ' + each.codes if each.codes else ''}, over the limit; ask the source whether it "
            "is true, then run again with --release REASON",
        )
        for each in found
        if each.level == "held"
    ]


def broken(found: Sequence[Checked]) -> list[Hold]:
    """Return a reason for every check that more rows break than its limit allows."""
    return [
        Hold(
            "check",
            f"check {each.name}: {each.rows} rows, {each.share:.2%} of those looked at, limit "
            f"{each.limit:.2%}; first: {each.examples[0].table} {each.examples[0].key}: found "
            f"{each.examples[0].found}, expected {each.examples[0].expected}",
        )
        for each in found
        if each.over
    ]


def left_alone(table: str, count: int, parent: str) -> Hold:
    """Return the reason when rows of `table` would be left without rows of `parent`."""
    return Hold(
        "children",
        f"{table}: {count} rows refer to rows of {parent} that the corrected file no longer has; "
        f"correct {table} in the same load, or restore the rows",
    )
