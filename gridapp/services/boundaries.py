"""Take outlines of grids from a file: look first, then store them from a day on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.database import Database
from gridapp.db.records import CommunityRecord, GridBoundaryRecord, GridRecord
from gridapp.domain.changes import Changes, Kind
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

if TYPE_CHECKING:
    from gridapp.geo.boundary_file import Refusal

COMMUNITY_DIGITS = 12


@dataclass(frozen=True)
class CheckedGrid:
    """One outline of a boundary file that can be stored.

    Attributes:
        number: Its place in the file, from 1.
        code: Fifteen digits.
        name: Its name; the last digits of the code when the file has none.
        kind: "basic" or "dedicated".
        community_name: Name of its community, "" when the file has none.
        outline: WKB in CGCS2000 degrees, valid, rounded to about 1 mm.
        area: [m²]
        repaired: Whether the outline crossed itself and was put right.
    """

    number: int
    code: str
    name: str
    kind: str
    community_name: str
    outline: bytes
    area: float
    repaired: bool


@dataclass(frozen=True)
class OverlapFound:
    """Two grids claim the same ground: their codes, the ground [m²], a point in it [°]."""

    first: str
    second: str
    area: float
    lon: float
    lat: float


@dataclass(frozen=True)
class GapFound:
    """Ground between grids that none claims [m²], and a point in it [°]."""

    area: float
    lon: float
    lat: float


@dataclass(frozen=True)
class BoundaryReport:
    """What a boundary file holds and what is wrong with it.

    Attributes:
        crs: Coordinate system the file was read in.
        grids: Outlines that can be stored.
        refusals: Features that cannot be taken, each with a sentence.
        overlaps: Ground claimed twice, largest first; a warning, not a refusal.
        gaps: Ground between grids that nobody claims, largest first; a warning.
    """

    crs: str
    grids: tuple[CheckedGrid, ...]
    refusals: tuple[Refusal, ...]
    overlaps: tuple[OverlapFound, ...]
    gaps: tuple[GapFound, ...]

    @property
    def repaired(self) -> tuple[CheckedGrid, ...]:
        """Outlines that crossed themselves and were put right."""
        return tuple(grid for grid in self.grids if grid.repaired)


def check_boundaries(path: Path, crs: str = "CGCS2000", progress: Progress | None = None) -> BoundaryReport:
    """Read a GeoJSON file of grid outlines and say what is in it; stores nothing.

    Args:
        path: The file.
        crs: What its coordinates are: CGCS2000, WGS84, GCJ-02 or BD-09. It is never guessed.
        progress: Told about each outline.

    Raises:
        LedgerFormatError: It is no GeoJSON FeatureCollection, or empty.
        ValidationError: Unknown coordinate system.
        StorageError: It cannot be read.
        OperationCancelled: The user asked to stop.
    """
    import shapely  # heavy: imported when first used

    from gridapp.geo import boundary, measure
    from gridapp.geo import crs as systems
    from gridapp.geo.boundary_file import Refusal, read_boundary_file

    system = systems.check_crs(crs)
    progress = progress or NullProgress()
    outlines, refusals = read_boundary_file(path, progress)
    grids, shapes = [], []
    for place, outline in enumerate(outlines, 1):
        progress.advance(place, len(outlines), _("Checking boundaries…"))
        moved = shapely.transform(outline.shape, lambda points: systems.to_cgcs2000(points, system))
        shape, repaired = boundary.settled(moved)
        if shape.is_empty:
            sentence = _("Its outline encloses no ground. Draw it again.")
            refusals.append(Refusal(outline.number, outline.name or outline.code, sentence))
            continue
        shapes.append(shape)
        name = outline.name or _("Grid {number}").format(number=outline.code[-3:])
        stored = shapely.to_wkb(shape)
        size = measure.area(shape)
        grids.append(
            CheckedGrid(outline.number, outline.code, name, outline.kind, outline.community, stored, size, repaired)
        )
    overlaps = [
        OverlapFound(grids[found.first].code, grids[found.second].code, found.area, found.lon, found.lat)
        for found in boundary.find_overlaps(shapes)
    ]
    gaps = [GapFound(found.area, found.lon, found.lat) for found in boundary.find_gaps(shapes)]
    refusals.sort(key=lambda refusal: refusal.number)
    return BoundaryReport(system, tuple(grids), tuple(refusals), tuple(overlaps), tuple(gaps))


def import_boundaries(
    database: Database,
    path: Path,
    effective: dt.date,
    actor: str,
    crs: str = "CGCS2000",
    progress: Progress | None = None,
) -> Changes:
    """Store the outlines of a GeoJSON file from a day on; grids and communities that are missing are made.

    What a grid looked like before the day stays as it was. Overlaps and gaps
    do not stop the import; ``check_boundaries`` reports them.

    Args:
        database: Where.
        path: The file.
        effective: First day the outlines hold.
        actor: Who says so.
        crs: What its coordinates are: CGCS2000, WGS84, GCJ-02 or BD-09.
        progress: Told about each outline.

    Returns:
        Changes whose result is the BoundaryReport.

    Raises:
        ValidationError: An outline cannot be taken, or a grid has another one from a later day;
            nothing was written.
        LedgerFormatError: It is no GeoJSON FeatureCollection, or empty.
        StorageError: File or database failed.
        OperationCancelled: The user asked to stop; nothing was written.
    """
    progress = progress or NullProgress()
    report = check_boundaries(path, crs, progress)
    if report.refusals:
        first = report.refusals[0]
        raise ValidationError(
            _("{count} boundaries cannot be taken. Number {number} ({label}): {sentence}").format(
                count=len(report.refusals), number=first.number, label=first.label or "—", sentence=first.sentence
            ),
            "geometry",
        )
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
