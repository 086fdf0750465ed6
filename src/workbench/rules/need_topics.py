"""Topics of stated needs: what a customer wants money for, and how, told by listed words.

No model is trained: a reader can say of every topic which words led to it, and no word leaves the
bank. Words and topics are the rule pack `need-topics`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from workbench import schema, text
from workbench.rules.code_frame import Language, clauses, expression, language_of
from workbench.rules.pack import Pack, Rule, in_force

RULE = "need-topics"


class Negation(Rule):
    """Words that say of what follows in a clause that it is not needed."""

    zh: tuple[str, ...]
    en: tuple[str, ...]


class Topic(Rule):
    """One topic: what it is called, its words, and the products that would meet it."""

    title_zh: str = Field(min_length=1)
    title_en: str = Field(min_length=1)
    kind: Literal["purpose", "terms"]
    products: tuple[str, ...]
    zh: tuple[str, ...] = Field(min_length=1)
    en: tuple[str, ...] = Field(min_length=1)

    @property
    def title(self) -> dict[str, str]:
        """Its title by language."""
        return {"zh": self.title_zh, "en": self.title_en}

    @model_validator(mode="after")
    def _known(self) -> "Topic":
        if unknown := set(self.products) - set(schema.values("product_type")):
            raise ValueError(f"products {sorted(unknown)} are no codes of the list product_type")
        return self


class NeedTopics(Pack):
    """The rule pack `need-topics`: a coder of texts, see `data.comments.Coder`."""

    negation: Negation
    topic: Mapping[str, Topic] = Field(min_length=1)

    @model_validator(mode="after")
    def _readable(self) -> "NeedTopics":
        # A pattern that cannot be read is refused with the pack, not with the first text.
        for language in ("zh", "en"):
            self._expressions[language]
        return self

    @property
    def marks(self) -> tuple[str, ...]:
        """Names of the topics."""
        return tuple(self.topic)

    @property
    def edition(self) -> str:
        """Its edition."""
        return self.pack.edition

    def labels(self) -> dict[str, str]:
        """Return what each topic is called in the current language."""
        return {code: topic.title[text.language()] for code, topic in self.topic.items()}

    def coded(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return which topics each of `texts` names, shape (n, topics)."""
        found: dict[str, list[bool]] = {}
        for said in texts:
            if said not in found:
                found[said] = self._reading(said)
        rows = [found[said] for said in texts]
        return np.array(rows, dtype=np.bool_).reshape(len(texts), len(self.topic))

    def _reading(self, said: str) -> list[bool]:
        language = language_of(said)
        negated, topics = self._expressions[language]
        named = [False] * len(topics)
        for clause in clauses(said, language):
            away = negated.search(clause)
            meant = clause[: away.start()] if away else clause
            named = [
                old or bool(words.search(meant)) for old, words in zip(named, topics, strict=True)
            ]
        return named

    @cached_property
    def _expressions(self) -> dict[Language, tuple[re.Pattern[str], list[re.Pattern[str]]]]:
        found: dict[Language, tuple[re.Pattern[str], list[re.Pattern[str]]]] = {}
        languages: tuple[Language, ...] = ("zh", "en")
        for language in languages:
            topics = [getattr(topic, language) for topic in self.topic.values()]
            negated = expression(getattr(self.negation, language), language)
            found[language] = negated, [expression(words, language) for words in topics]
        return found


def topics(day: date) -> NeedTopics:
    """Return the topics in force on `day`."""
    return in_force(NeedTopics, RULE, day)
