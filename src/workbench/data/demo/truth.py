"""What was planted in the demo bank, and what careless estimates make of it."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from workbench.data.demo import months, profiles, ratings, season, survey
from workbench.data.demo.months import Life
from workbench.data.demo.people import SECTION_RISK, SECTIONS, People
from workbench.data.demo.planting import Part, Planted, World
from workbench.data.demo.profiles import Profiles
from workbench.data.demo.segments import CODES, Bools, Floats, Ints, each
from workbench.data.demo.state import DEFAULT, Rows
from workbench.data.demo.survey import APP, PHONE, RM, SMS, WEB, Field, Frame

_ASKED = ("survey_answers.value_num", "survey_invitations.mode_assigned")


def assembled(parts: Iterable[Part]) -> dict[str, Any]:
    """Return all that `parts` planted, ready for JSON: the entries under `planted`, then details.

    Raises
    ------
    ValueError
        Two parts use one name.
    """
    found: dict[str, Any] = {"planted": {}}
    for part in parts:
        for planted in part.planted:
            if planted.name in found["planted"]:
                raise ValueError(f"planted twice: {planted.name}")
            found["planted"][planted.name] = planted.entry()
        twice = sorted(set(part.detail) & set(found))
        if twice:
            raise ValueError(f"told twice: {', '.join(twice)}")
        found.update(part.detail)
    return found


def part(world: World) -> Part:
    """Return what was planted in loans and surveys."""
    fields = world.fields
    return Part(
        planted=(*_planted_in_loans(world.life, world.written), *_planted_in_surveys(fields)),
        detail={
            "default": _default(world.life, world.written),
            "customers": _customers(world.people, world.known),
            "survey": {survey.WAVES[field.frame.wave][0]: _wave(field) for field in fields},
            "response": _response(),
            "traps": _traps(fields),
        },
    )


def _planted_in_loans(life: Life, written: Rows) -> tuple[Planted, ...]:
    return (
        _drivers(),
        _industry(),
        _own_history(),
        _economy(life, written),
        Planted(
            "default.large_firms",
            "Defaults of large firms, chosen and not drawn",
            len(life.planted),
            "loans",
            ("loan_months.dpd",),
        ),
        Planted(
            "model.micro_firms",
            "The bank's own model sees the PD of micro firms too low",
            1.0,
            "PD of the model over the true level",
            ("risk_assessments.pd_12m", "loans.risk_grade_at_origination"),
            naive=ratings.MICRO_ERROR,
        ),
    )


def _drivers() -> Planted:
    reports = ("bureau_reports.bureau_score", "bureau_reports.queries_3m")
    return Planted(
        "default.drivers",
        "Log-odds of default are linear in what the reports of the time say",
        profiles.COEFFICIENTS,
        "log-odds per unit",
        (*reports, "bureau_reports.card_utilisation", "financials.total_liabilities"),
    )


def _industry() -> Planted:
    return Planted(
        "default.industry",
        "Firms and owners of some industries fail more often than others of their segment",
        dict(zip(SECTIONS, SECTION_RISK.tolist(), strict=True)),
        "log-odds",
        ("customers.industry_code", "loan_months.dpd"),
    )


def _own_history() -> Planted:
    return Planted(
        "default.own_history",
        "Arrears of the last year, special mention, and a bullet falling due bring arrears",
        _history(),
        "log of monthly arrears",
        ("loan_months.dpd", "loan_months.five_class"),
    )


def _history() -> dict[str, float]:
    return {
        "arrears_in_the_last_12_months": months.HISTORY,
        "special_mention": months.WATCHED,
        "bullet_due": months.BALLOON,
    }


def _economy(life: Life, written: Rows) -> Planted:
    chance = np.array([share for share in _yearly(life, written).values() if share is not None])
    loans = int(((written.month == written.month.max()) & (written.balance > 0)).sum())
    alone = float(np.sqrt(chance.mean() * (1 - chance.mean()) / loans)) if len(chance) else 0.0
    over = round(months.YEARLY_SPREAD * float(chance.mean()), 6) if len(chance) else None
    between = round(float(chance.std(ddof=1)), 6) if len(chance) > 1 else None
    return Planted(
        "default.economy",
        "Yearly default rates spread over banks and years, for all loans share one economy; naive: "
        "the standard error of one date's rate if loans were independent",
        {"over_banks": over, "between_dates_of_this_bank": between},
        "standard deviation of the yearly default rate",
        ("loan_months.dpd",),
        naive=round(alone, 6),
    )


def _planted_in_surveys(fields: list[Field]) -> tuple[Planted, ...]:
    waves = {survey.WAVES[field.frame.wave][0]: field for field in fields}
    told = {name: _naive(field) for name, field in waves.items()}
    return (
        _mode_effect(told),
        _non_response(told),
        _handed_over(told),
        Planted(
            "survey.straight_lining",
            "Part of the answers give one point to every question",
            dict(zip(survey.MODES, survey.STRAIGHT.tolist(), strict=True)),
            "share of complete answers, by mode",
            ("survey_answers.value_num",),
        ),
    )


def _mode_effect(told: dict[str, Any]) -> Planted:
    return Planted(
        "survey.mode_effect",
        "The same customers score higher by phone; naive: those asked by phone beside those "
        "asked on line",
        {
            name: round(one["true_nps_if_asked_by_phone"] - one["true_nps_if_asked_by_web"], 4)
            for name, one in told.items()
        },
        "NPS points, phone less web",
        _ASKED,
        naive=_differences(told, "phone", "web"),
    )


def _non_response(told: dict[str, Any]) -> Planted:
    return Planted(
        "survey.non_response",
        "Who answers depends on mode, segment, age and satisfaction; naive: all answers alike",
        {name: one["true_nps_of_the_assigned_modes"] for name, one in told.items()},
        "NPS points of all invited, each in the mode assigned",
        ("survey_invitations.status", "survey_answers.value_num"),
        naive={name: one["unweighted_nps"] for name, one in told.items()},
    )


def _handed_over(told: dict[str, Any]) -> Planted:
    return Planted(
        "survey.handed_over",
        "Managers hand questionnaires to the contented, who answer kindlier in their presence",
        float(survey.MODE_EFFECT[RM] - survey.MODE_EFFECT[PHONE]),
        "standard deviations of the latent answer, handed over less phone",
        _ASKED,
        naive=_differences(told, "rm", "phone"),
    )


def _differences(told: dict[str, Any], one: str, other: str) -> dict[str, float | None]:
    """Return, by wave, the unweighted score of one mode less that of another."""
    return {
        name: _difference(wave["unweighted_nps_by_mode"], one, other) for name, wave in told.items()
    }


def _difference(scores: dict[str, float | None], one: str, other: str) -> float | None:
    first, second = scores[one], scores[other]
    return None if first is None or second is None else round(first - second, 4)


def _default(life: Life, written: Rows) -> dict[str, Any]:
    return {
        "definition": "more than 90 days past due",
        "log_odds_per_unit": profiles.COEFFICIENTS,
        "share_of_log_odds": {
            "falling_into_arrears": months.LATE_SLOPE,
            "rolling_from_30_to_60_days": months.ROLL_SLOPE,
            "special_mention": months.WATCH_SLOPE,
        },
        "log_factor_of_monthly_arrears": _history(),
        "pd_12m_intended": dict(zip(CODES, each("pd").tolist(), strict=True)),
        "pd_12m_realised": _realised(life, written),
        "pd_12m_by_year": _yearly(life, written),
        "planted_large_defaults": len(life.planted),
        "economy": {
            "standard_deviation": months.SHOCK,
            "monthly_persistence": months.PERSISTENCE,
            "log_odds": np.round(life.economy, 4).tolist(),
        },
    }


def _outcomes(life: Life, written: Rows, start: int) -> tuple[Ints, Bools]:
    """Return segment and outcome of each loan not in default at the end of month `start`."""
    at = (written.month == start) & (written.balance > 0) & (written.late < DEFAULT)
    later = (written.month > start) & (written.month <= start + 12) & (written.late >= DEFAULT)
    failed = np.zeros(life.ledger.size, dtype=bool)
    failed[written.loan[later]] = True
    return life.places.segment[written.slot[at]], failed[written.loan[at]]


def _realised(life: Life, written: Rows) -> dict[str, float | None]:
    """Return the share of loans that fail within 12 months, over all half-year cohorts."""
    last = int(written.month.max())
    starts = [month for month in range(life.first, last - 11) if month % 6 == 5]
    pairs = [_outcomes(life, written, start) for start in starts]
    segment = np.concatenate([pair[0] for pair in pairs]) if pairs else np.zeros(0, dtype=np.int64)
    failed = np.concatenate([pair[1] for pair in pairs]) if pairs else np.zeros(0, dtype=bool)
    return {code: _mean(failed[segment == place]) for place, code in enumerate(CODES)}


def _yearly(life: Life, written: Rows) -> dict[str, float | None]:
    """Return the share that fails within 12 months of each half-year's end: it swings."""
    last = int(written.month.max())
    starts = [month for month in range(life.first, last - 11) if month % 6 == 5]
    return {
        str(season.ends(np.array([start]))[0]): _mean(_outcomes(life, written, start)[1])
        for start in starts
    }


