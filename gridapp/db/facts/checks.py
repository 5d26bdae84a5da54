"""What a facts document must not say, each refused with the place where it says it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from gridapp.db.facts.form import ASSIGNMENT_FIELDS, STAMPS, Section
from gridapp.db.facts.values import Unacceptable, brief, plain_text
from gridapp.db.queries.references import shown
from gridapp.db.records import ResidencyRecord, ResidentRecord
from gridapp.errors import ValidationError
from gridapp.i18n import _

LONGEST_ID = 200

_MORE_KEYS = {"workers": (*(field.key for field in ASSIGNMENT_FIELDS), "assignment"), "visits": ("voided", "replaces")}
_VISIT_STAMPS = ("created", "created_by")

Life = tuple[dt.date | None, dt.date | None]
"""Birth and death."""


def rows_of(owner: dict[str, Any], name: str, where: str = "") -> Sequence[Any]:
    """Return a list of a document or of one of its objects, empty when it is absent.

    Raises:
        ValidationError: It is no list.
    """
    rows = owner.get(name) or []
    if not isinstance(rows, list):
        named = f"{where}.{name}" if where else name
        raise ValidationError(_("“{name}” must be a list.").format(name=named), name)
    return rows


def object_at(row: Any, where: str) -> dict[str, Any]:
    """Return a row that is an object.

    Raises:
        ValidationError: It is none.
    """
    if not isinstance(row, dict):
        raise ValidationError(_("{where} must be an object.").format(where=where), where)
    return row


def keys_of(section: Section) -> tuple[str, ...]:
    """Return the keys an object of a section may have."""
    stamps = _VISIT_STAMPS if section.name == "visits" else tuple(field.key for field in STAMPS)
    nested = tuple(key for key, _section in section.nested)
    return ("id", *(field.key for field in section.fields), *stamps, *nested, *_MORE_KEYS.get(section.name, ()))


def refuse_unknown_keys(item: dict[str, Any], allowed: Collection[str], where: str) -> None:
    """Refuse an object with a key that would be lost.

    Raises:
        ValidationError: It has one.
    """
    for key in item:
        if key not in allowed:
            raise ValidationError(
                _("{where}: “{key}” is not known here. Take it out, or update GridApp if a newer one wrote it.").format(
                    where=where, key=brief(key)
                ),
                "key",
            )


def given_id(item: dict[str, Any], where: str) -> str | None:
    """Return the id a row was given, None when it has none.

    Raises:
        ValidationError: It is empty, too long, or no text.
    """
    given = item.get("id")
    if given is None:
        return None
    try:
        if plain_text(given) and len(given) <= LONGEST_ID:
            return str(given)
    except Unacceptable:
        pass
    place = where.partition(" ")[0]  # the id itself may not be fit to show
    raise ValidationError(
        _("{where}: “id” must be text of 1 to {count} characters.").format(where=place, count=LONGEST_ID), "id"
    )


def refuse_known(shown_id: str, known: Collection[str], where: str, field: str) -> None:
    """Refuse an id or code that is there already.

    Raises:
        ValidationError: It is.
    """
    if shown_id in known:
        raise ValidationError(_("{where} is there already.").format(where=where), field)


def check_life(value: dict[str, Any], today: dt.date) -> None:
    """Refuse a person born in the future, or dead before birth.

    Raises:
        ValidationError: The text names the person.
    """
    birth, died, name = value["birth"], value["died"], shown(value["ref"], value["uid"])
    if birth and birth > today:
        raise ValidationError(_("persons {id}: “birth” {day} lies in the future.").format(id=name, day=birth), "birth")
    if birth and died and died < birth:
        raise ValidationError(_("persons {id}: “died” lies before “birth”.").format(id=name), "died")


def refuse_shared_id_numbers(session: Session, first: int, are_few: bool) -> None:
    """Refuse people who have the ID number of somebody else, in the document or here already.

    Called after the people are stored.

    Args:
        session: Where they are.
        first: Row number of the first one added.
        are_few: Only their numbers are looked up then; for many, going through everybody's in order is quicker.

    Raises:
        ValidationError: The text names the later person.
    """
    person = ResidentRecord
    numbers = select(person.id_number, func.min(person.id).label("holder")).where(person.id_number.is_not(None))
    if are_few:
        numbers = numbers.where(person.id_number.in_(select(person.id_number).where(person.id >= first)))
    shared = numbers.group_by(person.id_number).having(func.count() > 1).subquery()
    later = (
        select(person.ref, person.uid)
        .join(shared, shared.c.id_number == person.id_number)
        .where(person.id > shared.c.holder, person.id >= first)
    )
    found = session.execute(later.order_by(person.id).limit(1)).first()
    if found is not None:
        raise ValidationError(
            _("persons {id}: “id_number” belongs to another person already.").format(id=shown(*found)), "id_number"
        )


def refuse_overlaps(session: Session, first: int) -> None:
    """Refuse residencies of one person that overlap, with each other or with what was here.

    Called after the residencies are stored.

    Args:
        session: Where the residencies are.
        first: Row number of the first one added.

    Raises:
        ValidationError: The text names the person and the day.
    """
    earlier, added = aliased(ResidencyRecord), aliased(ResidencyRecord)
    meet = and_(
        earlier.resident_id == added.resident_id,
        earlier.id != added.id,
        or_(earlier.end.is_(None), earlier.end > added.start),
        or_(added.end.is_(None), added.end > earlier.start),
    )
    statement = (
        select(added.resident_id, earlier.start, added.start)
        .join(earlier, meet)
        .where(added.id >= first)
        .order_by(added.resident_id, added.start)
        .limit(1)
    )
    found = session.execute(statement).first()
    if found is not None:
        person = session.get_one(ResidentRecord, found[0])
        raise ValidationError(
            _("residencies: {person} lives in two places on {day}. End the earlier residency first.").format(
                person=shown(person.ref, person.uid), day=max(found[1], found[2])
            ),
            "start",
        )


def check_approval(value: dict[str, Any], where: str) -> None:
    """Refuse an absence approved by whoever noted it.

    Source: indicators.md section 1.

    Raises:
        ValidationError: It is.
    """
    if value["approved"] and value["approved_by"] is not None and value["approved_by"] == value["author"]:
        raise ValidationError(
            _("{where}: “approved_by” is the author; someone else must approve an absence.").format(where=where),
            "approved_by",
        )


def check_choice(value: dict[str, Any], where: str) -> None:
    """Refuse a choice of a grid that is for a building and a person at once, or for neither.

    Raises:
        ValidationError: It is.
    """
    if (value["building_id"] is None) == (value["resident_id"] is None):
        raise ValidationError(_("{where} must name either a building or a person.").format(where=where), "building")


def check_visit(value: dict[str, Any], item: dict[str, Any], life: Life, today: dt.date, where: str) -> None:
    """Refuse a visit that cannot have been, and settle whether it was taken back.

    Raises:
        ValidationError: The text names the visit.
    """
    day = value["visited_on"]
    birth, died = life
    problem = None
    if day > today:
        problem = _("the visit date {day} lies in the future")
    elif birth is not None and day < birth:
        problem = _("the visit date {day} lies before the person was born")
    elif died is not None and day > died:
        problem = _("the visit date {day} lies after the person died")
    if problem:
        raise ValidationError(_("{where}: {problem}.").format(where=where, problem=problem.format(day=day)), "date")
    voided = item.get("voided", False)
    if not isinstance(voided, bool):
        raise ValidationError(
            _("{where}: “{field}”: {problem}.").format(where=where, field="voided", problem=_("must be true or false")),
            "voided",
        )
    if voided:
        value["voided_at"] = value["voided_at"] or value["created_at"]
        value["voided_by"] = value["voided_by"] or value["created_by"]
    else:
        value["voided_at"] = value["voided_by"] = value["void_reason"] = None
