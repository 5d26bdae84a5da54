"""Take outlines of grids from a file from a day on, and write them to files others can read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.database import Database
from gridapp.db.queries.places import list_communities, list_grids
from gridapp.db.records import CommunityRecord, GridBoundaryRecord, GridRecord
from gridapp.domain.changes import Changes, Kind
from gridapp.domain.grid_code import COMMUNITY_DIGITS
from gridapp.domain.handout import Stamp
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services import backups
from gridapp.services.boundary_naming import Naming
from gridapp.services.boundary_report import BoundaryReport, CheckedGrid, check_boundaries, fits_of, with_borders

__all__ = [
    "COMMUNITY_DIGITS",
    "BoundaryReport",
    "CheckedGrid",
    "Naming",
    "check_boundaries",
    "export_boundaries",
    "write_boundaries",
    "fits_of",
    "import_boundaries",
    "store_outline",
    "with_borders",
]


def import_boundaries(  # noqa: PLR0913  which file, what the user says about it, from when on and by whom
    database: Database,
    path: Path,
    effective: dt.date,
    actor: str,
    crs: str = "CGCS2000",
    progress: Progress | None = None,
    clean: bool = False,
    naming: Naming | None = None,
) -> Changes:
    """Store the outlines of a file from a day on; grids and communities that are missing are made.

    What a grid looked like before the day stays as it was. Overlaps and gaps
    do not stop the import; ``check_boundaries`` reports them.

    Args:
        database: Where.
        path: The file.
        effective: First day the outlines hold.
        actor: Who says so.
        crs: What its coordinates are, as ``check_crs`` takes it.
        progress: Told about each outline.
        clean: Make the outlines fit each other first; the user has seen what changes.
        naming: What the user says about outlines without a code or name; they get the codes that
            ``check_boundaries`` shows.

    Returns:
        Changes whose result is the BoundaryReport.

    Raises:
        ValidationError: An outline cannot be taken, or a grid has another one from a later day;
            nothing was written.
        LedgerFormatError: It is no file of outlines, or empty.
        StorageError: File or database failed.
        OperationCancelled: The user asked to stop; nothing was written.
    """
    progress = progress or NullProgress()
    report = check_boundaries(path, crs, progress, clean, database, effective, naming)
    if report.refusals:
        first = report.refusals[0]
        raise ValidationError(
            _("{count} boundaries cannot be taken. Number {number} ({label}): {sentence}").format(
                count=len(report.refusals), number=first.number, label=first.label or "—", sentence=first.sentence
            ),
            "geometry",
        )
    backups.back_up_if_changed(database, "before-boundaries", progress)
    with database.write("boundary.import", actor, alone=True) as unit:
        communities = _communities_for(unit.session, report.grids)
        for place, checked in enumerate(report.grids, 1):
            progress.advance(place, len(report.grids), _("Storing boundaries…"))
            grid = _grid_for(unit.session, checked, communities, effective)
            store_outline(unit.session, grid, checked.outline, effective, report.crs)
        unit.session.flush()
        unit.detail = {"grids": len(report.grids), "crs": report.crs, "effective": effective.isoformat()}
        message = _("{count} grids have their boundary from {day} on.").format(
            count=len(report.grids), day=formats.date(effective)
        )
        return unit.changes({Kind.PLACE}, message, report)


def write_boundaries(  # noqa: PLR0913  which outlines, and a writer's three
    database: Database, day: dt.date, crs: str, community: str | None, path: Path, stamp: Stamp, progress: Progress
) -> int:
    """Write the outlines of a day to a file, as ``hand_out_file`` calls it."""
    return export_boundaries(database, path, day, crs, community, stamp)


def export_boundaries(
    database: Database, path: Path, day: dt.date, crs: str = "CGCS2000", community: str | None = None,
    stamp: Stamp | None = None,
) -> int:
    """Write the outlines of a day to a file; its ending names the form: .geojson .shp .zip .gpkg .kml .csv.

    Args:
        database: Where they are.
        path: Where to write.
        day: Whose outlines.
        crs: Coordinate system to write in, as ``check_crs`` takes it.
        community: Code; all communities when None.
        stamp: Who took it out, when and what for.

    Returns:
        How many outlines were written.

    Raises:
        ValidationError: Unknown ending or coordinate system, or no outline to write.
        StorageError: Database or file failed.
    """
    from gridapp.geo import measure  # heavy: imported when first used
    from gridapp.geo.files.writing import OutlineRow, write_outlines
    from gridapp.geo.pieces import read_wkb

    grids = [row for row in database.fetch(list_grids, day, community) if row.boundary is not None]
    names = {row.code: row.name for row in database.fetch(list_communities)}
    shapes = read_wkb([row.boundary for row in grids])
    rows = [
        OutlineRow(row.code, row.name, row.kind, names[row.community], size, shape)
        for row, shape, size in zip(grids, shapes, measure.areas(shapes).tolist(), strict=True)
    ]
    write_outlines(path, rows, crs, stamp.line if stamp else "")
    return len(rows)


def _communities_for(session: Session, grids: Sequence[CheckedGrid]) -> dict[str, int]:
    """Return row numbers of communities by code; the missing ones are made."""
    names: dict[str, str] = {}
    for grid in grids:
        code = grid.code[:COMMUNITY_DIGITS]
        names[code] = names.get(code) or grid.community_name
    for code, name in names.items():
        if session.scalar(select(CommunityRecord.id).where(CommunityRecord.code == code)) is None:
            session.add(CommunityRecord(code=code, name=name or code))
    session.flush()
    rows = session.execute(select(CommunityRecord.code, CommunityRecord.id))
    return {code: number for code, number in rows if code in names}


def _grid_for(session: Session, checked: CheckedGrid, communities: dict[str, int], effective: dt.date) -> GridRecord:
    grid = session.scalar(select(GridRecord).where(GridRecord.code == checked.code))
    if grid is None:
        community = communities[checked.code[:COMMUNITY_DIGITS]]
        grid = GridRecord(
            code=checked.code, community_id=community, name=checked.name, kind=checked.kind, valid_from=effective
        )
        session.add(grid)
        session.flush()
    elif effective < grid.valid_from:
        raise ValidationError(
            _("Grid {name} exists only from {day} on. Choose that day or a later one.").format(
                name=grid.name, day=grid.valid_from
            ),
            "effective",
        )
    elif grid.valid_to is not None and grid.valid_to <= effective:
        raise ValidationError(
            _("Grid {name} ended on {day}. Choose an earlier day, or another code.").format(
                name=grid.name, day=grid.valid_to
            ),
            "effective",
        )
    return grid


def store_outline(session: Session, grid: GridRecord, outline: bytes, effective: dt.date, crs: str) -> None:
    """Let an outline hold from a day on and the earlier one end there.

    Raises:
        ValidationError: The grid has another outline from a later day.
    """
    row = GridBoundaryRecord
    later = select(row).where(row.grid_id == grid.id, (row.end.is_(None)) | (row.end > effective))
    for drawn in session.scalars(later.order_by(row.start)):
        if drawn.start > effective:
            raise ValidationError(
                _("Grid {name} has another boundary from {day} on. Choose a later day.").format(
                    name=grid.name, day=drawn.start
                ),
                "effective",
            )
        if drawn.geometry == outline:
            return
        if drawn.start == effective:
            drawn.geometry, drawn.source_crs = outline, crs
            return
        drawn.end = effective
    session.add(GridBoundaryRecord(grid_id=grid.id, start=effective, geometry=outline, source_crs=crs))
