"""Read everything stored as a facts document.

Rows come in an order that depends on their ids alone, so that two databases
with the same facts give the same document, byte for byte.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridapp.db.base import table_of
from gridapp.db.facts.form import ASSIGNMENT_FIELDS, PAPERS, SCHEMA, SECTIONS, SHEETS, VISITS, Field, Section
from gridapp.db.facts.papers import read_sheet_rows
from gridapp.db.facts.values import write_instant
from gridapp.db.queries.references import actor_names, shown, shown_visit, site_codes
from gridapp.db.records import CategoryRecord, CommunityRecord, GridRecord, SettingRecord, VisitRecord
from gridapp.db.records.visits import pack
from gridapp.domain.handout import Stamp
from gridapp.progress import NullProgress, Progress

Names = dict[str, dict[int, str]]
AT_ONCE = 5000
_NAMED = {field.refers for section in (*SECTIONS, VISITS) for field in section.fields}
_NAMED |= {"persons", "workers"}  # rows of sheets
_NAMED |= {field.refers for section in SECTIONS for _key, inner in section.nested for field in inner.fields}
_NATURAL = {"categories": CategoryRecord.code, "communities": CommunityRecord.code, "grids": GridRecord.code}


def read_facts(session: Session, progress: Progress = NullProgress()) -> dict[str, Any]:
    """Return the whole database as a facts document in memory.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    found = stream_facts(session, progress)
    return {name: list(value) if isinstance(value, Iterator) else value for name, value in found}


def stream_facts(
    session: Session, progress: Progress = NullProgress(), stamp: Stamp | None = None
) -> Iterator[tuple[str, Any]]:
    """Go through the keys of the whole database's facts document.

    The audit journal, drafts, remembered column headings and rows kept for
    later stay behind: they belong to this one database.

    Args:
        session: What to read.
        progress: Told as objects are read.
        stamp: Whose copy it is.

    Yields:
        A key and what it holds; a list is an iterator, to be gone through before the next key is asked for.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    yield "schema", SCHEMA
    if stamp is not None:
        yield "handed_out", {"by": stamp.by, "at": stamp.at.isoformat(timespec="seconds"), "purpose": stamp.purpose}
    stored = {row.key: row.value for row in session.scalars(select(SettingRecord).order_by(SettingRecord.key))}
    if stored:
        yield "settings", stored
    every = (*SECTIONS, VISITS, *PAPERS)
    counts = {one.name: session.scalar(select(func.count()).select_from(table_of(one.record))) or 0 for one in every}
    total, done = sum(counts.values()), 0
    names: Names = {}
    for section in every:
        if counts[section.name] or section.always:
            rows = _read_visits(session, names) if section is VISITS else _read_section(session, section, names)
            yield section.name, _told(rows, section.name, (done, total), progress)
        else:
            names[section.name] = {}
        done += counts[section.name]
    progress.advance(total, total)


def _told(rows: Iterator[Any], name: str, span: tuple[int, int], progress: Progress) -> Iterator[Any]:
    done, total = span
    for count, row in enumerate(rows):
        if count % AT_ONCE == 0:
            progress.advance(done + count, max(total, done + count + 1), name)
        yield row


def _read_section(session: Session, section: Section, names: Names) -> Iterator[dict[str, Any]]:
    nested = {key: _read_nested(session, inner, section, names) for key, inner in section.nested}
    record: Any = section.record
    order = _NATURAL.get(section.name, func.coalesce(record.ref, ""))
    known = names.setdefault(section.name, {})
    named = section.name in _NAMED
    statement = select(table_of(record)).order_by(order, record.uid).execution_options(yield_per=AT_ONCE)
    for row in session.execute(statement):
        if named:
            known[row.id] = getattr(row, section.natural) if section.natural else shown(row.ref, row.uid)
        value = {"id": shown(row.ref, row.uid), **_write(section.fields, row, names)}
        if section.name == "workers":
            _put_assignments(value, nested["assignments"].get(row.id, []))
        elif section is SHEETS:
            value["rows"] = read_sheet_rows(session, row.id, names)
        else:
            value.update({key: rows[row.id] for key, rows in nested.items() if row.id in rows})
        yield value | _stamps(row)


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
    visit = table_of(VisitRecord)
    # Visits without a reference first, by the code of their site, whose local number differs between databases.
    # Asked for site by site they come in the order they are stored: sorting ten millions would fill the memory.
    statements = [
        select(visit).where(visit.c.ref.is_(None), visit.c.id.between(pack(site, 0), pack(site + 1, 0) - 1))
        .order_by(visit.c.id)
        for site, _code in sorted(codes.items(), key=lambda item: item[1])
    ]  # fmt: skip
    statements.append(select(visit).where(visit.c.ref.is_not(None)).order_by(visit.c.ref))
    for statement in statements:
        for row in session.execute(statement.execution_options(yield_per=AT_ONCE)):
            value = {"id": shown_visit(row.id, row.ref, codes), **_write(VISITS.fields, row, names)}
            value["voided"] = row.voided_at is not None
            if row.replaces_id is not None:
                value["replaces"] = shown_ids[row.replaces_id]
            yield value | {"created": write_instant(row.created_at), "created_by": actors[row.actor_id]}


def _replaced_ids(session: Session, codes: dict[int, str]) -> dict[int, str]:
    replaced = select(VisitRecord.replaces_id).where(VisitRecord.replaces_id.is_not(None))
    rows = session.execute(select(VisitRecord.id, VisitRecord.ref).where(VisitRecord.id.in_(replaced)))
    return {number: shown_visit(number, ref, codes) for number, ref in rows}


class _Shown(dict[int, str]):
    """What a section's rows are called, looked up one by one when asked for."""

    def __init__(self, session: Session, section: Section) -> None:
        super().__init__()
        self._session, self._section = session, section

    def __missing__(self, number: int) -> str:
        table, natural = table_of(self._section.record), self._section.natural
        row = self._session.execute(select(table).where(table.c.id == number)).one()
        self[number] = getattr(row, natural) if natural else shown(row.ref, row.uid)
        return self[number]


def person_facts(session: Session, person: int) -> dict[str, Any]:
    """Return everything stored about one person in the form of a facts document; grids and others by their ids only.

    Args:
        session: Where to read.
        person: Row number.
    """
    names: Names = {section.name: _Shown(session, section) for section in SECTIONS}
    found: dict[str, Any] = {"schema": SCHEMA}
    for section in SECTIONS:
        table = table_of(section.record)
        owner = next((field.column for field in section.fields if field.refers == "persons"), "")
        if section.name != "persons" and not owner:
            continue
        whose = table.c.id if section.name == "persons" else table.c[owner]
        rows = session.execute(select(table).where(whose == person).order_by(table.c.id))
        found[section.name] = [
            {"id": shown(row.ref, row.uid), **_write(section.fields, row, names)} | _stamps(row) for row in rows
        ]
    codes, actors, visit = site_codes(session), actor_names(session), table_of(VisitRecord)
    found[VISITS.name] = [
        {"id": shown_visit(row.id, row.ref, codes), **_write(VISITS.fields, row, names),
         "voided": row.voided_at is not None, "created": write_instant(row.created_at),
         "created_by": actors[row.actor_id]}
        for row in session.execute(select(visit).where(visit.c.resident_id == person).order_by(visit.c.id))
    ]  # fmt: skip
    return found
