"""Paper that comes back: a row's code, typed or scanned, becomes the visit it stands for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp import clock, formats
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.references import held
from gridapp.db.queries.sheets import PaperRow, find_rows, get_sheet
from gridapp.db.records import PrintedRowRecord
from gridapp.domain.changes import Changes, Kind
from gridapp.domain.visit import NewVisit, outcome_title
from gridapp.errors import ConflictError, UserError, ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services.visits import add_visit


@dataclass(frozen=True)
class ScannedPage:
    """What a scanned or photographed page says.

    Attributes:
        number: Page of the file, from 1.
        rows: Rows found on it, in order.
        unread: Row numbers between those found that could not be read.
        problems: What was found and is no row of this data, one sentence each.
    """

    number: int
    rows: tuple[PaperRow, ...]
    unread: tuple[int, ...]
    problems: tuple[str, ...]


def find_row(session: Session, code: str, today: dt.date) -> PaperRow:
    """Return the row a typed or scanned code names, whatever its state.

    Raises:
        ValidationError: It is no row code, a digit is wrong, or the sheet has no such row.
        NotFoundError: The sheet was not printed from this data.
    """
    from gridapp.reports.codes import parse_row_code

    sheet, row = parse_row_code(code)
    return find_rows(session, sheet, [row], today)[0]


def find_next_row(session: Session, sheet: int, after: int, today: dt.date) -> PaperRow | None:
    """Return the first row of a sheet after another one that has not come back, or None."""
    rows = [row for row in find_rows(session, sheet, None, today) if row.is_open and row.row > after]
    return rows[0] if rows else None


def refusal(row: PaperRow) -> str:
    """Return why no visit can be recorded from a row, "" when one can."""
    if row.voided:
        return _("Sheet {number} was declared void. Use the newer one.").format(number=f"{row.sheet:06d}")
    if row.person is None:
        return _("The person of row {row} is no longer kept here.").format(row=row.row)
    if row.visit_day is not None:
        return _("{name} is recorded already: {outcome} on {day}.").format(
            name=row.person.name, outcome=outcome_title(row.outcome), day=formats.date(row.visit_day)
        )
    if row.other_sheet:
        return _("{name} is recorded already, from sheet {number} of the same list.").format(
            name=row.person.name, number=f"{row.other_sheet:06d}"
        )
    return ""


@repeated_on_clash
def return_row(  # noqa: PLR0913  what a row of paper says
    database: Database,
    code: str,
    outcome: str,
    day: dt.date,
    actor: str,
    mode: str = "onsite",
    worker: str = "",
    note: str = "",
) -> Changes:
    """Record the visit that a returned row stands for.

    Args:
        database: Where.
        code: Twelve digits as printed beside the row.
        outcome: "met", or why not.
        day: Civil date written on the paper.
        actor: Who keys it in.
        mode: How contact was sought.
        worker: Who visited; "" takes the worker the paper was printed for.
        note: What else the paper says.

    Returns:
        Changes whose result is the row as it was found.

    Raises:
        ValidationError: Wrong code, a day outside the sheet's period, a row recorded before, a void sheet.
        NotFoundError: The sheet was not printed from this data.
    """
    with database.write("sheet.return", actor) as unit:
        session, today = unit.session, clock.today()
        row = find_row(session, code, today)
        problem = refusal(row)
        if problem:
            raise ValidationError(problem, "row_code")
        if not row.first <= day <= row.last:
            raise ValidationError(
                _("Sheet {number} is for {first} to {last}; {day} is not among these days.").format(
                    number=f"{row.sheet:06d}", first=formats.date(row.first), last=formats.date(row.last),
                    day=formats.date(day),
                ),
                "date",
            )  # fmt: skip
        assert row.person is not None
        printed = session.scalars(
            held(
                select(PrintedRowRecord).where(
                    PrintedRowRecord.sheet_id == get_sheet(session, row.sheet).id, PrintedRowRecord.row == row.row
                )
            )
        ).one()
        if find_row(session, code, today).visit_day is not None:
            raise ConflictError
        visit = NewVisit(row.person.id, day, mode, outcome, worker or row.worker, note=note)
        person, record = add_visit(unit, visit)
        printed.visit_id = record.id
        unit.detail = {"sheet": row.sheet, "row": row.row}
        message = _("Row {row}: {name}, {outcome}.").format(
            row=row.row, name=person.name, outcome=outcome_title(outcome)
        )
        return unit.changes({Kind.VISIT, Kind.PAPER}, message, row)


@repeated_on_clash
def void_sheet(database: Database, number: int, actor: str) -> Changes:
    """Declare a printed sheet void, so that nothing is recorded from it; what was recorded stays.

    Raises:
        NotFoundError: The sheet was not printed from this data.
        ValidationError: It is void already.
    """
    with database.write("sheet.void", actor) as unit:
        record = get_sheet(unit.session, number)
        if record.voided_at is not None:
            raise ValidationError(_("Sheet {number} is void already.").format(number=f"{number:06d}"))
        record.voided_at, record.voided_by = unit.now, unit.actor
        unit.detail = {"sheet": number}
        return unit.changes({Kind.PAPER}, _("Sheet {number} is void now.").format(number=f"{number:06d}"))


def read_scan(database: Database, path: Path, progress: Progress = NullProgress()) -> list[ScannedPage]:
    """Return the rows found on each page of a scan or photo.

    Args:
        database: Whose sheets.
        path: A PDF, PNG, JPEG or TIFF file.
        progress: Told after each page; may cancel.

    Raises:
        ValidationError: The file is no picture and no PDF.
        StorageError: The file is missing or damaged.
        OperationCancelled: The user asked to stop.
    """
    from gridapp.reports.scanning import codes_on_pages  # heavy: zxing and pdfium

    pages = []
    for number, codes in enumerate(codes_on_pages(path, progress), start=1):
        with database.read() as session:
            pages.append(_page(session, number, codes, clock.today()))
    return pages


def _page(session: Session, number: int, codes: Sequence[str], today: dt.date) -> ScannedPage:
    found: dict[tuple[int, int], PaperRow] = {}
    problems: list[str] = []
    for code in dict.fromkeys(codes):
        try:
            row = find_row(session, code, today)
        except UserError as error:
            problems.append(str(error))
        else:
            found[row.sheet, row.row] = row
    unread: list[int] = []
    for sheet in {key[0] for key in found}:
        there = [key[1] for key in found if key[0] == sheet]
        unread += sorted(set(range(min(there), max(there))) - set(there))
    rows = tuple(found[key] for key in sorted(found))
    return ScannedPage(number, rows, tuple(unread), tuple(dict.fromkeys(problems)))


def code_of(row: PaperRow) -> str:
    """Return the twelve digits printed beside a row."""
    from gridapp.reports.codes import row_code

    return row_code(row.sheet, row.row)
