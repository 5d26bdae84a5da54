"""The frame around every page: title, facts line, footer with page x of y.

What the reader must be able to trust stands on every page: who printed it,
when, the day the data reach to, and the rule behind the figures.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from gridapp import formats
from gridapp.i18n import _
from gridapp.reports import fonts
from gridapp.reports.placed import Page, PlacedLine, PlacedMark, PlacedText
from gridapp.reports.template import MM, SIDE_MARGIN_MM, paper
from gridapp.reports.wrapping import wrap

_MARGIN = SIDE_MARGIN_MM * MM
_TOP = 9 * MM
_BOTTOM = 7 * MM
_TITLE, _FACTS, _SMALL = 16.0, 9.5, 7.5
_MUTED = 0.3
_WATERMARK, _SLOPE, _PALE = 30.0, 24.0, 0.9


@dataclass(frozen=True)
class Frame:
    """What a document says around its tables.

    Attributes:
        title: Large heading of the first page, small heading of the others.
        facts: Short statements in one line below the title, from left to right.
        printed_by: Name of the person printing.
        printed_at: Instant of printing, with a time zone.
        data_up_to: Last day the data are complete for; None when unknown.
        rule_text: The rule behind the figures, with the values of its settings.
        number: Number of the sheet as printed, or "".
        landscape: Paper lies on its long side.
        size: Name of the paper.
        watermark: Text printed pale across every page, or "".
        log_mark: End of the audit log when it was printed, or "".
    """

    title: str
    facts: tuple[str, ...]
    printed_by: str
    printed_at: dt.datetime
    data_up_to: dt.date | None
    rule_text: str
    number: str = ""
    landscape: bool = False
    size: str = "A4"
    watermark: str = ""
    log_mark: str = ""


class FramePainter:
    """Draws a frame and knows the room that is left for the body."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.width, self.height = paper(frame.landscape, frame.size)
        self.left, self.right = _MARGIN, self.width - _MARGIN
        room = self.right - self.left
        self._title_lines = _fit(frame.title, room, _TITLE, bold=True)
        self._fact_lines = _facts_lines(frame.facts, room)
        self._rule_lines = _fit(frame.rule_text, room, _SMALL - 0.5)

    @property
    def bottom(self) -> float:
        """Lowest point of the body."""
        return _BOTTOM + _SMALL * 1.7 + len(self._rule_lines) * (_SMALL - 0.5) * 1.35 + 4

    def top(self, first: bool) -> float:
        """Highest point of the body on the first page or on a later one."""
        if first:
            facts = len(self._fact_lines) * _FACTS * 1.5
            return self.height - _TOP - len(self._title_lines) * _TITLE * 1.35 - facts - 4
        return self.height - _TOP - _FACTS * 1.35 - 3

    def draw(self, number: int, count: int) -> Page:
        """Return page ``number`` of ``count`` with its frame drawn and its body empty."""
        page = Page(self.width, self.height)
        if self.frame.watermark:
            self._draw_watermark(page)
        if number == 1:
            self._draw_title(page)
        else:
            y = self.height - _TOP - _FACTS
            fact = fonts.printable(self.frame.facts[0]) if self.frame.facts else ""
            used = _right(page, self.right, y, fact, _FACTS, (self.right - self.left) / 3)
            title = fonts.printable(self.frame.title.replace("\n", " "), bold=True)
            size = _shrunk(title, _FACTS, self.right - self.left - used - 12, bold=True)
            page.texts.append(PlacedText(self.left, y, title, size, bold=True))
        self._draw_foot(page, number, count)
        return page

    def _draw_watermark(self, page: Page) -> None:
        text = fonts.printable(self.frame.watermark)
        width = max(fonts.width(text, 1.0), 1.0)
        size = min(_WATERMARK, self.height * 0.62 / (width * math.sin(math.radians(_SLOPE))))
        # Two lines across the sheet: whoever copies half a page copies the name with it.
        for share in (0.3, 0.72):
            x, y = self.width * 0.5, self.height * share
            page.marks.append(PlacedMark(x - width * size / 2 * math.cos(math.radians(_SLOPE)),
                                         y - width * size / 2 * math.sin(math.radians(_SLOPE)),
                                         text, size, _SLOPE, _PALE))  # fmt: skip

    def _draw_title(self, page: Page) -> None:
        y = self.height - _TOP
        for line in self._title_lines:
            y -= _TITLE * 1.35
            x = (self.width - fonts.width(line, _TITLE, bold=True)) / 2
            page.texts.append(PlacedText(x, y + _TITLE * 0.3, line, _TITLE, bold=True))
        for facts in self._fact_lines:
            y -= _FACTS * 1.5
            used = sum(fonts.width(fact, _FACTS) for fact in facts)
            gap = (self.right - self.left - used) / max(len(facts) - 1, 1)
            x = self.left
            for fact in facts:
                page.texts.append(PlacedText(x, y + _FACTS * 0.35, fact, _FACTS))
                x += fonts.width(fact, _FACTS) + gap

    def _draw_foot(self, page: Page, number: int, count: int) -> None:
        y = self.bottom - 3
        page.lines.append(PlacedLine(self.left, y, self.right, y, 0.4, 0.6))
        size = _SMALL - 0.5
        for line in self._rule_lines:
            y -= size * 1.35
            page.texts.append(PlacedText(self.left, y, line, size, grey=_MUTED))
        y = _BOTTOM
        texts = [
            _("Printed by {name}, {time}").format(
                name=self.frame.printed_by, time=formats.instant(self.frame.printed_at)
            ),
            self._data_line(),
        ]
        left = fonts.printable("    ".join(text for text in texts if text))
        middle = _("Page {page} of {pages}").format(page=number, pages=count)
        x = (self.width - fonts.width(middle, _SMALL + 1)) / 2
        page.texts.append(PlacedText(self.left, y, left, _shrunk(left, _SMALL, x - self.left - 8), grey=_MUTED))
        page.texts.append(PlacedText(x, y, middle, _SMALL + 1))
        mark = _("Log {mark}").format(mark=self.frame.log_mark) if self.frame.log_mark else ""
        sheet = _("Sheet {number}").format(number=self.frame.number) if self.frame.number else ""
        if mark or sheet:
            _right(page, self.right, y, "    ".join(filter(None, (mark, sheet))), _SMALL, x - self.left)

    def _data_line(self) -> str:
        if self.frame.data_up_to is None:
            return _("Data up to: unknown")
        return _("Data up to {day}").format(day=formats.date(self.frame.data_up_to))


def _fit(text: str, room: float, size: float, bold: bool = False) -> list[str]:
    text = "\n".join(fonts.printable(line, bold) for line in text.split("\n"))
    return wrap(text, room / size, fonts.glyphs(bold))


def _facts_lines(facts: tuple[str, ...], room: float) -> list[list[str]]:
    """Put facts on as few lines as they need, at least 12 points apart."""
    lines: list[list[str]] = []
    used = 0.0
    for fact in facts:
        for text in _fit(fact, room, _FACTS):
            width = fonts.width(text, _FACTS) + 12
            if lines and used + width <= room + 12:
                lines[-1].append(text)
                used += width
            else:
                lines.append([text])
                used = width
    return lines


def _shrunk(text: str, size: float, room: float, bold: bool = False) -> float:
    natural = fonts.width(text, size, bold)
    return size if natural <= room else size * room / natural


def _right(page: Page, x: float, y: float, text: str, size: float, room: float) -> float:  # noqa: PLR0913
    size = _shrunk(text, size, room)
    width = fonts.width(text, size)
    if text:
        page.texts.append(PlacedText(x - width, y, text, size, grey=_MUTED))
    return width
