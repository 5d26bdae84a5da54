"""Paper: templates, the dashboard and the map as files.

The figures come from the queries the screens use; printing is on record.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.base import table_of
from gridapp.db.database import Database
from gridapp.db.queries import overview as overviews
from gridapp.db.queries.closing_state import read_closing_state
from gridapp.db.queries.rates import RateRow
from gridapp.db.queries.references import held
from gridapp.db.queries.rule import data_up_to
from gridapp.db.queries.values import EVERYWHERE, Scope
from gridapp.db.records import PrintedRowRecord, PrintedSheetRecord, SiteRecord
from gridapp.db.records.papers import ROW_BITS
from gridapp.db.records.visits import is_own
from gridapp.db.unit_of_work import UnitOfWork
from gridapp.domain.handout import Stamp
from gridapp.domain.period import Month
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services.paper_contents import Filled, fill
from gridapp.services.templates import find_template

if TYPE_CHECKING:
    from gridapp.reports.dashboard import DashboardSheet
    from gridapp.reports.document import PaperResult
    from gridapp.reports.flow import Unprintable
    from gridapp.reports.paper_template import PaperTemplate
    from gridapp.reports.rate_row import RateRow as DrawnRate

FIRST_NUMBERS = 900_000
"""The first sheet of a database has a number up to this."""
MAX_SHEET = 999_999


def write_paper(  # noqa: PLR0913  a paper is a template, a time, a place and a target
    database: Database,
    template: str,
    month: Month,
    as_of: dt.date,
    path: Path,
    actor: str,
    scope: Scope = EVERYWHERE,
    progress: Progress = NullProgress(),
) -> PaperResult:
    """Write a paper by its template as PDF; printing is on record.

    A paper with row codes becomes a sheet that may come back: its number, and
    whose row is which, are kept.

    Args:
        database: Where the facts are.
        template: Key of a built-in or own template.
        month: A month of the period it is for.
        as_of: The day the facts are seen from.
        path: File to write.
        actor: Who prints.
        scope: Which part of the area.
        progress: Told as the pages are made; may cancel.

    Raises:
        NotFoundError: Unknown template, grid or worker.
        ValidationError: More rows than a sheet can hold, or more people than a paper names.
        StorageError: The file could not be written; no half file is left.
        OperationCancelled: The user asked to stop; nothing was written.
    """
    from gridapp.reports.document import write_document  # heavy: reportlab

    with database.read() as session:  # where an account sees only what is its own
        chosen = find_template(session, template)
        filled = fill(session, chosen, month, as_of, scope, actor, progress)
    with database.write("paper.print", actor, undoable=False) as unit:
        contents = filled.contents
        unit.keep_look(sorted(filled.residents))
        unit.detail = {"template": template, "period": filled.span.key, "masking": chosen.masking, **vars(scope)}
        if chosen.is_numbered:
            number = _issue(unit, chosen, filled, scope)
            contents = dataclasses.replace(contents, sheet_no=number)
            unit.detail["sheet"] = number
        result = write_document(chosen, contents, path, progress)
        unit.detail["rows"] = result.rows
        return dataclasses.replace(result, sheet=contents.sheet_no)


def _issue(unit: UnitOfWork, template: PaperTemplate, filled: Filled, scope: Scope) -> int:
    """Keep a sheet and its rows; return its number.

    Numbers count up from a place of this database's own, so that a sheet from
    another one is noticed.
    """
    session = unit.session
    site = session.scalars(held(select(SiteRecord).where(is_own(SiteRecord.id)))).one()
    newest = session.scalar(select(PrintedSheetRecord.number).order_by(PrintedSheetRecord.id.desc()).limit(1))
    number = (int(site.code, 16) % FIRST_NUMBERS if newest is None else newest) % MAX_SHEET + 1
    part = "|".join(value or "" for value in (scope.grid, scope.community, scope.worker))
    same = (
        PrintedSheetRecord.template == template.key,
        PrintedSheetRecord.period == filled.span.key,
        PrintedSheetRecord.scope == part,
    )
    edition = (session.scalar(select(func.max(PrintedSheetRecord.edition)).where(*same)) or 0) + 1
    sheet = PrintedSheetRecord(
        number=number, edition=edition, template=template.key, title=filled.title,
        period=filled.span.key, first_day=filled.span.months[0].first, last_day=filled.span.months[-1].last, scope=part,
    )  # fmt: skip
    session.add(sheet)
    session.flush()
    rows = [
        {"id": sheet.id << ROW_BITS | row, "sheet_id": sheet.id, "row": row, "resident_id": resident,
         "worker_id": worker}
        for row, (resident, worker) in enumerate(filled.numbers, start=1)
    ]  # fmt: skip
    if rows:
        session.execute(insert(table_of(PrintedRowRecord)), rows)
    return number


def list_unprintable(
    database: Database, template: str, month: Month, as_of: dt.date, scope: Scope = EVERYWHERE
) -> Sequence[Unprintable]:
    """Return what a paper would print as 〓 because no font has it; nothing is written.

    Raises:
        NotFoundError: Unknown template, grid or worker.
    """
    from gridapp.reports.document import lay_out  # heavy: reportlab

    with database.read() as session:
        chosen = find_template(session, template)
        filled = fill(session, chosen, month, as_of, scope, "")
    return lay_out(chosen, filled.contents).unprintable


def write_roster(
    database: Database,
    month: Month,
    as_of: dt.date,
    scope: Scope,
    path: Path,
    actor: str,
    progress: Progress = NullProgress(),
) -> PaperResult:
    """Write the roster of a grid or worker for a month as PDF, as ``write_paper`` does."""
    return write_paper(database, "visit_roster", month, as_of, path, actor, scope, progress)


def write_dashboard(  # noqa: PLR0913  whose figures, where to, and the stamp
    database: Database, month: Month, as_of: dt.date, path: Path, scope: Scope = EVERYWHERE, stamp: Stamp | None = None
) -> None:
    """Write the dashboard of a month as PNG or PDF, by the path's ending.

    Raises:
        StorageError: The file could not be written; no half file is left.
    """
    from gridapp.reports import dashboard as paper  # heavy: reportlab

    with database.read() as session:
        view = overviews.read_overview(session, month, as_of, 18, scope)
        standing = standing_of(session, month, as_of, scope)
    rule_text, said = f"{view.rule.text} {standing}", stamp.line if stamp else ""
    paper.write_dashboard(dataclasses.replace(_dashboard_sheet(view), rule_text=rule_text, stamp=said), path)


def standing_of(session: Session, month: Month, as_of: dt.date, scope: Scope) -> str:
    """Return whether a month is closed, and up to when there are data: no printed figure goes without it."""
    day = data_up_to(session, as_of)
    up_to = _("Data up to {day}").format(day=formats.date(day)) if day else _("Data up to: unknown")
    state = read_closing_state(session, month, scope).sentence
    return _("{up_to}. Month: {state}.").format(up_to=up_to, state=state)


def _dashboard_sheet(view: overviews.Overview) -> DashboardSheet:
    from gridapp.reports import dashboard as paper

    total, target = view.total, view.rule.target
    reached = total.share is not None and total.share * 100 >= target
    cards = (
        paper.KpiCard(
            _("Visit rate of the month"), total.shown, f"{total.visited} / {total.roster}", "good" if reached else "bad"
        ),
        paper.KpiCard(
            _("Not visited yet"), formats.count(total.missed), _("people"), "bad" if total.missed else "good"
        ),
        paper.KpiCard(
            _("On-site rate"), total.shown_onsite, _("{count} people met on site").format(count=total.onsite)
        ),
        paper.KpiCard(_("Attempts"), formats.count(total.attempts), _("nobody met")),
    )
    return paper.DashboardSheet(
        title=_("Visit dashboard"),
        community_name=view.area,
        month_label=formats.month(view.month.year, view.month.month),
        as_of=view.as_of,
        cards=cards,
        months=tuple(paper.MonthRate(_month_of(row), row.rate.share, row.rate.shown) for row in view.months),
        target=target / 100,
        by_grid=tuple(_drawn(row) for row in view.by_grid),
        by_category=tuple(_drawn(row) for row in view.by_category),
        missed_count=total.missed,
        rule_text=view.rule.text,
    )


def _month_of(row: RateRow) -> Month:
    assert isinstance(row.period, Month)
    return row.period


def _drawn(row: RateRow, note: str = "") -> DrawnRate:
    from gridapp.reports.rate_row import RateRow as Drawn

    return Drawn(row.name or row.key, row.rate.visited, row.rate.roster, row.rate.shown, row.rate.share, note)
