"""How each part of a facts file maps to its table, in both directions.

One list drives export and import, so the two cannot drift apart. The form is
documented in ``docs/facts-format.md``.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gridapp.db.base import Base
from gridapp.db.records import (
    AbsenceRecord,
    AssignmentRecord,
    BuildingRecord,
    CategoryRecord,
    CommunityRecord,
    ConsentRecord,
    ContactRecord,
    EnrolmentRecord,
    GridBoundaryRecord,
    GridRecord,
    HouseholdRecord,
    ImportBatchRecord,
    ResidencyRecord,
    ResidentRecord,
    TierOverrideRecord,
    VisitRecord,
    WorkerRecord,
)
from gridapp.db.records.people import ABSENCE_REASONS, CATEGORY_KINDS, REGISTER_STATES, SEXES, TIERS
from gridapp.db.records.places import DUTIES, EMPLOYMENTS, GRID_KINDS
from gridapp.db.records.visits import MODES, OUTCOMES
from gridapp.domain.identity import parse_id_number
from gridapp.i18n import _

SCHEMA = "gridapp-facts/1"
NEEDED: dict[str, Any] = {"always": True, "required": True}
_INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Unacceptable(ValueError):
    """A value that does not fit; the text ends a sentence that names the place."""


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


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unacceptable(_("must be text"))
    return value


def parse_date(value: Any) -> dt.date:
    """Read a civil date.

    Raises:
        Unacceptable: It is not a date written YYYY-MM-DD.
    """
    if isinstance(value, str) and len(value) == 10:
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise Unacceptable(_("“{value}” is not a date; write it like 2026-03-05").format(value=value))


def parse_instant(value: Any) -> dt.datetime:
    """Read an instant in UTC.

    Raises:
        Unacceptable: It is not an ISO instant that says its zone.
    """
    try:
        moment = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Unacceptable(_("“{value}” is not an instant; write it like 2026-03-05T08:00:00Z").format(value=value))
    return moment.astimezone(dt.UTC)


def write_instant(moment: dt.datetime) -> str:
    """Write an instant in UTC to the microsecond."""
    return moment.astimezone(dt.UTC).strftime(_INSTANT)


def _of_type(kind: type, sentence: str) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        if isinstance(value, bool) is not (kind is bool) or not isinstance(
            value, (int, float) if kind is float else kind
        ):
            raise Unacceptable(_(sentence))
        return kind(value)

    return parse


def _word(words: tuple[str, ...]) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in words:
            raise Unacceptable(_("“{value}” is none of {words}").format(value=value, words=", ".join(words)))
        return str(value)

    return parse


def _digits(count: int) -> Callable[[Any], str]:
    pattern = re.compile(rf"[0-9]{{{count}}}")

    def parse(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise Unacceptable(_("“{value}” is not a code of {count} digits").format(value=value, count=count))
        return value

    return parse


def _id_number(value: Any) -> str:
    return parse_id_number(_text(value)).number


def _geometry(value: Any) -> bytes:
    import shapely  # heavy: only boundaries need it

    try:
        shape = shapely.from_geojson(json.dumps(value))
    except (shapely.GEOSException, ValueError, TypeError):
        shape = None
    if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise Unacceptable(_("must be a GeoJSON Polygon or MultiPolygon"))
    if shapely.get_coordinate_dimension(shape) > 2:
        shape = shapely.force_2d(shape)
    return bytes(shapely.to_wkb(shape))


def _write_geometry(value: bytes) -> Any:
    import shapely  # heavy: only boundaries need it

    return json.loads(shapely.to_geojson(shapely.from_wkb(value)))


def _number(value: Any) -> float:
    return float(_of_type(float, "must be a number")(value))


def text(key: str, column: str = "", **options: Any) -> Field:
    """Return a field of plain text."""
    return Field(key, column or key, _text, _same, **options)


def needed(key: str) -> Field:
    """Return a field of text that must be there."""
    return text(key, **NEEDED)


def date(key: str, column: str = "", **options: Any) -> Field:
    """Return a field that holds a civil date."""
    return Field(key, column or key, parse_date, dt.date.isoformat, **options)


def truth(key: str, **options: Any) -> Field:
    """Return a field that holds true or false."""
    return Field(key, key, _of_type(bool, "must be true or false"), _same, **options)


def word(key: str, words: tuple[str, ...], **options: Any) -> Field:
    """Return a field that holds one of a few words."""
    return Field(key, key, _word(words), _same, **options)


def reference(key: str, section: str, column: str, **options: Any) -> Field:
    """Return a field that names a row of another section."""
    return Field(key, column, _text, _same, refers=section, **options)


def whole(key: str, column: str = "", **options: Any) -> Field:
    """Return a field that holds a whole number."""
    return Field(key, column or key, _of_type(int, "must be a whole number"), _same, **options)


def instant(key: str) -> Field:
    """Return a field that holds an instant."""
    return Field(key, key, parse_instant, write_instant)


_START = date("start", **NEEDED)
_END = date("end", always=True)
_PERSON = reference("person", "persons", "resident_id", **NEEDED)

_BOUNDARIES = Section(
    "boundaries",
    GridBoundaryRecord,
    (_START, _END, Field("geometry", "geometry", _geometry, _write_geometry, **NEEDED),
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
        (Field("code", "code", _digits(12), _same, **NEEDED), needed("name"),
         text("town"), text("county"), text("city"), Field("boundary", "boundary", _geometry, _write_geometry)),
        natural="code",
        always=True,
    ),
    Section(
        "grids",
        GridRecord,
        (Field("code", "code", _digits(15), _same, **NEEDED), needed("name"),
         word("kind", GRID_KINDS, default="basic"), reference("community", "communities", "community_id"),
         date("valid_from", **NEEDED), date("valid_to", always=True)),
        natural="code",
        nested=(("boundaries", _BOUNDARIES),),
        always=True,
    ),
    Section("workers", WorkerRecord, (needed("name"), text("phone")),
            nested=(("assignments", ASSIGNMENTS),), always=True),
    Section(
        "buildings",
        BuildingRecord,
        (needed("name"), reference("community", "communities", "community_id", **NEEDED),
         text("address"), Field("lon", "lon", _number, _same), Field("lat", "lat", _number, _same)),
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
         Field("id_number", "id_number", _id_number, _same, always=True), date("died", always=True),
         text("phone"), text("ethnicity"), text("other_document"), text("register_address"),
         word("register_status", REGISTER_STATES), text("note")),
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
            (_PERSON, needed("scope"), truth("given", **NEEDED), _START, _END, text("wish"))),
    Section("tiers", TierOverrideRecord,
            (_PERSON, word("tier", TIERS, **NEEDED), _START, _END, needed("reason"))),
    Section("import_batches", ImportBatchRecord,
            (needed("file_name"), needed("kind"),
             Field("counts", "counts", _of_type(dict, "must be an object"), _same, **NEEDED))),
)  # fmt: skip
"""Every list but the visits, in the order an import needs."""

VISIT_FIELDS = (
    _PERSON,
    date("date", "visited_on", **NEEDED),
    word("mode", MODES, **NEEDED),
    word("outcome", OUTCOMES, **NEEDED),
    reference("worker", "workers", "worker_id", always=True),
    text("time"),
    text("note"),
    Field("findings", "findings", _of_type(dict, "must be an object"), _same),
    text("needs"),
    text("referral"),
    text("void_reason"),
    text("voided_by"),
    instant("voided_at"),
)
VISITS = Section("visits", VisitRecord, VISIT_FIELDS, always=True)
