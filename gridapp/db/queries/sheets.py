"""Printed sheets: which are out, what came back, and whose row a code names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, aliased

from gridapp.db.queries.people import describe_people
from gridapp.db.queries.references import shown
from gridapp.db.queries.values import EVERYWHERE, PersonRow, Scope
from gridapp.db.records import PrintedRowRecord, PrintedSheetRecord, VisitRecord, WorkerRecord
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _

LISTED = 1000
"""Sheets a list shows, the newest."""
SHEET_STATES = ("missing", "partly", "returned", "void")


@dataclass(frozen=True)
class SheetRow:
    """A printed sheet as lists show it.

    Attributes:
        number: Its number, 1 to 999,999.
        edition: Which printing of the same template, period and part of the area.
        template: Key of its template.
        title: Its heading.
        period: Period it is for, as printed in lists.
        first: First day of the period.
        last: Last day of the period.
        printed_at: When.
        printed_by: By whom.
        rows: People on it.
        returned: Rows whose visit was recorded from the paper.
        voided: Whether it was declared void.
        scope: Which part of the area it is of.
    """

    number: int
    edition: int
    template: str
    title: str
    period: str
    first: dt.date
    last: dt.date
    printed_at: dt.datetime
    printed_by: str
    rows: int
    returned: int
    voided: bool
    scope: Scope = EVERYWHERE

    @property
    def missing(self) -> int:
        """Rows that did not come back; none of a void sheet."""
        return 0 if self.voided else self.rows - self.returned

    @property
    def state(self) -> str:
        """Return one of SHEET_STATES: nothing of it is back, a part, everything, or it is void."""
        if self.voided:
            return "void"
        if self.returned >= self.rows:
            return "returned"
        return "partly" if self.returned else "missing"


@dataclass(frozen=True)
class PaperRow:
    """A row of a printed sheet.

    Attributes:
        sheet: Number of the sheet.
        edition: Its edition.
        title: Its heading.
        row: Number of the row on it, from 1.
        rows: Rows of the sheet.
        first: First day of the sheet's period.
        last: Last day of it.
        voided: Whether the sheet is void.
        person: The person; None when they are there no more.
        worker: Shown id of the responsible worker when it was printed, or "".
        worker_name: That worker's name.
        visit_day: Day of the visit recorded from this row, or None.
        outcome: Its outcome, or "".
        other_sheet: Number of another edition from which the person was recorded, 0 for none.
    """

    sheet: int
    edition: int
    title: str
    row: int
    rows: int
    first: dt.date
    last: dt.date
    voided: bool
    person: PersonRow | None
    worker: str
    worker_name: str
    visit_day: dt.date | None
    outcome: str
    other_sheet: int = 0

    @property
    def is_open(self) -> bool:
        """Whether a visit can be recorded from it."""
        return self.person is not None and not self.voided and self.visit_day is None and not self.other_sheet


def _came_back() -> Any:
    return and_(PrintedRowRecord.visit_id == VisitRecord.id, VisitRecord.voided_at.is_(None))


def list_sheets(session: Session, limit: int = LISTED) -> list[SheetRow]:
    """Return printed sheets, newest first, with what came back of them."""
    sheet = PrintedSheetRecord
    newest = select(sheet.id).order_by(sheet.id.desc()).limit(limit).subquery()
    counts = (
        select(
            PrintedRowRecord.sheet_id,
            func.count().label("rows"),
            func.sum(case((VisitRecord.id.is_not(None), 1), else_=0)).label("returned"),
        )
        .outerjoin(VisitRecord, _came_back())
        .where(PrintedRowRecord.sheet_id.in_(select(newest.c.id)))
        .group_by(PrintedRowRecord.sheet_id)
        .subquery()
    )
    statement = (
        select(sheet, counts.c.rows, counts.c.returned)
        .outerjoin(counts, counts.c.sheet_id == sheet.id)
        .where(sheet.id.in_(select(newest.c.id)))
        .order_by(sheet.id.desc())
    )
    return [
        SheetRow(
            row.number, row.edition, row.template, row.title, row.period, row.first_day, row.last_day, row.created_at,
            row.created_by, int(rows or 0), int(returned or 0), row.voided_at is not None, _scope_of(row.scope),
        )
        for row, rows, returned in session.execute(statement)
    ]  # fmt: skip


def _scope_of(stored: str) -> Scope:
    grid, community, worker = (part or None for part in stored.split("|"))
    return Scope(grid=grid, community=community, worker=worker)


def get_sheet(session: Session, number: int) -> PrintedSheetRecord:
    """Return a printed sheet by its number.

    Raises:
        NotFoundError: It was not printed from this database.
    """
    found = session.scalar(select(PrintedSheetRecord).where(PrintedSheetRecord.number == number))
    if found is None:
        raise NotFoundError(
            _("Sheet {number} was not printed from this data. Check the digits, or open the data it came from.").format(
                number=f"{number:06d}"
            )
        )
    return found


def find_rows(session: Session, number: int, rows: Sequence[int] | None, today: dt.date) -> list[PaperRow]:
    """Return rows of a sheet in order.

    Args:
        session: Where to read.
        number: Number of the sheet.
        rows: Numbers of its rows; None takes all.
        today: The day people are described on, at most the sheet's last.

    Raises:
        NotFoundError: The sheet was not printed from this database.
        ValidationError: It has no such row.
    """
    sheet = get_sheet(session, number)
    statement = _rows_of(sheet.id)
    if rows is not None:
        statement = statement.where(PrintedRowRecord.row.in_(rows))
    found = session.execute(statement).all()
    if rows is not None and len(found) < len(set(rows)):
        strange = min(set(rows) - {item[0].row for item in found})
        raise ValidationError(
            _("Sheet {number} has no row {row}.").format(number=f"{number:06d}", row=strange), "row_code"
        )
    count = session.scalar(select(func.count()).where(PrintedRowRecord.sheet_id == sheet.id)) or 0
    residents = [row.resident_id for row, *_more in found if row.resident_id is not None]
    people = describe_people(session, residents, min(today, sheet.last_day))
    elsewhere = _recorded_elsewhere(session, sheet, residents)
    return [
        PaperRow(
            sheet.number, sheet.edition, sheet.title, row.row, count, sheet.first_day, sheet.last_day,
            sheet.voided_at is not None, people.get(row.resident_id), shown(ref, uid) if uid else "", name or "",
            visit.visited_on if visit else None, visit.outcome if visit else "",
            0 if visit else elsewhere.get(row.resident_id, 0),
        )
        for row, visit, ref, uid, name in found
    ]  # fmt: skip


def missing_rows(session: Session, number: int, today: dt.date) -> list[PaperRow]:
    """Return the rows of a sheet that have not come back.

    Raises:
        NotFoundError: The sheet was not printed from this database.
    """
    return [row for row in find_rows(session, number, None, today) if row.is_open]


def _rows_of(sheet: int) -> Any:
    return (
        select(PrintedRowRecord, VisitRecord, WorkerRecord.ref, WorkerRecord.uid, WorkerRecord.name)
        .outerjoin(VisitRecord, _came_back())
        .outerjoin(WorkerRecord, WorkerRecord.id == PrintedRowRecord.worker_id)
        .where(PrintedRowRecord.sheet_id == sheet)
        .order_by(PrintedRowRecord.row)
    )


def _recorded_elsewhere(session: Session, sheet: PrintedSheetRecord, residents: Sequence[int]) -> dict[int, int]:
    """Return from which other edition of the same paper people were recorded."""
    other = aliased(PrintedSheetRecord)
    statement = (
        select(PrintedRowRecord.resident_id, other.number)
        .join(other, other.id == PrintedRowRecord.sheet_id)
        .join(VisitRecord, _came_back())
        .where(
            other.template == sheet.template,
            other.period == sheet.period,
            other.scope == sheet.scope,
            other.id != sheet.id,
            PrintedRowRecord.resident_id.in_(residents[:5000]),
        )
    )
    return {resident: number for resident, number in session.execute(statement) if resident is not None}
