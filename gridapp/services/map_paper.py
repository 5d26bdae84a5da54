"""What the map sheet shows: the grids of a month, coloured by any figure, and those to attend to first."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.database import Database
from gridapp.db.queries import overview
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.map_figures import GridFigures, read_grid_figures
from gridapp.db.queries.places import list_grids
from gridapp.db.queries.rule import read_rule
from gridapp.db.queries.values import EVERYWHERE, GridRow, Scope
from gridapp.domain.figure_classes import OF_TODAY, FigureClasses, indicator_title, percent
from gridapp.domain.handout import Stamp
from gridapp.domain.period import Month
from gridapp.errors import NotFoundError
from gridapp.i18n import _
from gridapp.reports import map_sheet as paper
from gridapp.reports.map_sheet import MapShape, MapSheet
from gridapp.reports.rate_row import RateRow
from gridapp.services.papers import standing_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_WORST = 8


def write_map(  # noqa: PLR0913  whose figures, where to, and the stamp
    database: Database,
    month: Month,
    as_of: dt.date,
    path: Path,
    scope: Scope = EVERYWHERE,
    stamp: Stamp | None = None,
    indicator: str = "rate",
) -> None:
    """Write the map of a month by grid as PNG or PDF, by the path's ending; ``indicator`` is a key of INDICATORS.

    Raises:
        NotFoundError: No grid has an outline yet.
        StorageError: The file could not be written; no half file is left.
    """
    with database.read() as session:
        sheet = map_sheet(session, month, as_of, scope, indicator)
    if not sheet.shapes:
        raise NotFoundError(_("No grid has an outline yet. Import a boundary file first."))
    paper.write_map(dataclasses.replace(sheet, stamp=stamp.line if stamp else ""), path)


def map_sheet(session: Session, month: Month, as_of: dt.date, scope: Scope, indicator: str) -> MapSheet:
    """Return the sheet of a month.

    Args:
        session: Where to read.
        month: The month; figures of today stand for the as-of day instead.
        as_of: The day the facts are seen from.
        scope: Which part of the area.
        indicator: Key of INDICATORS.
    """
    settings = load_settings(session)
    day = as_of if indicator in OF_TODAY else min(month.last, as_of)
    rows = [row for row in list_grids(session, day, scope.community) if scope.grid in (None, row.code)]
    figures = read_grid_figures(session, [row.code for row in rows], indicator, [month], as_of, settings)
    values, target = figures.values(0), settings.target_percent / 100
    classes = figures.classes(target)
    label = formats.date(as_of) if indicator in OF_TODAY else formats.month(month.year, month.month)
    return MapSheet(
        title=_("Map of visits by grid"),
        community_name=overview.area_name(session, scope, settings.community_name),
        month_label=label,
        shapes=tuple(_shape(row, figures.shown(0, n), _value(values, n)) for n, row in enumerate(rows) if row.boundary),
        figure=indicator_title(indicator),
        hint=_hint(figures, classes, target),
        classes=classes,
        worst=tuple(_worst(rows, figures, values, classes)),
        rule_text=f"{read_rule(session, settings).text} {standing_of(session, month, as_of, scope)}",
    )


def _hint(figures: GridFigures, classes: FigureClasses, target: float) -> str:
    if figures.is_share:
        return _("▼ below the target {share}").format(share=percent(target))
    return _("▲ means somebody is waiting for a visit.") if any(classes.loud) else ""


def _worst(
    rows: list[GridRow], figures: GridFigures, values: NDArray[np.float64], classes: FigureClasses
) -> list[RateRow]:
    """Return the grids to attend to, worst first; by size where no figure is good or bad."""
    order = np.argsort(values if figures.is_share else -values, kind="stable").tolist()
    chosen = [n for n in order if not np.isnan(values[n]) and (classes.is_loud(values[n]) or not any(classes.loud))]
    return [
        RateRow(
            rows[n].name or rows[n].code, int(figures.amounts[0, n]), int(figures.rosters[0, n]), figures.shown(0, n),
            float(values[n]), rows[n].worker_name,
        )
        for n in chosen[:MOST_WORST]
    ]  # fmt: skip


def _value(values: NDArray[np.float64], number: int) -> float | None:
    return None if np.isnan(values[number]) else float(values[number])


def _shape(row: GridRow, shown: str, value: float | None) -> MapShape:
    shape = shapely.from_wkb(row.boundary)
    polygons = [
        [np.asarray(ring.coords)[:, :2] for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(shape)
    ]
    return MapShape(row.code, row.name, polygons, shown, value)