def _mean(values: Bools | Floats) -> float | None:
    return round(float(values.mean()), 6) if len(values) else None


def _customers(people: People, known: Profiles) -> dict[str, Any]:
    """Return the log-odds of each core number at the end, over the mean of its segment."""
    everybody = np.arange(len(people.segment))
    last = np.full(len(everybody), season.number(season.LAST))
    return {
        "core_number": people.customers["customer_id"].tolist(),
        "segment": np.array(CODES)[people.segment].tolist(),
        "log_odds_over_segment": np.round(known.log_odds(people, everybody, last), 4).tolist(),
    }


def _wave(field: Field) -> dict[str, Any]:
    frame = field.frame
    held = [(code, frame.segment == place) for place, code in enumerate(CODES)]
    held.append(("all", np.ones(len(frame.segment), dtype=bool)))
    return {
        code: {
            "customers": int(member.sum()),
            "nps": {mode: _nps(frame, member, number) for mode, number in _REFERENCE},
            "top2": {mode: _top(frame, member, number) for mode, number in _REFERENCE},
        }
        for code, member in held
        if member.any()
    }


_REFERENCE = (("phone", PHONE), ("web", WEB))


def _nps(frame: Frame, member: Bools, mode: int) -> float:
    row = np.flatnonzero(member)
    return nps(frame.recommend(row, np.full(len(row), mode)))


