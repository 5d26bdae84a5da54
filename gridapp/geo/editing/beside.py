"""The grids of the communities next door, while one community is edited: none of their ground may be claimed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely

from gridapp import formats
from gridapp.geo.editing.check import Problem, ground_of
from gridapp.geo.editing.coverage import Coverage
from gridapp.geo.pieces import read_wkb, transformed
from gridapp.i18n import _

LEAST_BETWEEN = 1.0
"""Less between communities, drawn at different times by different people, is rounding along a long border. [m²]"""

Neighbour = tuple[str, str, bytes]
"""A grid: its name, the name of its community, its outline as WKB in CGCS2000 degrees."""


class Beside:
    """Neighbouring grids, kept to be asked at every movement of the hand."""

    def __init__(self, stored: Coverage, neighbours: Sequence[Neighbour]) -> None:
        """Take them into the frame of what is edited.

        Args:
            stored: The community as it was opened: what it had of their ground then is not told.
            neighbours: Grids of other communities near it.
        """
        self._stored = stored
        self._names = [(name, community) for name, community, _outline in neighbours]
        degrees = read_wkb([outline for _name, _community, outline in neighbours])
        self._shapes = transformed(degrees, stored.frame.to_metres)
        self._tree = shapely.STRtree(self._shapes)

    def claimed(self, coverage: Coverage, ids: Iterable[str]) -> list[Problem]:
        """Return what some grids claim of the neighbours' ground that their community had not when it was opened.

        Args:
            coverage: The community as it is now.
            ids: Grids to look at; those that are not there or as they were are left out.
        """
        before = self._stored.shapes
        names = [id for id in ids if id in coverage and coverage.shapes[id] is not before.get(id)]
        shapes = np.array([coverage.shapes[id] for id in names], dtype=object)
        own, other = self._tree.query(shapes, predicate="intersects")
        inside = shapely.is_valid(shapes[own]) & shapely.is_valid(self._shapes[other])
        own, other = own[inside], other[inside]
        inside = shapely.relate_pattern(shapes[own], self._shapes[other], "2********")
        found = []
        for one, there in zip(own[inside].tolist(), other[inside].tolist(), strict=True):
            shared = ground_of(shapely.intersection(shapes[one], self._shapes[there]))
            known = [before[id] for id in self._stored.near(shared)]
            taken = ground_of(shapely.difference(shared, shapely.union_all(known)))
            if taken.area >= LEAST_BETWEEN:
                found.append(self._problem(names[one], there, taken))
        return found

    def _problem(self, id: str, there: int, taken: Any) -> Problem:
        name, community = self._names[there]
        sentence = _("{first} claims {area} m² of {second} of {other}.").format(
            first=id, area=formats.count(round(taken.area)), second=name, other=community
        )
        return Problem("claimed", (id,), taken, float(taken.area), sentence)
