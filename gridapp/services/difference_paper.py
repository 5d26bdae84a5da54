"""The difference list of a closed month as a paper: the sealed figure, the one known now, and who differs and why."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from gridapp import clock, formats
from gridapp.db.audit.witness import head
from gridapp.db.database import Database
from gridapp.db.queries.closings import DifferenceList, find_closing, read_differences
from gridapp.db.queries.values import Scope
from gridapp.domain.handout import Stamp
from gridapp.domain.period import Month
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

if TYPE_CHECKING:
    from gridapp.db.database import Session
    from gridapp.reports.document import PaperResult
    from gridapp.reports.plain_tables import PlainDocument


def find_differences(session: Session, month: Month, as_of: dt.date, community: str = "") -> DifferenceList:
    """Return what differs from a month's closing by the facts known now.

    Args:
        session: Where to read.
        month: A closed month.
        as_of: The day the facts are seen from.
        community: Code of a community; "" for the whole area.

    Raises:
        NotFoundError: The month is not closed there, or its names are not this account's to see.
    """
    found = find_closing(session, month, Scope(community=community or None))
    if found is None or not found.content:
        raise NotFoundError(_("{month} is not closed.").format(month=formats.month(month.year, month.month)))
    return read_differences(session, found, as_of)


def write_differences(  # noqa: PLR0913  a closing is a month, a day and a place; a paper a file, a name, progress
    database: Database, month: Month, as_of: dt.date, path: Path, actor: str, community: str = "",
    progress: Progress = NullProgress(),
) -> PaperResult:  # fmt: skip
    """Write the difference list of a closed month as PDF; printing is on record.

    Args:
        database: Where the closing is.
        month: A closed month.
        as_of: The day the facts are seen from.
        path: File to write.
        actor: Who prints.
        community: Code of a community; "" for the whole area.
        progress: Told as the pages are made; may cancel.

    Raises:
        NotFoundError: The month is not closed there.
        StorageError: The file could not be written; no half file is left.
        OperationCancelled: The user asked to stop; nothing was written.
    """
    from gridapp.reports.document import PaperResult  # heavy: reportlab
    from gridapp.reports.plain_tables import write_plain_document

    with database.read() as session:  # where an account sees only what is its own
        listed = find_differences(session, month, as_of, community)
        mark = head(session.connection())
    with database.write("paper.print", actor, undoable=False) as unit:
        rows = len(listed.rows)
        unit.detail = {"template": "differences", "period": str(month), "community": community, "rows": rows}
        pages = write_plain_document(_document(listed, actor, mark), path, progress)
    return PaperResult(pages, rows, ())


def _document(listed: DifferenceList, actor: str, mark: str) -> PlainDocument:
    from gridapp.reports.plain_tables import PlainDocument, PlainTable

    closing, live, now = listed.closing, listed.live, clock.now()
    month = formats.month(closing.month.year, closing.month.month)
    facts = (
        _("Closed: {visited} of {roster}, {shown}").format(
            visited=formats.count(closing.visited), roster=formats.count(closing.roster), shown=closing.shown
        ),
        _("Now: {visited} of {roster}, {shown}").format(
            visited=formats.count(live.visited), roster=formats.count(live.roster), shown=live.shown
        ),
        _("Differing: {count}").format(count=formats.count(len(listed.rows))),
        _("Month: {state}").format(state=closing.state),
        _("Data up to {day}").format(day=closing.content.get("data_up_to", "")),
        _("Hash: {hash}").format(hash=closing.hash),
    )
    notes = [_("The closed figure stays. This list says what was entered since, and whom it concerns.")]
    if listed.rule_changed:
        notes.append(_("The rule was changed since the closing; the figure of now follows the rule of now."))
    if not closing.is_whole:
        notes.append(_("▲ what is stored was changed"))
    columns = ((_("No."), 8.5), *zip(titles(), (21.3, 18.4, 21.3, 21.3, 99.2), strict=True))
    rows = [
        (str(number), row.name, row.grid_name, row.then, row.now, "\n".join(row.why))
        for number, row in enumerate(listed.rows, start=1)
    ]
    return PlainDocument(
        title=_("{area}: difference list of the closed month {month}").format(area=closing.area, month=month),
        facts=facts, note=" ".join(notes),
        tables=(PlainTable("", columns, rows, _("Nothing entered since differs from the closing.")),),
        remark=closing.rule_text, printed_by=actor, printed_at=now, watermark=f"{actor} {formats.instant(now)}",
        sign_off=(_("Filled in by:"), _("Checked by the community:"), _("Date:")), log_mark=mark,
        data_up_to=clock.today(),
    )  # fmt: skip


def titles() -> tuple[str, ...]:
    """Return the headings of the list."""
    return _("Name"), _("Grid"), _("Closed as"), _("Now"), _("Why")


def write_difference_table(listed: DifferenceList, path: Path, stamp: Stamp, progress: Progress) -> int:
    """Write the list as a workbook or csv file, by its ending; return how many people.

    Raises:
        ValidationError: The name ends otherwise.
        StorageError: The file cannot be written.
        OperationCancelled: The user asked to stop; no file is left.
    """
    from gridapp.ledgers.exports import ExportColumn, write_csv, write_xlsx  # heavy: imported when first used

    month = formats.month(listed.closing.month.year, listed.closing.month.month)
    title = _("{area}: difference list of the closed month {month}").format(area=listed.closing.area, month=month)
    columns = [ExportColumn(text) for text in titles()]
    rows = [(row.name, row.grid_name, row.then, row.now, "；".join(row.why)) for row in listed.rows]
    if path.suffix.lower() == ".csv":
        return write_csv(path, columns, rows, stamp=stamp, progress=progress)
    if path.suffix.lower() != ".xlsx":
        raise ValidationError(_("Let the name of the file end in .pdf, .xlsx or .csv."), "path")
    return write_xlsx(path, columns, rows, title=title, stamp=stamp, progress=progress)