def _top(frame: Frame, member: Bools, mode: int) -> float:
    row = np.flatnonzero(member)
    return round(float((frame.overall(row, np.full(len(row), mode)) >= 4).mean()), 6)


def nps(answers: Ints) -> float:
    """Return the net promoter score of answers from 0 to 10, in points."""
    return round(100 * float((answers >= 9).mean() - (answers <= 6).mean()), 4)


def _response() -> dict[str, Any]:
    by_mode = dict(zip(survey.MODES, survey.RESPONSE.tolist(), strict=True))
    return {
        "share_of_an_average_customer": by_mode,
        "log_odds_by_segment": dict(zip(CODES, survey.RESPONSE_SEGMENT.tolist(), strict=True)),
        "log_odds_per_year_above_42": {
            "phone and rm": survey.RESPONSE_AGE,
            "others": -survey.RESPONSE_AGE,
        },
        "log_odds_per_sd_of_satisfaction": survey.RESPONSE_MOOD,
        "straight_lining": dict(zip(survey.MODES, survey.STRAIGHT.tolist(), strict=True)),
    }


def _traps(fields: list[Field]) -> dict[str, Any]:
    return {
        "survey": {survey.WAVES[field.frame.wave][0]: _naive(field) for field in fields},
        "model_pd_of_micro_firms_over_truth": ratings.MICRO_ERROR,
    }


def _naive(field: Field) -> dict[str, Any]:
    """Return what the answers say unweighted, by mode as it came, and in truth."""
    frame, row = field.frame, field.row
    answered = field.status <= survey.PARTIAL
    said = frame.recommend(row, field.mode)
    phoned = frame.recommend(row, np.full(len(row), PHONE))

    def score(rows: Bools) -> float | None:
        return nps(said[rows & answered]) if (rows & answered).any() else None

    everybody = np.ones(len(frame.segment), dtype=bool)
    modes = {"phone": PHONE, "web": WEB, "app": APP, "sms": SMS, "rm": RM}
    return {
        "true_nps_if_asked_by_phone": _nps(frame, everybody, PHONE),
        "true_nps_if_asked_by_web": _nps(frame, everybody, WEB),
        "true_nps_of_the_assigned_modes": nps(said),
        "unweighted_nps": score(np.ones(len(row), dtype=bool)),
        "unweighted_nps_by_mode": {name: score(field.mode == mode) for name, mode in modes.items()},
        "nps_if_asked_by_phone_by_assigned_mode": {
            name: nps(phoned[field.mode == mode])
            for name, mode in modes.items()
            if (field.mode == mode).any()
        },
        "randomised_nps_by_mode": {
            name: score((field.mode == modes[name]) & field.randomised) for name in ("phone", "web")
        },
    }
