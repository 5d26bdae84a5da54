"""Propose how to divide a community into grids: three plans with their numbers, to be looked at, edited and applied.

A plan becomes a drawing like any other: it may be edited at the map, and
``grid_editing.save_drawing`` lets it hold from a day on.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridapp.db.base import covers
from gridapp.db.database import Database
from gridapp.db.queries import grid_history
from gridapp.db.queries.grid_history import CommunityGround
from gridapp.db.records import CategoryRecord, EnrolmentRecord, HouseholdRecord, ResidencyRecord
from gridapp.domain.civil_date import completed_years
from gridapp.progress import NullProgress, Progress
from gridapp.services.grid_moves import ELDER_AGE

if TYPE_CHECKING:
    from gridapp.geo.blocks import Roads
    from gridapp.geo.division import DivisionPlan
    from gridapp.geo.editing.coverage import Coverage, Edit
    from gridapp.geo.editing.session import Drawing

HOUSEHOLDS_PER_GRID = 400
"""The middle of the usual 300 to 500."""


@dataclass(frozen=True)
class Proposal:
    """One plan and what it looks like.

    Attributes:
        plan: Its numbers.
        ids: Id of each grid of the plan: the code of the present grid it keeps most of, else "plan-…".
        edit: The plan as an edit of the coverage it was made on; a session can take it and go on editing.
        drawing: The same as it is stored.
    """

    plan: DivisionPlan
    ids: tuple[str, ...]
    edit: Edit
    drawing: Drawing


@dataclass(frozen=True)
class Division:
    """What was proposed for a community.

    Attributes:
        ground: The community as it is.
        coverage: Its grids, in metres.
        households: In all.
        elders: In all.
        units: Buildings' grounds or blocks that were distributed.
        unplaced: Households without a place on the map, or outside of the community; they are in no figure.
        proposals: Balanced, compact, fewest moves.
    """

    ground: CommunityGround
    coverage: Coverage
    households: int
    elders: int
    units: int
    unplaced: int
    proposals: tuple[Proposal, ...]


def propose_division(  # noqa: PLR0913  a community, a day, how many grids, along what, watched by whom
    database: Database,
    community: str,
    day: dt.date,
    count: int | None = None,
    roads: Path | None = None,
    progress: Progress | None = None,
    seed: int = 1,
    roads_crs: str = "",
) -> Division:
    """Return three ways to divide a community; stores nothing.

    Args:
        database: Where.
        community: Code.
        day: Whose people and present grids are looked at.
        count: Number of grids; None takes as many as make 400 households each.
        roads: File of roads, railways and rivers the borders shall follow where lengths permit; without, they run
            between buildings.
        progress: Told about the steps.
        seed: The same seed gives the same plans.
        roads_crs: What the degrees of that file are when they are shifted, GCJ-02 or BD-09; "" for what it says.

    Raises:
        NotFoundError: There is no such community.
        ValidationError: No outline, no buildings with a place, nobody there, or more grids than buildings.
        LedgerFormatError: The file of roads cannot be read.
        OperationCancelled: The user asked to stop.
    """
    import numpy as np  # heavy: imported when first used
    import shapely

    from gridapp.geo.blocks import cut_blocks, plan_edit
    from gridapp.geo.division import divide
    from gridapp.geo.editing.coverage import Coverage
    from gridapp.geo.editing.session import EditSession
    from gridapp.geo.unit_graph import Units

    progress = progress or NullProgress()
    ground, buildings, weights = database.fetch(_gathered, community, day)
    coverage = Coverage.from_degrees(ground.boundaries)
    points = np.array([(row.lon, row.lat) for row in buildings], dtype=np.float64).reshape(-1, 2)
    places = coverage.frame.to_metres(points)
    blocks = cut_blocks(coverage, places, _roads(roads, roads_crs, coverage) if roads is not None else None)
    counted = np.array([weights.get(row.number, (0, 0, 0)) for row in buildings], dtype=np.float64).reshape(-1, 3)
    placed = blocks.unit_of_place >= 0
    sums = np.stack(
        [np.bincount(blocks.unit_of_place[placed], counted[placed, column], len(blocks.shapes)) for column in range(3)],
        axis=1,
    )
    middles = shapely.get_coordinates(shapely.point_on_surface(blocks.shapes))
    codes = sorted(coverage)
    held = [coverage.at(x, y) for x, y in middles.tolist()]
    current = np.array([codes.index(code) if code is not None else -1 for code in held], dtype=np.int64)
    households = int(sums[:, 0].sum())
    wanted = count if count is not None else max(1, round(households / HOUSEHOLDS_PER_GRID))
    along = blocks.along if roads is not None else None
    units = Units(sums.astype(np.float64), middles, blocks.links, blocks.borders, current, along)
    proposals = []
    for plan in divide(units, wanted, progress, seed):
        labels = np.array(plan.labels, dtype=np.int64)
        ids = _ids(codes, current, labels, sums[:, 0], wanted)
        edit = plan_edit(coverage, blocks, labels, ids)
        drawing = EditSession.start(coverage).did(edit).drawn()
        proposals.append(Proposal(plan, tuple(ids), edit, drawing))
    everyone = sum(households for households, _elders, _difficult in weights.values())
    return Division(
        ground, coverage, households, int(sums[:, 1].sum()), len(blocks.shapes), everyone - households, tuple(proposals)
    )


def _ids(codes: list[str], current: Any, labels: Any, households: Any, count: int) -> list[str]:
    """Return an id for each grid of a plan: the present grid it shares most households with, each used once."""
    import numpy as np  # heavy: imported when first used

    shared = np.zeros((count, len(codes) + 1))
    np.add.at(shared, (labels, current), households + 1e-6)
    shared = shared[:, :-1]
    found = [f"plan-{number + 1}" for number in range(count)]
    while shared.size and shared.max() > 0:
        label, code = np.unravel_index(int(shared.argmax()), shared.shape)
        found[int(label)] = codes[int(code)]
        shared[label, :] = 0
        shared[:, code] = 0
    return found


def _gathered(
    session: Session, community: str, day: dt.date
) -> tuple[CommunityGround, list[grid_history.BuildingPlace], dict[int | None, tuple[int, int, int]]]:
    """Return the community, its buildings with a place, and households, elders and people in difficulty by building."""
    ground = grid_history.get_ground(session, community, day)
    buildings = [
        row
        for row in grid_history.list_building_places(session, community)
        if row.lon is not None and row.lat is not None
    ]
    lived, home = ResidencyRecord, HouseholdRecord
    dwellings = (
        select(home.building_id, func.count(func.distinct(home.id)))
        .join(lived, (lived.household_id == home.id) & covers(lived.start, lived.end, day))
        .group_by(home.building_id)
    )
    households: dict[int | None, int] = dict(session.execute(dwellings).all())
    carried = EnrolmentRecord
    troubled = set(
        session.scalars(
            select(carried.resident_id)
            .join(CategoryRecord, CategoryRecord.id == carried.category_id)
            .where(CategoryRecord.counts, covers(carried.start, carried.end, day))
        )
    )
    elders: dict[int | None, int] = {}
    difficult: dict[int | None, int] = {}
    for row in grid_history.list_living(session, community, day):
        if row.start > day:
            continue
        if row.birth is not None and completed_years(row.birth, day) >= ELDER_AGE:
            elders[row.building] = elders.get(row.building, 0) + 1
        if row.resident in troubled:
            difficult[row.building] = difficult.get(row.building, 0) + 1
    known = {row.number for row in grid_history.list_building_places(session, community)}
    weights: dict[int | None, tuple[int, int, int]] = {
        number: (households.get(number, 0), elders.get(number, 0), difficult.get(number, 0))
        for number in {*households, *elders}
        if number in known
    }
    return ground, buildings, weights


def _roads(path: Path, crs: str, coverage: Coverage) -> Roads:
    """Return the lines of a file in metres, borders of areas included.

    Raises:
        LedgerFormatError: It cannot be read.
        ValidationError: It holds no lines.
    """
    import numpy as np  # heavy: imported when first used
    import shapely

    from gridapp.geo.blocks import Roads
    from gridapp.geo.files.roads import read_roads

    lines = read_roads(path, crs)
    flat = shapely.transform(np.array([line.shape for line in lines], dtype=object), coverage.frame.to_metres)
    rank = np.array([line.rank for line in lines])
    return Roads(flat[rank != "minor"], flat[rank == "minor"], flat[rank == "barrier"])
