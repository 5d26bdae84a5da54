"""What the map shows, read and prepared off the UI thread."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.lists import list_roster
from gridapp.db.queries.places import list_buildings, list_communities, list_grids
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.rule import data_up_to, read_rule
from gridapp.db.queries.values import GridRow, RosterRow, Scope
from gridapp.domain.indicator import VisitRate
from gridapp.domain.period import Month, reference_day
from gridapp.geo.local_frame import LocalFrame

if TYPE_CHECKING:
    from gridapp.db.database import Session

Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MapGrid:
    """One grid with its outline and its figure.

    Attributes:
        code: Fifteen digits.
        name: Its name.
        full_name: With its community's name before it where there are several communities.
        worker: Responsible worker, or "".
        rate: The month's figure.
        polygons: Each polygon is its outer ring and its holes; a ring has shape (n, 2). [m from the frame's centre]
        label: Where its label stands best. [m]
        reach: Half the height of the free ellipse around it, twice as wide as tall. [m]
        box: West, south, east, north. [m]
    """

    code: str
    name: str
    full_name: str
    worker: str
    rate: VisitRate
    polygons: tuple[tuple[Points, ...], ...]
    label: tuple[float, float]
    reach: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class MapPicture:
    """The grids of an area in one month.

    Attributes:
        month: The month of the rates.
        grids: Those with an outline, by code.
        undrawn: How many grids have none.
        frame: Turns degrees into the metres used here.
        target: Target share, 0 to 1.
        rule_text: What counts.
        up_to: Day of the last visit known.
    """

    month: Month
    grids: tuple[MapGrid, ...]
    undrawn: int
    frame: LocalFrame
    target: float
    rule_text: str
    up_to: dt.date | None


@dataclass(frozen=True, eq=False)
class MapDots:
    """Buildings.

    Attributes:
        places: Shape (n, 2). [m]
        names: Their names.
        residents: How many live in each. [people]
        missed: How many of them are on the roster and not visited this month. [people]
    """

    places: Points = field(default_factory=lambda: np.zeros((0, 2)))
    names: tuple[str, ...] = ()
    residents: tuple[int, ...] = ()
    missed: tuple[int, ...] = ()


def read_map(session: Session, month: Month, as_of: dt.date) -> MapPicture:
    """Return the grids that exist on the month's reference day, with their figures."""
    settings = load_settings(session)
    day = reference_day(month, as_of) or as_of
    rows = list_grids(session, day)
    found = visit_rates(session, [month], as_of, "grid", RosterRule.monthly(settings))
    rates = {row.key: row.rate for row in found}
    drawn = [row for row in rows if row.boundary]
    communities = {row.code: row.name for row in list_communities(session)}
    several = len({row.community for row in rows}) > 1
    frame = _frame(drawn)
    return MapPicture(
        month=month,
        grids=tuple(
            _grid(row, communities[row.community] if several else "", rates.get(row.code, VisitRate()), frame)
            for row in drawn
        ),
        undrawn=len(rows) - len(drawn),
        frame=frame,
        target=settings.target_percent / 100,
        rule_text=read_rule(session, settings).text,
        up_to=data_up_to(session, as_of),
    )


def read_dots(session: Session, month: Month, as_of: dt.date, frame: LocalFrame) -> MapDots:
    """Return the buildings, with how many people in each the month has missed so far."""
    settings = load_settings(session)
    roster = list_roster(session, month, as_of, RosterRule.monthly(settings))
    missed = {row.person.number for row in roster if row.missed}
    rows = list_buildings(session, reference_day(month, as_of) or as_of)
    if not rows:
        return MapDots()
    return MapDots(
        places=frame.to_metres(np.array([(row.lon, row.lat) for row in rows])),
        names=tuple(row.name for row in rows),
        residents=tuple(len(row.residents) for row in rows),
        missed=tuple(sum(number in missed for number in row.residents) for row in rows),
    )


def read_people(session: Session, month: Month, as_of: dt.date, grid: str) -> list[RosterRow]:
    """Return a grid's people on or beside the month's roster: missed ones first, then in walking order."""
    settings = load_settings(session)
    rows = list_roster(session, month, as_of, RosterRule.monthly(settings), Scope(grid=grid))
    return sorted(rows, key=lambda row: (not row.missed, row.status != "counted"))


def _frame(rows: list[GridRow]) -> LocalFrame:
    import shapely  # heavy: imported when first used

    if not rows:
        return LocalFrame(0.0, 0.0)
    west, south, east, north = shapely.total_bounds(shapely.from_wkb([row.boundary for row in rows])).tolist()
    return LocalFrame((west + east) / 2, (south + north) / 2)


def _grid(row: GridRow, community: str, rate: VisitRate, frame: LocalFrame) -> MapGrid:
    import shapely  # heavy: imported when first used

    from gridapp.geo.measure import label_place

    assert row.boundary is not None
    whole = shapely.transform(shapely.from_wkb(row.boundary), frame.to_metres)
    polygons = tuple(
        tuple(shapely.get_coordinates(ring) for ring in (part.exterior, *part.interiors))
        for part in shapely.get_parts(whole)
    )
    west, south, east, north = shapely.bounds(whole).tolist()
    place = label_place(row.boundary)
    x, y = frame.to_metres(np.array([[place.lon, place.lat]]))[0].tolist()
    return MapGrid(
        code=row.code,
        name=row.name,
        full_name=f"{community} {row.name}" if community else row.name,
        worker=row.worker_name,
        rate=rate,
        polygons=polygons,
        label=(x, y),
        reach=place.reach,
        box=(west, south, east, north),
    )
