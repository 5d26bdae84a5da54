"""What the import wizard does off the UI thread; free of Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridapp import errors
from gridapp.domain.hardship import built_in_title
from gridapp.i18n import _
from gridapp.ledgers.checked import CheckedRow, Preview
from gridapp.ledgers.corrections import Place, corrected
from gridapp.ledgers.fields import TICK, canonical_field, column_index, field_title, is_field, member_of
from gridapp.ledgers.headings import HeaderRows, detect_kind, find_header, header_signature
from gridapp.ledgers.headings import Mapping as Columns
from gridapp.ledgers.issues import Severity
from gridapp.ledgers.members import proposed
from gridapp.ledgers.rows import read_context
from gridapp.ledgers.sheets import Sheet, Workbook
from gridapp.ledgers.values.text import text_of
from gridapp.ledgers.workbook import read_workbook
from gridapp.progress import NullProgress, Progress

if TYPE_CHECKING:
    from gridapp.db.database import Database
    from gridapp.domain.changes import Changes
    from gridapp.services.outlook import Outlook

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
        places: Canonical field -> 0-based column of this person; tick columns are not there.
        good: Whether it goes in.
        outcome: "added", "changed" or "unchanged" for a good row, else "".
    """

    sheet: str
    checked: CheckedRow
    places: Mapping[str, int] = field(hash=False)
    good: bool
    outcome: str = ""

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
        outcomes: Outcome -> good rows that have it.
        notes: What is to be said of whole sheets.
    """

    preview: Preview
    fields: tuple[str, ...]
    groups: tuple[IssueGroup, ...]
    rows: tuple[ReviewRow, ...]
    members: dict[tuple[str, str, str], list[ReviewRow]] = field(hash=False)
    good: int
    notes: tuple[str, ...]
    outcomes: Mapping[str, int] = field(default_factory=dict, hash=False)

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


BOUNDARY_ENDINGS = (".shp", ".zip", ".gpkg", ".kml", ".geojson")


def detect_file(path: Path) -> str:
    """Return "facts", "boundaries" or "ledger" by a file's ending, or what it begins with."""
    if path.suffix.lower() in BOUNDARY_ENDINGS:
        return BOUNDARIES
    try:
        with path.open("rb") as stream:
            head = stream.read(_JSON_HEAD)
    except OSError:
        return LEDGER  # reading it as a ledger says what is wrong
    text = head.decode("utf-8-sig", "replace").lstrip()
    if not text.startswith("{"):
        return LEDGER
    if '"FeatureCollection"' in text or '"features"' in text:
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
    return _opened(database, path, read_workbook(path, progress), kind)


def read_pasted(database: Database, text: str, kind: str, progress: Progress = NullProgress()) -> OpenedLedger:
    """Take a block of cells from the clipboard as a ledger; arguments otherwise as ``read_ledger``.

    Raises:
        LedgerFormatError: It is no table, or has no row of headings.
    """
    from gridapp.ledgers.clipboard import pasted_workbook  # heavy: imported when first used

    name = _("Pasted cells")
    opened = _opened(database, Path(name), pasted_workbook(text, name), kind)
    if not opened.mappings:
        message = _("There is no row of headings in what was pasted. Please copy the headings too.")
        raise errors.LedgerFormatError(message)
    return opened


def _opened(database: Database, path: Path, workbook: Workbook, kind: str) -> OpenedLedger:
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
    return proposed(header, found, {signature: kept} if kept else None)


def check_ledger(
    database: Database, workbook: Workbook, mappings: Mapping[str, Columns], progress: Progress = NullProgress()
) -> Review:
    """Check a ledger by the columns the user has settled, compare it with the register, and put the result in order.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    from gridapp.services.importing import check_book  # heavy: imported when first used
    from gridapp.services.outlook import foresee

    preview = check_book(database, workbook, "auto", mappings, progress)
    return order_review(preview, foresee(database, preview, progress))


def recheck_ledger(
    database: Database,
    ledger: OpenedLedger,
    corrections: Mapping[Place, str],
    mappings: Mapping[str, Columns],
    progress: Progress = NullProgress(),
) -> tuple[OpenedLedger, Review]:
    """Check a ledger again with some cells put right; return it with these cells, and the review.

    Raises:
        OperationCancelled: The user asked to stop.
    """
    changed = replace(ledger, workbook=corrected(ledger.workbook, corrections))
    return changed, check_ledger(database, changed.workbook, mappings, progress)


class _Orderer:
    """Puts the rows of a check in order, sheet by sheet."""

    def __init__(self) -> None:
        self.rows: list[ReviewRow] = []
        self.members: dict[tuple[str, str, str], list[ReviewRow]] = {}
        self.first: dict[tuple[str, str, str], IssueGroup] = {}
        self.fields: dict[str, None] = {}

    def add(self, sheet: str, checked: CheckedRow, places: Mapping[str, int], good: bool, outcome: str) -> None:
        row = ReviewRow(sheet, checked, places, good, outcome)
        self.rows.append(row)
        for issue in checked.issues:
            key = (issue.field, issue.code, issue.severity.value)
            if key not in self.first:
                self.first[key] = IssueGroup(issue.field, issue.code, issue.severity, issue.message, 0)
            mine = self.members.setdefault(key, [])
            if not mine or mine[-1] is not row:
                mine.append(row)


def _places_of(names: Mapping[str, str]) -> dict[int, dict[str, int]]:
    """Return member of a household -> canonical field -> column; a member's own columns before the shared ones."""
    found: dict[int, dict[str, int]] = {}
    for number in {0, *map(member_of, names.values())}:
        mine = [(letters, name) for letters, name in names.items() if member_of(name) in (0, number)]
        mine.sort(key=lambda one: member_of(one[1]) == 0)
        places = {canonical_field(name): column_index(letters) for letters, name in reversed(mine)}
        found[number] = places
    return found


def order_review(preview: Preview, outlook: Outlook) -> Review:
    """Return a check, with what would become of its good rows, in the order it is read in."""
    order = _Orderer()
    place = 0
    for sheet in preview.sheets:
        if sheet.mapping is None:
            continue
        names = {letters: name for letters, name in sheet.mapping.columns.items() if not name.startswith(TICK)}
        by_member = _places_of(names)
        order.fields.update(dict.fromkeys(canonical_field(name) for name in sheet.mapping.columns.values()))
        for checked in sheet.rows:
            places = by_member.get(checked.member) or by_member[0]
            if not (sheet.is_usable and checked.is_good):
                order.add(sheet.name, checked, places, False, "")
                continue
            refusal = outlook.refusals.get(place)
            if refusal is None:
                order.add(sheet.name, checked, places, True, outlook.outcomes[place])
            else:
                refused = checked._replace(issues=(*checked.issues, refusal))
                order.add(sheet.name, refused, places, False, "")
            place += 1
    notes = tuple(note.message for sheet in preview.sheets for note in sheet.notes)
    outcomes = {name: count for name, count in outlook.counts.items() if name != "conflict"}
    groups = _groups(order.first, order.members)
    good = sum(outcomes.values())
    return Review(preview, tuple(order.fields), groups, tuple(order.rows), order.members, good, notes, outcomes)


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
    if is_field(name):
        return field_title(name)
    return _("Whole row")

