"""What a column of a paper can show: every source of rows, its fields, and their names for people.

Templates are data; they may name these fields and no others. The form of a
template is documented in ``docs/paper-templates.md``.
"""

from __future__ import annotations

import re
from typing import Any

from gridapp.i18n import N_, language

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

PLACEHOLDERS: dict[str, tuple[str, str]] = {
    "area": ("社区", N_("Name of the area")),
    "scope": ("范围", N_("Grid or worker the paper is for")),
    "period": ("期间", N_("Period")),
    "month": ("月份", N_("Month")),
    "quarter": ("季度", N_("Quarter")),
    "half": ("半年", N_("Half-year")),
    "year": ("年份", N_("Year")),
    "worker": ("网格员", N_("Grid worker")),
    "user": ("打印人", N_("Who prints")),
    "time": ("打印时间", N_("Time of printing")),
    "people": ("人数", N_("How many people")),
    "roster": ("应访", N_("On the roster")),
    "visited": ("已访", N_("Visited")),
    "missed": ("未访", N_("Missed")),
    "shown": ("探访率", N_("Visit rate")),
    "onsite": ("上门探访率", N_("On-site rate")),
    "visits": ("各方式探访", N_("Visits by way")),
    "attempts": ("探访未果", N_("Attempts")),
    "target": ("目标", N_("Target rate")),
    "state": ("封账情况", N_("State of the month")),
    "new": ("本月新纳入", N_("New this month")),
    "categories": ("计入类别", N_("Counting categories")),
}
"""Words in braces that titles, facts, notes and given rows may hold: as stored, in Chinese, and what they stand for.

Both words are read; people whose program speaks Chinese see and write the second.
"""
_STORED = {word: key for key, (word, _title) in PLACEHOLDERS.items()}
_BRACES = re.compile(r"(?<!{){([^{}]+)}(?!})")


def in_stored_words(value: Any) -> Any:
    """Return a text, or whatever holds texts, with words in braces as they are stored."""
    return _replaced(value, _STORED)


def in_shown_words(value: Any) -> Any:
    """Return a text, or whatever holds texts, with words in braces as the user reads and writes them."""
    return _replaced(value, {key: shown_word(key) for key in PLACEHOLDERS})


def shown_word(key: str) -> str:
    """Return the word of a placeholder in the user's language."""
    return PLACEHOLDERS[key][0] if language().startswith("zh") else key


def _replaced(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(part, words) for key, part in value.items()}
    if isinstance(value, list):
        return [_replaced(part, words) for part in value]
    if isinstance(value, str):
        return _BRACES.sub(lambda found: f"{{{words.get(found[1], found[1])}}}", value)
    return value


FIGURES = frozenset({"people", "roster", "visited", "missed", "shown", "onsite", "visits", "attempts", "new"})
"""The placeholders that stand for figures."""

PERIODS = ("month", "quarter", "half", "year")
MASKING = ("masked", "names", "none")
"""Levels: ID numbers and phones masked; names too; nothing."""
