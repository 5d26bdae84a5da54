"""Write a facts document into a database, checked row by row."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from gridapp.db import numbering
from gridapp.db.base import table_of
from gridapp.db.facts_form import (
    ASSIGNMENTS,
    SECTIONS,
    VISITS,
    Field,
    Section,
    Unacceptable,
    parse_instant,
)
from gridapp.db.queries.references import shown, site_code, site_codes
from gridapp.db.records import SiteRecord, VisitRecord
from gridapp.db.records.visits import pack
from gridapp.db.unit_of_work import OWN_SITE, UnitOfWork
from gridapp.domain.keys import new_key, parse_uuid, parse_visit_uuid
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

CHUNK = 5000


class FactsLoader:
    """Turns the lists of a document into rows, resolving what they name.

    Attributes:
        loaded: Rows written, by section.
    """

    def __init__(self, unit: UnitOfWork, today: dt.date, progress: Progress = NullProgress()) -> None:
        self.unit = unit
        self.session: Session = unit.session
        self.today = today
        self.progress = progress
        self.loaded: dict[str, int] = {}
        self._known: dict[str, dict[str, int]] = {}
        self._births: dict[int, tuple[dt.date | None, dt.date | None]] = {}

    def load(self, document: dict[str, Any]) -> None:
        """Write every list of the document.

        Raises:
            ValidationError: A value is missing, wrong, or names a row that is
                not there; the text says which list, which row and what to do.
            OperationCancelled: The user asked to stop.
        """
        total = sum(len(_rows(document, section.name)) for section in (*SECTIONS, VISITS))
        done = 0
        for section in SECTIONS:
            rows = _rows(document, section.name)
            self.progress.advance(done, total, section.name)
            self._load_section(section, rows)
            done += len(rows)
        self._load_visits(_rows(document, "visits"), done, total)
        self.progress.advance(total, total)

    def _load_section(self, section: Section, rows: Sequence[Any]) -> None:
        known = self._known_rows(section)
        numbers = numbering.reserve(self.session, section.record, len(rows))
        values: list[dict[str, Any]] = []
        inner: dict[str, list[tuple[int, str, dict[str, Any]]]] = {key: [] for key, _section in section.nested}
        for place, row in enumerate(rows):
            where = f"{section.name}[{place}]"
            item = _object(row, where)
            name = str(item.get(section.natural or "id") or "")
            where = f"{where} {name}".rstrip()
            if section.natural and name in known:
                self._keep_existing(section, item, known[name], where)
                continue
            value = self._values(section, item, where) | self._identity(item) | self._stamps(item, where)
            value["id"] = numbers[len(values)]
            shown_id = name if section.natural else shown(value["ref"], value["uid"])
            if shown_id in known:
                raise ValidationError(_("{where} is there already.").format(where=where), section.natural or "id")
            known[shown_id] = value["id"]
            values.append(value)
            self._collect_nested(section, item, value["id"], where, inner)
        self._insert(section, values)
        self._check_section(section, values, rows)
        for key, nested in section.nested:
            self._load_nested(nested, "worker_id" if section.name == "workers" else "grid_id", inner[key])

    def _collect_nested(
        self,
        section: Section,
        item: dict[str, Any],
        number: int,
        where: str,
        inner: dict[str, list[tuple[int, str, dict[str, Any]]]],
    ) -> None:
        for key, _nested in section.nested:
            found = [
                (number, f"{where}.{key}[{place}]", _object(row, where))
                for place, row in enumerate(item.get(key) or [])
            ]
            inner[key].extend(found)
        if section.name == "workers" and item.get("grid") is not None:
            first = {field.key: item[field.key] for field in ASSIGNMENTS.fields if item.get(field.key) is not None}
            inner["assignments"].append((number, where, first | (item.get("assignment") or {})))

    def _load_nested(self, section: Section, owner: str, found: list[tuple[int, str, dict[str, Any]]]) -> None:
        numbers = numbering.reserve(self.session, section.record, len(found))
        values = []
        for place, (owner_id, where, item) in enumerate(found):
            value = self._values(section, item, where) | self._identity(item) | self._stamps(item, where)
            values.append(value | {"id": numbers[place], owner: owner_id})
        self._insert(section, values)

    def _values(self, section: Section, item: dict[str, Any], where: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for field in section.fields:
            given = item.get(field.key)
            if given is None and field.key == "community" and section.name == "grids":
                given = str(item.get("code"))[:12]
            values[field.column] = self._value(field, given, where)
        start, end = values.get("start", values.get("valid_from")), values.get("end", values.get("valid_to"))
        if start is not None and end is not None and end <= start:
            raise ValidationError(
                _("{where}: the interval ends on {end}, which is not after its start {start}.").format(
                    where=where, start=start, end=end
                ),
                "end",
            )
        return values

    def _value(self, field: Field, given: Any, where: str) -> Any:
        if given is None:
            if field.required:
                raise ValidationError(
                    _("{where}: “{field}” is missing.").format(where=where, field=field.key), field.key
                )
            return field.default
        try:
            value = field.parse(given)
        except (Unacceptable, ValidationError) as error:
            raise ValidationError(
                _("{where}: “{field}”: {problem}.").format(
                    where=where, field=field.key, problem=str(error).rstrip(".。")
                ),
                field.key,
            ) from error
        if not field.refers:
            return value
        found = self._known[field.refers].get(value)
        if found is None:
            raise ValidationError(
                _("{where}: “{field}” names “{value}”, which is not there.").format(
                    where=where, field=field.key, value=value
                ),
                field.key,
            )
        return found

    def _identity(self, item: dict[str, Any]) -> dict[str, Any]:
        given = item.get("id")
        key = parse_uuid(given) if isinstance(given, str) else None
        if key is not None:
            return {"uid": key, "ref": None}
        return {"uid": new_key(self.unit.now), "ref": None if given is None else str(given)}

    def _stamps(self, item: dict[str, Any], where: str) -> dict[str, Any]:
        try:
            created = parse_instant(item["created"]) if "created" in item else self.unit.now
            changed = parse_instant(item["changed"]) if "changed" in item else None
        except Unacceptable as error:
            raise ValidationError(f"{where}: {error}", "created") from error
        return {
            "created_at": created,
            "created_by": item.get("created_by") or self.unit.actor,
            "changed_at": changed,
            "changed_by": item.get("changed_by"),
            "version": int(item.get("version") or 1),
        }

    def _known_rows(self, section: Section) -> dict[str, int]:
        record: Any = section.record
        if section.natural:
            rows = self.session.execute(select(getattr(record, section.natural), record.id))
            known = {str(name): number for name, number in rows}
        else:
            found = self.session.execute(select(record.ref, record.uid, record.id))
            known = {shown(ref, uid): number for ref, uid, number in found}
        self._known[section.name] = known
        return known

    def _keep_existing(self, section: Section, item: dict[str, Any], number: int, where: str) -> None:
        """Let a document restate a place that is there; a category takes the document's words and stamps."""
        if section.name != "categories":
            return
        values = {field.column: self._value(field, item.get(field.key), where) for field in section.fields}
        table = table_of(section.record)
        # Past the ORM: restating is not a change of its own, and must not count as a new version.
        self.session.execute(update(table).where(table.c.id == number).values(**values, **self._stamps(item, where)))

    def _insert(self, section: Section, values: list[dict[str, Any]]) -> None:
        for start in range(0, len(values), CHUNK):
            self.session.execute(insert(table_of(section.record)), values[start : start + CHUNK])
        if values:
            self.loaded[section.name] = len(values)
            self.unit.keep_bulk_rows(section.record.__tablename__, [value["id"] for value in values])

    def _check_section(self, section: Section, values: list[dict[str, Any]], rows: Sequence[Any]) -> None:
        if section.name == "persons":
            for value in values:
                self._births[value["id"]] = (value["birth"], value["died"])
                self._check_life(value)
        elif section.name == "residencies":
            self._refuse_overlaps(values)

    def _check_life(self, value: dict[str, Any]) -> None:
        birth, died = value["birth"], value["died"]
        name = shown(value["ref"], value["uid"])
        if birth and birth > self.today:
            raise ValidationError(
                _("persons {id}: “birth” {day} lies in the future.").format(id=name, day=birth), "birth"
            )
        if birth and died and died < birth:
            raise ValidationError(_("persons {id}: “died” lies before “birth”.").format(id=name), "died")

    def _refuse_overlaps(self, values: list[dict[str, Any]]) -> None:
        names = {number: name for name, number in self._known["persons"].items()}
        ordered = sorted(values, key=lambda value: (value["resident_id"], value["start"]))
        for earlier_one, later_one in zip(ordered, ordered[1:], strict=False):
            same = earlier_one["resident_id"] == later_one["resident_id"]
            if same and (earlier_one["end"] is None or earlier_one["end"] > later_one["start"]):
                raise ValidationError(
                    _("residencies: {person} lives in two places on {day}. End the earlier residency first.").format(
                        person=names[later_one["resident_id"]], day=later_one["start"]
                    ),
                    "start",
                )

    def _load_visits(self, rows: Sequence[Any], done: int, total: int) -> None:
        numbering = _VisitNumbers(self.session)
        pending: list[dict[str, Any]] = []
        replaces: list[tuple[dict[str, Any], str, str]] = []
        shown_ids: dict[str, int] = {}
        for place, row in enumerate(rows):
            item = _object(row, f"visits[{place}]")
            where = f"visits[{place}] {item.get('id') or ''}".rstrip()
            value = self._values(VISITS, item, where)
            value |= numbering.identify(item.get("id"), where)
            value |= {name: stamp for name, stamp in self._stamps(item, where).items() if name.startswith("created")}
            self._check_visit(value, item, where)
            shown_ids[str(item.get("id"))] = value["id"]
            value["replaces_id"] = None
            if item.get("replaces") is not None:
                replaces.append((value, str(item["replaces"]), where))
            pending.append(value)
            if place % CHUNK == 0:
                self.progress.advance(done + place, total, "visits")
        for value, target, where in replaces:
            if target not in shown_ids:
                raise ValidationError(
                    _("{where}: “{field}” names “{value}”, which is not there.").format(
                        where=where, field="replaces", value=target
                    ),
                    "replaces",
                )
            value["replaces_id"] = shown_ids[target]
        pending.sort(key=lambda value: value["replaces_id"] is not None)  # a replaced visit goes first
        for start in range(0, len(pending), CHUNK):
            self.session.execute(insert(table_of(VisitRecord)), pending[start : start + CHUNK])
        if pending:
            self.loaded["visits"] = len(pending)
            self.unit.keep_bulk_rows("visit", [value["id"] for value in pending])

    def _check_visit(self, value: dict[str, Any], item: dict[str, Any], where: str) -> None:
        day = value["visited_on"]
        birth, died = self._births.get(value["resident_id"], (None, None))
        problem = None
        if day > self.today:
            problem = _("the visit date {day} lies in the future")
        elif birth is not None and day < birth:
            problem = _("the visit date {day} lies before the person was born")
        elif died is not None and day > died:
            problem = _("the visit date {day} lies after the person died")
        if problem:
            raise ValidationError(_("{where}: {problem}.").format(where=where, problem=problem.format(day=day)), "date")
        if item.get("voided"):
            value["voided_at"] = value["voided_at"] or value["created_at"]
            value["voided_by"] = value["voided_by"] or value["created_by"]
        else:
            value["voided_at"] = value["voided_by"] = value["void_reason"] = None


