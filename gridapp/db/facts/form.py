"""How each part of a facts file maps to its table, in both directions.

One list drives export and import, so the two cannot drift apart. The form is
documented in ``docs/facts-format.md``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gridapp.db.base import Base
from gridapp.db.facts.values import (
    digits,
    finite_number,
    geometry,
    id_number_text,
    month_text,
    of_type,
    one_of,
    parse_date,
    parse_instant,
    plain_object,
    plain_text,
    sealed,
    time_of_day,
    whole_number,
    write_geometry,
    write_instant,
    write_sealed,
)
from gridapp.db.records import (
    AbsenceRecord,
    AssignmentRecord,
    BuildingRecord,
    CategoryRecord,
    ClosedMonthRecord,
    CommunityRecord,
    ConsentRecord,
    ContactRecord,
    EnrolmentRecord,
    FacilityRecord,
    GridBoundaryRecord,
    GridChoiceRecord,
    GridRecord,
    GridSuccessionRecord,
    HouseholdRecord,
    ImportBatchRecord,
    PaperTemplateRecord,
    PrintedSheetRecord,
    ResidencyRecord,
    ResidentRecord,
    TierOverrideRecord,
    VisitRecord,
    WorkerRecord,
)
from gridapp.db.records.people import (
    ABSENCE_REASONS,
    CATEGORY_KINDS,
    CONSENT_MEANS,
    REGISTER_STATES,
    SEXES,
    TIERS,
    WITHHELD,
)
from gridapp.db.records.places import DUTIES, EMPLOYMENTS, GRID_KINDS, SUCCESSIONS
from gridapp.db.records.visits import MODES, OUTCOMES
from gridapp.domain.facility import FACILITY_KINDS

SCHEMA = "gridapp-facts/1"
NEEDED: dict[str, Any] = {"always": True, "required": True}


@dataclass(frozen=True)
class Field:
    """One key of an object in a facts file.

    Attributes:
        key: Its name in the file.
        column: Its attribute on the record.
        parse: From the JSON value to the stored one; raises Unacceptable.
        write: From the stored value to the JSON one.
        refers: Section whose rows it points at, if any.
        always: Written even when empty, as in the golden file.
        required: An import without it is refused.
        default: What an absent key means.
    """

    key: str
    column: str
    parse: Callable[[Any], Any]
    write: Callable[[Any], Any]
    refers: str = ""
    always: bool = False
    required: bool = False
    default: Any = None


@dataclass(frozen=True)
class Section:
    """One list of a facts file and the table behind it.

    Attributes:
        name: Key of the list.
        record: Mapped class.
        fields: Keys of its objects besides id and stamps.
        natural: Key that identifies a row besides its id, e.g. "code".
        nested: Sections kept inside this one's objects, with the key that holds them.
        always: Written even when the list is empty.
    """

    name: str
    record: type[Base]
    fields: tuple[Field, ...]
    natural: str = ""
    nested: tuple[tuple[str, Section], ...] = ()
    always: bool = False


def _same(value: Any) -> Any:
    return value


def text(key: str, column: str = "", **options: Any) -> Field:
    """Return a field of plain text."""
    return Field(key, column or key, plain_text, _same, **options)


def needed(key: str) -> Field:
    """Return a field of text that must be there."""
    return text(key, **NEEDED)


def date(key: str, column: str = "", **options: Any) -> Field:
    """Return a field that holds a civil date."""
    return Field(key, column or key, parse_date, dt.date.isoformat, **options)


def truth(key: str, **options: Any) -> Field:
    """Return a field that holds true or false."""
    return Field(key, key, of_type(bool, "must be true or false"), _same, **options)


def word(key: str, words: tuple[str, ...], **options: Any) -> Field:
    """Return a field that holds one of a few words."""
    return Field(key, key, one_of(words), _same, **options)


def reference(key: str, section: str, column: str, **options: Any) -> Field:
    """Return a field that names a row of another section."""
    return Field(key, column, plain_text, _same, refers=section, **options)


def whole(key: str, column: str = "", **options: Any) -> Field:
    """Return a field that holds a whole number."""
    return Field(key, column or key, whole_number, _same, **options)


def instant(key: str) -> Field:
    """Return a field that holds an instant."""
    return Field(key, key, parse_instant, write_instant)


STAMPS = (
    instant("created"),
    text("created_by"),
    instant("changed"),
    text("changed_by"),
    whole("version", default=1),
)
"""Who made and changed an object, and when; any object may carry them."""

_START = date("start", **NEEDED)
_END = date("end", always=True)
_PERSON = reference("person", "persons", "resident_id", **NEEDED)

_BOUNDARIES = Section(
    "boundaries",
    GridBoundaryRecord,
    (_START, _END, Field("geometry", "geometry", geometry, write_geometry, **NEEDED),
     text("source_crs", default="CGCS2000")),
)  # fmt: skip

ASSIGNMENT_FIELDS = (
    reference("grid", "grids", "grid_id", **NEEDED),
    word("role", EMPLOYMENTS, **NEEDED),
    word("duty", DUTIES),
    _START,
    _END,
)
ASSIGNMENTS = Section("assignments", AssignmentRecord, ASSIGNMENT_FIELDS)

SECTIONS = (
    Section(
        "categories",
        CategoryRecord,
        (needed("code"), text("name"), word("kind", CATEGORY_KINDS, **NEEDED),
         truth("counts", **NEEDED), whole("position", default=1000)),
        natural="code",
    ),
    Section(
        "communities",
        CommunityRecord,
        (Field("code", "code", digits(12), _same, **NEEDED), needed("name"),
         text("town"), text("county"), text("city"), Field("boundary", "boundary", geometry, write_geometry)),
        natural="code",
        always=True,
    ),
    Section(
        "grids",
        GridRecord,
        (Field("code", "code", digits(15), _same, **NEEDED), needed("name"),
         word("kind", GRID_KINDS, default="basic"), reference("community", "communities", "community_id"),
         date("valid_from", **NEEDED), date("valid_to", always=True)),
        natural="code",
        nested=(("boundaries", _BOUNDARIES),),
        always=True,
    ),
    Section("successions", GridSuccessionRecord,
            (reference("predecessor", "grids", "predecessor_id", **NEEDED),
             reference("successor", "grids", "successor_id", **NEEDED),
             date("day", **NEEDED), word("kind", SUCCESSIONS, **NEEDED))),
    Section("workers", WorkerRecord, (needed("name"), text("phone")),
            nested=(("assignments", ASSIGNMENTS),), always=True),
    Section(
        "buildings",
        BuildingRecord,
        (needed("name"), reference("community", "communities", "community_id", **NEEDED),
         text("address"), Field("lon", "lon", finite_number, _same), Field("lat", "lat", finite_number, _same)),
    ),
    Section(
        "facilities",
        FacilityRecord,
        (word("kind", FACILITY_KINDS, **NEEDED), needed("name"),
         reference("community", "communities", "community_id", **NEEDED), text("address"),
         Field("lon", "lon", finite_number, _same, **NEEDED), Field("lat", "lat", finite_number, _same, **NEEDED),
         Field("area", "area", finite_number, _same)),
    ),
    Section(
        "households",
        HouseholdRecord,
        (reference("building", "buildings", "building_id"),
         text("unit"), text("room"), text("address"), text("register_no")),
    ),
    Section(
        "persons",
        ResidentRecord,
        (needed("name"), word("sex", SEXES, always=True, default="U"), date("birth", always=True),
         Field("id_number", "id_number", id_number_text, _same, always=True), date("died", always=True),
         text("phone"), text("ethnicity"), text("other_document"), text("register_address"),
         word("register_status", REGISTER_STATES), text("note"), word("withheld", WITHHELD)),
        always=True,
    ),
    Section(
        "residencies",
        ResidencyRecord,
        (_PERSON, reference("grid", "grids", "grid_id", **NEEDED), _START, _END,
         reference("household", "households", "household_id"), text("address")),
        always=True,
    ),
    Section(
        "enrolments",
        EnrolmentRecord,
        (_PERSON, reference("category", "categories", "category_id", **NEEDED), _START, _END,
         text("grade"), text("note")),
        always=True,
    ),
    Section(
        "absences",
        AbsenceRecord,
        (_PERSON, word("reason", ABSENCE_REASONS, **NEEDED), _START, _END,
         truth("approved", always=True, default=False), text("author"), text("approved_by"), instant("approved_at")),
        always=True,
    ),
    Section("contacts", ContactRecord,
            (_PERSON, needed("name"), text("relation"), text("phone"), whole("priority", default=1))),
    Section("consents", ConsentRecord,
            (_PERSON, needed("scope"), truth("given", **NEEDED), _START, _END, text("wish"),
             word("means", CONSENT_MEANS), text("paper"))),
    Section("tiers", TierOverrideRecord,
            (_PERSON, word("tier", TIERS, **NEEDED), _START, _END, needed("reason"))),
    Section("grid_choices", GridChoiceRecord,
            (reference("building", "buildings", "building_id"), reference("person", "persons", "resident_id"),
             reference("grid", "grids", "grid_id", **NEEDED), _START, _END, needed("reason"))),
    Section("import_batches", ImportBatchRecord,
            (needed("file_name"), needed("kind"),
             Field("counts", "counts", plain_object, _same, **NEEDED),
             Field("headings", "headings", plain_object, _same))),
)  # fmt: skip
"""Every list but the visits, in the order an import needs."""

VISIT_FIELDS = (
    _PERSON,
    date("date", "visited_on", **NEEDED),
    word("mode", MODES, **NEEDED),
    word("outcome", OUTCOMES, **NEEDED),
    reference("worker", "workers", "worker_id", always=True),
    Field("time", "time", time_of_day, _same),
    text("note"),
    Field("findings", "findings", plain_object, _same),
    text("needs"),
    text("referral"),
    text("void_reason"),
    text("voided_by"),
    instant("voided_at"),
)
VISITS = Section("visits", VisitRecord, VISIT_FIELDS, always=True)

TEMPLATES = Section("templates", PaperTemplateRecord,
                    (needed("key"), Field("definition", "definition", plain_object, _same, **NEEDED)))  # fmt: skip
SHEETS = Section(
    "sheets",
    PrintedSheetRecord,
    (whole("number", **NEEDED), whole("edition", default=1), needed("template"), needed("title"), needed("period"),
     date("first_day", **NEEDED), date("last_day", **NEEDED), text("scope", default="||"), instant("voided_at"),
     text("voided_by")),
)  # fmt: skip
SHEET_ROW_FIELDS = {"person": "resident_id", "worker": "worker_id", "visit": "visit_id"}
"""Keys of a sheet's row and their columns; the first of the list is row 1."""
CLOSINGS = Section(
    "closings",
    ClosedMonthRecord,
    (Field("month", "month", month_text, _same, **NEEDED), text("community", default=""),
     whole("visited", **NEEDED), whole("roster", **NEEDED), Field("content", "content", sealed, write_sealed, **NEEDED),
     needed("hash"), instant("countersigned_at"), text("countersigned_by")),
)  # fmt: skip
PAPERS = (TEMPLATES, SHEETS, CLOSINGS)
"""Lists that come after the visits."""
