"""From a template and its contents to a file: the one way every paper of tables and forms is made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gridapp import formats
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.reports.blocks import Bar, Bars, Block, Form, Note, Ruled, SignOff, Table
from gridapp.reports.codes import MAX_ROW, row_code
from gridapp.reports.fields import PEOPLE_SOURCES
from gridapp.reports.flow import Flow, Unprintable
from gridapp.reports.output import whole_file
from gridapp.reports.page import Frame
from gridapp.reports.paper_template import BlockTemplate, PaperTemplate
from gridapp.reports.pdf_writer import PdfWriter
from gridapp.reports.people import PersonLine, person_texts
from gridapp.reports.rate_row import is_below, marked_before


@dataclass(frozen=True)
class People:
    """People a block can show: how many, and each one when asked for."""

    count: int
    line: Callable[[int], PersonLine]

    @classmethod
    def of(cls, lines: Sequence[PersonLine]) -> People:
        """Return people that are all there."""
        return cls(len(lines), lines.__getitem__)


@dataclass(frozen=True)
class FigureLine:
    """The figures of one grid, category, month or the total; None prints "—".

    Attributes:
        name: What the line is about.
        visited: N, people with at least one valid visit.
        roster: D, people on the roster.
        shown: N / D as the indicators write it.
        share: N / D, None when D is 0.
        onsite_shown: Rate of on-site visits alone.
        attempts: Visits that met nobody.
        new: People who joined after the joining day and are not in D.
        excluded: People left out by rule.
        state: Words on whether the figure is closed.
    """

    name: str
    visited: int
    roster: int
    shown: str
    share: float | None
    onsite_shown: str = ""
    attempts: int | None = None
    new: int | None = None
    excluded: int | None = None
    state: str = ""


@dataclass(frozen=True)
class Contents:
    """What a paper is filled with.

    Attributes:
        words: Text of every placeholder a template may hold.
        people: By source.
        figures: By source; a block with a total row gets the total last.
        total: Figures of everything together.
        target: Target share, 0 to 1.
        printed_by: Name of the person printing.
        printed_at: Instant of printing, with a time zone.
        data_up_to: Last day the data are complete for; None when unknown.
        rule_text: The rule behind the figures, with its settings and whether they are closed.
        sheet_no: Number of the sheet, 1 to 999,999; 0 for papers without row codes.
        log_mark: End of the audit log when it was printed, or "".
    """

    words: Mapping[str, str]
    people: Mapping[str, People]
    figures: Mapping[str, Sequence[FigureLine]]
    total: FigureLine
    target: float
    printed_by: str
    printed_at: dt.datetime
    data_up_to: dt.date | None
    rule_text: str
    sheet_no: int = 0
    log_mark: str = ""


@dataclass(frozen=True)
class PaperResult:
    """What was printed.

    Attributes:
        pages: Number of pages.
        rows: People in the block that carries codes, else in all blocks of people.
        unprintable: Texts that show 〓 because no font has the character.
        sheet: Number of the sheet, 0 for papers without row codes.
    """

    pages: int
    rows: int
    unprintable: tuple[Unprintable, ...]
    sheet: int = 0


def write_document(
    template: PaperTemplate, contents: Contents, target: Path | BinaryIO, progress: Progress | None = None
) -> PaperResult:
    """Write a paper as a PDF file.

    Args:
        template: What it shows.
        contents: What it is filled with.
        target: File to write or replace, or a binary stream.
        progress: Told while rows are set and after each page; may cancel.

    Raises:
        ValidationError: The sheet number is out of range, or there are too many rows for codes.
        StorageError: The file cannot be written. What stood there before is intact.
        OperationCancelled: Cancelled through progress; nothing was written.
    """
    flow = lay_out(template, contents, progress)
    with whole_file(target) as stream:
        writer = PdfWriter(stream, _words(template.title, contents), contents.printed_by)
        for page in flow.pages(progress or NullProgress()):
            writer.add(page)
        writer.finish()
    return PaperResult(flow.page_count, rows_of(template, contents), tuple(flow.unprintable))


def lay_out(template: PaperTemplate, contents: Contents, progress: Progress | None = None) -> Flow:
    """Return the paper laid out, for a preview or another backend.

    Raises:
        ValidationError: The sheet number is out of range, or there are too many rows for codes.
    """
    if template.is_numbered:
        rows = rows_of(template, contents)
        if rows > MAX_ROW:
            raise ValidationError(
                _("A sheet can hold at most {last} rows. Print it grid by grid.").format(last=MAX_ROW), "row_no"
            )
        if contents.sheet_no:
            row_code(contents.sheet_no, max(rows, 1))
    frame = Frame(
        title=_words(template.title, contents),
        facts=_facts(template, contents),
        printed_by=contents.printed_by,
        printed_at=contents.printed_at,
        data_up_to=contents.data_up_to,
        rule_text=contents.rule_text if template.has_figures else "",
        number=f"{contents.sheet_no:06d}" if contents.sheet_no else "",
        landscape=template.landscape,
        size=template.size,
        watermark=_words(template.watermark, contents),
        log_mark=contents.log_mark,
    )
    blocks = [_block(template, block, contents) for block in template.blocks]
    if template.sign_off:
        blocks.append(SignOff(tuple(_(label) if label else "" for label in template.sign_off)))
    return Flow(frame, blocks, progress)


def rows_of(template: PaperTemplate, contents: Contents) -> int:
    """Return how many people a paper lists: in the block that carries codes, else in all."""
    shown = [block for block in template.blocks if block.source in contents.people and block.kind in ("table", "form")]
    coded = [block for block in shown if "code" in block.fields]
    return sum(contents.people[block.source].count for block in coded or shown)


def _facts(template: PaperTemplate, contents: Contents) -> tuple[str, ...]:
    facts = [_words(fact, contents) for fact in template.facts]
    if contents.sheet_no:
        facts.append(_("Sheet: {number}").format(number=f"{contents.sheet_no:06d}"))
    return tuple(facts)


def _words(text: str, contents: Contents) -> str:
    return _(text).format_map(contents.words) if text else ""


def _block(template: PaperTemplate, block: BlockTemplate, contents: Contents) -> Block:
    if block.kind == "note":
        return Note(_words(block.source, contents))
    if block.kind == "lines":
        return Ruled(_words(block.source, contents), block.count)
    heading = _words(block.heading, contents)
    if block.kind == "bars":
        lines = contents.figures.get(block.source, ())
        return Bars(heading, tuple(_bar(line, contents.target) for line in lines), contents.target)
    if block.source in PEOPLE_SOURCES:
        people = contents.people.get(block.source, People.of(()))
        texts = person_texts(people.line, block.fields, template.masking, contents.sheet_no)
        if block.kind == "form":
            return Form(block.form, people.count, texts)
        if heading:
            heading = _("{heading}: {count}").format(heading=heading, count=formats.count(people.count))
        return Table(template.table_of(block), people.count, texts, heading, _words(block.empty, contents))
    if block.source == "given":
        if block.kind == "form":
            return Form(block.form, 1, lambda _index: {})
        return _given_table(template, block, contents, heading)
    return _figure_table(template, block, contents, heading)


def _given_table(template: PaperTemplate, block: BlockTemplate, contents: Contents, heading: str) -> Table:
    rows = [{name: _words(text, contents) for name, text in row.items()} for row in block.given]

    def row(index: int) -> Mapping[str, str]:
        told = rows[index] if index < len(rows) else {}
        return {field: str(index + 1) if field == "number" else told.get(field, "") for field in block.fields}

    return Table(template.table_of(block), len(rows) + block.blank_rows, row, heading, _words(block.empty, contents))


def _figure_table(template: PaperTemplate, block: BlockTemplate, contents: Contents, heading: str) -> Table:
    lines = [*contents.figures.get(block.source, ())]
    if block.total:
        lines.append(contents.total)

    def row(index: int) -> Mapping[str, str]:
        line = lines[index]
        return {
            "name": line.name,
            "roster": formats.count(line.roster),
            "visited": formats.count(line.visited),
            "missed": formats.count(line.roster - line.visited),
            "shown": marked_before(line.shown, line.share, contents.target),
            "onsite": line.onsite_shown,
            "attempts": _count(line.attempts),
            "new": _count(line.new),
            "excluded": _count(line.excluded),
            "state": line.state,
            "blank": "",
        }

    empty = _words(block.empty, contents)
    return Table(template.table_of(block), len(lines), row, heading, empty, total_row=block.total)


def _bar(line: FigureLine, target: float) -> Bar:
    return Bar(line.name, line.share, f"{line.shown} ▼" if is_below(line.share, target) else line.shown)


def _count(number: int | None) -> str:
    return "—" if number is None else formats.count(number)
