"""People on paper: the texts of every field, made when a column asks for them, masked by level."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gridapp import formats
from gridapp.domain.masking import mask_id_number, mask_name, mask_phone
from gridapp.domain.visit import FINDING_HEADS, Mode, Outcome, finding_title, mode_title, outcome_title
from gridapp.i18n import C_, _
from gridapp.reports.codes import row_code


@dataclass(frozen=True)
class PersonLine:
    """One person on a paper, unmasked; the template decides what is masked.

    Attributes:
        person_ref: Key or reference of the person, given back with the row's code.
        name: Full name.
        sex: Word shown, "" when unknown.
        age: Completed years, None when unknown.
        birth: Birth date.
        categories: Words of the open categories.
        level: Grade of a certificate or assessment, or "".
        id_number: ID number.
        phone: Phone number.
        address: Where the person lives.
        grid: Name of the grid.
        worker: Responsible worker, "" when none.
        worker_phone: That worker's phone.
        tier: "A", "B" or "C", "" when none.
        joined: First day of the stay on the roster.
        due: Day by which the next visit is due.
        last_visit: Day of the last valid visit.
        contact: Emergency contact with phone, or "".
        note: Short status note, e.g. in hospital, or "".
        visits: Visits of the period. [visits]
        visit: What the period's telling visit holds: texts by field of ``fields.PERSON_FIELDS``, and the codes
            "mode", "outcome" and "finding:<head>" that tick boxes.
    """

    person_ref: str
    name: str
    sex: str = ""
    age: int | None = None
    birth: dt.date | None = None
    categories: tuple[str, ...] = ()
    level: str = ""
    id_number: str = ""
    phone: str = ""
    address: str = ""
    grid: str = ""
    worker: str = ""
    worker_phone: str = ""
    tier: str = ""
    joined: dt.date | None = None
    due: dt.date | None = None
    last_visit: dt.date | None = None
    contact: str = ""
    note: str = ""
    visits: int = 0
    visit: Mapping[str, str] | None = None


EMPTY, TICKED = "□", "■"
VISIT_FIELDS = (
    "visit_day", "visit_mode", "visit_outcome", "visit_note", "findings", "needs", "referral", "visitor",
)  # fmt: skip
Maker = Callable[[PersonLine], str]


def person_texts(
    line: Callable[[int], PersonLine], fields: Sequence[str], masking: str, sheet_no: int = 0
) -> Callable[[int], dict[str, str]]:
    """Return a function that gives the texts of row ``index`` (from 0) by field.

    Args:
        line: Returns the person of a row.
        fields: The fields wanted; no others are made.
        masking: One of ``fields.MASKING``.
        sheet_no: Number of the sheet, for row codes; 0 prints none.
    """
    makers = _makers(masking)
    wanted = [(name, makers[name]) for name in dict.fromkeys(fields) if name in makers]
    numbered = [name for name in dict.fromkeys(fields) if name == "number"]
    coded = "code" in fields

    def texts(index: int) -> dict[str, str]:
        person = line(index)
        values = {name: make(person) for name, make in wanted}
        for name in numbered:
            values[name] = str(index + 1)
        if coded:
            values["code"] = row_code(sheet_no, index + 1) if sheet_no else ""
        return values

    return texts


def _makers(masking: str) -> dict[str, Maker]:
    """Return how each field's text is made at a level of masking."""
    name: Callable[[str], str] = mask_name if masking == "names" else str
    number: Callable[[str], str] = str if masking == "none" else mask_id_number
    phone: Callable[[str], str] = str if masking == "none" else mask_phone if masking == "masked" else _hidden
    made: dict[str, Maker] = {field: _of_visit(field) for field in VISIT_FIELDS}
    made["call_boxes"] = _fixed(_("□ reached   □ not reached\ntime:"))
    made["outcome_boxes"] = _outcome_boxes
    made["mode_boxes"] = lambda line: _boxes(line, "mode", [(mode, mode_title(mode)) for mode in Mode])
    made["result_boxes"] = lambda line: _boxes(line, "outcome", [(word, outcome_title(word)) for word in Outcome])
    made["finding_boxes"] = _finding_boxes
    return made | {
        "name": lambda line: name(line.name),
        "name_about": lambda line: stacked(name(line.name), _about(line)),
        "sex": lambda line: line.sex,
        "age": lambda line: "" if line.age is None else str(line.age),
        "birth": lambda line: formats.date(line.birth),
        "id_number": lambda line: number(line.id_number),
        "phone": lambda line: phone(line.phone),
        "categories": lambda line: _listed(line.categories),
        "categories_note": lambda line: stacked(_listed(line.categories), line.note),
        "level": lambda line: line.level,
        "address": lambda line: line.address,
        "address_contact": lambda line: stacked(line.address, _contact(line, masking)),
        "grid": lambda line: line.grid,
        "worker": lambda line: line.worker,
        "worker_phone": lambda line: line.worker_phone,
        "tier": lambda line: line.tier,
        "contact": lambda line: _masked_contact(line.contact, masking),
        "joined": lambda line: formats.date(line.joined),
        "due": lambda line: formats.date(line.due),
        "last_visit": lambda line: formats.date(line.last_visit) or _("none yet"),
        "note": lambda line: line.note,
        "visits": lambda line: formats.count(line.visits),
        "blank": _fixed(""),
    }


