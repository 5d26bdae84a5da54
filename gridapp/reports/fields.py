"""What a column of a paper can show: every source of rows, its fields, and their names for people.

Templates are data; they may name these fields and no others. The form of a
template is documented in ``docs/paper-templates.md``.
"""

from __future__ import annotations

from gridapp.i18n import N_

PERSON_FIELDS = {
    "number": N_("No."),
    "name": N_("Name"),
    "name_about": N_("Name with sex, age and tier"),
    "sex": N_("Sex"),
    "age": N_("Age"),
    "birth": N_("Birth date"),
    "id_number": N_("ID number"),
    "phone": N_("Phone"),
    "categories": N_("Category"),
    "categories_note": N_("Category with remark"),
    "level": N_("Level"),
    "address": N_("Address"),
    "address_contact": N_("Address with contact"),
    "grid": N_("Grid"),
    "worker": N_("Grid worker"),
    "worker_phone": N_("Phone of the grid worker"),
    "tier": N_("Tier"),
    "contact": N_("Emergency contact"),
    "joined": N_("On the roster since"),
    "due": N_("Due by"),
    "last_visit": N_("Last visit"),
    "note": N_("Remark"),
    "visits": N_("Visits in the period"),
    "visit_day": N_("Day of the visit"),
    "visit_mode": N_("Way of visiting"),
    "visit_outcome": N_("Outcome"),
    "visit_note": N_("What was noted"),
    "findings": N_("Looked at"),
    "needs": N_("What the person asks for"),
    "referral": N_("Passed on to"),
    "visitor": N_("Who visited"),
    "outcome_boxes": N_("Boxes for way and outcome"),
    "mode_boxes": N_("Boxes for the way"),
    "result_boxes": N_("Boxes for the outcome"),
    "finding_boxes": N_("Boxes for what was looked at"),
    "call_boxes": N_("Boxes for a call"),
    "blank": N_("Empty, to write in"),
    "code": N_("Row code"),
}
"""Fields of a person, and of what the period holds about them."""

RATE_FIELDS = {
    "name": N_("Name"),
    "roster": N_("On the roster"),
    "visited": N_("Visited"),
    "shown": N_("Visit rate"),
    "onsite": N_("On-site rate"),
    "missed": N_("Missed"),
    "attempts": N_("Attempts"),
    "new": N_("New this month"),
    "excluded": N_("Left out"),
    "state": N_("State of the month"),
    "blank": N_("Empty, to write in"),
}
"""Fields of a figure: by grid, category, month or in total."""

GIVEN_FIELDS = {f"text_{place}": N_("Text") for place in range(1, 21)} | {"number": N_("No.")}
"""Fields of rows whose words stand in the template itself."""

SOURCES: dict[str, tuple[str, dict[str, str]]] = {
    "roster": (N_("Everyone to visit"), PERSON_FIELDS),
    "missed": (N_("Those not visited"), PERSON_FIELDS),
    "new": (N_("Those who joined late"), PERSON_FIELDS),
    "excluded": (N_("Those left out by rule"), PERSON_FIELDS),
    "visited": (N_("Those visited"), PERSON_FIELDS),
    "service_objects": (N_("Service objects"), PERSON_FIELDS),
    "call_tree": (N_("Everyone, the most at risk first, by worker"), PERSON_FIELDS),
    "by_grid": (N_("Figures by grid"), RATE_FIELDS),
    "by_category": (N_("Figures by category"), RATE_FIELDS),
    "by_month": (N_("Figures by month"), RATE_FIELDS),
    "children": (N_("Quarterly figures of children"), RATE_FIELDS),
    "given": (N_("Rows written in the template"), GIVEN_FIELDS),
}
"""Name and fields of every source of rows."""

PEOPLE_SOURCES = frozenset(name for name, (_title, fields) in SOURCES.items() if fields is PERSON_FIELDS)

PLACEHOLDER_NAMES = {
    "area": N_("Name of the area"),
    "scope": N_("Grid or worker the paper is for"),
    "period": N_("Period"),
    "month": N_("Month"),
    "quarter": N_("Quarter"),
    "half": N_("Half-year"),
    "year": N_("Year"),
    "worker": N_("Grid worker"),
    "user": N_("Who prints"),
    "time": N_("Time of printing"),
    "people": N_("How many people"),
    "roster": N_("On the roster"),
    "visited": N_("Visited"),
    "missed": N_("Missed"),
    "shown": N_("Visit rate"),
    "onsite": N_("On-site rate"),
    "visits": N_("Visits by way"),
    "attempts": N_("Attempts"),
    "target": N_("Target rate"),
    "state": N_("State of the month"),
    "new": N_("New this month"),
    "categories": N_("Counting categories"),
}
PLACEHOLDERS = frozenset(PLACEHOLDER_NAMES)
"""Words in braces that titles, facts, notes and given rows may hold, and their names for people."""

FIGURES = frozenset({"people", "roster", "visited", "missed", "shown", "onsite", "visits", "attempts", "new"})
"""The placeholders that stand for figures."""

PERIODS = ("month", "quarter", "half", "year")
MASKING = ("masked", "names", "none")
"""Levels: ID numbers and phones masked; names too; nothing."""
