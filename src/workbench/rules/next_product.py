"""What may be offered next and to whom, and what a prediction of it may look at, dated."""

from collections.abc import Iterable, Mapping
from datetime import date

from pydantic import Field, model_validator

from workbench import schema
from workbench.errors import DataError
from workbench.rules.pack import Pack, Rule, in_force


class Window(Rule):
    """Which days cases are taken on, and how long one waits for what comes of them."""

    horizon_months: int = Field(ge=1)
    step_months: int = Field(ge=1)
    days: int = Field(ge=3)
    judging: int = Field(ge=1)
    follow_days: int = Field(ge=1)
    decide_days: int = Field(ge=1)
    need_months: int = Field(ge=1)


class Model(Rule):
    """How many takers a model needs, and how strongly its coefficients are drawn to nothing."""

    least_learnt: int = Field(ge=10)
    least_judged: int = Field(ge=10)
    penalty: float = Field(gt=0)


class Holding(Rule):
    """When a service counts as held, and which pairs are tested."""

    online_logins: int = Field(ge=1)
    wealth: float = Field(gt=0)
    least_expected: float = Field(ge=1)


class Exclude(Rule):
    """Whom nothing is offered to."""

    consent: str
    rest_days: int = Field(ge=0)
    dpd_from: int = Field(ge=1)
    class_from: int = Field(ge=1, le=2)
    warning_from: int = Field(ge=1, le=3)
    pd_above: float = Field(gt=0, lt=1)
    least_years: float = Field(ge=0)

    @model_validator(mode="after")
    def _known(self) -> "Exclude":
        if self.consent not in schema.values("consent_purpose"):
            raise ValueError(f"consent {self.consent!r} is no code of the list consent_purpose")
        return self


class Offer(Rule):
    """From which probability on a product is offered to somebody who stated no need."""

    least_probability: float = Field(ge=0, lt=1)


class Known(Rule):
    """Columns known before a contact or an offer, and columns written during it or behind it."""

    before: tuple[str, ...]
    after: tuple[str, ...]

    @model_validator(mode="after")
    def _apart(self) -> "Known":
        if both := set(self.before) & set(self.after):
            raise ValueError(f"{sorted(both)} cannot be known both before and after")
        return self


class NextProduct(Pack):
    """The rule pack `next-product`."""

    window: Window
    model: Model
    holding: Holding
    exclude: Exclude
    offer: Offer
    eligible: Mapping[str, tuple[str, ...]]
    known: Known
    feature: Mapping[str, str]

    @model_validator(mode="after")
    def _whole(self) -> "NextProduct":
        if unknown := set(self.eligible) - set(schema.values("product_type")):
            raise ValueError(f"eligible: {sorted(unknown)} are no codes of the list product_type")
        named = {segment for each in self.eligible.values() for segment in each}
        if unknown := named - set(schema.values("segment")):
            raise ValueError(f"eligible: {sorted(unknown)} are no codes of the list segment")
        return self

    def guarded(self, features: Iterable[str], made_of: Mapping[str, str] | None = None) -> None:
        """Refuse features that are not known before what they are to predict.

        Parameters
        ----------
        features : iterable of str
            Names of features.
        made_of : mapping of str to str, optional
            Feature → canonical column `table.column` it is made of; the pack's own by default.

        Raises
        ------
        DataError
            A feature is made of a column that is written only afterwards, or nobody has said
            when it is known.
        """
        sources = self.feature if made_of is None else made_of
        for name in features:
            source = sources.get(name)
            if source in self.known.after:
                raise DataError(
                    f"feature {name!r} leaks: {source} is known only after the contact or offer "
                    "that is to be predicted (rule pack next-product, known.after); leave it out"
                )
            if source not in self.known.before:
                raise DataError(
                    f"nobody has said when feature {name!r} is known; name its column under "
                    "`feature` and `known.before` of the rule pack next-product, or leave it out"
                )


def rules(day: date) -> NextProduct:
    """Return the pack in force on `day`."""
    return in_force(NextProduct, "next-product", day)
