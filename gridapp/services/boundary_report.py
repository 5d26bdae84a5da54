"""Look at a file of outlines and say what is in it and what is wrong, each with its place; stores nothing."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db.database import Database
from gridapp.db.queries import grid_history
from gridapp.db.queries.outlines import OutlineRow
from gridapp.db.queries.places import list_communities
from gridapp.domain.grid_code import COMMUNITY_DIGITS
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services.boundary_naming import KnownGrids, Naming, known_grids, with_codes
from gridapp.services.shared_borders import BorderConflict, file_conflicts

if TYPE_CHECKING:
    from gridapp.geo.between import Laid
    from gridapp.geo.boundary_file import BoundaryFile, GridOutline, Refusal
    from gridapp.geo.fitting import Fit


ANY_COMMUNITY = "0" * COMMUNITY_DIGITS
"""Stands for the community of outlines whose codes do not matter."""


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
    """Two grids claim the same ground: their codes, the ground [m²], a point in it [°], its shape as WKB [°]."""

    first: str
    second: str
    area: float
    lon: float
    lat: float
    outline: bytes


@dataclass(frozen=True)
class GapFound:
    """Ground between grids that none claims [m²], a point in it [°], its shape as WKB [°], codes of those beside it."""

    area: float
    lon: float
    lat: float
    outline: bytes
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class SliverFound:
    """A piece of a grid thinner than 1 m: code of the grid, area [m²], its shape as WKB [°]."""

    code: str
    area: float
    outline: bytes


@dataclass(frozen=True)
class NameClash:
    """Grids of one community with the same name: the name and their codes."""

    name: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class CleanedGrid:
    """What cleaning changes about a grid: its code, area before and after. [m²]"""

    code: str
    before: float
    after: float


@dataclass(frozen=True)
class ContestedGround:
    """Ground two grids claimed: their codes, who gets it by cleaning, area [m²], its shape as WKB [°]."""

    first: str
    second: str
    winner: str
    area: float
    outline: bytes


@dataclass(frozen=True)
class BoundaryReport:
    """What a boundary file holds and what is wrong with it.

    Attributes:
        crs: Coordinate system the file was read in.
        grids: Outlines that can be stored.
        refusals: Features that cannot be taken, each with a sentence.
        overlaps: Ground claimed twice, largest first; a warning, not a refusal.
        gaps: Ground between grids that nobody claims, largest first; a warning.
        duplicates: Pairs of codes with the same ground.
        slivers: Pieces too thin to be meant, smallest first.
        clashes: Names that several grids of a community have.
        far_away: Codes of grids outside China: axes swapped, or another coordinate system.
        names: First ten names, to see whether the letters are right.
        encoding: Of the names, as found.
        declared: Coordinate system the file itself names; "" for none.
        layers: Layers of the file, when it can have several; the first was read.
        cleaned: What cleaning changed, when it was asked for: areas before and after.
        contested: Ground claimed twice and who got it, when cleaning was asked for.
        borders: Where its outlines meet stored grids that stay, when a database was given to compare with.
        misfits: Codes of grids whose border does not have the corners of their neighbours' and that are in no overlap
            and beside no gap.
        columns: Columns of the file that may hold the names.
        named_by: The one they were taken from, "" for none.
    """

    crs: str
    grids: tuple[CheckedGrid, ...]
    refusals: tuple[Refusal, ...]
    overlaps: tuple[OverlapFound, ...]
    gaps: tuple[GapFound, ...]
    duplicates: tuple[tuple[str, str], ...] = ()
    slivers: tuple[SliverFound, ...] = ()
    clashes: tuple[NameClash, ...] = ()
    far_away: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    encoding: str = ""
    declared: str = ""
    layers: tuple[str, ...] = ()
    cleaned: tuple[CleanedGrid, ...] = ()
    contested: tuple[ContestedGround, ...] = ()
    columns: tuple[str, ...] = ()
    named_by: str = ""
    misfits: tuple[str, ...] = ()

    @property
    def codeless(self) -> int:
        """How many outlines are refused for want of a grid code; they can be taken once their community is known."""
        return sum(refusal.field in ("code", "no_code") for refusal in self.refusals)
    borders: tuple[BorderConflict, ...] = ()

    @property
    def repaired(self) -> tuple[CheckedGrid, ...]:
        """Outlines that crossed themselves and were put right."""
        return tuple(grid for grid in self.grids if grid.repaired)


def check_boundaries(  # noqa: PLR0913  a file, how to read it, and what to compare it with
    path: Path,
    crs: str = "CGCS2000",
    progress: Progress | None = None,
    clean: bool = False,
    database: Database | None = None,
    effective: dt.date | None = None,
    naming: Naming | None = None,
) -> BoundaryReport:
    """Read a file of grid outlines and say what is in it; stores nothing.

    Args:
        path: GeoJSON, Shapefile (zip too), GeoPackage, KML or CSV.
        crs: What its coordinates are, as ``check_crs`` takes it. It is never guessed.
        progress: Told about each outline.
        clean: Make the outlines fit each other corner by corner, and report every change.
        database: Whose stored grids they are compared with, and whose codes are not given again; None for none.
        effective: From when on they shall hold; today when None.
        naming: What the user says about outlines without a code or name.

    Raises:
        LedgerFormatError: It is no file of outlines, or empty.
        ValidationError: Unknown coordinate system, or no code is left in the community.
        StorageError: It cannot be read.
        OperationCancelled: The user asked to stop.
    """
    from gridapp.geo import crs as systems
    from gridapp.geo.boundary_file import read_boundary_file

    system = systems.check_crs(crs)
    progress, naming = progress or NullProgress(), naming or Naming()
    file = read_boundary_file(
        path, progress, not systems.is_projected(system), naming.community, naming.name_column
    )
    refusals = list(file.refusals)
    outlines, shapes, repaired = _settled(file, system, refusals, progress)
    known = KnownGrids() if database is None else database.fetch(known_grids, naming.community)
    outlines = with_codes(outlines, shapes, naming, known)
    report = _reported(file, system, outlines, shapes, repaired, refusals, clean, progress)
    return report if database is None else with_borders(database, report, effective or clock.today(), progress)


def with_borders(
    database: Database, report: BoundaryReport, effective: dt.date, progress: Progress | None = None
) -> BoundaryReport:
    """Return a report that says, too, where the outlines meet stored grids that are not in the file.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    names = {row.code: row.name for row in database.fetch(list_communities)}
    rows = [
        OutlineRow(grid.code, grid.name, code, grid.community_name or names.get(code, code), grid.outline)
        for grid in report.grids
        for code in (grid.code[:COMMUNITY_DIGITS],)
    ]
    return replace(report, borders=tuple(database.fetch(file_conflicts, rows, effective, progress)))


