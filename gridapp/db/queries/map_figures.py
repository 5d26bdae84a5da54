"""What a map of grids can be coloured by: one figure for every grid, month by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.queries.due import count_due_by_grid
from gridapp.db.queries.matrix import RateMatrix, rate_matrix
from gridapp.db.queries.roster import RosterRule
from gridapp.domain.figure_classes import OF_TODAY, SHARES, FigureClasses, count_classes, rate_classes
from gridapp.domain.indicator import shown_rate
from gridapp.domain.period import Month
from gridapp.settings import Settings

SOON = 7


@dataclass(frozen=True, eq=False)
class GridFigures:
    """One indicator for some grids.

    Attributes:
        indicator: Key of INDICATORS.
        amounts: What is shown, shape (months, grids): people, or N of a rate. [people]
        rosters: D, the same shape. [people]
    """

    indicator: str
    amounts: NDArray[np.int32]
    rosters: NDArray[np.int32]

    @property
    def is_share(self) -> bool:
        """Whether figures are shares of the roster."""
        return self.indicator in SHARES

    def values(self, month: int) -> NDArray[np.float64]:
        """Return the figures of one of the months; NaN where there is none, as nobody is on the roster."""
        amounts, rosters = self.amounts[month].astype(float), self.rosters[month]
        if not self.is_share:
            return np.where((rosters > 0) | (amounts > 0), amounts, np.nan)
        return np.where(rosters > 0, amounts / np.maximum(rosters, 1), np.nan)

    def shown(self, month: int, grid: int) -> str:
        """Write a figure."""
        amount, roster = int(self.amounts[month, grid]), int(self.rosters[month, grid])
        if self.is_share:
            return shown_rate(amount, roster)
        return formats.count(amount) if roster or amount else "—"

    def classes(self, target: float) -> FigureClasses:
        """Return the classes that fit all months, so that colours mean the same in each.

        Args:
            target: Target share, 0 to 1.
        """
        return rate_classes(target) if self.is_share else count_classes(self.most, self.indicator != "roster")

    @property
    def most(self) -> float:
        """Nearly the largest amount: one giant grid does not flatten all others."""
        return float(np.quantile(self.amounts, 0.98)) if self.amounts.size else 0.0


def read_grid_figures(  # noqa: PLR0913  of which grids, what, when, by which rule
    session: Session, codes: Sequence[str], indicator: str, months: Sequence[Month], as_of: dt.date, settings: Settings
) -> GridFigures:
    """Return an indicator of some grids over months, or of today for those of OF_TODAY.

    Args:
        session: Where to read.
        codes: The grids, in the order of the answer.
        indicator: Key of INDICATORS.
        months: One row of the answer each.
        as_of: The day the facts are seen from.
        settings: What counts.
    """
    rule = RosterRule.monthly(settings)
    matrix = rate_matrix(session, months, as_of, "grid", rule, is_onsite=indicator == "onsite")
    columns = _columns(codes, matrix)
    rosters = _taken(matrix.roster, columns)
    if indicator in OF_TODAY:
        found = _due_by_grid(session, as_of, settings, indicator)
        amounts = np.array([[found.get(code, 0) for code in codes]], np.int32).reshape(1, -1)
        return GridFigures(indicator, amounts, np.maximum(rosters, amounts))
    source = {"rate": matrix.visited, "onsite": matrix.visited, "missed": matrix.roster - matrix.visited,
              "roster": matrix.roster}[indicator]  # fmt: skip
    return GridFigures(indicator, _taken(source, columns), rosters)


def _columns(codes: Sequence[str], matrix: RateMatrix) -> NDArray[np.int64]:
    place = {code: number for number, code in enumerate(matrix.keys)}
    return np.array([place.get(code, -1) for code in codes], np.int64)


def _taken(table: NDArray[np.int32], columns: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the columns asked for; -1 gives zeros."""
    wide = np.concatenate([table, np.zeros((len(table), 1), np.int32)], axis=1)
    taken: NDArray[np.int32] = wide[:, columns]
    return taken


def _due_by_grid(session: Session, as_of: dt.date, settings: Settings, indicator: str) -> dict[str, int]:
    if indicator == "overdue":
        return count_due_by_grid(session, as_of, settings, None, as_of - dt.timedelta(days=1))
    return count_due_by_grid(session, as_of, settings, as_of, as_of + dt.timedelta(days=SOON))
