"""What is wrong with a whole community, kept true edit by edit: only what an edit touches is looked at again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import shapely

from gridapp.geo.editing.beside import Beside, Neighbour
from gridapp.geo.editing.check import Problem, against_outline, is_known, leaving, problems_among, region, uncovered
from gridapp.geo.editing.coverage import Coverage, Edit
from gridapp.geo.editing.frame import EditFrame
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress


@dataclass(frozen=True)
class Standing:
    """What was wrong when the grids were opened.

    Attributes:
        opened: The grids.
        outline: The community's, in metres of the frame; None to leave it out.
        problems: Faults first, largest first.
        beside: The communities next door; None to leave them out.
    """

    opened: Coverage
    outline: Any | None
    problems: tuple[Problem, ...]
    beside: Beside | None = None

    @classmethod
    def of(cls, coverage: Coverage, outline: Any | None = None, progress: Progress | None = None) -> Standing:
        """Look at every grid and its neighbours once.

        Raises:
            OperationCancelled: The user asked to stop.
        """
        told = progress or NullProgress()
        ids = list(coverage)
        told.advance(1, 3, _("Comparing borders…"))
        found = problems_among(coverage, ids)
        told.advance(2, 3, _("Comparing with the outline…"))
        if outline is not None and ids:
            found += against_outline(coverage, outline)
        told.advance(3, 3)
        return cls(coverage, outline, _sorted(found))

    @classmethod
    def of_stored(
        cls, outlines: Mapping[str, bytes], outline: bytes | None, frame: EditFrame,
        neighbours: Sequence[Neighbour] = (), progress: Progress | None = None,
    ) -> Standing:  # fmt: skip
        """Open grids for editing and look at all of them; takes a second for thousands, so not on a screen's thread.

        Args:
            outlines: WKB of the grids by id, CGCS2000 degrees.
            outline: The community's; None to leave it out.
            frame: Metres to edit in.
            neighbours: Grids of the communities next door; ground they share with them already is not looked at.
            progress: Receiver of reports.

        Raises:
            OperationCancelled: The user asked to stop.
        """
        (progress or NullProgress()).advance(0, 3, _("Reading the grids…"))
        coverage = Coverage.from_degrees(outlines, frame)
        whole = None if outline is None else shapely.transform(shapely.from_wkb(outline), frame.to_metres)
        return replace(cls.of(coverage, whole, progress), beside=Beside(coverage, neighbours))

    def after(self, edit: Edit) -> tuple[Problem, ...]:
        """Return what is wrong after an edit of the opened grids: what it left alone, and what is around it now."""
        if not edit.changes:
            return self.problems
        coverage = self.opened.applied(edit)
        around = set(self.opened.around(edit.touched)) | set(coverage.around(edit.touched))
        concerned = [problem for problem in self.problems if around & set(problem.ids)]
        for problem in concerned:  # a gap is only seen among all grids around it
            around |= set(problem.ids)
        found = problems_among(coverage, around)
        left = [problem for problem in self.problems if problem.ids and not around & set(problem.ids)]
        if self.outline is not None:
            ground = region((self.opened, coverage), around)
            near = [one for one in self.problems if not one.ids and shapely.intersects(one.shape, ground)]
            left += [problem for problem in self.problems if not problem.ids and problem not in near]
            ground = shapely.union_all([ground, *(problem.shape for problem in near)])  # pieces are looked at whole
            found += leaving(coverage, around, self.outline) + uncovered(coverage, self.outline, ground)
        if self.beside is not None:
            found += self.beside.claimed(coverage, around)
        return _sorted([*left, *found])

    def had(self, problem: Problem) -> bool:
        """Tell whether a problem was there before, as ``is_known`` has it."""
        return is_known(problem, self.problems)


def _sorted(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (not problem.is_fault, -problem.area, problem.ids)))
