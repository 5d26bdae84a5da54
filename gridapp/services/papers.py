"""Paper: rosters, rate reports, the dashboard and the map as files.

The figures come from the queries the screens use; printing is on record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from gridapp import clock, formats
from gridapp.db.database import Database
from gridapp.db.queries import overview as overviews
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.lists import list_roster
from gridapp.db.queries.places import list_grids, list_workers
from gridapp.db.queries.rates import RateRow, visit_rates
from gridapp.db.queries.references import get_grid
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.rule import data_up_to, read_rule
from gridapp.db.queries.values import EVERYWHERE, RosterRow, Scope
from gridapp.domain.hardship import absence_title, built_in_title
from gridapp.domain.indicator import VisitRate
from gridapp.domain.masking import mask_id_number, mask_phone
from gridapp.domain.period import Month
from gridapp.domain.visit import mode_title
from gridapp.errors import NotFoundError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

if TYPE_CHECKING:
    from gridapp.reports.dashboard import DashboardSheet
    from gridapp.reports.map_sheet import MapShape, MapSheet
    from gridapp.reports.rate_row import RateRow as DrawnRate
    from gridapp.reports.rate_table import ListedPerson, RateLine, RateTableResult
    from gridapp.reports.roster import RosterLine, RosterResult


def write_roster(
    database: Database,
    month: Month,
    as_of: dt.date,
    scope: Scope,
    path: Path,
    actor: str,
    progress: Progress = NullProgress(),
) -> RosterResult:
    """Write the roster of a grid or worker for a month as PDF.

    Everyone who counts or joined this month is on it once, in walking order;
    its sheet number is that of the audit entry of printing it.

    Raises:
        NotFoundError: Unknown grid or worker.
        StorageError: The file could not be written; no half file is left.
        OperationCancelled: The user asked to stop; no file was written.
    """
    from gridapp.reports import roster as paper  # heavy: reportlab

    with database.write("roster.print", actor, undoable=False) as unit:
        session = unit.session
        settings = load_settings(session)
        rows = [
            row
            for row in list_roster(session, month, as_of, RosterRule.monthly(settings), scope)
            if row.status != "excluded"
        ]
        unit.detail = {"month": str(month), "grid": scope.grid, "worker": scope.worker, "rows": len(rows)}
        sheet_no = unit.changes(()).operation or 0
        name, worker = _scope_names(session, scope, rows, as_of)
        sheet = paper.RosterSheet(
            community_name=overviews.area_name(session, scope, settings.community_name),
            scope_name=name,
            worker_name=worker,
            month=month,
            printed_by=actor,
            printed_at=clock.now(),
            data_up_to=data_up_to(session, as_of),
            rule_text=read_rule(session, settings).text,
            sheet_no=sheet_no,
            rows=[_roster_line(row, as_of) for row in rows],
        )
        return paper.write_roster(sheet, path, progress)


def _scope_names(session: Session, scope: Scope, rows: Sequence[RosterRow], day: dt.date) -> tuple[str, str]:
    """Return what the roster is of, and its worker's name."""
    if scope.grid is not None:
        grid = get_grid(session, scope.grid)
        found = [row.worker_name for row in list_grids(session, day) if row.code == scope.grid]
        return grid.name, found[0] if found else ""
    if scope.worker is not None:
        names = [row.name for row in list_workers(session, day) if row.id == scope.worker]
        if not names:
            raise NotFoundError(_("There is no worker “{id}”.").format(id=scope.worker))
        return names[0], names[0]
    return _("All grids"), ""


def _roster_line(row: RosterRow, day: dt.date) -> RosterLine:
    from gridapp.reports.roster import RosterLine

    person = row.person
    notes = []
    if row.status == "new":
        notes.append(_("New this month"))
    if person.absence:
        notes.append(absence_title(person.absence))
    return RosterLine(
        person_ref=person.id,
        name=person.name,
        sex={"F": _("Female"), "M": _("Male")}.get(person.sex, ""),
        age=person.age,
        categories=category_words(person.categories),
        id_masked=mask_id_number(person.id_number),
        phone_masked=mask_phone(person.phone),
        address=person.address,
        tier=person.tier.value,
        last_visit=row.last_valid,
        contact="",
        note="、".join(notes),
    )


def category_words(codes: Sequence[str]) -> tuple[str, ...]:
    """Return categories in the user's words."""
    return tuple(built_in_title(code) or code for code in codes)


