"""What each form about a person began from, and how a conflict of two people over it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from gridapp.db.queries.residents import IntervalRow, ResidentCard
from gridapp.domain.action import stored_title
from gridapp.domain.conflict import Values
from gridapp.i18n import _
from gridapp.services.residents import NewResident
from ui.dialogs.conflict_dialog import ConflictWords, plain_text
from ui.dialogs.resident_dates import DeathEntry, EndEntry
from ui.dialogs.resident_details import ResidentEntry, person_of, register_choices
from ui.pages import residents_words as words


def seen_of(key: str, card: ResidentCard, subject: object) -> tuple[Values, Any]:
    """Return the values a form begins from, and what its service is told the user has seen.

    Args:
        key: Of the action.
        card: What was in sight.
        subject: The row of the card it is about, for "end".
    """
    if key == "edit":
        return asdict(person_of(card)), card.version
    if key == "move":
        return {}, _newest(card.residencies)
    if key == "tier":
        return {}, _newest(card.tiers)
    if key == "death":
        died = {"died": card.person.died}
        return died, died
    if key == "end" and isinstance(subject, IntervalRow):
        end = {"end": subject.end}
        return end, end
    return {}, None


def _newest(rows: Sequence[IntervalRow]) -> Values:
    return {"key": rows[0].id, "end": rows[0].end} if rows else {"key": "", "end": None}


def values_of(entry: object) -> Values:
    """Return the fields of an entry between which a user can choose; none for what is added to what is there."""
    if isinstance(entry, ResidentEntry):
        return asdict(entry.person)
    if isinstance(entry, DeathEntry):
        return {"died": entry.day}
    return {"end": entry.end} if isinstance(entry, EndEntry) else {}


def with_values(entry: object, values: Values) -> object:
    """Return an entry with other values of the fields ``values_of`` names."""
    if isinstance(entry, ResidentEntry):
        return replace(entry, person=replace(entry.person, **values))
    if isinstance(entry, DeathEntry):
        return replace(entry, day=values["died"])
    return replace(entry, end=values["end"]) if isinstance(entry, EndEntry) else entry


def person_words() -> ConflictWords:
    """Return how a conflict over a person is told."""
    names = [field.name for field in fields(NewResident)]
    titles = {name: stored_title(name) for name in (*names, "died")} | {"end": _("Ends on")}
    return ConflictWords(_("Someone else changed this person too"), titles, _text)


def _text(name: str, value: Any) -> str:
    if name == "sex":
        return words.sex(str(value)) or _("Not known")
    if name == "register_status":
        return dict(register_choices()).get(str(value), str(value))
    return plain_text(name, value)