def fits_of(database: Database, path: Path) -> list[Fit]:
    """Return how well each coordinate system explains a file, against what the database knows, best first.

    Known are the outlines and buildings of the communities the file names, or of all.

    Returns:
        Empty when the database knows no ground to compare with.

    Raises:
        LedgerFormatError: It is no file of outlines, or empty.
        StorageError: It cannot be read.
    """
    from gridapp.geo.boundary_file import read_boundary_file
    from gridapp.geo.fitting import which_fits

    file = read_boundary_file(path, in_degrees=False, community=ANY_COMMUNITY)
    communities = {outline.code[:COMMUNITY_DIGITS] for outline in file.outlines}
    ground, places = database.fetch(_known_ground, communities)
    return which_fits([outline.shape for outline in file.outlines], ground, places)


def _known_ground(session: Session, communities: set[str]) -> tuple[Any, Any]:
    import numpy as np  # heavy: imported when first used
    import shapely

    stored = {row.code for row in list_communities(session)}
    outlines: list[bytes] = []
    places: list[tuple[float, float]] = []
    for code in sorted(communities & stored or stored):
        found = grid_history.get_ground(session, code, clock.today())
        outlines += [found.outline] if found.outline is not None else list(found.boundaries.values())
        places += [
            (building.lon, building.lat)
            for building in grid_history.list_building_places(session, code)
            if building.lon is not None and building.lat is not None
        ]
    shapes = shapely.from_wkb(np.array(outlines, dtype=object))
    ground = shapely.union_all(shapely.make_valid(shapes)) if outlines else None
    return ground, np.array(places, dtype=np.float64).reshape(-1, 2)


