"""The result of a check: what every row would become, and why it might not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gridapp.i18n import _
from gridapp.ledgers.fields import column_index, field_title
from gridapp.ledgers.headings import Mapping
from gridapp.ledgers.issues import Cell, Issue, Severity
from gridapp.ledgers.rows import SkippedRow, TitleContext


class CheckedRow(NamedTuple):
    """One row of data, read and checked; a row that tells of several visits becomes several.

    Attributes:
        row: 1-based row number in the file.
        names: Canonical fields; the mapped ones are always there. One tuple for many rows.
        values: What they hold; None is empty or not to be trusted. ``sex`` is "F"/"M"; dates
            are dates; ``category`` is a tuple of codes; ``grid`` is a grid code and ``worker``
            a name when lookups were given; ``worker_id`` is the worker found.
        issues: What was found, in column order, then of the row as a whole.
        raw: The cells as the file gives them, from column A.
        member: Which member of a household that is written in one row; 0 where there is only one.
    """

    row: int
    names: tuple[str, ...]
    values: tuple[Any, ...]
    issues: tuple[Issue, ...]
    raw: tuple[Cell, ...]
    member: int = 0

    @classmethod
    def of(cls, row: int, fields: dict[str, Any], issues: tuple[Issue, ...], raw: tuple[Cell, ...]) -> CheckedRow:
        """Return a row from its fields."""
        return cls(row, tuple(fields), tuple(fields.values()), issues, raw)

    @property
    def fields(self) -> dict[str, Any]:
        """Return canonical field -> value, a dict of its own at every call."""
        return dict(zip(self.names, self.values, strict=True))

    @property
    def is_good(self) -> bool:
        """Tell whether the row may be stored as it is: no issue is an error."""
        return not self.issues or not any(issue.severity is Severity.ERROR for issue in self.issues)


@dataclass(frozen=True)
class SheetSummary:
    """Counts of a sheet.

    Attributes:
        rows: Rows of data.
        good: Rows without an error.
        with_errors: Rows with at least one.
        with_warnings: Rows with a warning and no error.
        skipped: Rows left out.
        by_issue: (field, code, severity) -> rows.
    """

    rows: int = 0
    good: int = 0
    with_errors: int = 0
    with_warnings: int = 0
    skipped: int = 0
    by_issue: dict[tuple[str, str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class SheetPreview:
    """One sheet, read and checked.

    Attributes:
        name: Sheet name.
        hidden: Whether the sheet is hidden in the file.
        kind: "residents", "elders" or "visits"; "" when the sheet is no register.
        mapping: Which column holds which field; None when no headings were found.
        first_data_row: 1-based; 0 when there is no data.
        context: What the title says.
        rows: Rows of data in file order.
        skipped: Rows left out, in file order.
        notes: Issues of the sheet as a whole; an ERROR means that its rows cannot be used.
        summary: Counts.
    """

    name: str
    hidden: bool
    kind: str
    mapping: Mapping | None
    first_data_row: int
    context: TitleContext
    rows: tuple[CheckedRow, ...] = ()
    skipped: tuple[SkippedRow, ...] = ()
    notes: tuple[Issue, ...] = ()
    summary: SheetSummary = field(default_factory=SheetSummary)

    @property
    def is_usable(self) -> bool:
        """Tell whether rows of this sheet can be stored."""
        return bool(self.rows) and not any(note.severity is Severity.ERROR for note in self.notes)

    def extras(self, row: CheckedRow) -> dict[str, Cell]:
        """Return heading -> cell of the columns no field was found for."""
        if self.mapping is None:
            return {}
        found = ((text, column_index(letters)) for letters, text in self.mapping.unmapped.items())
        return {text: row.raw[i] for text, i in found if i < len(row.raw) and row.raw[i] != ""}


@dataclass(frozen=True)
class Preview:
    """A file, read and checked.

    Attributes:
        file: File name.
        sheets: In file order.
        seen: Newest step of the register when it was checked; what others changed after it is not overwritten. None
            asks nothing.
    """

    file: str
    sheets: tuple[SheetPreview, ...]
    seen: int | None = None

    @property
    def is_usable(self) -> bool:
        """Tell whether any sheet holds rows that can be used."""
        return any(sheet.is_usable for sheet in self.sheets)

    def good_rows(self) -> Iterator[tuple[SheetPreview, CheckedRow]]:
        """Yield the rows that may be stored, with their sheets."""
        for sheet in self.sheets:
            if sheet.is_usable:
                yield from ((sheet, row) for row in sheet.rows if row.is_good)

    def remaining_rows(self) -> Iterator[tuple[SheetPreview, CheckedRow]]:
        """Yield the rows that must wait for a decision, with their sheets."""
        for sheet in self.sheets:
            yield from ((sheet, row) for row in sheet.rows if not (sheet.is_usable and row.is_good))


def summarise(rows: tuple[CheckedRow, ...], skipped: tuple[SkippedRow, ...]) -> SheetSummary:
    """Return the counts of a sheet's rows."""
    by_issue: Counter[tuple[str, str, str]] = Counter()
    with_errors = with_warnings = 0
    for row in rows:
        if not row.issues:
            continue
        by_issue.update({(issue.field, issue.code, issue.severity.value) for issue in row.issues})
        severities = {issue.severity for issue in row.issues}
        with_errors += Severity.ERROR in severities
        with_warnings += Severity.WARNING in severities and Severity.ERROR not in severities
    return SheetSummary(len(rows), len(rows) - with_errors, with_errors, with_warnings, len(skipped), dict(by_issue))


def missing_columns(mapping: Mapping) -> Issue | None:
    """Return an error naming the required columns a sheet lacks, or None."""
    if not mapping.missing:
        return None
    message = _("No column was recognised as: {fields}. Please say which column it is.")
    message = message.format(fields="、".join(field_title(name) for name in mapping.missing))
    return Issue("", "missing_columns", Severity.ERROR, message)