def write_rate_report(
    database: Database,
    month: Month,
    as_of: dt.date,
    path: Path,
    actor: str,
    scope: Scope = EVERYWHERE,
    progress: Progress = NullProgress(),
) -> RateTableResult:
    """Write the monthly rate report: figures by grid and category, and the people behind them.

    Raises:
        StorageError: The file could not be written; no half file is left.
        OperationCancelled: The user asked to stop; no file was written.
    """
    from gridapp.reports import rate_table as paper  # heavy: reportlab

    with database.write("rate_report.print", actor, undoable=False) as unit:
        view = overviews.read_overview(unit.session, month, as_of, 2, scope)
        unit.detail = {"month": str(month)}
        sheet = paper.RateTableSheet(
            community_name=view.area,
            month=month,
            closed=False,
            target=view.rule.target / 100,
            total=_rate_line(_("Total"), view.total),
            by_grid=tuple(_rate_line(row.name or row.key, row.rate) for row in view.by_grid),
            by_category=tuple(_rate_line(row.name, row.rate) for row in view.by_category),
            missed=tuple(_listed(row) for row in view.missed),
            new=tuple(_listed(row) for row in view.roster if row.status == "new"),
            excluded=tuple(_listed(row) for row in view.roster if row.status == "excluded"),
            modes_text=modes_text(view.total),
            printed_by=actor,
            printed_at=clock.now(),
            data_up_to=view.up_to,
            rule_text=view.rule.text,
        )
        return paper.write_rate_table(sheet, path, progress)


def modes_text(rate: VisitRate) -> str:
    """Write how many people were met in which way."""
    return "、".join(f"{mode_title(mode)} {count}" for mode, count in rate.by_mode.items() if count)


def _rate_line(name: str, rate: VisitRate) -> RateLine:
    from gridapp.reports.rate_table import RateLine

    return RateLine(
        name=name,
        visited=rate.visited,
        roster=rate.roster,
        shown=rate.shown,
        rate=rate.share,
        onsite_shown=rate.shown_onsite,
        attempts=rate.attempts,
        new=rate.new,
        excluded=sum(rate.excluded.values()),
    )


def _listed(row: RosterRow) -> ListedPerson:
    from gridapp.reports.rate_table import ListedPerson

    person = row.person
    note = absence_title(row.reason) if row.reason else ""
    if row.status == "new":
        note = _("Joined {day}").format(day=row.joined)
    elif not note and row.attempts:
        note = _("{count} attempts").format(count=row.attempts)
    return ListedPerson(
        name=person.name,
        grid_name=person.grid_name,
        categories=category_words(person.categories),
        phone_masked=mask_phone(person.phone),
        address=person.address,
        last_visit=row.last_valid,
        note=note,
    )


def write_dashboard(database: Database, month: Month, as_of: dt.date, path: Path, scope: Scope = EVERYWHERE) -> None:
    """Write the dashboard of a month as PNG or PDF, by the path's ending.

    Raises:
        StorageError: The file could not be written; no half file is left.
    """
    from gridapp.reports import dashboard as paper  # heavy: reportlab

    paper.write_dashboard(_dashboard_sheet(database.fetch(overviews.read_overview, month, as_of, 18, scope)), path)


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


def write_map(database: Database, month: Month, as_of: dt.date, path: Path, scope: Scope = EVERYWHERE) -> None:
    """Write the map of a month's rates by grid as PNG or PDF, by the path's ending.

    Raises:
        NotFoundError: No grid has an outline yet.
        StorageError: The file could not be written; no half file is left.
    """
    from gridapp.reports import map_sheet as paper  # heavy: reportlab

    with database.read() as session:
        sheet = _map_sheet(session, month, as_of, scope)
    if not sheet.shapes:
        raise NotFoundError(_("No grid has an outline yet. Import a boundary file first."))
    paper.write_map(sheet, path)


def _map_sheet(session: Session, month: Month, as_of: dt.date, scope: Scope) -> MapSheet:
    from gridapp.reports import map_sheet as paper

    settings = load_settings(session)
    rates = {row.key: row for row in visit_rates(session, [month], as_of, "grid", RosterRule.monthly(settings), scope)}
    day = min(month.last, as_of)
    grids = [row for row in list_grids(session, day, scope.community) if scope.grid in (None, row.code)]
    keepers = {row.code: row.worker_name for row in grids}
    below = [
        row for row in rates.values() if row.rate.share is not None and row.rate.share * 100 < settings.target_percent
    ]
    worst = sorted(below, key=lambda row: (row.rate.share or 0, row.key))[:8]
    return paper.MapSheet(
        title=_("Map of visits by grid"),
        community_name=overviews.area_name(session, scope, settings.community_name),
        month_label=formats.month(month.year, month.month),
        shapes=tuple(_shape(row.code, row.name, row.boundary, rates.get(row.code)) for row in grids if row.boundary),
        target=settings.target_percent / 100,
        worst=tuple(_drawn(row, keepers.get(row.key, "")) for row in worst),
        rule_text=read_rule(session, settings).text,
    )


def _shape(code: str, name: str, boundary: bytes, row: RateRow | None) -> MapShape:
    import numpy as np  # heavy: only the map needs it
    import shapely

    from gridapp.reports.map_sheet import MapShape

    shape = shapely.from_wkb(boundary)
    polygons = [
        [np.asarray(ring.coords)[:, :2] for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(shape)
    ]
    rate = row.rate if row else VisitRate()
    return MapShape(code, name, polygons, rate.shown, rate.share)
