"""The month on one sheet: key figures, rates by month, by category, by grid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gridapp import formats
from gridapp.domain.period import Month
from gridapp.i18n import _
from gridapp.reports.drawing import (
    BLUE,
    BLUE_PALE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    ORANGE_PALE,
    RULE,
    TRACK,
    Drawing,
    check_suffix,
)
from gridapp.reports.rate_row import RateRow, is_below, marked, percent

_MARGIN, _GAP, _PAD = 30.0, 10.0, 12.0
_CARD_TOP, _CARD_HEIGHT = 84.0, 72.0
_CHARTS_TOP, _CHARTS_HEIGHT = _CARD_TOP + _CARD_HEIGHT + _GAP, 188.0
_GRIDS_TOP = _CHARTS_TOP + _CHARTS_HEIGHT + _GAP
_FOOT = 28.0
_TONES = {"neutral": MUTED, "good": GREEN, "bad": ORANGE}

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class KpiCard:
    """One key figure.

    Attributes:
        label: What it counts.
        figure: The figure as text.
        note: Comparison or explanation below it, or "".
        tone: Colour of the note; its words must say the same.
    """

    label: str
    figure: str
    note: str = ""
    tone: Literal["neutral", "good", "bad"] = "neutral"


@dataclass(frozen=True)
class MonthRate:
    """The rate of one month: None and "—" when nobody was on the roster."""

    month: Month
    rate: float | None
    shown: str


@dataclass(frozen=True)
class DashboardSheet:
    """Everything the dashboard sheet shows.

    Attributes:
        title: Heading.
        community_name: Area the figures are for.
        month_label: The month in words.
        as_of: Day the figures are counted up to.
        cards: Key figures, up to six.
        months: Rates in time order, the last one current; up to 24.
        target: Target share, 0 to 1.
        by_grid: One row per grid.
        by_category: One row per hardship category; a person with several is in several.
        missed_count: People on the roster not visited.
        rule_text: The rule behind the figures, with its settings.
        stamp: Who took it out and when, "" for nobody.
    """

    title: str
    community_name: str
    month_label: str
    as_of: dt.date
    cards: tuple[KpiCard, ...]
    months: tuple[MonthRate, ...]
    target: float
    by_grid: tuple[RateRow, ...]
    by_category: tuple[RateRow, ...]
    missed_count: int
    rule_text: str
    stamp: str = ""


def write_dashboard(view: DashboardSheet, target: Path) -> None:
    """Write the dashboard as a vector PDF, or as PNG, by the ending of the file name.

    Raises:
        ValidationError: The name ends in neither .pdf nor .png.
        StorageError: The file cannot be written.
    """
    check_suffix(target)
    drawing = Drawing(f"{view.title} {view.month_label}")
    right = drawing.width - _MARGIN
    _head(drawing, view, right)
    _cards(drawing, view.cards, right)
    split = _MARGIN + (right - _MARGIN) * 0.62
    _months(drawing, view, (_MARGIN, _CHARTS_TOP, split - _GAP / 2 - _MARGIN, _CHARTS_HEIGHT))
    _categories(drawing, view, (split + _GAP / 2, _CHARTS_TOP, right - split - _GAP / 2, _CHARTS_HEIGHT))
    bottom = drawing.height - _FOOT - 14
    _grids(drawing, view, (_MARGIN, _GRIDS_TOP, right - _MARGIN, bottom - _GRIDS_TOP))
    y = drawing.paragraph(_MARGIN, bottom + 13, view.rule_text, 7, right - _MARGIN)
    if view.stamp:
        y = min(y, drawing.height - 4)
        drawing.text(right, y, view.stamp, 7, color=MUTED, anchor="right", room=right - _MARGIN)
    drawing.save(target)


def _head(drawing: Drawing, view: DashboardSheet, right: float) -> None:
    drawing.text(_MARGIN, 48, view.title, 21, bold=True, room=right - _MARGIN)
    line = f"{view.community_name}    {view.month_label}"
    drawing.text(_MARGIN, 69, line, 11, color=MUTED, room=(right - _MARGIN) * 0.5)
    state = _("Data up to {day}").format(day=formats.date(view.as_of))
    missed = _("Not visited yet: {count}").format(count=formats.count(view.missed_count))
    drawing.text(right, 69, f"{missed}    {state}", 11, color=MUTED, anchor="right", room=(right - _MARGIN) * 0.48)


def _cards(drawing: Drawing, cards: Sequence[KpiCard], right: float) -> None:
    if not cards:
        return
    width = (right - _MARGIN - _GAP * (len(cards) - 1)) / len(cards)
    for at, card in enumerate(cards):
        x = _MARGIN + at * (width + _GAP)
        room = width - 2 * _PAD
        drawing.rect(x, _CARD_TOP, width, _CARD_HEIGHT, stroke=RULE, radius=5)
        drawing.text(x + _PAD, _CARD_TOP + 18, card.label, 10, color=MUTED, room=room)
        drawing.text(x + _PAD, _CARD_TOP + 45, card.figure, 23, bold=True, room=room)
        drawing.text(x + _PAD, _CARD_TOP + 62, card.note, 9.5, color=_TONES[card.tone], room=room)


def _panel(drawing: Drawing, box: Box, title: str, explanation: str) -> None:
    x, y, width, height = box
    drawing.rect(x, y, width, height, stroke=RULE, radius=5)
    used = drawing.text(x + _PAD, y + 19, title, 11.5, bold=True, room=width - 2 * _PAD)
    room = width - 2 * _PAD - used - 10
    if room > 60:
        drawing.text(x + _PAD + used + 10, y + 19, explanation, 8.5, color=MUTED, room=room)


def _months(drawing: Drawing, view: DashboardSheet, box: Box) -> None:
    _panel(drawing, box, _("Rate by month"), _("people visited at least once ÷ people on the roster"))
    x, y, width, height = box
    left, right = x + _PAD + 26, x + width - _PAD
    base, full = y + height - 30, y + 42  # 0 % and 100 %
    for step in range(0, 101, 20):
        level = base - (base - full) * step / 100
        drawing.line(left, level, right, level, color=RULE if step == 0 else TRACK)
        drawing.text(left - 5, level + 2.8, f"{step}%", 7.5, color=MUTED, anchor="right")
    goal = base - (base - full) * view.target
    if view.months:
        slot = (right - left) / len(view.months)
        for at, entry in enumerate(view.months):
            current = at + 1 == len(view.months)
            _month_bar(drawing, entry, (left + at * slot, base, slot, full), goal, view.target, current)
            _month_label(drawing, entry.month, left + (at + 0.5) * slot, base, slot, at == 0)
    drawing.line(left, goal, right, goal, color=ORANGE, width=1, dashed=True)
    text = _("Target {share}").format(share=percent(view.target))
    used = drawing.text(right, y + 19, text, 8.5, color=ORANGE, anchor="right")
    drawing.line(right - used - 26, y + 16, right - used - 5, y + 16, color=ORANGE, width=1, dashed=True)


def _month_bar(  # noqa: PLR0913  the frame of the chart and the bar in it
    drawing: Drawing, entry: MonthRate, slot: Box, goal: float, target: float, current: bool
) -> None:
    left, base, room, full = slot
    width = min(room * 0.68, 34)
    x = left + (room - width) / 2
    size = min(8.5, room * 0.37)
    if entry.rate is None:
        drawing.text(left + room / 2, base - 4, entry.shown, size, color=MUTED, anchor="center")
        return
    below = is_below(entry.rate, target)
    strong, pale = (ORANGE, ORANGE_PALE) if below else (BLUE, BLUE_PALE)
    top = base - (base - full) * entry.rate
    drawing.rect(x, top, width, base - top, fill=strong if current else pale, stroke=strong, line=0.7)
    inside = goal - 1.5 < top < goal + size + 4  # above the bar the figure would stand on the target line
    color = INK
    if inside and top + size + 3 > base:
        inside = False
    if inside:
        color = "#FFFFFF" if current else INK
    baseline = top + size + 1.5 if inside else top - 3
    shown = entry.shown.removesuffix("%")
    room_inside = width - 1 if inside else room
    drawing.text(left + room / 2, baseline, shown, size, bold=current, color=color, anchor="center", room=room_inside)


def _month_label(drawing: Drawing, month: Month, x: float, base: float, room: float, first: bool) -> None:  # noqa: PLR0913
    text = _("month {number}").format(number=month.month)
    drawing.text(x, base + 10, text, 7.5, color=MUTED, anchor="center", room=room)
    if first or month.month == 1:
        year = _("year {number}").format(number=month.year)
        drawing.text(x, base + 20, year, 7.5, color=MUTED, anchor="center", room=max(room, 28))


def _categories(drawing: Drawing, view: DashboardSheet, box: Box) -> None:
    _panel(drawing, box, _("By category"), _("▼ below {share}").format(share=percent(view.target)))
    x, y, width, height = box
    if not view.by_category:
        drawing.text(x + width / 2, y + height / 2, _("No data"), 10, color=MUTED, anchor="center")
        return
    step = min((height - 38) / len(view.by_category), 30)
    for at, row in enumerate(view.by_category):
        _bar_row(drawing, row, view.target, (x + _PAD, y + 32 + at * step, width - 2 * _PAD, step), 0.26)


def _grids(drawing: Drawing, view: DashboardSheet, box: Box) -> None:
    x, y, width, height = box
    columns = 3 if len(view.by_grid) <= 30 else 4
    deepest = int((height - 34) / 9)
    rows, left_out = view.by_grid, 0
    if len(rows) > columns * deepest:
        left_out = len(rows) - columns * deepest
        rows = tuple(sorted(rows, key=lambda row: 2.0 if row.rate is None else row.rate))[: columns * deepest]
    explanation = _("▼ below {share}").format(share=percent(view.target))
    if left_out:
        explanation = _("the lowest {count}; {others} grids with higher rates are not shown").format(
            count=len(rows), others=left_out
        )
    _panel(drawing, box, _("By grid"), explanation)
    if not rows:
        drawing.text(x + width / 2, y + height / 2, _("No data"), 10, color=MUTED, anchor="center")
        return
    depth = -(-len(rows) // columns)
    step = min((height - 36) / depth, 36)
    column = (width - 2 * _PAD - (columns - 1) * 22) / columns
    for at, row in enumerate(rows):
        place = (x + _PAD + at // depth * (column + 22), y + 30 + at % depth * step, column, step)
        _bar_row(drawing, row, view.target, place, 0.25)


def _bar_row(drawing: Drawing, row: RateRow, target: float, box: Box, name_share: float) -> None:
    x, y, width, height = box
    size = min(10.0, height * 0.62)
    baseline = y + height / 2 + size * 0.36
    name_room = width * name_share
    figures = size * 9.6
    drawing.text(x, baseline, row.name, size, room=name_room - 6)
    bar, full = x + name_room, width - name_room - figures
    thick = min(height * 0.58, 14)
    top = y + (height - thick) / 2
    below = is_below(row.rate, target)
    if row.rate is not None:
        drawing.rect(bar, top, full, thick, fill=TRACK)
        drawing.rect(bar, top, full * row.rate, thick, fill=ORANGE if below else BLUE)
    color = ORANGE if below else INK
    drawing.text(bar + full + 6, baseline, marked(row.shown, row.rate, target), size, bold=True, color=color)
    counts = f"{row.visited}/{row.roster}"
    drawing.text(x + width, baseline, counts, size * 0.9, color=MUTED, anchor="right", room=size * 4)
