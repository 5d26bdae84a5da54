"""How stored grids stand on a day: overlaps, gaps, borders with others, people in no grid, grids chosen by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from gridapp.db.queries import grid_history
from gridapp.db.queries.grid_choices import ChoiceRow, list_choice_rows
from gridapp.db.queries.places import list_communities
from gridapp.progress import NullProgress, Progress
from gridapp.services.grid_assignment import Placement, places_of
from gridapp.services.shared_borders import BorderConflict, stored_conflicts

if TYPE_CHECKING:
    from gridapp.geo.editing.check import Problem


@dataclass(frozen=True)
class CommunityStanding:
    """One community: what is wrong with its outlines, grids without one, who lies where, who was put by hand.

    Attributes:
        code: Twelve digits.
        name: Its name.
        grids: Grids that exist.
        undrawn: Codes of those without an outline.
        problems: What is wrong with the outlines, faults first; shapes are in metres.
        placement: Buildings and residents against what is stored.
        choices: Grids chosen by hand.
        borders: What is wrong at its borders with other communities.
    """

    code: str
    name: str
    grids: int
    undrawn: tuple[str, ...]
    problems: tuple[Problem, ...]
    placement: Placement
    choices: tuple[ChoiceRow, ...]
    borders: tuple[BorderConflict, ...] = ()


def standing_of(
    session: Session, community: str, day: dt.date, progress: Progress | None = None,
    borders: Sequence[BorderConflict] | None = None,
) -> CommunityStanding:
    """Return how a community stands on a day.

    Args:
        session: Where.
        community: Code.
        day: The day.
        progress: Told about the search.
        borders: Of all communities, where they are known already.

    Raises:
        NotFoundError: There is no such community.
        OperationCancelled: The user asked to stop.
    """
    import shapely  # heavy: imported when first used

    from gridapp.geo.editing.check import against_outline, problems_among
    from gridapp.geo.editing.coverage import Coverage

    ground = grid_history.get_ground(session, community, day)
    if borders is None:
        borders = stored_conflicts(session, day, community, progress)
    problems = []
    if ground.boundaries:
        coverage = Coverage.from_degrees(ground.boundaries)
        problems = problems_among(coverage, list(coverage))
        if ground.outline is not None:
            outline = shapely.transform(shapely.from_wkb(ground.outline), coverage.frame.to_metres)
            problems += against_outline(coverage, outline)
    return CommunityStanding(
        ground.code, ground.name, len(ground.grids),
        tuple(code for code, grid in ground.grids.items() if grid.boundary is None),
        tuple(sorted(problems, key=lambda problem: (not problem.is_fault, -problem.area))),
        places_of(session, day, community, progress), tuple(list_choice_rows(session, day, community)),
        tuple(one for one in borders if community in dict(one.communities)),
    )  # fmt: skip


def all_standing(
    session: Session, day: dt.date, community: str | None = None, progress: Progress | None = None
) -> list[CommunityStanding]:
    """Return how every community stands on a day, or only one.

    Raises:
        NotFoundError: There is no such community.
        OperationCancelled: The user asked to stop.
    """
    progress = progress or NullProgress()
    codes = [community] if community is not None else [row.code for row in list_communities(session)]
    borders = stored_conflicts(session, day, community, progress)
    return [standing_of(session, code, day, progress, borders) for code in codes]
