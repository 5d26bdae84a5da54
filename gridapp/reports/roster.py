"""The visit roster (探访花名册): the list a worker carries and elders sign.

One row per person, each with a QR code and twelve digits, so that the paper
can be read back. ID numbers and phones arrive masked.
"""

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
from gridapp.reports.codes import row_code
from gridapp.reports.flow import Flow, SignOff, Table, Unprintable
from gridapp.reports.output import write_whole
from gridapp.reports.page import Frame
from gridapp.reports.pdf_writer import PdfWriter
from gridapp.reports.template import Column, Template, paper

ROSTER_TEMPLATE = Template(
    name="visit_roster",
    landscape=True,
    text_pt=8.8,
    row_mm=14.0,
    columns=(
        Column(N_("No."), 9, "number", align="center", wrap=False),
        Column(N_("Name\n(sex, age)"), 27, "name", strong=True),
        Column(N_("Category"), 25, "categories", enumeration=True),
        Column(N_("ID number\n(masked)"), 34, "id_number", align="center", wrap=False),
        Column(N_("Phone"), 22, "phone", align="center", wrap=False),
        Column(N_("Address"), 50, "address"),
        Column(N_("Last visit"), 20, "last_visit", align="center"),
        Column(N_("Visit date"), 18, "visit_date"),
        Column(N_("Way and outcome"), 27, "outcome", align="center", wrap=False),
        Column(N_("Signature of elder or family"), 27, "signature"),
        Column(N_("Row code"), 18, "code", align="center", code=True),
    ),
)
"""Eleven columns on landscape A4."""


@dataclass(frozen=True)
class RosterLine:
    """One person on a roster.

    Attributes:
        person_ref: Key or reference of the person, given back with the row's code.
        name: Full name, unmasked.
        sex: Word shown, "" when unknown.
        age: Completed years, None when unknown.
        categories: Words of the open hardship categories.
        id_masked: Masked ID number.
        phone_masked: Masked phone number.
        address: Where the person lives.
        tier: "A", "B" or "C", "" when none.
        last_visit: Day of the last valid visit.
        contact: Emergency contact as shown, masked, or "".
        note: Short status note, e.g. in hospital, or "".
    """

    person_ref: str
    name: str
    sex: str = ""
    age: int | None = None
    categories: tuple[str, ...] = ()
    id_masked: str = ""
    phone_masked: str = ""
    address: str = ""
    tier: str = ""
    last_visit: dt.date | None = None
    contact: str = ""
    note: str = ""


@dataclass(frozen=True)
class RosterSheet:
    """One roster to print.

    Attributes:
        community_name: Name of the community.
        scope_name: Name of the grid, or of the worker whose people these are.
        worker_name: Responsible worker, "" when none.
        month: The month the roster is for.
        printed_by: Name of the person printing.
        printed_at: Instant of printing, with a time zone.
        data_up_to: Last day the data are complete for.
        rule_text: The rule behind the roster, with its settings.
        sheet_no: Number of the sheet, 1 to 999,999; part of every row code.
        rows: The people, in the order to visit them.
    """

    community_name: str
    scope_name: str
    worker_name: str
    month: Month
    printed_by: str
    printed_at: dt.datetime
    data_up_to: dt.date | None
    rule_text: str
    sheet_no: int
    rows: Sequence[RosterLine] = ()


@dataclass(frozen=True)
class RosterResult:
    """What was printed.

    Attributes:
        pages: Number of pages.
        rows: Number of people, each printed exactly once.
        codes: (row code, person_ref) of every row, in order.
        unprintable: Texts that show 〓 because no font has the character.
    """

    pages: int
    rows: int
    codes: tuple[tuple[str, str], ...]
    unprintable: tuple[Unprintable, ...]


def write_roster(
    roster: RosterSheet,
    target: Path | BinaryIO,
    progress: Progress | None = None,
    template: Template = ROSTER_TEMPLATE,
) -> RosterResult:
    """Write a roster as a PDF file.

    Args:
        roster: What to print. An empty one gives a page that says so.
        target: File to write or replace, or a binary stream.
        progress: Told after each page; may cancel.
        template: Columns to show; their fields are those of `row_values`.

    Raises:
        ValidationError: The sheet number is out of range, or there are more than 100,000 rows.
        StorageError: The file cannot be written. What stood there before is intact.
        OperationCancelled: Cancelled through progress; nothing was written.
    """
    codes = [row_code(roster.sheet_no, number) for number in range(1, len(roster.rows) + 1)]
    flow = lay_out_roster(roster, template)
    writer = PdfWriter(paper(template.landscape), _title(roster), roster.printed_by)
    for page in flow.pages(progress or NullProgress()):
        writer.add(page)
    write_whole(target, writer.finish())
    references = tuple((code, line.person_ref) for code, line in zip(codes, roster.rows, strict=True))
    return RosterResult(flow.page_count, flow.row_count, references, tuple(flow.unprintable))


def lay_out_roster(roster: RosterSheet, template: Template = ROSTER_TEMPLATE) -> Flow:
    """Return the roster laid out, for a preview or another backend."""

    def row(index: int) -> Mapping[str, str]:
        return row_values(roster.rows[index], roster.sheet_no, index + 1)

    frame = Frame(
        title=_title(roster),
        facts=_facts(roster),
        printed_by=roster.printed_by,
        printed_at=roster.printed_at,
        data_up_to=roster.data_up_to,
        rule_text=roster.rule_text,
        number=f"{roster.sheet_no:06d}",
        landscape=template.landscape,
    )
    table = Table(template, len(roster.rows), row, empty_text=_("Nobody is on this roster this month."))
    sign_off = SignOff((_("Grid worker:"), _("Checked by the community:"), _("Date:")))
    return Flow(frame, [table, sign_off])


def row_values(line: RosterLine, sheet_no: int, number: int) -> dict[str, str]:
    """Return the texts of one row by field.

    Args:
        line: The person.
        sheet_no: Number of the sheet.
        number: Number of the row, from 1.
    """
    about = [line.sex, "" if line.age is None else _("{age} years").format(age=line.age)]
    about.append(_("tier {tier}").format(tier=line.tier) if line.tier else "")
    contact = _("Contact: {contact}").format(contact=line.contact) if line.contact else ""
    return {
        "number": str(number),
        "name": _stacked(line.name, "·".join(filter(None, about))),
        "categories": _stacked(C_("enumeration", ", ").join(line.categories), line.note),
        "id_number": line.id_masked,
        "phone": line.phone_masked,
        "address": _stacked(line.address, contact),
        "last_visit": formats.date(line.last_visit) or _("none yet"),
        "visit_date": "",
        "outcome": _("□ on-site □ phone\n□ met □ not met"),
        "signature": "",
        "code": row_code(sheet_no, number),
    }


def _stacked(*parts: str) -> str:
    return "\n".join(filter(None, parts))


def _title(roster: RosterSheet) -> str:
    return _("{community} {scope} visit roster, {month}").format(
        community=roster.community_name,
        scope=roster.scope_name,
        month=formats.month(roster.month.year, roster.month.month),
    )


def _facts(roster: RosterSheet) -> tuple[str, ...]:
    worker = roster.worker_name or _("not assigned")
    return (
        _("Grid worker: {name}").format(name=worker),
        _("People: {count}").format(count=formats.count(len(roster.rows))),
        _("Sheet: {number}").format(number=f"{roster.sheet_no:06d}"),
    )