class _VisitNumbers:
    """Gives every visit of a document its row number here."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.sites = {code: number for number, code in site_codes(session).items()}
        self.taken = set(session.scalars(select(VisitRecord.ref).where(VisitRecord.ref.is_not(None))))
        self.numbers: set[int] = set(session.scalars(select(VisitRecord.id)))
        self.own = session.get_one(SiteRecord, OWN_SITE, with_for_update=True)

    def identify(self, given: Any, where: str) -> dict[str, Any]:
        key = parse_uuid(given) if isinstance(given, str) else None
        dot = parse_visit_uuid(key) if key else None
        if dot is not None:
            number, ref = pack(self._site(site_code(dot[0]), dot[1]), dot[1]), None
        else:
            number, ref = pack(OWN_SITE, self.own.next_seq), None if given is None else str(given)
            self.own.next_seq += 1
        if number in self.numbers or (ref is not None and ref in self.taken):
            raise ValidationError(_("{where} is there already.").format(where=where), "id")
        self.numbers.add(number)
        if ref is not None:
            self.taken.add(ref)
        return {"id": number, "ref": ref}

    def _site(self, code: str, seq: int) -> int:
        number = self.sites.get(code)
        if number is None:
            number = max(self.sites.values()) + 1
            self.sites[code] = number
            self.session.add(SiteRecord(id=number, code=code, next_seq=1))
            self.session.flush()
        elif number == OWN_SITE and seq >= self.own.next_seq:
            self.own.next_seq = seq + 1
        return number


def new_site_code() -> str:
    """Return a code for a database that will log visits, 80 random bits."""
    return site_code(secrets.randbits(80))


def _rows(document: dict[str, Any], name: str) -> Sequence[Any]:
    rows = document.get(name) or []
    if not isinstance(rows, list):
        raise ValidationError(_("“{name}” must be a list.").format(name=name), name)
    return rows


def _object(row: Any, where: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise ValidationError(_("{where} must be an object.").format(where=where), where)
    return row
