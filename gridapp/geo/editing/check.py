"""Say at once what an edit broke: overlaps, gaps, crossings, pieces too thin to be meant, each with its place.

Only the polygons touched and their neighbours are looked at, so the answer
takes the same time in a community as in a city.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely

from gridapp.geo.editing.coverage import Coverage, Edit
from gridapp.i18n import _

ProblemKind = Literal[
    "invalid", "overlap", "gap", "border", "outside", "uncovered", "claimed", "apart", "parts", "sliver"
]

LEAST_GROUND = 1e-3
"""Smaller overlaps and gaps are rounding, for who draws and for the report on a file alike. [m²]"""

SLIVER_WIDTH = 1.0
"""A piece whose area is less than this times half its border is a sliver. [m]"""

FAULTS: frozenset[str] = frozenset({"invalid", "overlap", "gap", "border", "outside", "uncovered", "claimed"})
"""Kinds that break the coverage; the others are only worth a look."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where.

    Attributes:
        kind: "invalid": it crosses itself; "overlap": two claim the ground; "gap": ground among polygons that none
            claims; "border": neighbours' borders do not match corner for corner; "outside": it leaves the outline of
            the community; "uncovered": ground inside the outline that none claims; "claimed": another community has
            the ground; "apart": ground between communities that none claims; "parts": in several pieces; "sliver": too
            thin to be meant.
        ids: Polygons concerned.
        shape: Where, in metres of the frame: Polygon, MultiPolygon, Point or LineString.
        area: Ground concerned. [m²]
        sentence: What to tell the user.
    """

    kind: ProblemKind
    ids: tuple[str, ...]
    shape: Any
    area: float
    sentence: str

    @property
    def is_fault(self) -> bool:
        """Whether the coverage is broken by it."""
        return self.kind in FAULTS


def problems_of(coverage: Coverage, edit: Edit, outline: Any | None = None) -> list[Problem]:
    """Return what is wrong around an edit and was not before, faults first, largest first.

    Args:
        coverage: Before the edit.
        edit: What is done.
        outline: The community's, in metres of the frame; None to leave it out.
    """
    after = coverage.applied(edit)
    around = set(coverage.around(edit.touched)) | set(after.around(edit.touched))
    found = problems_among(after, around, edit.touched)
    if outline is not None:
        ground = region((coverage, after), around)
        found += leaving(after, around, outline) + uncovered(after, outline, ground)
    if not found:
        return []
    before = problems_among(coverage, around, edit.touched)
    if outline is not None:
        before += leaving(coverage, around, outline) + uncovered(coverage, outline, ground)
    return [problem for problem in found if not is_known(problem, before)]


def problems_among(coverage: Coverage, ids: Iterable[str], touched: Sequence[str] | None = None) -> list[Problem]:
    """Return what is wrong among some polygons, faults first, largest first.

    Args:
        coverage: Where they are.
        ids: Polygons to look at; those that are not there are left out.
        touched: Only overlaps with these, and only their own shapes; all when None.
    """
    names = sorted(id for id in ids if id in coverage)
    shapes = np.array([coverage.shapes[id] for id in names], dtype=object)
    if not names:
        return []
    chosen = np.array([touched is None or id in touched for id in names])
    found = _invalid(names, shapes, chosen)
    if any(problem.kind == "invalid" for problem in found):
        return found  # areas of crossing outlines would be nonsense
    found += _thin(names, shapes, chosen)
    edges = shapely.coverage_invalid_edges(shapes)
    if shapely.is_empty(edges).all():
        # Every border is either common, corner for corner, or outer: none overlap, and joining them is quick.
        found += _gaps(names, shapes, shapely.coverage_union_all(shapes))
    else:
        found += _overlaps(names, shapes, chosen) + _gaps(names, shapes, shapely.union_all(shapes))
        if not any(problem.kind in ("overlap", "gap") for problem in found):
            found += _borders(names, edges)
    return sorted(found, key=lambda problem: (not problem.is_fault, -problem.area, problem.kind, problem.ids))


def against_outline(coverage: Coverage, outline: Any) -> list[Problem]:
    """Return where any polygon leaves the outline of the community, and what ground of it is in none.

    Args:
        coverage: All polygons of the community.
        outline: Polygon or MultiPolygon in metres of the frame.
    """
    return leaving(coverage, coverage, outline) + uncovered(coverage, outline)


def leaving(coverage: Coverage, ids: Iterable[str], outline: Any) -> list[Problem]:
    """Return where some polygons leave the outline of their community."""
    names = sorted(id for id in ids if id in coverage)
    found = []
    shapely.prepare(outline)
    for id in names:
        shape = coverage.shapes[id]
        if not shapely.is_valid(shape) or shapely.contains_properly(outline, shape):
            continue
        beyond = ground_of(shapely.difference(shape, outline))
        if beyond.area > LEAST_GROUND:
            sentence = _("{name} leaves the outline of the community.").format(name=id)
            found.append(Problem("outside", (id,), beyond, float(beyond.area), sentence))
    return found


def region(coverages: Iterable[Coverage], ids: Iterable[str]) -> Any:
    """Return the box around polygons, as they stand in any of some coverages; what an edit took away counts, too."""
    names = list(ids)
    shapes = [coverage.shapes[id] for coverage in coverages for id in names if id in coverage]
    return shapely.box(*shapely.total_bounds(shapes).tolist()) if shapes else shapely.Polygon()


def uncovered(coverage: Coverage, outline: Any, within: Any | None = None) -> list[Problem]:
    """Return what ground of the community is in no polygon, piece by piece.

    Args:
        coverage: All polygons of the community.
        outline: Polygon or MultiPolygon in metres of the frame.
        within: Where to look; everywhere when None.
    """
    ground = outline if within is None else shapely.intersection(outline, within)
    if shapely.is_empty(ground):
        return []
    covering = [coverage.shapes[id] for id in coverage.near(ground)]
    if not shapely.is_valid(covering).all():
        return []  # areas of crossing outlines would be nonsense
    left = ground_of(shapely.difference(ground, shapely.union_all(covering)))
    return [
        Problem("uncovered", (), part, float(part.area), _("Ground of the community in no grid."))
        for part in shapely.get_parts(left)
        if part.area > LEAST_GROUND
    ]


def _invalid(names: list[str], shapes: Any, chosen: Any) -> list[Problem]:
    found = []
    for place in np.flatnonzero(~shapely.is_valid(shapes) & chosen):
        sentence = _("The outline of {name} crosses itself.").format(name=names[place])
        found.append(Problem("invalid", (names[place],), _crossing(shapes[place]), 0.0, sentence))
    return found


def _crossing(shape: Any) -> Any:
    """Return the place GEOS names in its reason, e.g. ``Self-intersection[12 7.5]``."""
    reason = str(shapely.is_valid_reason(shape))
    start, end = reason.rfind("["), reason.rfind("]")
    try:
        x, y = (float(number) for number in reason[start + 1 : end].split())
    except ValueError:
        return shapely.centroid(shape)
    return shapely.Point(x, y)


def _overlaps(names: list[str], shapes: Any, chosen: Any) -> list[Problem]:
    first, second = shapely.STRtree(shapes).query(shapes[chosen], predicate="intersects")
    first = np.flatnonzero(chosen)[first]
    pairs = np.unique(np.sort(np.column_stack([first, second])[first != second], axis=1), axis=0)
    if not len(pairs):
        return []
    inside = shapely.relate_pattern(shapes[pairs[:, 0]], shapes[pairs[:, 1]], "2********")
    found = []
    for one, other in pairs[inside].tolist():
        shared = ground_of(shapely.intersection(shapes[one], shapes[other]))
        if shared.area > LEAST_GROUND:
            both = (names[one], names[other])
            sentence = _("{first} and {second} both claim {area} m².").format(
                first=both[0], second=both[1], area=_size(shared.area)
            )
            found.append(Problem("overlap", both, shared, float(shared.area), sentence))
    return found


def _gaps(names: list[str], shapes: Any, whole: Any) -> list[Problem]:
    holes = [shapely.Polygon(ring) for part in shapely.get_parts(whole) for ring in part.interiors]
    found = []
    for hole in holes:
        if hole.area > LEAST_GROUND:
            edge = shapely.boundary(hole)
            beside = tuple(
                name for name, does in zip(names, shapely.intersects(edge, shapes).tolist(), strict=True) if does
            )
            sentence = _("{area} m² among {names} are in no grid.").format(
                area=_size(hole.area), names=", ".join(beside[:3])
            )
            found.append(Problem("gap", beside, hole, float(hole.area), sentence))
    return found


def _borders(names: list[str], edges: Any) -> list[Problem]:
    found = []
    for place in np.flatnonzero(~shapely.is_empty(edges)):
        sentence = _("The border of {name} does not fit its neighbours corner by corner.").format(name=names[place])
        found.append(Problem("border", (names[place],), edges[place], 0.0, sentence))
    return found


def _thin(names: list[str], shapes: Any, chosen: Any) -> list[Problem]:
    found = []
    for place in np.flatnonzero(chosen):
        parts = shapely.get_parts(shapes[place])
        if len(parts) > 1:
            sentence = _("{name} is in {count} pieces.").format(name=names[place], count=len(parts))
            found.append(Problem("parts", (names[place],), shapes[place], float(shapes[place].area), sentence))
        for part in parts:
            if part.area < SLIVER_WIDTH * part.length / 2:
                sentence = _("A piece of {name} is thinner than {width} m.").format(
                    name=names[place], width=f"{SLIVER_WIDTH:g}"
                )
                found.append(Problem("sliver", (names[place],), part, float(part.area), sentence))
    return found


def _size(area: float) -> str:
    return f"{area:,.1f}" if area >= 0.1 else f"{area:.2g}"


def ground_of(shape: Any) -> Any:
    """Return the parts of a geometry that have an area."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


def is_known(problem: Problem, before: Sequence[Problem]) -> bool:
    """Tell whether a problem was there before an edit, perhaps of polygons that were split or merged since.

    Args:
        problem: After the edit.
        before: All that were there.
    """
    alike = [other for other in before if other.kind == problem.kind]
    if any(set(problem.ids) == set(other.ids) and shapely.equals_exact(problem.shape, other.shape) for other in alike):
        return True
    if problem.area <= 0 or problem.kind == "parts":
        return False
    if problem.kind in ("overlap", "sliver"):  # the same ground, and one of those it was between
        alike = [other for other in alike if set(problem.ids) & set(other.ids)]
    return bool(alike) and _covered(problem.shape, shapely.union_all([other.shape for other in alike]))


def _covered(shape: Any, known: Any) -> bool:
    return bool(shapely.area(shapely.difference(shape, known)) <= LEAST_GROUND)
