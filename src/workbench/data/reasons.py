"""Why a load is held back, one line a reason: what was found, what was expected, what to do.

The line of an error and of the log is in English; the page of the load says the same in the
language of its reader.
"""

from collections.abc import Callable, Mapping, Sequence

from workbench import schema, text
from workbench.data import wording
from workbench.data.crosschecks import Checked
from workbench.data.drift import Drift
from workbench.data.load import Counts, Hold
from workbench.data.quarantine import Entry
from workbench.data.reconcile import Reconciled
from workbench.text import formats

SHARES = ("missing", "new_codes")
"""Measures of drift that are shares of the rows."""


def rejected(table: str, counts: Counts, limit: float, first: Entry, report: str) -> Hold:
    """Return the reason when more rows of `table` break a rule than the `limit` allows.

    Parameters
    ----------
    table : str
        Its name.
    counts : Counts
        How many rows were read and rejected.
    limit : float
        Share of rejected rows that is allowed.
    first : Entry
        The first rejected value.
    report : str
        Where the report of all of them lies.
    """
    bad, read = counts.quarantined, counts.read
    return _hold(
        "rows",
        f"{table}: {bad} of {read} rows break a rule, more than the limit of {limit:.1%}. "
        f"First: {first.line_of_report()} All: {report}",
        lambda: {
            "table": _label(table),
            "bad": formats.number(bad, "count"),
            "read": formats.number(read, "count"),
            "limit": formats.number(limit, "share"),
            "first": first.line_of_report(),
            "report": report,
        },
    )


def control(found: Sequence[Reconciled]) -> list[Hold]:
    """Return a reason for every control total that the rows do not sum to."""
    return [_differing(each) for each in found if not each.agrees]


def moved(found: Sequence[Drift]) -> list[Hold]:
    """Return a reason for every measure that moved over its limit."""
    return [_over(each) for each in found if each.level == "held"]


def of_drift(each: Drift) -> str:
    """Return what a measure of drift says, with its numbers, in the current language."""
    unit = "share" if each.measure in SHARES else "count"
    return text.say(
        f"load.drift.{each.measure}",
        before=formats.number(each.before, unit),
        now=formats.number(each.now, unit),
        change=formats.signed(each.change, "share"),
        index=formats.number(each.change, "score"),
        codes=_codes(each),
    )


def broken(found: Sequence[Checked]) -> list[Hold]:
    """Return a reason for every check that more rows break than its limit allows."""
    return [_broken(each) for each in found if each.over]


def left_alone(table: str, count: int, parent: str) -> Hold:
    """Return the reason when rows of `table` would be left without rows of `parent`."""
    return _hold(
        "children",
        f"{table}: {count} rows refer to rows of {parent} that the corrected file no longer has; "
        f"correct {table} in the same load, or restore the rows",
        lambda: {
            "table": _label(table),
            "rows": formats.number(count, "count"),
            "parent": _label(parent),
        },
    )


def _differing(each: Reconciled) -> Hold:
    return _hold(
        "control",
        f"control_totals: {each.authority} states {each.item} of {each.stated:.2f} for "
        f"{each.scope} at {each.month_end}, the rows sum to {each.found:.2f} "
        f"({each.difference:+.2f}); ask for the missing or doubled rows",
        lambda: {
            "authority": schema.value("control_authority", each.authority),
            "item": schema.value("control_item", each.item),
            "scope": each.scope,
            "month": each.month_end,
            "stated": f"{each.stated:,.2f}",
            "found": f"{each.found:,.2f}",
            "difference": f"{each.difference:+,.2f}",
        },
    )


def _over(each: Drift) -> Hold:
    return _hold(
        "drift",
        f"{each.table}{'.' if each.column else ''}{each.column}: {each.measure} moved by "
        f"{each.change:+.3f} since the rows before (from {each.before:.6g} to {each.now:.6g})"
        f"{': ' + each.codes if each.codes else ''}, over the limit; ask the source whether it "
        "is true, then run again with --release REASON",
        lambda: {
            "column": _label(each.table, each.column),
            "moved": of_drift(each),
        },
    )


def _broken(each: Checked) -> Hold:
    return _hold(
        "check",
        f"check {each.name}: {each.rows} rows, {each.share:.2%} of those looked at, limit "
        f"{each.limit:.2%}; first: {each.examples[0].table} {each.examples[0].key}: found "
        f"{each.examples[0].found}, expected {each.examples[0].expected}",
        lambda: {
            "check": schema.value("cross_check", each.name),
            "rows": formats.number(each.rows, "count"),
            "share": formats.number(each.share, "share2"),
            "limit": formats.number(each.limit, "share2"),
            "table": _label(each.examples[0].table),
            "key": each.examples[0].key,
            "found": wording.said(each.name, each.examples[0].found),
            "expected": wording.said(each.name, each.examples[0].expected),
        },
    )


def _hold(kind: str, line: str, values: Callable[[], Mapping[str, object]]) -> Hold:
    """Return a reason with its line, and what the page says in each language."""
    said: dict[str, str] = {}
    for language in text.LANGUAGES:
        with text.spoken(language):
            said[language] = text.say(f"load.reason.{kind}", **values())
    return Hold(kind, line, said)


def _codes(each: Drift) -> str:
    """Return the codes that a measure of drift names, as their list calls them."""
    codes = each.codes.split(", ") if each.codes else []
    known = schema.table(each.table).column(each.column).values if each.column else None
    named = [schema.value(known, code) if known else code for code in codes]
    return text.say("format.joint").join(named)


def _label(table: str, column: str = "") -> str:
    found = schema.table(table)
    return f"{found.label()} · {found.column(column).label()}" if column else found.label()
