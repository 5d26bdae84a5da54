"""A document of plain tables, one below the other: what is held about a person, what was corrected, a form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gridapp.progress import NullProgress, Progress
from gridapp.reports.blocks import Block, Note, Ruled, SignOff, Table
from gridapp.reports.flow import Flow
from gridapp.reports.output import whole_file
from gridapp.reports.page import Frame
from gridapp.reports.pdf_writer import PdfWriter
from gridapp.reports.template import Column, Template


@dataclass(frozen=True)
class PlainTable:
    """One table.

    Attributes:
        heading: Line above it.
        columns: Heading and width [mm] of each column.
        rows: Texts, one for each column.
        empty: Sentence in place of rows when there are none.
    """

    heading: str
    columns: tuple[tuple[str, float], ...]
    rows: Sequence[tuple[str, ...]]
    empty: str


@dataclass(frozen=True)
class PlainDocument:
    """What is printed.

    Attributes:
        title: Large heading.
        facts: Short statements below it.
        note: Paragraph before the tables, "" for none.
        tables: In their order.
        remark: Small print at the foot of each page.
        printed_by: Who prints.
        printed_at: Instant, with a time zone.
        watermark: Text across each page, "" for none.
        lines: Heading of empty lines to write on, and how many; none when empty.
        sign_off: Labels with room to sign behind them.
        log_mark: End of the audit log when it was printed, or "".
        data_up_to: Last day the data are complete for; None when unknown.
    """

    title: str
    facts: tuple[str, ...]
    note: str
    tables: tuple[PlainTable, ...]
    remark: str
    printed_by: str
    printed_at: dt.datetime
    watermark: str = ""
    lines: tuple[str, int] = ("", 0)
    sign_off: tuple[str, ...] = ()
    log_mark: str = ""
    data_up_to: dt.date | None = None


def write_plain_document(document: PlainDocument, target: Path, progress: Progress = NullProgress()) -> int:
    """Write a document as a PDF file; return its pages.

    Raises:
        StorageError: The file cannot be written; what stood there before is intact.
        OperationCancelled: Cancelled through progress; nothing was written.
    """
    frame = Frame(
        document.title, document.facts, document.printed_by, document.printed_at, document.data_up_to, document.remark,
        watermark=document.watermark, log_mark=document.log_mark,
    )  # fmt: skip
    blocks: list[Block] = [Note(document.note)] if document.note else []
    blocks += [_table(table) for table in document.tables]
    if document.lines[1]:
        blocks.append(Ruled(*document.lines))
    if document.sign_off:
        blocks.append(SignOff(document.sign_off))
    flow = Flow(frame, blocks)
    with whole_file(target) as stream:
        writer = PdfWriter(stream, document.title, document.printed_by)
        for page in flow.pages(progress):
            writer.add(page)
        writer.finish()
    return flow.page_count


def _table(table: PlainTable) -> Table:
    columns = tuple(Column(title, width, str(place)) for place, (title, width) in enumerate(table.columns))

    def row(index: int) -> Mapping[str, str]:
        return {str(place): text for place, text in enumerate(table.rows[index])}

    return Table(Template("plain", columns), len(table.rows), row, table.heading, table.empty)
