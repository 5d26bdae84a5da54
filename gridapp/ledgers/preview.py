"""Check a whole workbook and show what would be stored, before anything is.

``check_workbook`` finds the headings of every sheet, reads its cells by their
columns, cross-checks each row and looks for people who appear twice. Nothing is
written anywhere; a row with an error stays behind until somebody decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as MappingOf

from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.ledgers.checked import CheckedRow, Preview, SheetPreview, SheetSummary
from gridapp.ledgers.fields import KINDS
from gridapp.ledgers.headings import HeaderRows, Mapping, detect_kind, find_header
from gridapp.ledgers.issues import Issue, Severity
from gridapp.ledgers.lookups import Lookups
from gridapp.ledgers.members import by_member, joined, proposed
from gridapp.ledgers.people_met import PeopleMet
from gridapp.ledgers.rows import TitleContext, read_context
from gridapp.ledgers.sheet_check import SheetChecker
from gridapp.ledgers.sheets import Sheet, Workbook
from gridapp.memory import collector_paused
from gridapp.progress import NullProgress, Progress

__all__ = ["CheckedRow", "Preview", "SheetPreview", "SheetSummary", "check_workbook"]

Remembered = MappingOf[str, MappingOf[str, str]]


def check_workbook(
    workbook: Workbook,
    kind: str = "auto",
    *,
    today: dt.date,
    lookups: Lookups | None = None,
    mappings: MappingOf[str, Mapping] | None = None,
    remembered: Remembered | None = None,
    progress: Progress | None = None,
) -> Preview:
    """Return everything a workbook holds, checked.

    Args:
        workbook: As read by ``read_workbook``.
        kind: "auto" decides sheet by sheet; "residents", "elders" or "visits" decides for all.
        today: Civil date that "future" and ages are judged by.
        lookups: Known grids and workers; None leaves both as written, unchecked.
        mappings: Sheet name -> mapping the user has settled; the other sheets are mapped by headings.
        remembered: Mappings of earlier imports, see ``members.proposed``.
        progress: Told every 200 rows.

    Raises:
        ValidationError: The kind is unknown.
        OperationCancelled: The user asked to stop; nothing was kept.
    """
    if kind != "auto" and kind not in KINDS:
        raise ValidationError(_("“{kind}” is not a kind of ledger.").format(kind=kind), "kind")
    watcher = progress or NullProgress()
    total = sum(len(sheet.rows) for sheet in workbook.sheets)
    met = PeopleMet()
    done = 0
    previews = []
    for sheet in workbook.sheets:
        mapping, context = _mapped(sheet, workbook.name, kind, mappings or {}, remembered)
        if mapping is None or not mapping.kind:
            previews.append(_unread(sheet, context))
        else:
            parts = []
            with collector_paused():
                for member, columns in by_member(mapping):
                    checker = SheetChecker(sheet, columns, context, today, lookups, met)
                    parts.append((member, columns, checker.check(watcher, done, total)))
            previews.append(parts[0][2] if len(parts) == 1 else joined(parts, mapping))
        done += len(sheet.rows)
    watcher.advance(total, total, _("Checked"))
    return Preview(workbook.name, tuple(previews))


def _mapped(
    sheet: Sheet, file_name: str, kind: str, mappings: MappingOf[str, Mapping], remembered: Remembered | None
) -> tuple[Mapping | None, TitleContext]:
    settled = mappings.get(sheet.name)
    header = HeaderRows(settled.header_rows) if settled else find_header(sheet)
    if header is None:
        return None, TitleContext()
    context = read_context(sheet, header, file_name)
    if settled:
        return settled, context
    found = kind if kind != "auto" else detect_kind(header, f"{context.title} {sheet.name} {file_name}")
    return proposed(header, found, remembered), context


def _unread(sheet: Sheet, context: TitleContext) -> SheetPreview:
    if not sheet.rows:
        message = _("Sheet “{sheet}” is empty.").format(sheet=sheet.name)
        note = Issue("", "sheet_empty", Severity.INFO, message)
    else:
        message = _("No row of headings was found in sheet “{sheet}”; it was left out.").format(sheet=sheet.name)
        note = Issue("", "no_headings", Severity.INFO if sheet.hidden else Severity.WARNING, message)
    return SheetPreview(sheet.name, sheet.hidden, "", None, 0, context, notes=(note,))
