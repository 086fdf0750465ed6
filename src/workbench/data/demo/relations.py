"""The parts of the bank beside lending: service, information, warnings and control, in order."""

from workbench.data.demo import (
    actions,
    campaigns,
    choice_study,
    comments,
    complaints,
    consents,
    courses,
    duplicates,
    early_warning,
    identities,
    oversight,
    process,
    public_records,
    stated_needs,
    third_party,
)
from workbench.data.demo.planting import Maker

PARTS: tuple[Maker, ...] = (
    duplicates.part,
    identities.part,
    consents.part,
    third_party.part,
    public_records.part,
    process.part,
    stated_needs.part,
    complaints.part,
    comments.part,
    campaigns.part,
    choice_study.part,
    courses.part,
    oversight.part,
    early_warning.part,
    actions.part,
)
"""Makers of these parts, behind those of lending, contacts and surveys."""
