"""The canonical fields every ledger is brought to."""

from __future__ import annotations

from gridapp.i18n import N_, _

KINDS = ("residents", "elders", "visits")

FIELDS: dict[str, str] = {
    "name": N_("Name"),
    "sex": N_("Sex"),
    "ethnicity": N_("Ethnicity"),
    "id_no": N_("ID number"),
    "other_document": N_("Other document"),
    "birth_date": N_("Date of birth"),
    "age": N_("Age"),
    "phone": N_("Phone"),
    "address": N_("Address"),
    "estate": N_("Estate"),
    "building": N_("Building"),
    "unit": N_("Entrance"),
    "room": N_("Room"),
    "register_address": N_("Registered address"),
    "register_status": N_("Register and residence"),
    "household_no": N_("Household number"),
    "relation_to_head": N_("Relation to head"),
    "grid": N_("Grid"),
    "worker": N_("Grid worker"),
    "category": N_("Category"),
    "level": N_("Level"),
    "cert_no": N_("Certificate number"),
    "amount": N_("Amount"),
    "account_no": N_("Account number"),
    "is_low_income": N_("Low income"),
    "start_date": N_("Start date"),
    "died_date": N_("Date of death"),
    "contact_name": N_("Emergency contact"),
    "contact_relation": N_("Contact's relation"),
    "contact_phone": N_("Contact's phone"),
    "visit_date": N_("Visit date"),
    "visit_mode": N_("Visit mode"),
    "visit_result": N_("Visit result"),
    "needs": N_("Needs"),
    "note": N_("Note"),
}
"""Canonical field -> title in the catalogue's source language."""

REQUIRED = {"residents": ("name",), "elders": ("name",), "visits": ("name", "visit_date")}
"""Fields a sheet must have before its rows can be used."""

PARTS_OF_ADDRESS = "address_parts"
"""Mark of a row whose building, entrance and room were read out of its address; never a column."""

TICK = "category:"
"""Prefix of a tick column's field: "category:living_alone"."""


MONTH = "month:"
"""Prefix of a column that holds a month's visits: "month:3", or "month:2026-3" where the heading names the year."""


MEMBER = "@"
"""Before the number of a household's member in a column's field: "id_no@2"."""


def member_of(field: str) -> int:
    """Return which member of a household a column tells of; 0 where it does not say."""
    return int(field.partition(MEMBER)[2] or 0)


def canonical_field(field: str) -> str:
    """Return the canonical field of a column: tick columns hold categories, month columns visit dates."""
    field = field.partition(MEMBER)[0]
    if field.startswith(TICK):
        return "category"
    return "visit_date" if field.startswith(MONTH) else field


def is_field(field: str) -> bool:
    """Tell whether a text names a field a column can hold."""
    name, mark, number = field.partition(MEMBER)
    return name in FIELDS and (not mark or number.isdecimal()) or name.startswith((TICK, MONTH))


def month_of(field: str) -> tuple[int | None, int]:
    """Return year, if its heading names one, and month of a month column."""
    year, _dash, month = field.removeprefix(MONTH).rpartition("-")
    return (int(year) if year else None), int(month)


def field_title(field: str) -> str:
    """Return a field's title in the user's language; a tick column is "Category"."""
    if field.startswith(MONTH):
        year, month = month_of(field)
        shown = f"{year}-{month:02d}" if year else str(month)
        return _("Visits of month {month}").format(month=shown)
    title = _(FIELDS[canonical_field(field)])
    number = member_of(field)
    return _("{field} of member {number}").format(field=title, number=number) if number else title


def kind_title(kind: str) -> str:
    """Return the name of a kind of ledger in the user's language; "" for an unknown one."""
    titles = {
        "residents": _("Register of residents"),
        "elders": _("Register of elders"),
        "visits": _("Visit ledger"),
    }
    return titles.get(kind, "")


def column_letter(index: int) -> str:
    """Return a 0-based column's letters: 0 is "A", 26 is "AA"."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """Return the 0-based column that letters name: "A" is 0, "AA" is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