def _fixed(text: str) -> Maker:
    return lambda _line: text


def _of_visit(field: str) -> Maker:
    return lambda line: (line.visit or {}).get(field, "")


def _boxes(line: PersonLine, key: str, choices: Sequence[tuple[str, str]]) -> str:
    """Write choices with boxes; what the visit says is ticked."""
    chosen = (line.visit or {}).get(key)
    return "   ".join(f"{TICKED if code == chosen else EMPTY} {title}" for code, title in choices)


def _outcome_boxes(line: PersonLine) -> str:
    visit = line.visit or {}
    way = [("onsite", _("on-site")), ("phone", _("phone"))]
    result = [("met", _("met")), ("", _("not met"))]
    met = visit.get("outcome")
    ticks = {"met": met == "met", "": met is not None and met != "met"}
    first = " ".join(f"{TICKED if visit.get('mode') == code else EMPTY} {title}" for code, title in way)
    return first + "\n" + " ".join(f"{TICKED if ticks[code] else EMPTY} {title}" for code, title in result)


def _finding_boxes(line: PersonLine) -> str:
    found = line.visit or {}
    lines = []
    for key, title in FINDING_HEADS:
        boxes = "   ".join(
            f"{TICKED if found.get(f'finding:{key}') == value else EMPTY} {finding_title(value)}"
            for value in ("good", "watch")
        )
        lines.append(f"{_(title)}   {boxes}")
    return "\n".join(lines)


def _hidden(text: str) -> str:
    return "•" * 4 if text else ""


def _about(line: PersonLine) -> str:
    about = [line.sex, "" if line.age is None else _("{age} years").format(age=line.age)]
    about.append(_("tier {tier}").format(tier=line.tier) if line.tier else "")
    return "·".join(filter(None, about))


def _listed(words: Sequence[str]) -> str:
    return C_("enumeration", ", ").join(words)


def _contact(line: PersonLine, masking: str) -> str:
    contact = _masked_contact(line.contact, masking)
    return _("Contact: {contact}").format(contact=contact) if contact else ""


def _masked_contact(contact: str, masking: str) -> str:
    """Mask the phone at the end of "name phone"."""
    if masking == "none" or not contact:
        return contact
    name, space, last = contact.rpartition(" ")
    if not any(character.isdigit() for character in last):
        return mask_name(contact) if masking == "names" else contact
    phone = mask_phone(last) if masking == "masked" else _hidden(last)
    return f"{mask_name(name) if masking == 'names' else name}{space}{phone}"


def stacked(*parts: str) -> str:
    """Return the parts that hold something, one below the other."""
    return "\n".join(filter(None, parts))
