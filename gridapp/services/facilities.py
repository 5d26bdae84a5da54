"""Keep the places of service of a community: by form, from a file of places, taken away again."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.facilities import FacilityRow, grids_at
from gridapp.db.queries.references import held, matches, text_of
from gridapp.db.records import CommunityRecord, FacilityRecord
from gridapp.domain.changes import Changes, Kind
from gridapp.domain.conflict import Theirs, Values, refuse_if_changed
from gridapp.domain.facility import FACILITY_KINDS, Facility, facility_title, kind_of
from gridapp.domain.grid_code import COMMUNITY_DIGITS
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _

NAMES = {
    "name": ("name", "名称", "设施名称", "facility", "设施"),
    "kind": ("kind", "type", "类别", "类型", "设施类型", "设施类别"),
    "address": ("address", "addr", "地址", "位置"),
    "area": ("area", "面积", "建筑面积", "建筑面积(m2)", "建筑面积（平方米）"),
    "community": ("community", "社区编码", "communitycode"),
}
"""How files call what a facility has."""


@dataclass(frozen=True)
class FacilityRemark:
    """A row of a file that cannot be taken: number, name, and why."""

    number: int
    name: str
    sentence: str


@dataclass(frozen=True)
class FacilitiesRead:
    """What a file of facilities holds: those that can be taken, and what is wrong with the others."""

    facilities: tuple[Facility, ...]
    remarks: tuple[FacilityRemark, ...]


@repeated_on_clash
def save_facility(
    database: Database, entered: Facility, day: dt.date, actor: str, key: str = "", seen: Values | None = None
) -> Changes:
    """Add a facility, or change the one with a key.

    Args:
        database: Where.
        entered: What it is.
        day: Whose grids say in which community it lies, when that is not named.
        actor: Who says so.
        key: Key or reference of the one to change; "" adds one.
        seen: Its values as the user saw them, as ``facility_values`` names them; None asks nothing.

    Returns:
        Changes whose result is its reference.

    Raises:
        ValidationError: No name, unknown kind, a place that is none, or in no grid and no community named.
        NotFoundError: There is none under this key.
        ConflictError: Somebody else changed it meanwhile; it carries what is stored now.
    """
    with database.write("facility.save", actor) as unit:
        record = _facility(unit.session, key) if key else FacilityRecord()
        if key:
            refuse_if_changed(seen, _stored(record))
        community = _community(unit.session, _checked(entered), day, record.community_id)
        _fill(record, entered, community)
        unit.session.add(record)
        unit.session.flush()
        text = _("Changed {name}.") if key else _("Added {name}.")
        return unit.changes({Kind.PLACE}, text.format(name=record.name), text_of(record))


@repeated_on_clash
def remove_facility(database: Database, key: str, actor: str, seen: Values | None = None) -> Changes:
    """Take a facility off the map.

    Args:
        database: Where.
        key: Key or reference.
        actor: Who says so.
        seen: Its values as the user saw them, as ``facility_values`` names them; None asks nothing.

    Raises:
        NotFoundError: There is none under this key.
        ConflictError: Somebody else changed it meanwhile; the sentence says into what.
    """
    with database.write("facility.remove", actor) as unit:
        record = _facility(unit.session, key)
        now = _("It was not removed: somebody else changed it meanwhile. It is now: {name}, {kind}, {address}.").format(
            name=record.name, kind=facility_title(record.kind), address=record.address or "—"
        )
        refuse_if_changed(seen, _stored(record), now)
        unit.session.delete(record)
        return unit.changes({Kind.PLACE}, _("Removed {name}.").format(name=record.name))


def facility_values(entered: Facility | FacilityRow) -> dict[str, Any]:
    """Return what of a facility is entered in a form, by field."""
    names = ("name", "kind", "lon", "lat", "address", "area")
    return {name: getattr(entered, name) for name in names}


def _stored(record: FacilityRecord) -> Theirs:
    place = Facility(record.kind, record.name, record.lon, record.lat, record.address or "", record.area)
    values = facility_values(place)
    return Theirs(values, record.changed_by or record.created_by, record.changed_at or record.created_at, values)


def check_facilities(database: Database, path: Path, day: dt.date, crs: str = "CGCS2000") -> FacilitiesRead:
    """Read a file of facilities and say which can be taken; stores nothing.

    Args:
        database: Whose grids and communities.
        path: CSV with longitude and latitude, GeoJSON, KML, GeoPackage or Shapefile.
        day: Whose grids.
        crs: What its coordinates are, as ``check_crs`` takes it.

    Raises:
        LedgerFormatError: It is no file of places.
        ValidationError: Unknown coordinate system.
        StorageError: It cannot be read.
    """
    return database.fetch(_read, path, day, crs)


@repeated_on_clash
def import_facilities(
    database: Database, path: Path, day: dt.date, actor: str, crs: str = "CGCS2000", good_only: bool = False
) -> Changes:
    """Take in a file of facilities; one of the same name and kind in a community is changed, not doubled.

    Args:
        database: Where.
        path: The file.
        day: Whose grids.
        actor: Who says so.
        crs: What its coordinates are, as ``check_crs`` takes it.
        good_only: Leave out what cannot be taken; otherwise that refuses the whole file.

    Returns:
        Changes whose result is the FacilitiesRead.

    Raises:
        ValidationError: A row cannot be taken; nothing was written.
        LedgerFormatError: It is no file of places.
        StorageError: File or database failed.
    """
    with database.write("facility.import", actor) as unit:
        found = _read(unit.session, path, day, crs)
        if found.remarks and (not good_only or not found.facilities):
            first = found.remarks[0]
            raise ValidationError(
                _("{count} rows cannot be taken. Row {number} ({name}): {sentence}").format(
                    count=len(found.remarks), number=first.number, name=first.name or "—", sentence=first.sentence
                ),
                "file",
            )
        for entered in found.facilities:
            community = _community(unit.session, entered, day)
            same = select(FacilityRecord).where(
                FacilityRecord.community_id == community, FacilityRecord.kind == entered.kind,
                FacilityRecord.name == entered.name.strip(),
            )  # fmt: skip
            record = unit.session.scalars(same.order_by(FacilityRecord.id)).first() or FacilityRecord()
            _fill(record, entered, community)
            unit.session.add(record)
            unit.session.flush()
        unit.detail = {"file": path.name, "taken": len(found.facilities), "left_out": len(found.remarks)}
        message = _("{count} facilities are on the map.").format(count=formats.count(len(found.facilities)))
        return unit.changes({Kind.PLACE}, message, found)


def _read(session: Session, path: Path, day: dt.date, crs: str) -> FacilitiesRead:
    from gridapp.geo.files.points import read_points  # heavy: imported when first used

    points = read_points(path, crs)
    grids = grids_at(session, day, [point.place or (0.0, 0.0) for point in points])
    taken, remarks = [], []
    for point, (grid, _name) in zip(points, grids, strict=True):
        values = _values(point.properties)
        try:
            if point.place is None:
                raise ValidationError(_("It has no place: longitude and latitude are missing."), "lon")
            community = values.get("community", "") or grid[:COMMUNITY_DIGITS]
            if not community:
                raise ValidationError(_in_no_grid(), "lon")
            taken.append(
                _checked(
                    Facility(
                        _kind(values.get("kind", "")), values.get("name", ""), *point.place,
                        values.get("address", ""), _area(values.get("area", "")), community,
                    )
                )
            )  # fmt: skip
        except ValidationError as error:
            remarks.append(FacilityRemark(point.number, values.get("name", ""), str(error)))
    return FacilitiesRead(tuple(taken), tuple(remarks))


def _values(properties: Mapping[str, Any]) -> dict[str, str]:
    plain = {str(key).lower().replace("_", "").replace(" ", ""): value for key, value in properties.items()}
    found = {}
    for key, names in NAMES.items():
        given = next((plain[name] for name in names if plain.get(name) not in (None, "")), None)
        if given is not None:
            found[key] = str(given).strip()
    return found


def _kind(text: str) -> str:
    if not text:
        return "other"
    found = kind_of(text)
    if found is None:
        known = "、".join(facility_title(kind) for kind in FACILITY_KINDS)
        raise ValidationError(
            _("“{kind}” is not a kind of facility. Write one of {known}.").format(kind=text, known=known), "kind"
        )
    return found


def _area(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise ValidationError(_("“{text}” is not an area in square metres.").format(text=text), "area") from error


def _checked(entered: Facility) -> Facility:
    if not entered.name.strip():
        raise ValidationError(_("The facility needs a name."), "name")
    if entered.kind not in FACILITY_KINDS:
        _kind(entered.kind or "?")
    if not (math.isfinite(entered.lon) and abs(entered.lon) <= 180):
        raise ValidationError(_("The longitude must lie between −180 and 180."), "lon")
    if not (math.isfinite(entered.lat) and abs(entered.lat) <= 90):
        raise ValidationError(_("The latitude must lie between −90 and 90."), "lat")
    if entered.area is not None and not (math.isfinite(entered.area) and entered.area >= 0):
        raise ValidationError(_("The area cannot be less than nothing."), "area")
    return entered


def _community(session: Session, entered: Facility, day: dt.date, before: int | None = None) -> int:
    """Return the community named, or the one of the grid it lies in; in no grid it stays in the one before."""
    code = entered.community or grids_at(session, day, [(entered.lon, entered.lat)])[0][0][:COMMUNITY_DIGITS]
    if not code and before is not None:
        return before
    if not code:
        raise ValidationError(_in_no_grid(), "lon")
    number = session.scalar(select(CommunityRecord.id).where(CommunityRecord.code == code))
    if number is None:
        raise ValidationError(_("There is no community “{code}”.").format(code=code), "community")
    return number


def _in_no_grid() -> str:
    return _("It lies in no grid. Check its place, or name its community.")


def _fill(record: FacilityRecord, entered: Facility, community: int) -> None:
    record.community_id, record.kind, record.name = community, entered.kind, entered.name.strip()
    record.address, record.area = entered.address.strip() or None, entered.area
    record.lon, record.lat = entered.lon, entered.lat


def _facility(session: Session, key: str) -> FacilityRecord:
    found = session.scalar(held(select(FacilityRecord).where(matches(FacilityRecord, key))))
    if found is None:
        raise NotFoundError(_("There is no facility “{id}”.").format(id=key))
    return found
