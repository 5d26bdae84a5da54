"""What the import wizard does off the UI thread; free of Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridapp import errors
from gridapp.domain.hardship import built_in_title
from gridapp.i18n import _
from gridapp.ledgers.checked import CheckedRow, Preview
from gridapp.ledgers.fields import FIELDS, TICK, column_index, field_title
from gridapp.ledgers.headings import (
    HeaderRows,
    detect_kind,
    find_header,
    header_signature,
    propose_mapping,
)
from gridapp.ledgers.headings import Mapping as Columns
from gridapp.ledgers.issues import Severity
from gridapp.ledgers.rows import read_context
from gridapp.ledgers.sheets import Sheet, Workbook
from gridapp.ledgers.values.text import text_of
from gridapp.ledgers.workbook import read_workbook
from gridapp.progress import NullProgress, Progress

if TYPE_CHECKING:
    from gridapp.db.database import Database
    from gridapp.domain.changes import Changes

LEDGER, FACTS, BOUNDARIES = "ledger", "facts", "boundaries"
LEDGER_KINDS = ("residents", "elders", "visits")
_JSON_HEAD = 4096


@dataclass(frozen=True)
class Failure:
    """What a job answers instead of a result when the user must be told something beside the fields."""

    error: errors.GridAppError


@dataclass(frozen=True)
class OpenedLedger:
    """A ledger as it was read, with what its columns seem to hold.

    Attributes:
        path: The file.
        workbook: Its cells.
        mappings: Sheet name -> columns; sheets without headings are not there.
    """

    path: Path
    workbook: Workbook
    mappings: dict[str, Columns] = field(hash=False)


@dataclass(frozen=True)
class IssueGroup:
    """One kind of trouble in one field.

    Attributes:
        field: Canonical field, "" for the whole row.
        code: Stable word of the issue.
        severity: How it affects its rows.
        example: The first message of the kind.
        rows: How many rows have it.
    """

    field: str
    code: str
    severity: Severity
    example: str
    rows: int

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what members are filed under."""
        return self.field, self.code, self.severity.value


@dataclass(frozen=True)
class ReviewRow:
    """A checked row with its sheet and the columns of its fields.

    Attributes:
        sheet: Sheet name.
        checked: The row.
        places: Canonical field -> 0-based column; tick columns are not there.
        good: Whether it goes in.
    """

    sheet: str
    checked: CheckedRow
    places: Mapping[str, int] = field(hash=False)
    good: bool

    def severity(self, name: str) -> Severity | None:
        """Return how bad the worst issue of a field is, or None."""
        found = {issue.severity for issue in self.checked.issues if issue.field == name}
        return next((one for one in (Severity.ERROR, Severity.WARNING) if one in found), None)

    def text(self, name: str) -> str:
        """Return a field as the file gives it; ticks by the names of their categories."""
        place = self.places.get(name)
        raw = self.checked.raw
        if place is not None and place < len(raw):
            return text_of(raw[place])
        value = self.checked.fields.get(name)
        if isinstance(value, tuple):
            return "、".join(built_in_title(code) or code for code in value)
        return "" if value is None else str(value)

    @property
    def messages(self) -> str:
        """Return what is wrong or worth seeing, in one text."""
        return " ".join(issue.message for issue in self.checked.issues if issue.severity is not Severity.INFO)


@dataclass(frozen=True)
class Review:
    """A check, put in order for reading.

    Attributes:
        preview: What may be imported.
        fields: Canonical fields of any sheet, in the order of the file.
        groups: Kinds of trouble, worst and most frequent first.
        rows: All rows of data, in file order.
        members: Key of a group -> its rows.
        good: Rows that go in.
        notes: What is to be said of whole sheets.
    """

    preview: Preview
    fields: tuple[str, ...]
    groups: tuple[IssueGroup, ...]
    rows: tuple[ReviewRow, ...]
    members: dict[tuple[str, str, str], list[ReviewRow]] = field(hash=False)
    good: int
    notes: tuple[str, ...]

    @property
    def waiting(self) -> int:
        """Return how many rows stay behind."""
        return len(self.rows) - self.good


def tried(function: Callable[..., Any], *args: Any, progress: Progress = NullProgress()) -> Any:
    """Return what a function returns, or a Failure to be shown beside the fields.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    try:
        return function(*args, progress=progress)
    except (errors.UserError, errors.StorageError) as error:
        return Failure(error)


def detect_file(path: Path) -> str:
    """Return "facts", "boundaries" or "ledger" by what a file begins with."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_JSON_HEAD)
    except OSError:
        return LEDGER  # reading it as a ledger says what is wrong
    text = head.decode("utf-8-sig", "replace").lstrip()
    if not text.startswith("{"):
        return LEDGER
    if '"FeatureCollection"' in text or '"features"' in text or path.suffix.lower() == ".geojson":
        return BOUNDARIES
    return FACTS


