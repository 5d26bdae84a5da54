"""Where grids of different communities claim the same ground, or leave ground between them that none has.

Within a community the map is whole by rule; its common borders with others are
looked at here: of all that is stored, of a drawing before it is saved, of a
file before it is imported.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.queries.grid_history import CommunityGround, get_planned_ground
from gridapp.db.queries.outlines import OutlineRow, list_outlines
from gridapp.i18n import _
from gridapp.progress import Progress

if TYPE_CHECKING:
    from gridapp.geo.editing.beside import Neighbour
    from gridapp.geo.editing.check import Problem
    from gridapp.geo.editing.coverage import Coverage
    from gridapp.geo.editing.session import Drawing

NEAR = 5e-5
"""Grids this near to each other's bounds are looked at together, about 5 m. [°]"""

STAYS = "\0"
"""Marks the community of grids that stay while others of it come from a file."""


@dataclass(frozen=True)
class BorderConflict:
    """Ground at the common border of communities that two of them claim, or none.

    Attributes:
        kind: "overlap" or "gap".
        communities: Code and name of each community concerned.
        grids: Codes of the grids that claim the ground, or of those beside it.
        area: [m²]
        lon: Longitude of a point in it, CGCS2000. [°]
        lat: Latitude. [°]
        outline: The ground as WKB, CGCS2000 degrees.
        sentence: What to tell, with the names of both communities.
    """

    kind: Literal["overlap", "gap"]
    communities: tuple[tuple[str, str], ...]
    grids: tuple[str, ...]
    area: float
    lon: float
    lat: float
    outline: bytes
    sentence: str


def conflicts_among(rows: Sequence[OutlineRow], progress: Progress | None = None) -> list[BorderConflict]:
    """Return where grids of different communities overlap or leave a gap, overlaps first, largest first.

    Args:
        rows: Grids of several communities.
        progress: Told about the search.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    import shapely  # heavy: imported when first used

    from gridapp.geo.between import Laid
    from gridapp.geo.editing.beside import LEAST_BETWEEN
    from gridapp.geo.pieces import read_wkb

    if len({row.community for row in rows}) < 2:
        return []
    laid = Laid(list(read_wkb([row.boundary for row in rows])), progress)
    found = []
    for overlap in laid.overlaps(LEAST_BETWEEN):
        both = [rows[overlap.first], rows[overlap.second]]
        if both[0].community != both[1].community:
            sentence = _("{first} of {one} and {second} of {other} both claim {area} m².").format(
                first=both[0].name, one=both[0].community_name, second=both[1].name, other=both[1].community_name,
                area=_area(overlap.area),
            )  # fmt: skip
            found.append(BorderConflict("overlap", _communities(both), tuple(row.code for row in both), overlap.area,
                                        overlap.lon, overlap.lat, shapely.to_wkb(overlap.shape), sentence))  # fmt: skip
    for gap in laid.gaps(LEAST_BETWEEN):
        beside = [rows[place] for place in gap.beside]
        communities = _communities(beside)
        if len(communities) > 1:
            names = ", ".join(dict.fromkeys(name for _code, name in communities))
            sentence = _("{area} m² between {communities} are in no grid.").format(
                area=_area(gap.area), communities=names
            )
            found.append(BorderConflict("gap", communities, tuple(row.code for row in beside), gap.area, gap.lon,
                                        gap.lat, shapely.to_wkb(gap.shape), sentence))  # fmt: skip
    return found


def stored_conflicts(
    session: Session, day: dt.date, community: str | None = None, progress: Progress | None = None
) -> list[BorderConflict]:
    """Return what is wrong at the common borders of the communities stored.

    Args:
        session: Where.
        day: The day.
        community: Code; only its borders. All when None.
        progress: Told about the search.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    # All of them even for one community: what a ring of grids encloses may belong to one further off.
    found = conflicts_among(list_outlines(session, day), progress)
    return [one for one in found if community is None or community in dict(one.communities)]


