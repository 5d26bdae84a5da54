"""Read everything stored as a facts document.

Rows come in an order that depends on their ids alone, so that two databases
with the same facts give the same document, byte for byte.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Integer, func, literal, select
from sqlalchemy.orm import Session

from gridapp.db.facts_form import ASSIGNMENT_FIELDS, SCHEMA, SECTIONS, VISITS, Field, Section
from gridapp.db.facts_values import write_instant
from gridapp.db.queries.references import actor_names, shown, shown_visit, site_codes
from gridapp.db.records import CategoryRecord, CommunityRecord, GridRecord, SettingRecord, SiteRecord, VisitRecord
from gridapp.domain.keys import SEQUENCE_BITS
from gridapp.progress import NullProgress, Progress

Names = dict[str, dict[int, str]]
_NATURAL = {"categories": CategoryRecord.code, "communities": CommunityRecord.code, "grids": GridRecord.code}


def read_facts(session: Session, progress: Progress = NullProgress()) -> dict[str, Any]:
    """Return the whole database as a facts document.

    The audit journal, drafts, remembered column headings and rows kept for
    later stay behind: they belong to this one database.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    document: dict[str, Any] = {"schema": SCHEMA}
    stored = {row.key: row.value for row in session.scalars(select(SettingRecord).order_by(SettingRecord.key))}
    if stored:
        document["settings"] = stored
    names: Names = {}
    for number, section in enumerate(SECTIONS):
        progress.advance(number, len(SECTIONS) + 1, section.name)
        objects = _read_section(session, section, names)
        if objects or section.always:
            document[section.name] = objects
    document["visits"] = list(_read_visits(session, names))
    progress.advance(len(SECTIONS) + 1, len(SECTIONS) + 1)
    return document


def _read_section(session: Session, section: Section, names: Names) -> list[dict[str, Any]]:
    nested = {key: _read_nested(session, inner, section, names) for key, inner in section.nested}
    record: Any = section.record
    order = _NATURAL.get(section.name, func.coalesce(record.ref, ""))
    known = names.setdefault(section.name, {})
    objects = []
    for row in session.scalars(select(record).order_by(order, record.uid)):
        known[row.id] = getattr(row, section.natural) if section.natural else shown(row.ref, row.uid)
        value = {"id": shown(row.ref, row.uid), **_write(section.fields, row, names)}
        if section.name == "workers":
            _put_assignments(value, nested["assignments"].get(row.id, []))
        else:
            value.update({key: rows[row.id] for key, rows in nested.items() if row.id in rows})
        objects.append(value | _stamps(row))
    session.expunge_all()
    return objects


def _read_nested(session: Session, inner: Section, outer: Section, names: Names) -> dict[int, list[dict[str, Any]]]:
    record: Any = inner.record
    owner = record.worker_id if outer.name == "workers" else record.grid_id
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in session.scalars(select(record).order_by(record.start, func.coalesce(record.ref, ""), record.uid)):
        value = {"id": shown(row.ref, row.uid), **_write(inner.fields, row, names)} | _stamps(row)
        found[getattr(row, owner.key)].append(value)
    return found


def _put_assignments(worker: dict[str, Any], assignments: list[dict[str, Any]]) -> None:
    """Write the first assignment in the worker itself, as short files do, and the others in a list."""
    first = assignments[0] if assignments else {}
    for field in ASSIGNMENT_FIELDS:
        if field.key in first or field.always:
            worker[field.key] = first.get(field.key)
    if first:
        worker["assignment"] = {
            key: value for key, value in first.items() if key not in {f.key for f in ASSIGNMENT_FIELDS}
        }
    if len(assignments) > 1:
        worker["assignments"] = assignments[1:]


def _write(fields: tuple[Field, ...], row: Any, names: Names) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in fields:
        value = getattr(row, field.column)
        if value is not None and field.refers:
            value = names[field.refers][value]
        elif value is not None:
            value = field.write(value)
        if field.always or (value is not None and value != field.default):
            values[field.key] = value
    return values


def _stamps(row: Any) -> dict[str, Any]:
    stamps: dict[str, Any] = {"created": write_instant(row.created_at), "created_by": row.created_by}
    if row.changed_at is not None:
        stamps |= {"changed": write_instant(row.changed_at), "changed_by": row.changed_by}
    if row.version != 1:
        stamps["version"] = row.version
    return stamps


def _read_visits(session: Session, names: Names) -> Iterator[dict[str, Any]]:
    codes, actors = site_codes(session), actor_names(session)
    shown_ids = _replaced_ids(session, codes)
    # The site's code, not its local number, orders visits: numbers differ between databases.
    statement = (
        select(VisitRecord)
        .join(SiteRecord, SiteRecord.id == VisitRecord.id.bitwise_rshift(literal(SEQUENCE_BITS, Integer)))
        .order_by(func.coalesce(VisitRecord.ref, ""), SiteRecord.code, VisitRecord.id)
        .execution_options(yield_per=5000)
    )
    for row in session.scalars(statement):
        value = {"id": shown_visit(row.id, row.ref, codes), **_write(VISITS.fields, row, names)}
        value["voided"] = row.voided_at is not None
        if row.replaces_id is not None:
            value["replaces"] = shown_ids[row.replaces_id]
        yield value | {"created": write_instant(row.created_at), "created_by": actors[row.actor_id]}


def _replaced_ids(session: Session, codes: dict[int, str]) -> dict[int, str]:
    replaced = select(VisitRecord.replaces_id).where(VisitRecord.replaces_id.is_not(None))
    rows = session.execute(select(VisitRecord.id, VisitRecord.ref).where(VisitRecord.id.in_(replaced)))
    return {number: shown_visit(number, ref, codes) for number, ref in rows}