def read_ledger(database: Database, path: Path, kind: str, progress: Progress = NullProgress()) -> OpenedLedger:
    """Read a ledger and say what its columns seem to hold.

    Args:
        database: Remembers the columns of earlier imports.
        path: The file.
        kind: "auto" decides sheet by sheet.
        progress: Told as the file is read.

    Raises:
        LedgerFormatError: The file cannot be read as a ledger.
        OperationCancelled: The user asked to stop.
    """
    workbook = read_workbook(path, progress)
    mappings = {}
    for sheet in workbook.sheets:
        header = find_header(sheet)
        if header is not None:
            mappings[sheet.name] = propose(database, workbook, sheet, header, kind)
    return OpenedLedger(path, workbook, mappings)


def propose(database: Database, workbook: Workbook, sheet: Sheet, header: HeaderRows, kind: str) -> Columns:
    """Return what the columns of a sheet hold, as remembered or by their headings."""
    from gridapp.db.queries.journal import load_mapping  # heavy: imported when first used

    title = f"{read_context(sheet, header, workbook.name).title} {sheet.name} {workbook.name}"
    found = kind if kind in LEDGER_KINDS else detect_kind(header, title)
    signature = header_signature("/".join(parts) for parts in header.headings.values())
    kept = database.fetch(load_mapping, signature, found)
    return propose_mapping(header, found, {signature: kept} if kept else None)


def check_ledger(
    database: Database, path: Path, mappings: Mapping[str, Columns], progress: Progress = NullProgress()
) -> Review:
    """Check a ledger by the columns the user has settled, and put the result in order.

    Raises:
        LedgerFormatError: The file cannot be read any more.
        OperationCancelled: The user asked to stop.
    """
    from gridapp.services.importing import check_file  # heavy: imported when first used

    return order_review(check_file(database, path, "auto", mappings, progress))


def order_review(preview: Preview) -> Review:
    """Return a check in the order it is read in."""
    rows: list[ReviewRow] = []
    members: dict[tuple[str, str, str], list[ReviewRow]] = {}
    first: dict[tuple[str, str, str], IssueGroup] = {}
    fields: dict[str, None] = {}
    good = 0
    for sheet in preview.sheets:
        if sheet.mapping is None:
            continue
        names = {letters: name for letters, name in sheet.mapping.columns.items() if not name.startswith(TICK)}
        places = {name: column_index(letters) for letters, name in names.items()}
        held = ("category" if name.startswith(TICK) else name for name in sheet.mapping.columns.values())
        fields.update(dict.fromkeys(held))
        for checked in sheet.rows:
            is_good = sheet.is_usable and checked.is_good
            good += is_good
            row = ReviewRow(sheet.name, checked, places, is_good)
            rows.append(row)
            for issue in checked.issues:
                key = (issue.field, issue.code, issue.severity.value)
                if key not in first:
                    first[key] = IssueGroup(issue.field, issue.code, issue.severity, issue.message, 0)
                mine = members.setdefault(key, [])
                if not mine or mine[-1] is not row:
                    mine.append(row)
    notes = tuple(note.message for sheet in preview.sheets for note in sheet.notes)
    return Review(preview, tuple(fields), _groups(first, members), tuple(rows), members, good, notes)


def _groups(
    first: Mapping[tuple[str, str, str], IssueGroup], members: Mapping[tuple[str, str, str], Sequence[ReviewRow]]
) -> tuple[IssueGroup, ...]:
    worst = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
    groups = [
        IssueGroup(group.field, group.code, group.severity, group.example, len(members[key]))
        for key, group in first.items()
    ]
    return tuple(sorted(groups, key=lambda group: (worst[group.severity], -group.rows)))


def import_and_remember(
    database: Database, preview: Preview, actor: str, progress: Progress = NullProgress()
) -> Changes:
    """Import the good rows, and remember the columns for the next file that looks the same.

    Raises:
        ValidationError: No row can be used.
        OperationCancelled: Nothing was imported.
    """
    from gridapp.services.importing import import_ledger  # heavy: imported when first used
    from gridapp.services.upkeep import remember_mapping

    changes = import_ledger(database, preview, actor, progress)
    for sheet in preview.sheets:
        if sheet.mapping is not None and sheet.kind and sheet.mapping.signature:
            remember_mapping(database, sheet.mapping.signature, sheet.kind, sheet.mapping.by_heading())
    return changes


def field_name(name: str) -> str:
    """Return a field's title; "" is the whole row."""
    if name in FIELDS or name.startswith(TICK):
        return field_title(name)
    return _("Whole row")

