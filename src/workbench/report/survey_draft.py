"""A survey wave before it is written down: its plan, its sample and its questions, by the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import text
from workbench.analysis.survey_next_wave import NextWave, Wish, draw, first_wave, next_wave
from workbench.analysis.survey_reachable import reachable
from workbench.data import survey_wave as waves
from workbench.data.bank import open_bank
from workbench.data.load import Load
from workbench.data.survey_judged import Accepts
from workbench.rules import questionnaire, survey_plan
from workbench.rules.questionnaire import Questionnaire
from workbench.stats.respondents import weighted

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data.bank import Bank

MARGINS = ("segment", "branch_name", "mode_assigned")
"""What the last wave is raked to, as in the report on it."""
DESIGN = ("stratum", "frame_count", "design_weight", "mode_assigned", "mode_randomised")
"""What the bank keeps of an invitation."""


@dataclass(frozen=True, eq=False, repr=False)
class Draft:
    """A wave that is planned and drawn, and stands nowhere yet.

    Attributes
    ----------
    wave : Wave
        Its name and days.
    plan : NextWave
        Answers and invitations by segment.
    sample : DataFrame
        The drawn customers, by pseudonym; never shown.
    asked : Questionnaire
        What they are asked.
    seed : int
        What they were drawn with.
    before : str or None
        The wave it is planned from; None for a bank's first.
    """

    wave: waves.Wave
    plan: NextWave
    sample: "pd.DataFrame"
    asked: Questionnaire
    seed: int
    before: str | None

    def said(self) -> dict[str, object]:
        """Return what the command says of it: counts, never people."""
        facts = {name: self.plan.facts[name].value for name in ("planned", "margin", "detectable")}
        by_mode = self.sample["mode_assigned"].value_counts().sort_index()
        drawn = set(self.sample["segment"])
        empty = [code for code in self.plan.table["segment"] if code not in drawn]
        invited = self.plan.table.set_index("segment")["to_invite"]
        return {
            "wave": self.wave.id,
            "seed": self.seed,
            "planned_from": self.before,
            "questionnaire": self.asked.pack.edition,
            "invitations": len(self.sample),
            "by_segment": {str(code): int(count) for code, count in invited.items()},
            "by_mode": {str(mode): int(count) for mode, count in by_mode.items()},
            "cost": round(float(self.plan.facts["cost"].value), 2),
            **{name: round(float(value), 2) for name, value in facts.items()},
            "not_covered": empty,
        }

    def keep(self, folder: Path) -> Load:
        """Write it down in the bank in `folder`, as `survey_wave.keep` does."""
        rows = self.sample.rename(columns={"segment": "stratum"})
        sample: list[Mapping[str, object]] = [
            {str(name): value for name, value in row.items()}
            for row in rows[["customer_id", *DESIGN]].to_dict("records")
        ]
        questions = [
            {
                "question_id": item.id,
                "text_zh": item.zh,
                "text_en": item.en,
                "scale": item.scale,
                "construct": item.measures,
                "is_reverse": item.reverse,
            }
            for item in self.asked.item
        ]
        return waves.keep(folder, self.wave, questions, sample, self.seed)


def draft(folder: Path, name: str, days: tuple[date, date], wish: Wish, seed: int) -> Draft:
    """Plan the wave `name` with fieldwork on `days` (first and last), and draw its sample.

    Whom it may ask, and what is known of the last wave, is as of the first day of fieldwork.

    Raises
    ------
    ParameterError
        The role sees too little to draw, no rules are in force that day, or the wish cannot be met.
    DataError
        Nobody may be asked.
    """
    first, last = days
    opened = open_bank(folder, as_of=first.isoformat())
    waves.may_draw(opened)
    rules, asked = survey_plan.rules(first), questionnaire.rules(first)
    frame = opened.survey_frame()
    reach = reachable(frame, plan=rules, on=first)
    before = _before(opened)
    if before is None:
        plan = first_wave(reach.table, plan=rules, wish=wish)
    else:
        survey = opened.survey(before)
        margins = [name for name in MARGINS if survey[name].notna().any()]
        known = weighted(survey, name=before, margins=margins)
        plan = next_wave(known, survey, reach.table, plan=rules, wish=wish)
    sample = draw(reach.people, plan, plan=rules, seed=seed)
    about = text.say(
        "questionnaire.population",
        plan=rules.pack.edition,
        asked=asked.pack.edition,
        before=_called(before),
        seed=seed,
    )
    title = text.say("questionnaire.wave_name", wave=name)
    return Draft(waves.Wave(name, title, first, last, about), plan, sample, asked, seed, before)


def accepts(asked: Questionnaire) -> Accepts:
    """Return what counts as an answer to the questionnaire `asked`."""
    return Accepts(
        {name: (scale.low, scale.high) for name, scale in asked.scale.items()},
        (asked.skip.code, asked.skip.zh, asked.skip.en),
        asked.counts.complete,
        asked.counts.partial,
        read_out=asked.lists.phone,
        form=asked.lists.questionnaire[0],
    )


def _called(before: str | None) -> str:
    if before is None:
        return text.say("questionnaire.no_wave")
    return text.say("questionnaire.earlier_wave", wave=before)


def _before(opened: "Bank") -> str | None:
    """Return the last wave whose fieldwork is over and that anybody answered, if there is one."""
    known = opened.survey_waves()
    over = known.loc[known["answered"] > 0, "wave_id"]
    return None if over.empty else str(over.iloc[-1])
