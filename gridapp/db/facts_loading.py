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
from gridapp.db.facts_checks import (
    check_approval,
    check_choice,
    check_life,
    check_visit,
    given_id,
    object_at,
    read_lives,
    refuse_known,
    refuse_overlaps,
    refuse_shared_id_numbers,
    rows_of,
)
from gridapp.db.facts_form import ASSIGNMENTS, SECTIONS, STAMPS, VISITS, Field, Section
from gridapp.db.facts_values import Unacceptable, brief
from gridapp.db.facts_visits import Corrections, VisitNumbers
from gridapp.db.queries.references import shown, site_code
from gridapp.db.records import VisitRecord
from gridapp.db.unit_of_work import UnitOfWork, image
from gridapp.domain.keys import new_key, parse_uuid
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

    def load(self, document: dict[str, Any]) -> None:
        """Write every list of the document.

        Raises:
            ValidationError: A value is missing, wrong, or names a row that is
                not there; the text says which list, which row and what to do.
            OperationCancelled: The user asked to stop.
        """
        total = sum(len(rows_of(document, section.name)) for section in (*SECTIONS, VISITS))
        done = 0
        for section in SECTIONS:
            rows = rows_of(document, section.name)
            self.progress.advance(done, total, section.name)
            self._load_section(section, rows)
            done += len(rows)
        self._load_visits(rows_of(document, "visits"), done, total)
        self.progress.advance(total, total)

    def _load_section(self, section: Section, rows: Sequence[Any]) -> None:
        known = self._known_rows(section)
        numbers = numbering.reserve(self.session, section.record, len(rows))
        values: list[dict[str, Any]] = []
        inner: dict[str, list[tuple[int, str, dict[str, Any]]]] = {key: [] for key, _section in section.nested}
        for place, row in enumerate(rows):
            where = f"{section.name}[{place}]"
            item = object_at(row, where)
            name = str(item.get(section.natural) or "") if section.natural else given_id(item, where) or ""
            where = f"{where} {brief(name)}".rstrip()
            if section.natural and name in known:
                self._keep_existing(section, item, known[name], where)
                continue
            value = self._values(section, item, where) | self._identity(item, where) | self._stamps(item, where)
            value["id"] = numbers[len(values)]
            shown_id = name if section.natural else shown(value["ref"], value["uid"])
            refuse_known(shown_id, known, where, section.natural or "id")
            known[shown_id] = value["id"]
            values.append(value)
            self._collect_nested(section, item, value["id"], where, inner)
        self._insert(section, values)
        self._check_section(section, values)
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
                (number, f"{where}.{key}[{place}]", object_at(row, f"{where}.{key}[{place}]"))
                for place, row in enumerate(rows_of(item, key, where))
            ]
            inner[key].extend(found)
        if section.name == "workers" and item.get("grid") is not None:
            more = object_at(item.get("assignment") or {}, f"{where}.assignment")
            first = {field.key: item[field.key] for field in ASSIGNMENTS.fields if item.get(field.key) is not None}
            inner["assignments"].append((number, where, first | more))

    def _load_nested(self, section: Section, owner: str, found: list[tuple[int, str, dict[str, Any]]]) -> None:
        numbers = numbering.reserve(self.session, section.record, len(found))
        known = self._known_rows(section)
        values = []
        for place, (owner_id, where, item) in enumerate(found):
            value = self._values(section, item, where) | self._identity(item, where) | self._stamps(item, where)
            refuse_known(
                shown(value["ref"], value["uid"]), known, f"{where} {brief(value['ref'] or '')}".rstrip(), "id"
            )
            known[shown(value["ref"], value["uid"])] = numbers[place]
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
        if section.name == "grid_choices":
            check_choice(values, where)
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
                    where=where, field=field.key, value=brief(value)
                ),
                field.key,
            )
        return found

    def _identity(self, item: dict[str, Any], where: str) -> dict[str, Any]:
        given = given_id(item, where)
        key = parse_uuid(given) if given is not None else None
        if key is not None:
            return {"uid": key, "ref": None}
        return {"uid": new_key(self.unit.now), "ref": given}

    def _stamps(self, item: dict[str, Any], where: str) -> dict[str, Any]:
        given = {field.key: self._value(field, item.get(field.key), where) for field in STAMPS}
        return {
            "created_at": given["created"] or self.unit.now,
            "created_by": given["created_by"] or self.unit.actor,
            "changed_at": given["changed"],
            "changed_by": given["changed_by"],
            "version": max(1, given["version"]),
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
        table, kept = table_of(section.record), self.session.get_one(section.record, number)
        before = image(kept)
        # Past the ORM: restating is not a change of its own, and must not count as a new version.
        self.session.execute(update(table).where(table.c.id == number).values(**values, **self._stamps(item, where)))
        self.session.refresh(kept)
        if (after := image(kept)) != before:
            self.unit.keep_update(table.name, number, before, after)

    def _insert(self, section: Section, values: list[dict[str, Any]]) -> None:
        for start in range(0, len(values), CHUNK):
            self.session.execute(insert(table_of(section.record)), values[start : start + CHUNK])
        if values:
            self.loaded[section.name] = len(values)
            self.unit.keep_bulk_rows(section.record.__tablename__, [value["id"] for value in values])

    def _check_section(self, section: Section, values: list[dict[str, Any]]) -> None:
        if section.name == "persons":
            for value in values:
                check_life(value, self.today)
            refuse_shared_id_numbers(self.session, values)
        elif section.name == "residencies":
            refuse_overlaps(self.session, values, self._known["persons"])
        elif section.name == "absences":
            for place, value in enumerate(values):
                check_approval(value, f"absences[{place}]")

    def _load_visits(self, rows: Sequence[Any], done: int, total: int) -> None:
        numbering, lives = VisitNumbers(self.session), read_lives(self.session)
        pending: list[dict[str, Any]] = []
        corrections = Corrections()
        for place, row in enumerate(rows):
            item = object_at(row, f"visits[{place}]")
            ident = given_id(item, f"visits[{place}]")
            where = f"visits[{place}] {brief(ident or '')}".rstrip()
            value = self._values(VISITS, item, where)
            value |= numbering.identify(ident, where)
            value |= {name: stamp for name, stamp in self._stamps(item, where).items() if name.startswith("created")}
            check_visit(value, item, lives, self.today, where)
            value["actor_id"] = self.unit.actor_number(value.pop("created_by"))
            corrections.note(item, value["id"], where)
            pending.append(value)
            if place % CHUNK == 0:
                self.progress.advance(done + place, total, "visits")
        replaced = corrections.resolve()
        for start in range(0, len(pending), CHUNK):
            self.session.execute(insert(table_of(VisitRecord)), pending[start : start + CHUNK])
        visit = table_of(VisitRecord)
        for number, old in replaced:  # few; and only now is every visit there that could be named
            self.session.execute(update(visit).where(visit.c.id == number).values(replaces_id=old))
        if pending:
            self.loaded["visits"] = len(pending)
            self.unit.keep_bulk_rows("visit", [value["id"] for value in pending])


def new_site_code() -> str:
    """Return a code for a database that will log visits, 80 random bits."""
    return site_code(secrets.randbits(80))
