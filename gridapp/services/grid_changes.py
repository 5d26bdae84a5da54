"""What a drawing of grids would change: who gets another grid and worker, what is wrong with it.

Only reads. ``grid_editing`` shows it to the user and then carries it out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.queries import grid_history
from gridapp.db.queries.grid_history import CommunityGround, LivingRow
from gridapp.domain.grid_code import issue_codes
from gridapp.errors import ConflictError, ValidationError
from gridapp.i18n import _
from gridapp.services.grid_moves import Move, move_of
from gridapp.services.shared_borders import drawn_conflicts

if TYPE_CHECKING:
    from gridapp.geo.editing.check import Problem
    from gridapp.geo.editing.coverage import Coverage
    from gridapp.geo.editing.session import Drawing
    from gridapp.geo.locate import PointIndex


@dataclass(frozen=True)
class GridChanges:
    """What a drawing would change from a day on.

    Attributes:
        community: Code.
        effective: First day.
        codes: New code by id of each new grid.
        ended: Codes of grids that end.
        redrawn: Codes of grids with another outline.
        problems: What is wrong with the map, faults first.
        moves: Who gets another grid.
        worker_changes: How many of them get another responsible worker.
        kept_by_hand: Residents whose grid stays although their building moves to another one's ground, by name.
        nowhere: Residents who would be in no grid, by name.
        homeless_buildings: Buildings that would lose their grid, by name.
        sentence: The same in one sentence.
    """

    community: str
    effective: dt.date
    codes: Mapping[str, str]
    ended: tuple[str, ...]
    redrawn: tuple[str, ...]
    problems: tuple[Problem, ...]
    moves: tuple[Move, ...]
    worker_changes: int
    kept_by_hand: tuple[str, ...]
    nowhere: tuple[str, ...]
    homeless_buildings: tuple[str, ...]
    sentence: str

    @property
    def elders(self) -> int:
        """How many of those who move are 60 or older."""
        return sum(move.is_elder for move in self.moves)

    @property
    def faults(self) -> tuple[str, ...]:
        """Sentences of everything that keeps the drawing from being stored."""
        found = [problem.sentence for problem in self.problems if problem.is_fault]
        found += [_("{name} would be in no grid.").format(name=name) for name in self.homeless_buildings]
        found += [_("{name} would be in no grid.").format(name=name) for name in self.nowhere]
        return tuple(found)


def changes_of(session: Session, community: str, drawing: Drawing, effective: dt.date) -> GridChanges:
    """Return what a drawing would change from a day on; stores nothing.

    Args:
        session: Where.
        community: Code of the community new grids belong to.
        drawing: What was drawn; ids of existing grids are their codes.
        effective: First day.

    Raises:
        NotFoundError: There is no such community.
        ConflictError: The grids are not as they were when the drawing was begun.
        ValidationError: Nothing was drawn, an outline changes again later, or no codes are left.
    """
    if not drawing.after:
        raise ValidationError(_("Nothing was changed on the map."), "geometry")
    ground = grid_history.get_ground(session, community, effective)
    _refuse_other_ground(session, ground, drawing, effective)
    coverage, problems = _checked(ground, drawing)
    new = [id for id, outline in drawing.after.items() if outline is not None and id not in ground.grids]
    middles = {id: _middle(drawing.after[id]) for id in new}
    codes = issue_codes(community, grid_history.list_codes_ever(session, community), middles)
    ended = tuple(id for id, shape in drawing.after.items() if shape is None)
    names = {code: grid.name for code, grid in ground.grids.items()}
    names |= {id: _("Grid {number}").format(number=code[-3:]) for id, code in codes.items()}
    problems = [_named(problem, names) for problem in problems]
    problems += drawn_conflicts(session, ground, drawing, coverage, names)
    targets = _Targets(session, ground, drawing, coverage, codes)
    moves, by_hand, nowhere = [], [], []
    for row in grid_history.list_living(session, community, effective):
        target, chosen = targets.of(row)
        if chosen:
            by_hand.append(row.name)
        if target is None:
            nowhere.append(row.name)
        elif target != row.grid:
            moves.append(move_of(row, target, effective))
    workers = _workers(ground, drawing, codes)
    changed = sum(workers.get(move.before, "") != workers.get(move.after, "") for move in moves)
    redrawn = tuple(id for id, shape in drawing.after.items() if shape is not None and id not in codes)
    return GridChanges(
        community, effective, codes, ended, redrawn, tuple(problems), tuple(moves), changed, tuple(by_hand),
        tuple(nowhere), targets.homeless(), _sentence(moves, changed, effective),
    )  # fmt: skip


def _refuse_other_ground(session: Session, ground: CommunityGround, drawing: Drawing, effective: dt.date) -> None:
    for id, outline in drawing.before.items():
        if outline is not None and (id not in ground.grids or ground.grids[id].boundary != outline):
            raise ConflictError
    later = grid_history.first_later_boundary(session, list(drawing.after), effective)
    if later is not None:
        raise ValidationError(
            _("Grid {name} has another boundary from {day} on. Choose a later day.").format(
                name=later[0], day=formats.date(later[1])
            ),
            "effective",
        )


def _checked(ground: CommunityGround, drawing: Drawing) -> tuple[Coverage, list[Problem]]:
    """Return the map before the drawing, and what the drawing breaks."""
    import shapely  # heavy: imported when first used

    from gridapp.geo.editing.check import problems_of
    from gridapp.geo.editing.coverage import Coverage, Edit, PolygonChange

    coverage = Coverage.from_degrees(ground.boundaries)
    if not len(coverage):
        from gridapp.geo.editing.frame import EditFrame

        drawn = [shapely.from_wkb(outline) for outline in drawing.after.values() if outline is not None]
        coverage = Coverage(EditFrame.around(drawn), {})
    frame = coverage.frame

    def shape(outline: bytes | None) -> Any:
        return None if outline is None else shapely.transform(shapely.from_wkb(outline), frame.to_metres)

    changes = tuple(
        PolygonChange(id, coverage.shapes.get(id), shape(outline)) for id, outline in drawing.after.items()
    )
    outline = None if ground.outline is None else shape(ground.outline)
    return coverage, problems_of(coverage, Edit("batch", changes), outline)


def _named(problem: Problem, names: Mapping[str, str]) -> Problem:
    sentence = problem.sentence
    for code in sorted(problem.ids, key=len, reverse=True):
        sentence = sentence.replace(code, names.get(code, code))
    return replace(problem, sentence=sentence)


class _Targets:
    """Finds the grid of each person after the drawing."""

    def __init__(
        self, session: Session, ground: CommunityGround, drawing: Drawing, coverage: Coverage, codes: Mapping[str, str]
    ) -> None:
        self._drawing = drawing
        self._codes = codes
        self._successors = successors_of(drawing)
        self._buildings = grid_history.list_building_places(session, ground.code)
        self._by_building, self._by_resident = grid_history.list_choices(session, ground.day)
        places = [(building.lon, building.lat) for building in self._buildings]
        self._index: PointIndex | None = None
        self._before = self._located(places, drawing.before)
        self._after = self._located(places, drawing.after)

    def _located(self, places: list[Any], outlines: Mapping[str, bytes | None]) -> dict[int, str]:
        """Return the ids of the drawn grids buildings lie in; those outside of all of them are left out."""
        import shapely  # heavy: imported when first used

        from gridapp.geo.locate import PointIndex

        ids = [id for id in sorted(outlines) if outlines[id] is not None]
        points = np.array([(np.nan, np.nan) if None in place else place for place in places], dtype=np.float64)
        self._index = self._index or PointIndex(points)
        shapes = shapely.from_wkb(np.array([outlines[id] for id in ids], dtype=object))
        rows, owners = self._index.ask(dict(enumerate(shapes)))
        return {
            self._buildings[row].number: ids[owner]
            for row, owner in zip(rows.tolist(), owners.tolist(), strict=True)
        }

    def of(self, row: LivingRow) -> tuple[str | None, bool]:
        """Return the code of a person's grid, None for no grid, and whether it is kept by hand against the map."""
        before = self._before.get(row.building) if row.building is not None else None
        after = self._after.get(row.building) if row.building is not None else None
        ended = row.grid in self._drawing.after and self._drawing.after[row.grid] is None
        moved = before != after
        chosen = self._by_resident.get(row.resident)
        if chosen is None and row.building is not None:
            chosen = self._by_building.get(row.building)
        if chosen is not None:
            return (row.grid if not ended else self._code(self._successors.get(row.grid))), moved
        if after is not None and (ended or (moved and before == row.grid)):
            return self._code(after), False
        if ended:
            return self._code(self._successors.get(row.grid)), False
        return row.grid, moved and after is not None

    def homeless(self) -> tuple[str, ...]:
        """Return the names of buildings that lay in a grid and would lie in none."""
        return tuple(
            building.name
            for building in self._buildings
            if building.number in self._before and building.number not in self._after
        )

    def _code(self, id: str | None) -> str | None:
        return None if id is None else self._codes.get(id, id)


