"""Freezing a model: the one that the notebook `risk-calibration` shows, as a card with a hash.

The card is made by the same analyses with the same parameters as the notebook's: what was validated
is what is applied. Whoever froze it cannot approve it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import durable, settings
from workbench.analysis.discrimination import discrimination
from workbench.analysis.pd_level import PdLevel, pd_level
from workbench.analysis.recalibration import recalibration
from workbench.analysis.scorecard import Scorecard, scorecard
from workbench.data import bank as banks
from workbench.data.bank import Bank, open_bank
from workbench.data.holding import explained
from workbench.errors import DataError, ParameterError
from workbench.privacy.audit import Log
from workbench.report import comparison, draft, history, parameters
from workbench.rules import risk_model, risk_refresh
from workbench.stats import cycle, model_card, splits
from workbench.stats import recalibration as ways
from workbench.stats import scorecard as cards
from workbench.stats.model_card import Level, Levels, ModelCard
from workbench.stats.points import Scale

if TYPE_CHECKING:
    import pandas as pd

NOTEBOOK = "risk-calibration"
MODELS = "models"
"""Folder of a bank that holds its cards."""
FROZEN, APPROVED = "freeze model", "approve model"
"""Actions of the audit log; their subject is version and hash."""
SCORE = "score"
"""The right that freezing, approving and scoring take."""
MODEL = "default"
"""What the model is called in `risk_assessments`."""
TOLD = ("risk.scorecard.cases", "risk.scorecard.chosen", "risk.discrimination.auc")
"""Facts of a published run that the frozen model must have, digit by digit."""


@dataclass(frozen=True)
class Origin:
    """What a model is frozen from.

    Attributes
    ----------
    bank : Bank
        As of the run's snapshot and day.
    chosen : mapping
        The notebook's parameters.
    run : str
        The published run; empty when there is none.
    facts : mapping of str to float
        What the run says of the model.
    """

    bank: Bank
    chosen: Mapping[str, Any]
    run: str = ""
    facts: Mapping[str, float] | None = None


def origin(folder: Path, run: str | None, as_of: str | None = None) -> Origin:
    """Return what to freeze: the model of the published `run`, or of the newest data.

    Raises
    ------
    ParameterError
        There is no such run, it is of another day, has no model, or the role may not freeze.
    """
    banks.role(folder).require(SCORE)
    declared = parameters.declared(settings.home() / "notebooks" / f"{NOTEBOOK}.ipynb")
    values = {name: each.default for name, each in declared.items()}
    if run is None:
        return Origin(open_bank(folder, as_of=as_of), values)
    found = history.find(run)
    own = found.manifest.get("notebooks", {}).get(NOTEBOOK)
    if own is None or found.folder is None:
        raise ParameterError(f"run {found.run} holds no notebook {NOTEBOOK}; name one that does")
    if as_of and as_of != str(found.as_of):
        raise ParameterError(f"run {found.run} is of {found.as_of}; leave out --as-of {as_of}")
    facts = comparison.recorded_facts(found.folder)
    told = {name: facts[name].value for name in TOLD if name in facts}
    opened = open_bank(folder, snapshot=found.snapshot, as_of=str(found.as_of))
    written = {
        name: declared[name].from_text(str(value))
        for name, value in own["parameters"].items()
        if name in declared
    }
    return Origin(opened, {**values, **written}, found.run, told)


def frozen(given: Origin, person: str, level: Level | None = None) -> ModelCard:
    """Return the model of `given` as a card, frozen by `person`.

    Raises
    ------
    DataError
        The model differs from what the run published: the program or its rules changed since.
    """
    values = given.chosen
    split = {name: values[name] for name in ("horizon_months", "folds", "seed")}
    cases = given.bank.credit_cases(values["horizon_months"], values["window_months"])
    score = scorecard(cases, **split)
    area = discrimination(score.predictions).facts["auc"].value
    own = {
        TOLD[0]: score.facts["cases"].value,
        TOLD[1]: score.facts["chosen"].value,
        TOLD[2]: area,
    }
    for name, told in (given.facts or {}).items():
        if told != own[name]:
            raise DataError(
                f"run {given.run} published {name} {told!r}, and the model of its data is now "
                f"{own[name]!r}: program or rule packs changed since; run {NOTEBOOK} again"
            )
    calibration, levels = _levelled(cases, score, values, level)
    rules = risk_model.read().scale
    made = {
        "snapshot": given.bank.snapshot,
        "as_of": str(given.bank.as_of),
        "run": given.run,
        "parameters": dict(values),
        "cases": int(own[TOLD[0]]),
        "defaults": int(score.facts["defaults"].value),
        "auc": area,
        "by": draft.named(person),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return ModelCard(
        MODEL,
        score.card,
        Scale(rules.points, rules.odds, rules.double),
        _sides(cases, split),
        calibration,
        levels,
        tuple(zip(*risk_model.grades(), strict=True)),
        made,
    )


def _levelled(
    cases: "pd.DataFrame", score: Scorecard, values: Mapping[str, Any], level: Level | None
) -> tuple[ways.Mapping, Levels]:
    """Return the chosen recalibration, learnt on all tested cases, and the levels behind it."""
    tested = score.predictions
    chosen = recalibration(tested, folds=values["folds"], seed=values["seed"]).chosen
    p, events = (tested[name].to_numpy(float) for name in ("pd", "defaulted"))
    calibration = ways.learnt(chosen, p, events)
    own = calibration.apply(p)
    found: PdLevel = pd_level(cases, tested.assign(pd=own), horizon_months=values["horizon_months"])
    state, rho = found.facts["state"].value, risk_model.asset_correlation()
    now = ways.anchored(own, float(events.mean()))
    average = cycle.through_the_cycle(now, state, rho)
    through = ways.anchored(average, found.facts["long_run"].value)
    return calibration, Levels(
        level or risk_refresh.read().review.level,
        ways.anchor(own, float(events.mean())),
        ways.anchor(average, found.facts["long_run"].value),
        ways.anchor(through, found.facts["prudent"].value),
        state,
        rho,
    )


def _sides(cases: "pd.DataFrame", split: Mapping[str, int]) -> dict[str, cards.Scorecard]:
    """Return the scores of ability and willingness, learnt from the same cases as the score."""
    rules, events = risk_model.read(), cases["defaulted"].to_numpy(float)
    division = splits.split(cases, **split)
    learning = division.parts[0].train if division.kind == "time" else division.used
    return {
        side: cards.fit(cases.loc[learning, names], events[learning])
        for side in ("ability", "willingness")
        if (names := [name for name in getattr(rules, side).variables if name in cases])
    }


def keep(folder: Path, card: ModelCard) -> Path:
    """Write the card into the bank in `folder`, never over another one; return its file."""
    place = folder / MODELS / f"{card.model}-{card.version}.json"
    with explained(folder, "no card was written"):
        durable.folder(place.parent, mode=0o750)
        if not place.exists():
            durable.write(place, model_card.to_json(card))
    _noted(folder, FROZEN, card)
    return place


def find(folder: Path, name: str | None) -> Path:
    """Return the file of the card `name`: a file, a version, or without a name the newest.

    Raises
    ------
    ParameterError
        There is none, or several begin so.
    """
    if name and Path(name).is_file():
        return Path(name)
    there = sorted((folder / MODELS).glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    if name is None:
        if not there:
            raise ParameterError(
                f"the bank {folder} has no model card; run `workbench score freeze` first"
            )
        return there[-1]
    found = [path for path in there if f"-{name}" in path.stem or path.stem == name]
    if len(found) != 1:
        known = ", ".join(path.stem for path in there) or "none"
        raise ParameterError(f"there is no model card {name!r}; there are: {known}")
    return found[0]


def read(place: Path) -> ModelCard:
    """Return the card in the file `place`.

    Raises
    ------
    DataError
        It cannot be read, is no card, of another format, or was changed.
    """
    try:
        return model_card.from_json(place.read_text("utf-8"), name=place.name)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{place.name} cannot be read: {error}; fetch it again") from error


def approve(folder: Path, name: str | None, person: str) -> tuple[ModelCard, Path]:
    """Let `person` approve a card of the bank in `folder`; return it, and its file.

    Raises
    ------
    ParameterError
        It was approved before, or frozen by the same person.
    """
    banks.role(folder).require(SCORE)
    place, person = find(folder, name), draft.named(person)
    card = read(place)
    if draft.folded(person) == draft.folded(str(card.made["by"])):
        raise ParameterError(
            f"{person} froze {card.version}: who freezes and who approves are two people"
        )
    if given := _given(card):
        raise ParameterError(f"{card.version} is approved already, by {given[0]['name']}")
    at = datetime.now(UTC).isoformat(timespec="seconds")
    card = replace(card, approvals=({"name": person, "at": at, "sha256": card.sha256},))
    with explained(folder, "the card is as it was"):
        durable.write(place, model_card.to_json(card))
    _noted(folder, APPROVED, card)
    return card, place


def is_approved(folder: Path, card: ModelCard) -> bool:
    """Tell whether the card names who approved it, and the bank's audit log says so, too."""
    subject = _subject(card)
    return bool(_given(card)) and any(
        entry.action == APPROVED and entry.subject == subject for entry in Log(folder).entries()
    )


def _given(card: ModelCard) -> list[Mapping[str, str]]:
    return [each for each in card.approvals if each.get("sha256") == card.sha256]


def _subject(card: ModelCard) -> str:
    return f"{card.model}-{card.version} {card.sha256}"


def _noted(folder: Path, action: str, card: ModelCard) -> None:
    role = banks.role(folder).name
    Log(folder).append(role, action, _subject(card), str(card.made["snapshot"]))