def file_conflicts(
    session: Session, rows: Sequence[OutlineRow], day: dt.date, progress: Progress | None = None
) -> list[BorderConflict]:
    """Return where outlines that are to be stored meet stored grids that stay: ground claimed by both, gaps between.

    Args:
        session: Where.
        rows: What is to be stored.
        day: From when on.
        progress: Told about the search.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    new = {row.code for row in rows}
    # A grid of the same community that stays is a neighbour here like any other.
    stay = [replace(row, community=row.community + STAYS) for row in list_outlines(session, day) if row.code not in new]
    found = conflicts_among([*rows, *stay], progress)
    return [
        replace(one, communities=tuple(sorted({(code.removesuffix(STAYS), name) for code, name in one.communities})))
        for one in found
        if new & set(one.grids) and not new >= set(one.grids)  # among themselves the report on the file has them
    ]


def drawn_conflicts(
    session: Session, ground: CommunityGround, drawing: Drawing, coverage: Coverage, names: Mapping[str, str]
) -> list[Problem]:
    """Return what a drawing breaks at the border with other communities: ground of theirs claimed, gaps torn open.

    Ground of another community is a fault. A gap is only worth a look: who moves a common border has to draw on both
    sides of it, one after the other.

    Args:
        session: Where.
        ground: The community as it is stored.
        drawing: What was drawn.
        coverage: Its grids before, for the frame.
        names: Of the grids by id; those that are new have their id.
    """
    import shapely  # heavy: imported when first used

    from gridapp.geo.editing.check import Problem

    touched = [outline for shapes in (drawing.before, drawing.after) for outline in shapes.values() if outline]
    others = near_to(list_outlines(session, ground.day, ground.code), touched)
    if not others:
        return []

    def with_own(outlines: Mapping[str, bytes]) -> list[BorderConflict]:
        own = [OutlineRow(id, names.get(id, id), ground.code, ground.name, outline) for id, outline in outlines.items()]
        return conflicts_among([*near_to(own, touched), *others])

    before = ground.boundaries
    after = {id: outline for id, outline in (before | dict(drawing.after)).items() if outline is not None}
    known = with_own(before)
    found = []
    for one in with_own(after):
        there = shapely.from_wkb(one.outline)
        same = [shapely.from_wkb(other.outline) for other in known if other.kind == one.kind]
        if ground.code not in dict(one.communities) or _is_known(there, same, coverage):
            continue
        shape = shapely.transform(there, coverage.frame.to_metres)
        kind: Literal["claimed", "apart"] = "claimed" if one.kind == "overlap" else "apart"
        found.append(Problem(kind, one.grids, shape, one.area, one.sentence))
    return found


def open_for_editing(session: Session, community: str, day: dt.date) -> tuple[CommunityGround, list[Neighbour]]:
    """Return a community as it will lie when all that is planned holds, and the grids next door on that day.

    Args:
        session: Where.
        community: Code.
        day: Today.

    Raises:
        NotFoundError: There is no such community.
    """
    ground = get_planned_ground(session, community, day)
    near = near_to(list_outlines(session, ground.day, community), list(ground.boundaries.values()))
    return ground, [(row.name, row.community_name, row.boundary) for row in near]


def near_to(rows: Sequence[OutlineRow], outlines: Sequence[bytes]) -> list[OutlineRow]:
    """Return those of some grids whose bounds come within 5 m of the bounds of outlines together.

    Args:
        rows: Grids.
        outlines: WKB, CGCS2000 degrees.
    """
    import numpy as np  # heavy: imported when first used

    from gridapp.geo.edge_table import EdgeTable

    if not rows or not outlines:
        return []
    own = EdgeTable.of_wkb(outlines).boxes
    (west, south), (east, north) = np.nanmin(own[:, :2], axis=0), np.nanmax(own[:, 2:], axis=0)
    bounds = EdgeTable.of_wkb([row.boundary for row in rows]).boxes
    near = (bounds[:, 0] <= east + NEAR) & (bounds[:, 2] >= west - NEAR)
    near &= (bounds[:, 1] <= north + NEAR) & (bounds[:, 3] >= south - NEAR)
    return [rows[place] for place in np.flatnonzero(near).tolist()]


def _is_known(ground: Any, before: list[Any], coverage: Coverage) -> bool:
    import shapely  # heavy: imported when first used

    from gridapp.geo.editing.beside import LEAST_BETWEEN

    flat = shapely.transform([ground, *before], coverage.frame.to_metres)
    new = shapely.difference(flat[0], shapely.union_all(flat[1:], grid_size=0.001), grid_size=0.001)
    return bool(shapely.area(new) < LEAST_BETWEEN)


def _communities(rows: Sequence[OutlineRow]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({(row.community, row.community_name) for row in rows}))


def _area(square_metres: float) -> str:
    return formats.count(round(square_metres)) if square_metres >= 10 else f"{square_metres:.1f}"
