"""How a person is put into words on the residents screen; free of Qt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from gridapp import formats
from gridapp.db.queries.residents import IntervalRow, ResidentCard
from gridapp.db.queries.values import PersonRow
from gridapp.domain.consent import means_title, scope_title
from gridapp.domain.hardship import absence_title
from gridapp.domain.masking import mask_id_number, mask_phone
from gridapp.i18n import C_, N_, _

_SEXES = {"F": N_("Female"), "M": N_("Male")}
_STATES = {
    "same": N_("Lives where registered"),
    "registered_elsewhere": N_("Lives here, registered elsewhere"),
    "living_elsewhere": N_("Registered here, lives elsewhere"),
}
SEPARATED_STATES = ("registered_elsewhere", "living_elsewhere")


def sex(code: str) -> str:
    """Return a sex in words, "" when not known."""
    return _(_SEXES[code]) if code in _SEXES else ""


def age(person: PersonRow) -> str:
    """Return an age in words, "" when not known."""
    return "" if person.age is None else _("{age} years").format(age=person.age)


def categories(codes: Sequence[str], names: Mapping[str, str]) -> str:
    """Return category names, joined."""
    return "、".join(names.get(code, code) for code in codes)


def state(person: PersonRow, day: dt.date) -> str:
    """Return in a word or two why a person is not simply here; "" when they are."""
    if person.died is not None and person.died <= day:
        return _("Died {day}").format(day=formats.date(person.died))
    if person.absence:
        return absence_title(person.absence)
    return "" if person.grid_code else _("Out of the area")


def register_state(card: ResidentCard) -> str:
    """Return how register and residence relate, "" when not known."""
    return _(_STATES[card.register_status]) if card.register_status in _STATES else ""


def is_separated(card: ResidentCard) -> bool:
    """Tell whether a person lives elsewhere than registered (人户分离)."""
    return card.register_status in SEPARATED_STATES


def phone(number: str | None, revealed: bool) -> str:
    """Return phones, one after the other, masked unless revealed."""
    shown = (number or "") if revealed else mask_phone(number)
    return shown.replace(";", " / ")


def id_number(number: str | None, revealed: bool) -> str:
    """Return an ID number in groups that can be read aloud, masked unless revealed."""
    if not revealed or not number:
        return mask_id_number(number)
    return f"{number[:6]} {number[6:14]} {number[14:]}" if len(number) == 18 else number


def span(start: dt.date, end: dt.date | None) -> str:
    """Return ``[start, end)`` in words: its last day, not the day after."""
    if end is None:
        return _("since {start}").format(start=formats.date(start))
    return _("{start} to {last}").format(start=formats.date(start), last=formats.date(end - dt.timedelta(days=1)))


def consent(row: IntervalRow) -> str:
    """Return what a person agreed to or refused; a scope without words is shown as it is."""
    scope = scope_title(row.what)
    said = _("{scope}: agreed").format(scope=scope) if row.approved else _("{scope}: refused").format(scope=scope)
    more = "，".join(part for part in (means_title(row.means), row.paper) if part)
    return f"{said} ({more})" if more else said


def tier_short(tier: str) -> str:
    """Return a tier as tables show it."""
    return {"A": C_("tier", "A weekly"), "B": C_("tier", "B monthly"), "C": C_("tier", "C quarterly")}.get(tier, tier)


def copied_value(key: str, person: PersonRow, names: Mapping[str, str], day: dt.date) -> str | int | None:
    """Return what a column of the list holds for a person, as a file or the clipboard takes it."""
    values: dict[str, str | int | None] = {
        "name": person.name,
        "sex": sex(person.sex),
        "age": person.age,
        "categories": categories(person.categories, names),
        "grid": person.place,
        "address": person.address,
        "phone": mask_phone(person.phone),
        "id_number": mask_id_number(person.id_number),
        "tier": tier_short(person.tier),
        "contact": _masked_contact(person.contact),
        "state": state(person, day),
    }
    return values[key]


def _masked_contact(contact: str) -> str:
    name, _blank, number = contact.rpartition(" ")
    return f"{name} {mask_phone(number)}" if name else contact
