"""The monthly rate report (月探访率表): figures by grid and category, and the people behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gridapp import formats
from gridapp.domain.period import Month
from gridapp.i18n import C_, N_, _
from gridapp.progress import NullProgress, Progress
from gridapp.reports.flow import Block, Flow, Note, SignOff, Table, Unprintable
from gridapp.reports.output import write_whole
from gridapp.reports.page import Frame
from gridapp.reports.pdf_writer import PdfWriter
from gridapp.reports.rate_row import marked_before, percent
from gridapp.reports.template import Column, Template, paper

_FIGURES = (
    Column(N_("On the roster"), 19, "roster", align="right"),
    Column(N_("Visited"), 19, "visited", align="right"),
    Column(N_("Visit rate"), 24, "shown", align="right"),
    Column(N_("On-site rate"), 22, "onsite", align="right"),
    Column(N_("Attempts"), 19, "attempts", align="right"),
    Column(N_("New this month"), 17, "new", align="right"),
    Column(N_("Left out"), 17, "excluded", align="right"),
)
GRID_TEMPLATE = Template("rate_by_grid", (Column(N_("Grid"), 53, "name"), *_FIGURES), text_pt=9.5)
CATEGORY_TEMPLATE = Template("rate_by_category", (Column(N_("Category"), 53, "name"), *_FIGURES), text_pt=9.5)
PEOPLE_TEMPLATE = Template(
    "rate_people",
    (
        Column(N_("No."), 11, "number", align="center", wrap=False),
        Column(N_("Name"), 27, "name"),
        Column(N_("Grid"), 24, "grid"),
        Column(N_("Category"), 29, "categories", enumeration=True),
        Column(N_("Phone"), 24, "phone", align="center", wrap=False),
        Column(N_("Address"), 41, "address"),
        Column(N_("Last visit"), 21, "last_visit", align="center", wrap=False),
        Column(N_("Note"), 22, "note"),
    ),
)
REASON_TEMPLATE = Template(
    "rate_reasons",
    (
        Column(N_("No."), 11, "number", align="center", wrap=False),
        Column(N_("Name"), 35, "name"),
        Column(N_("Grid"), 35, "grid"),
        Column(N_("Category"), 45, "categories", enumeration=True),
        Column(N_("Reason"), 64, "note"),
    ),
)


@dataclass(frozen=True)
class RateLine:
    """The figures of one grid, one category or the total; None prints "—".

    Attributes:
        name: Grid or category.
        visited: N, people with at least one valid visit.
        roster: D, people on the roster.
        shown: N / D as the indicators write it.
        rate: N / D, None when D is 0.
        onsite_shown: Rate of on-site visits alone.
        attempts: Visits that met nobody.
        new: People who joined after the joining day and are not in D.
        excluded: People left out by rule.
    """

    name: str
    visited: int
    roster: int
    shown: str
    rate: float | None
    onsite_shown: str
    attempts: int | None = None
    new: int | None = None
    excluded: int | None = None


@dataclass(frozen=True)
class ListedPerson:
    """A person in one of the lists; phone and address arrive masked as the reader may see them."""

    name: str
    grid_name: str = ""
    categories: tuple[str, ...] = ()
    phone_masked: str = ""
    address: str = ""
    last_visit: dt.date | None = None
    note: str = ""


@dataclass(frozen=True)
class RateTableSheet:
    """Everything the monthly rate report shows.

    Attributes:
        community_name: Area of the report.
        month: Its month.
        closed: The month is closed (封账) and its figures are final.
        target: Target share, 0 to 1.
        total: The total, each person counted once.
        by_grid: One line per grid.
        by_category: One line per category; a person with several is in several.
        missed: People on the roster not visited.
        new: People not in D because they joined late.
        excluded: People left out by rule; ``note`` holds the reason.
        modes_text: Visits by mode in words, or "".
        printed_by: Name of the person printing.
        printed_at: Instant of printing, with a time zone.
        data_up_to: Last day the data are complete for.
        rule_text: The rule behind the figures, with its settings.
    """

    community_name: str
    month: Month
    closed: bool
    target: float
    total: RateLine
    by_grid: tuple[RateLine, ...]
    by_category: tuple[RateLine, ...]
    missed: tuple[ListedPerson, ...]
    new: tuple[ListedPerson, ...]
    excluded: tuple[ListedPerson, ...]
    modes_text: str
    printed_by: str
    printed_at: dt.datetime
    data_up_to: dt.date | None
    rule_text: str


@dataclass(frozen=True)
class RateTableResult:
    """What was printed: the number of pages, and texts that show 〓."""

    pages: int
    unprintable: tuple[Unprintable, ...]


def write_rate_table(
    sheet: RateTableSheet, target: Path | BinaryIO, progress: Progress | None = None
) -> RateTableResult:
    """Write the monthly rate report as a PDF file.

    Raises:
        StorageError: The file cannot be written. What stood there before is intact.
        OperationCancelled: Cancelled through progress; nothing was written.
    """
    flow = lay_out_rate_table(sheet)
    writer = PdfWriter(paper(landscape=False), _title(sheet), sheet.printed_by)
    for page in flow.pages(progress or NullProgress()):
        writer.add(page)
    write_whole(target, writer.finish())
    return RateTableResult(flow.page_count, tuple(flow.unprintable))


def lay_out_rate_table(sheet: RateTableSheet) -> Flow:
    """Return the report laid out, for a preview or another backend."""
    state = _("closed, final") if sheet.closed else _("not closed yet, figures may still change")
    frame = Frame(
        title=_title(sheet),
        facts=(
            _("Visit rate: {shown}").format(shown=sheet.total.shown),
            _("Target {share}").format(share=percent(sheet.target)),
            _("Month: {state}").format(state=state),
        ),
        printed_by=sheet.printed_by,
        printed_at=sheet.printed_at,
        data_up_to=sheet.data_up_to,
        rule_text=sheet.rule_text,
    )
    once = _("A person with several categories is counted in each of them, but only once in the total.")
    blocks: list[Block] = [_lines(GRID_TEMPLATE, _("By grid"), sheet.by_grid, sheet)]
    blocks += [_lines(CATEGORY_TEMPLATE, _("By category"), sheet.by_category, sheet), Note(once)]
    if sheet.modes_text:
        blocks.append(Note(sheet.modes_text))
    blocks.append(
        _people(PEOPLE_TEMPLATE, _("Not visited this month"), sheet.missed, _("Everyone on the roster was visited."))
    )
    if sheet.new:
        blocks.append(_people(PEOPLE_TEMPLATE, _("New this month, not counted yet"), sheet.new, ""))
    if sheet.excluded:
        blocks.append(_people(REASON_TEMPLATE, _("Left out by rule"), sheet.excluded, ""))
    blocks.append(SignOff((_("Filled in by:"), _("Checked by the community:"), _("Date:"))))
    return Flow(frame, blocks)


def _title(sheet: RateTableSheet) -> str:
    month = formats.month(sheet.month.year, sheet.month.month)
    return _("{community} monthly visit rate, {month}").format(community=sheet.community_name, month=month)


def _lines(template: Template, heading: str, lines: Sequence[RateLine], sheet: RateTableSheet) -> Table:
    everything = [*lines, sheet.total]

    def row(index: int) -> Mapping[str, str]:
        line = everything[index]
        return {
            "name": line.name,
            "visited": formats.count(line.visited),
            "roster": formats.count(line.roster),
            "shown": marked_before(line.shown, line.rate, sheet.target),
            "onsite": line.onsite_shown,
            "attempts": _count(line.attempts),
            "new": _count(line.new),
            "excluded": _count(line.excluded),
        }

    return Table(template, len(everything), row, heading, total_row=True)


def _people(template: Template, heading: str, people: Sequence[ListedPerson], empty_text: str) -> Table:
    def row(index: int) -> Mapping[str, str]:
        person = people[index]
        return {
            "number": str(index + 1),
            "name": person.name,
            "grid": person.grid_name,
            "categories": C_("enumeration", ", ").join(person.categories),
            "phone": person.phone_masked,
            "address": person.address,
            "last_visit": formats.date(person.last_visit) or _("none yet"),
            "note": person.note,
        }

    title = _("{heading}: {count}").format(heading=heading, count=formats.count(len(people)))
    return Table(template, len(people), row, title, empty_text)


def _count(number: int | None) -> str:
    return "—" if number is None else formats.count(number)