def _settled(
    file: BoundaryFile, system: str, refusals: list[Refusal], progress: Progress
) -> tuple[list[GridOutline], list[Any], list[bool]]:
    """Return the outlines that enclose ground, in CGCS2000 degrees, and which of them had to be repaired."""
    import numpy as np  # heavy: imported when first used
    import shapely

    from gridapp.geo import boundary
    from gridapp.geo import crs as systems
    from gridapp.geo.boundary_file import Refusal

    outlines, shapes, repaired = [], [], []
    for place, outline in enumerate(file.outlines, 1):
        progress.advance(place, len(file.outlines), _("Checking boundaries…"))
        moved = shapely.transform(outline.shape, lambda points: systems.to_cgcs2000(points, system))
        label = outline.name or outline.code
        if not np.isfinite(shapely.get_coordinates(moved)).all():
            sentence = _("Its corners do not fit the coordinate system {crs}. Choose another one.").format(crs=system)
            refusals.append(Refusal(outline.number, label, sentence))
            continue
        west, _south, east, _north = shapely.bounds(moved).tolist()
        if east - west > 180:
            sentence = _("Its outline runs around the world. Cut it where it crosses 180°.")
            refusals.append(Refusal(outline.number, label, sentence))
            continue
        shape, was_broken = boundary.settled(moved)
        if shape.is_empty:
            sentence = _("Its outline encloses no ground. Draw it again.")
            refusals.append(Refusal(outline.number, label, sentence))
            continue
        outlines.append(outline)
        shapes.append(shape)
        repaired.append(was_broken)
    return outlines, shapes, repaired


def _reported(  # noqa: PLR0913  what was read, and what was made of it
    file: BoundaryFile,
    system: str,
    outlines: Sequence[GridOutline],
    shapes: list[Any],
    repaired: list[bool],
    refusals: list[Refusal],
    clean: bool,
    progress: Progress,
) -> BoundaryReport:
    import shapely  # heavy: imported when first used

    from gridapp.geo import findings, measure
    from gridapp.geo.between import Laid

    codes = [outline.code for outline in outlines]
    cleaning = findings.clean(shapes) if clean and shapes else None
    if cleaning is not None:
        shapes = list(cleaning.shapes)
    stored, sizes = shapely.to_wkb(shapes), measure.areas(shapes)
    grids = tuple(
        CheckedGrid(
            outline.number, outline.code, outline.name or _("Grid {number}").format(number=outline.code[-3:]),
            outline.kind, outline.community, bytes(stored[place]), float(sizes[place]), repaired[place],
        )
        for place, outline in enumerate(outlines)
    )  # fmt: skip
    laid = Laid(shapes, progress)
    overlaps = tuple(
        OverlapFound(codes[one.first], codes[one.second], one.area, one.lon, one.lat, shapely.to_wkb(one.shape))
        for one in laid.overlaps()
    )
    gaps = tuple(
        GapFound(one.area, one.lon, one.lat, shapely.to_wkb(one.shape), tuple(codes[place] for place in one.beside))
        for one in laid.gaps()
    )
    return BoundaryReport(
        system, grids, tuple(sorted(refusals, key=lambda refusal: refusal.number)), overlaps, gaps,
        tuple((codes[one], codes[other]) for one, other in findings.find_duplicates(shapes)),
        tuple(SliverFound(codes[one.place], one.area, shapely.to_wkb(one.shape))
              for one in findings.find_slivers(shapes)),
        _clashes(grids),
        tuple(codes[place] for place in findings.far_away(shapes)) if shapes else (),
        file.names, file.encoding, file.declared, file.layers,
        tuple(CleanedGrid(codes[one.place], one.before, one.after) for one in cleaning.changes) if cleaning else (),
        tuple(ContestedGround(codes[one.first], codes[one.second], codes[one.winner], one.area,
                              shapely.to_wkb(one.shape)) for one in cleaning.contested) if cleaning else (),
        file.columns, file.named_by, _misfits(laid, codes, overlaps, gaps),
    )  # fmt: skip


def _misfits(
    laid: Laid, codes: Sequence[str], overlaps: Sequence[OverlapFound], gaps: Sequence[GapFound]
) -> tuple[str, ...]:
    """Return grids whose borders lack corners of their neighbours', and of which nothing else is told yet."""
    told = {code for one in overlaps for code in (one.first, one.second)}
    told |= {code for one in gaps for code in one.beside}
    return tuple(codes[place] for place in laid.misfits() if codes[place] not in told)


def _clashes(grids: Sequence[CheckedGrid]) -> tuple[NameClash, ...]:
    named: dict[tuple[str, str], list[str]] = defaultdict(list)
    for grid in grids:
        named[grid.code[:COMMUNITY_DIGITS], grid.name].append(grid.code)
    return tuple(NameClash(name, tuple(codes)) for (_community, name), codes in named.items() if len(codes) > 1)
