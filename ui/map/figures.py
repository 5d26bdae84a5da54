"""What colours the map: one indicator over twelve months, for every grid of a ground; read off the UI thread."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from gridapp import formats
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.map_figures import GridFigures, read_grid_figures
from gridapp.db.queries.rule import data_up_to, read_rule
from gridapp.domain.figure_classes import OF_TODAY
from gridapp.domain.period import Month, reference_day
from gridapp.i18n import _
from ui import theme
from ui.map.ground import MapGround, read_ground
from ui.map.rate_classes import Classes
from ui.map.tiles import ColourTable

if TYPE_CHECKING:
    from gridapp.db.database import Session

MONTHS = 12

@dataclass(frozen=True, eq=False)
class MapFigures:
    """One indicator for all grids, month by month.

    Attributes:
        indicator: Key of INDICATORS.
        months: Twelve, the last one that of the picture; a single one where the indicator stands only for today.
        amounts: What is shown, shape (months, grids): people, or N of a rate. [people]
        rosters: D, the same shape. [people]
        target: Target share, 0 to 1.
        rule_text: What counts.
        up_to: Day of the last visit known.
    """

    indicator: str
    months: tuple[Month, ...]
    amounts: NDArray[np.int32]
    rosters: NDArray[np.int32]
    target: float
    rule_text: str
    up_to: dt.date | None

    @functools.cached_property
    def table(self) -> GridFigures:
        """The figures alone."""
        return GridFigures(self.indicator, self.amounts, self.rosters)

    @property
    def is_share(self) -> bool:
        """Whether figures are shares of the roster."""
        return self.table.is_share

    def values(self, month: int) -> NDArray[np.float64]:
        """Return the figures of one of the months; NaN where there is none, as nobody is on the roster."""
        return self.table.values(month)

    def shown(self, month: int, grid: int) -> str:
        """Write a figure."""
        return self.table.shown(month, grid)

    def classes(self) -> Classes:
        """Return the classes that fit all months, in the colours of the theme in force."""
        return Classes.of(self.table.classes(self.target))


@dataclass(frozen=True, eq=False)
class MapPicture:
    """A ground and what colours it.

    Attributes:
        ground: The grids as they lie.
        figures: What colours them.
        month: The month the ground is of.
    """

    ground: MapGround
    figures: MapFigures
    month: Month

    @property
    def at(self) -> int:
        """Place of the month in the figures."""
        months = self.figures.months
        return months.index(self.month) if self.month in months else len(months) - 1

    @property
    def subtitle(self) -> str:
        """Up to which day the data reach, and what is not on the map."""
        parts = []
        if self.figures.up_to is not None:
            parts.append(_("Data up to {day}").format(day=formats.date(self.figures.up_to)))
        if self.ground.undrawn:
            parts.append(_("{count} grids have no boundary").format(count=formats.count(self.ground.undrawn)))
        return "  ·  ".join(parts)


def read_map(  # noqa: PLR0913  a picture is asked for by what, when and on which ground
    session: Session, indicator: str, month: Month, last: Month, as_of: dt.date, of_today: bool = False
) -> MapPicture:
    """Return the grids that exist on the month's reference day, with their figures.

    Args:
        session: Where to read.
        indicator: Key of INDICATORS.
        month: The month shown first, one of the twelve.
        last: The last of the twelve.
        as_of: The day the facts are seen from.
        of_today: Show the outlines of today instead of those of the month.
    """
    settings = load_settings(session)
    day = as_of if of_today or indicator in OF_TODAY else reference_day(month, as_of) or as_of
    ground = read_ground(session, day)
    months = (month,) if indicator in OF_TODAY else tuple(last.plus(back) for back in range(1 - MONTHS, 1))
    found = read_grid_figures(session, ground.codes, indicator, months, as_of, settings)
    figures = MapFigures(
        indicator, months, found.amounts, found.rosters, settings.target_percent / 100,
        read_rule(session, settings).text, data_up_to(session, as_of),
    )  # fmt: skip
    return MapPicture(ground, figures, month)


@dataclass(frozen=True, eq=False)
class Fills:
    """Colours of grids: 0xffRRGGBB each, and which of them are hatched."""

    inks: NDArray[np.uint32]
    hatched: NDArray[np.bool_]

    def table(self, paper: QColor, line: QColor, overlap: QColor) -> ColourTable:
        """Return what paints tiles; ground claimed twice is hatched in the colour of ``overlap``."""
        fills = np.concatenate([[paper.rgb()], self.inks, [overlap.rgb()]]).astype(np.uint32)
        lines = fills.copy()
        lines[1:-1][self.hatched] = line.rgb()
        lines[-1] = paper.rgb()
        return ColourTable(fills, lines, paper.rgb())


@dataclass(frozen=True, eq=False)
class MonthShown:
    """One month of a picture with its classes: what all parts of the map show.

    Attributes:
        ground: The grids as they lie.
        figures: All months.
        at: Place of the month in them.
        classes: Colours by figure.
        values: Figures of the month, NaN where there is none.
    """

    ground: MapGround
    figures: MapFigures
    at: int
    classes: Classes
    values: NDArray[np.float64]

    @classmethod
    def of(cls, ground: MapGround, figures: MapFigures, at: int) -> MonthShown:
        """Return one of the months, in the colours of the theme in force."""
        return cls(ground, figures, at, figures.classes(), figures.values(at))

    @property
    def month(self) -> Month:
        """The month."""
        return self.figures.months[self.at]

    def value(self, grid: int) -> float | None:
        """Return a grid's figure, None where there is none."""
        found = float(self.values[grid])
        return None if np.isnan(found) else found

    def text(self, grid: int) -> str:
        """Write a grid's figure with its sign."""
        return self.classes.marked(self.figures.shown(self.at, grid), self.value(grid))

    def roster(self, grid: int) -> int:
        """Return how many people are on a grid's roster."""
        return int(self.figures.rosters[self.at, grid])

    def amount(self, grid: int) -> int:
        """Return N of a rate, or the number of people shown."""
        return int(self.figures.amounts[self.at, grid])

    def missed(self, grid: int) -> int:
        """Return how many people need attention: those not visited where rates are shown, else the figure."""
        return self.roster(grid) - self.amount(grid) if self.figures.is_share else self.amount(grid)

    def class_numbers(self) -> NDArray[np.int64]:
        """Return the class of every grid, -1 where there is no figure."""
        places = np.searchsorted(self.classes.limits, np.nan_to_num(self.values), side="right")
        return np.where(np.isnan(self.values), -1, places)

    def fills(self, no_data: str = "") -> Fills:
        """Return the colours of all grids.

        Args:
            no_data: Colour of grids without a figure; that of the theme in force when empty.
        """
        look = theme.current()
        missing = QColor(no_data) if no_data else look.colour("no_data")
        inks = np.array([missing.rgb(), *(fill.rgb() for fill in self.classes.fills)], np.uint32)
        numbers = self.class_numbers()
        return Fills(inks[numbers + 1], numbers < 0)

    def loudest(self) -> list[int]:
        """Return the grids that need attention, worst first; by size where no figure is good or bad."""
        if self.figures.is_share:
            loud = np.nonzero(self.values < self.figures.target)[0]
            missed = self.figures.rosters[self.at] - self.figures.amounts[self.at]
            order = np.lexsort((-missed[loud], self.values[loud]))
        else:
            loud = np.nonzero(self.values > 0)[0]
            order = np.argsort(-self.values[loud], kind="stable")
        return [int(number) for number in loud[order]]