def successors_of(drawing: Drawing) -> dict[str, str]:
    """Return for each grid that ends the one that gets its people whose place is not known: the largest successor."""
    import shapely  # heavy: imported when first used

    found: dict[str, str] = {}
    largest: dict[str, float] = {}
    for old, new, _how in drawing.lineage:
        outline, drawn = drawing.before.get(old), drawing.after.get(new)
        shared = 0.0
        if outline is not None and drawn is not None:
            shared = float(shapely.area(shapely.intersection(shapely.from_wkb(outline), shapely.from_wkb(drawn))))
        if old not in found or shared > largest[old]:
            found[old], largest[old] = new, shared
    return found


def _middle(outline: bytes | None) -> tuple[float, float]:
    import shapely  # heavy: imported when first used

    point = shapely.point_on_surface(shapely.from_wkb(outline))
    return float(point.x), float(point.y)


def _workers(ground: CommunityGround, drawing: Drawing, codes: Mapping[str, str]) -> dict[str, str]:
    """Return the responsible worker by code after the drawing: a new grid begins with those of its predecessor."""
    found = {code: grid.worker_name for code, grid in ground.grids.items()}
    for old, new, _how in drawing.lineage:
        if new in codes and codes[new] not in found:
            found[codes[new]] = found.get(old, "")
    return found


def _sentence(moves: list[Move], workers: int, effective: dt.date) -> str:
    day = formats.date(effective)
    if not moves:
        return _("No resident changes grid from {day}.").format(day=day)
    elders = sum(move.is_elder for move in moves)
    return _(
        "{people} residents, {elders} elders among them, change grid from {day}; {workers} get another worker."
    ).format(people=len(moves), elders=elders, day=day, workers=workers)
