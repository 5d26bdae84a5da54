"""Templates, printed sheets and closed months in facts files.

They come after the visits: a row of a sheet names the visit it brought back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from gridapp.db import numbering
from gridapp.db.base import table_of
from gridapp.db.facts.checks import given_id, keys_of, object_at, refuse_known, refuse_unknown_keys, rows_of
from gridapp.db.facts.form import CLOSINGS, SHEET_ROW_FIELDS, SHEETS, TEMPLATES, Section
from gridapp.db.facts.intake import Intake
from gridapp.db.facts.rows import dot_of, key_of
from gridapp.db.facts.values import brief
from gridapp.db.queries.references import shown, shown_visit, site_codes
from gridapp.db.records import ClosedMonthRecord, PaperTemplateRecord, PrintedRowRecord, PrintedSheetRecord, VisitRecord
from gridapp.db.records.papers import ROW_BITS
from gridapp.db.records.visits import pack
from gridapp.domain.closing import unseal
from gridapp.errors import ValidationError
from gridapp.i18n import _

AT_ONCE = 5000
MOST_ROWS = 100_000


def load_papers(intake: Intake, section: Section, items: Iterable[Any]) -> None:
    """Write the templates, sheets or closings of a document.

    Raises:
        ValidationError: One of them is wrong, or is there already.
        OperationCancelled: The user asked to stop.
    """
    taken = _taken(intake.session, section)
    known = intake.known_rows(section)
    values: list[dict[str, Any]] = []
    inner: list[tuple[str, Sequence[Any]]] = []
    for place, item in enumerate(items):
        where = f"{section.name}[{place}]"
        row = object_at(item, where)
        where = f"{where} {brief(given_id(row, where) or '')}".rstrip()
        refuse_unknown_keys(row, (*keys_of(section), *(("rows",) if section is SHEETS else ())), where)
        value = intake.values(section, row, where) | intake.identity(row, where) | intake.stamps(row, where)
        name = shown(value["ref"], value["uid"])
        refuse_known(name, known, where, "id")
        mark = _mark(section, value)
        refuse_known(mark, taken, f"{where} {brief(mark)}", section.fields[0].key)
        _check(section, value, where)
        known[name] = 0
        taken.add(mark)
        values.append(value)
        inner.append((where, rows_of(row, "rows", where) if section is SHEETS else ()))
        intake.tell(section.name, len(values))
    for value, number in zip(values, numbering.reserve(intake.session, section.record, len(values)), strict=True):
        value["id"] = number
    intake.insert(section, values)
    for value, (where, rows) in zip(values, inner, strict=True):
        _load_rows(intake, value["id"], where, rows)


def _taken(session: Session, section: Section) -> set[str]:
    """Return what must not come twice: numbers of sheets, keys of templates, closed months."""
    if section is SHEETS:
        return {f"{number:06d}" for number in session.scalars(select(PrintedSheetRecord.number))}
    if section is TEMPLATES:
        return set(session.scalars(select(PaperTemplateRecord.key)))
    rows = session.execute(select(ClosedMonthRecord.month, ClosedMonthRecord.community))
    return {f"{month} {community}".rstrip() for month, community in rows}


def _mark(section: Section, value: dict[str, Any]) -> str:
    if section is SHEETS:
        return f"{value['number']:06d}"
    return str(value["key"]) if section is TEMPLATES else f"{value['month']} {value['community']}".rstrip()


def _check(section: Section, value: dict[str, Any], where: str) -> None:
    if section is SHEETS and not (1 <= value["number"] <= 999_999 and value["scope"].count("|") == 2):
        raise ValidationError(_("{where}: this is no printed sheet.").format(where=where), "number")
    if section is CLOSINGS:
        content, is_whole = unseal(value["content"], value["hash"])
        if not is_whole or (value["visited"], value["roster"]) != (content.get("visited"), content.get("roster")):
            sentence = _("{where}: what was sealed was changed since; its hash is another one.")
            raise ValidationError(sentence.format(where=where), "hash")
        if value["countersigned_by"] is not None and value["countersigned_by"] == value["created_by"]:
            raise ValidationError(_("{where}: two people must sign.").format(where=where), "countersigned_by")


def _load_rows(intake: Intake, sheet: int, where: str, rows: Sequence[Any]) -> None:
    if not rows:
        return
    if len(rows) > MOST_ROWS:
        raise ValidationError(_("{where}: this is no printed sheet.").format(where=where), "rows")
    known = {"resident_id": intake.known["persons"], "worker_id": intake.known["workers"]}
    for start in range(0, len(rows), AT_ONCE):
        chunk = [object_at(row, f"{where}.rows[{start + at}]") for at, row in enumerate(rows[start : start + AT_ONCE])]
        visits = _visit_numbers(intake.session, [row["visit"] for row in chunk if isinstance(row.get("visit"), str)])
        values = []
        for number, row in enumerate(chunk, start=start + 1):
            place = f"{where}.rows[{number - 1}]"
            refuse_unknown_keys(row, SHEET_ROW_FIELDS, place)
            value: dict[str, Any] = {"id": sheet << ROW_BITS | number, "sheet_id": sheet, "row": number}
            for (key, column), found in zip(SHEET_ROW_FIELDS.items(), (*known.values(), visits), strict=True):
                value[column] = _named(found, row.get(key), key, place)
            values.append(value)
        intake.session.execute(insert(table_of(PrintedRowRecord)), values)
    intake.unit.keep_bulk(PrintedRowRecord.__tablename__, sheet << ROW_BITS | 1, sheet << ROW_BITS | len(rows))


def _named(known: dict[str, int], given: Any, key: str, where: str) -> int | None:
    if given is None:
        return None
    found = known.get(given) if isinstance(given, str) else None
    if found is None:
        raise ValidationError(
            _("{where}: “{field}” names “{value}”, which is not there.").format(
                where=where, field=key, value=brief(given)
            ),
            key,
        )
    return found


def _visit_numbers(session: Session, given: Sequence[str]) -> dict[str, int]:
    """Return the row numbers of stored visits by their ids in documents; asks twice for thousands."""
    sites = {int(code, 16): number for number, code in site_codes(session).items()}
    wanted: dict[int, str] = {}
    for name in given:
        key = key_of(name)
        dot = dot_of(key) if key is not None else None
        if dot is not None and dot[0] in sites:
            wanted[pack(sites[dot[0]], dot[1])] = name
    there = session.scalars(select(VisitRecord.id).where(VisitRecord.id.in_(list(wanted))))
    found = {wanted[number]: number for number in there}
    rows = session.execute(select(VisitRecord.ref, VisitRecord.id).where(VisitRecord.ref.in_(list(given))))
    return found | {str(ref): number for ref, number in rows}


def read_sheet_rows(session: Session, sheet: int, names: dict[str, dict[int, str]]) -> list[dict[str, Any]]:
    """Return the rows of a sheet as a document holds them, in order.

    Args:
        session: Where to read.
        sheet: Row number of the sheet.
        names: Shown ids of people and workers by their row number.
    """
    codes = site_codes(session)
    rows = session.execute(
        select(PrintedRowRecord.resident_id, PrintedRowRecord.worker_id, VisitRecord.id, VisitRecord.ref)
        .outerjoin(VisitRecord, VisitRecord.id == PrintedRowRecord.visit_id)
        .where(PrintedRowRecord.sheet_id == sheet)
        .order_by(PrintedRowRecord.row)
    )
    found = []
    for resident, worker, visit, ref in rows:
        told = {
            "person": names["persons"].get(resident or 0), "worker": names["workers"].get(worker or 0),
            "visit": shown_visit(visit, ref, codes) if visit is not None else None,
        }  # fmt: skip
        found.append({key: value for key, value in told.items() if value is not None})
    return found

