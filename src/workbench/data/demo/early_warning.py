"""Early warnings: the rules in force, what they raised, who looked, and whom help saved."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench import settings
from workbench.data.demo import season
from workbench.data.demo.draws import choose, choose_by, numbered, pick, times
from workbench.data.demo.failures import failures, present, riskiness, share
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.segments import OWNER, Bools, Floats, Ints
from workbench.data.demo.state import DEFAULT

PACK = "early-warning"
LEVELS = ("yellow", "orange", "red")
REVISED = 5
"""Every so many rules, one was revised: its first version ends where the second begins."""
FROM, REVISION = np.datetime64("2018-01-01"), np.datetime64("2025-01-01")
YEARLY = (0.045, 0.14)
"""Warnings a year of a private customer and of a firm."""
RECALL = 0.45
"""Share of failures that rules other than those on arrears warn of within a year before."""
LEAD, LEAD_SPREAD = 110.0, 0.55
"""Median of the days from warning to failure, and the standard deviation of its log."""
ARREARS = 0.30
"""Share of failures that the rules on arrears raise a warning for (others are in collection)."""
HELPED = 0.25
"""Of the customers warned of who would have failed, the share that timely help saved."""
SIGNS, NOISE, DUNS = range(3)
LEVEL_WEIGHTS = np.array([[38.0, 36, 26], [62, 27, 11], [10, 55, 35]])
CONFIRMED = np.array([[0.32, 0.42, 0.55], [0.11, 0.16, 0.24], [0.32, 0.42, 0.50]])
"""Chance that the check confirms: signs of failure, noise, arrears; by level."""
VERDICTS = ("confirmed", "false_alarm", "duplicate", "pending")
SLOPE = 0.45
"""How much of the log-odds of default acts on warnings without failure."""


@dataclass(frozen=True, eq=False, repr=False)
class _Raised:
    """Warnings before they are written out; arrays of one length."""

    customer: Ints
    day: season.Days
    kind: Ints
    saved: Bools


def part(world: World) -> Part:
    """Return `warning_rules` and `warnings`, and who was saved."""
    pack = settings.rulepack(PACK)["rule"]
    raised = _raised(world)
    order = np.argsort(raised.day, kind="stable")
    raised = _Raised(*(getattr(raised, name)[order] for name in _Raised.__dataclass_fields__))
    table = _warnings(world, pack, raised)
    saved = world.people.customers["customer_id"].array[raised.customer[raised.saved]]
    return Part(
        {"warning_rules": _rules(pack), "warnings": table},
        _planted(raised, table),
        {"saved_after_warning": saved.astype(str).tolist()},
    )


def _rules(pack: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the rules of the pack; some in two versions, the first less strict."""
    rows = []
    for place, rule in enumerate(pack):
        versions = 2 if place % REVISED == REVISED - 1 else 1
        for version in range(1, versions + 1):
            older = version < versions
            levels = [round(level * (1.1 if older else 1.0), 4) for level in rule["levels"]]
            begins = REVISION if version == 2 else FROM
            ends = REVISION - np.timedelta64(1, "D") if older else np.datetime64("NaT", "D")
            rows.append(
                (
                    *(rule["id"], version, rule["zh"], rule["en"], "credit", rule["family"]),
                    *(rule["expression"], *levels, rule["hours"], rule["action"], rule["owner"]),
                    *(begins, ends),
                )
            )
    names = (
        *("rule_id", "rule_version", "name_zh", "name_en", "risk_type", "family", "expression"),
        *("threshold_yellow", "threshold_orange", "threshold_red", "response_hours"),
        *("default_action", "owner_dept", "valid_from", "valid_to"),
    )
    frame = pd.DataFrame(rows, columns=names)
    for name in ("valid_from", "valid_to"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def _raised(world: World) -> _Raised:
    """Draw warnings before failures, warnings of arrears, and false ones to the usual number."""
    rng = world.random("warnings")
    found = failures(world)
    first, _ = present(world)
    sign = rng.random(len(found.customer)) < RECALL
    lead = LEAD * rng.lognormal(0, LEAD_SPREAD, int(sign.sum()))
    known = found.customer[sign]
    room = (found.day[sign] - first[known]) / np.timedelta64(1, "D")
    seen = room > 5
    gone = np.clip(lead, 3, np.minimum(360, np.maximum(room, 3)))[seen]
    signs = known[seen], found.day[sign][seen] - gone.astype("timedelta64[D]")
    dunned = rng.random(len(found.customer)) < ARREARS
    back = rng.integers(20, 75, int(dunned.sum())).astype("timedelta64[D]")
    duns = (
        found.customer[dunned],
        np.maximum(found.day[dunned] - back, first[found.customer[dunned]]),
    )
    noise, saved = _noise(world, rng, len(signs[0]), np.concatenate([signs[0], duns[0]]))
    customer = np.concatenate([signs[0], noise[0], duns[0]])
    kind = np.repeat([SIGNS, NOISE, DUNS], [len(signs[0]), len(noise[0]), len(duns[0])])
    none = np.zeros(len(signs[0]), dtype=bool), np.zeros(len(duns[0]), dtype=bool)
    return _Raised(
        customer,
        np.concatenate([signs[1], noise[1], duns[1]]),
        kind,
        np.concatenate([none[0], saved, none[1]]),
    )


def _noise(
    world: World, rng: np.random.Generator, signs: int, warned: Ints
) -> tuple[tuple[Ints, season.Days], Bools]:
    """Return customers and days of warnings without failure, and who of them would have failed."""
    first, last = present(world)
    days = np.maximum((last - first) / np.timedelta64(1, "D"), 0)
    firm = world.people.firm
    usual = np.array(YEARLY)[firm.astype(np.int64)] * days / 365
    failed = (world.late >= DEFAULT).any(axis=1)
    weight = np.where(failed, 0, days * riskiness(world, SLOPE))
    parts = []
    for kind in (False, True):
        member = np.flatnonzero((firm == kind) & (weight > 0))
        wanted = usual[firm == kind].sum() - (firm[warned] == kind).sum()
        count = max(int(rng.poisson(max(wanted, 0))), 0) if len(member) else 0
        parts.append(member[choose(rng, count, weight[member].tolist())] if count else member[:0])
    customer = np.concatenate(parts)
    day = first[customer] + (rng.random(len(customer)) * days[customer]).astype("timedelta64[D]")
    # Those whom help saved look as risky as those who failed.
    would = min(round(signs * HELPED / (1 - HELPED)), len(customer) // 2)
    urge = np.log(riskiness(world, 1.0)[customer]) + rng.gumbel(0, 1, len(customer))
    saved = np.zeros(len(customer), dtype=bool)
    saved[np.argsort(-urge)[:would]] = True
    return (customer, day), saved


def _warnings(world: World, pack: list[dict[str, Any]], raised: _Raised) -> pd.DataFrame:
    rng = world.random("checks")
    size = len(raised.customer)
    level = choose_by(rng, np.where(raised.saved, SIGNS, raised.kind), LEVEL_WEIGHTS)
    rule = _which(rng, world, pack, raised)
    at = times(raised.day, 7 + 2 * rng.random(size))
    version = 1 + ((rule % REVISED == REVISED - 1) & (raised.day >= REVISION)).astype(np.int64)
    observed = _observed(rng, pack, rule, version, level)
    now = np.datetime64(season.LAST, "s") + np.timedelta64(86_399, "s")
    closed = at + (86_400 * rng.lognormal(2.4, 0.6, size)).astype("timedelta64[s]")
    still = closed > now
    true = np.where(raised.saved, SIGNS, raised.kind)
    verdict = np.where(rng.random(size) < CONFIRMED[true, level], 0, 1)
    verdict = np.where(rng.random(size) < 0.03, 2, verdict)
    return pd.DataFrame(
        {
            "warning_id": numbered("W", np.arange(1, size + 1), 8),
            "customer_id": world.people.customers["customer_id"].array[raised.customer],
            "loan_id": _loan(world, raised),
            "rule_id": pick([each["id"] for each in pack], rule),
            "rule_version": version,
            "level": pick(LEVELS, level),
            "raised_at": at,
            "observed_value": observed,
            "seen_by_relationship_at": _seen(rng, at, 7.0, now),
            "seen_by_risk_at": _seen(rng, at, 4.0, now),
            "verdict": pick(VERDICTS, np.where(still, 3, verdict)),
            "closed_at": np.where(still, np.datetime64("NaT", "s"), closed),
        }
    )


def _which(
    rng: np.random.Generator, world: World, pack: list[dict[str, Any]], raised: _Raised
) -> Ints:
    """Return a rule for each warning: about such customers, and on arrears or not."""
    firm = world.people.segment[raised.customer] < OWNER
    arrears = np.array([bool(rule.get("arrears")) for rule in pack])
    found = np.zeros(len(firm), dtype=np.int64)
    for of_firms, about in ((True, ("all", "firms")), (False, ("all", "persons"))):
        fits = np.array([rule["about"] in about for rule in pack])
        for duns in (True, False):
            rows = np.flatnonzero((firm == of_firms) & ((raised.kind == DUNS) == duns))
            rules = np.flatnonzero(fits & (arrears == duns))
            found[rows] = rng.choice(rules, len(rows))
    return found


def _observed(
    rng: np.random.Generator, pack: list[dict[str, Any]], rule: Ints, version: Ints, level: Ints
) -> Floats:
    """Return a value at or above the threshold of each level; counts stay whole."""
    steps = np.array([rule_["levels"] for rule_ in pack], dtype=np.float64)
    whole = np.all(steps == np.round(steps), axis=1)
    two = np.arange(len(pack)) % REVISED == REVISED - 1
    strict = np.where(two[rule] & (version == 1), 1.1, 1.0)
    value = steps[rule, level] * strict * rng.uniform(1.0, 1.1, len(rule))
    return np.where(whole[rule], np.ceil(steps[rule, level] * strict), np.round(value, 4))


def _seen(
    rng: np.random.Generator, at: season.Days, hours: float, now: np.datetime64
) -> season.Days:
    """Return when a department looked; it never looks at one in fifty."""
    wait = (3600 * hours * rng.lognormal(0, 0.95, len(at))).astype("timedelta64[s]")
    never = (rng.random(len(at)) < 0.02) | (at + wait > now)
    return np.where(never, np.datetime64("NaT", "s"), at + wait)


def _loan(world: World, raised: _Raised) -> "pd.Series[Any]":
    """Return the newest loan of customers warned of arrears; other warnings name no loan."""
    loans = world.tables["loans"]
    begins = loans["disbursed_on"].to_numpy().astype("datetime64[D]")
    owner = loans["customer_id"].cat.codes.to_numpy()
    newest = np.full(len(world.people.segment), -1)
    order = np.argsort(begins, kind="stable")
    newest[owner[order]] = order
    row = newest[raised.customer]
    fits = (raised.kind == DUNS) & (row >= 0) & (begins[np.maximum(row, 0)] <= raised.day)
    return numbered("L", np.where(fits, row, -1) + 1, 9)


def _planted(raised: _Raised, table: pd.DataFrame) -> tuple[Planted, ...]:
    signs = raised.kind == SIGNS
    would = signs | raised.saved
    apart = raised.kind != DUNS
    return (
        Planted(
            "warnings.recall",
            "share of failures warned of within a year before by rules other than those on arrears",
            RECALL,
            "share",
            ("warnings.raised_at", "warnings.rule_id", "loan_months.dpd"),
        ),
        Planted(
            "warnings.lead",
            "median days from the warning to more than 90 days past due",
            LEAD,
            "days",
            ("warnings.raised_at", "loan_months.dpd"),
        ),
        Planted(
            "warnings.helped",
            "share of the customers warned of who would have failed and were saved by help",
            HELPED,
            "share",
            ("warnings.verdict", "actions.done_at"),
            naive=0.0,
        ),
        Planted(
            "warnings.precision",
            "share of warnings, without those on arrears, of customers who would have failed; "
            "naive: who did fail",
            share(would[apart]),
            "share",
            ("warnings.customer_id", "loan_months.dpd"),
            naive=share(signs[apart]),
        ),
    )
