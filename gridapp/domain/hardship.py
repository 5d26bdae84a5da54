"""Categories a person can carry, as dated enrolments.

Source: indicators.md section 2 (codes, and which count for the visit rate);
service and child categories from the documents summarised in product.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gridapp.i18n import N_, _


class CategoryKind(StrEnum):
    """What a category is for."""

    HARDSHIP = "hardship"
    CHILD = "child"
    SERVICE = "service"


@dataclass(frozen=True)
class Category:
    """A category of people.

    Attributes:
        code: Code in facts files and JSON.
        title: Name in the catalogue's source language; users may rename it.
        kind: Which rosters it can belong to.
        counts: Whether it counts for the monthly visit rate.
    """

    code: str
    title: str
    kind: CategoryKind
    counts: bool = False


_H, _C, _S = CategoryKind.HARDSHIP, CategoryKind.CHILD, CategoryKind.SERVICE

BUILT_IN = (
    Category("living_alone", N_("Living alone"), _H, True),
    Category("empty_nest", N_("Empty nest"), _H, True),
    Category("left_behind", N_("Left-behind elder"), _H, True),
    Category("disabled_capacity", N_("Lost capacity"), _H, True),
    Category("severe_disability", N_("Severe disability"), _H, True),
    Category("family_planning_special", N_("Special family-planning family"), _H, True),
    Category("childless", N_("Childless elder"), _H),
    Category("dementia", N_("Dementia"), _H),
    Category("advanced_age", N_("Advanced age"), _H),
    Category("scattered_orphan", N_("Scattered orphan"), _C),
    Category("unsupported_child", N_("Child with no one to raise them"), _C),
    Category("minimum_living", N_("Minimum living allowance"), _S),
    Category("low_income_margin", N_("Low-income margin"), _S),
    Category("extreme_poverty", N_("Extreme poverty support"), _S),
    Category("disability", N_("Disability"), _S),
    Category("veteran_care", N_("Veteran care"), _S),
    Category("orphan", N_("Orphan"), _S),
    Category("left_behind_child", N_("Left-behind child"), _S),
)


def built_in_title(code: str) -> str | None:
    """Return a built-in category's name in the user's language, or None if it is not built in."""
    for category in BUILT_IN:
        if category.code == code:
            return _(category.title)
    return None


class AbsenceReason(StrEnum):
    """Why a person cannot be visited for a while."""

    HOSPITAL = "hospital"
    INSTITUTION = "institution"
    AWAY = "away"
    MISSING = "missing"


_ABSENCE_TITLES = {
    AbsenceReason.HOSPITAL: N_("In hospital"),
    AbsenceReason.INSTITUTION: N_("In an institution"),
    AbsenceReason.AWAY: N_("Away with family"),
    AbsenceReason.MISSING: N_("Missing"),
}


def absence_title(reason: str) -> str:
    """Return an absence reason in the user's language."""
    return _(_ABSENCE_TITLES[AbsenceReason(reason)])
