"""Check one sheet; the working part of ``preview.check_workbook``.

Columns first: every distinct value once. Then rows: those in which nothing was
found and nothing contradicts (``plain_rows``) are put together as they are, the
others are looked at one by one (``RowChecker``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from operator import itemgetter

from gridapp.i18n import _
from gridapp.ledgers.address_columns import complete_addresses
from gridapp.ledgers.checked import CheckedRow, SheetPreview, missing_columns, summarise
from gridapp.ledgers.columns import CheckedColumn, check_column
from gridapp.ledgers.fields import MONTH, TICK, column_index, field_title
from gridapp.ledgers.headings import Mapping, heading_key, is_ignored_heading
from gridapp.ledgers.issues import Cell, CellContext, Issue, Severity
from gridapp.ledgers.lookups import Lookups
from gridapp.ledgers.people import infer_sex_codes
from gridapp.ledgers.people_met import PeopleMet
from gridapp.ledgers.plain_rows import PlainRows
from gridapp.ledgers.row_check import CheckedColumns, RowChecker
from gridapp.ledgers.rows import SkippedRow, TitleContext, is_instruction_row, section_grid, skip_reason, skipped
from gridapp.ledgers.sheets import Sheet, SheetRow
from gridapp.ledgers.values.text import SAME_AS_ABOVE
from gridapp.progress import Progress

_STEP = 200
_BLANKS_LISTED = 1000
# What a household shares when its cells are merged down; a person's own fields never are.
_SHARED = frozenset(
    ("address", "estate", "building", "unit", "room", "register_address", "household_no", "grid", "worker")
    + ("visit_date", "visit_mode")
)
_PERSONS_OWN_IN_VISITS = frozenset(("name", "id_no", "sex", "birth_date", "phone", "category", "age"))
# What nobody shares with the row above: there a ditto mark is refused like any other wrong value.
_NEVER_SAME = frozenset(
    ("name", "id_no", "sex", "birth_date", "age", "phone", "cert_no", "account_no", "other_document", "died_date")
)


class SheetChecker:
    """Checks the rows of one sheet.

    Attributes:
        sheet: The sheet.
        mapping: Its columns.
    """

    def __init__(
        self,
        sheet: Sheet,
        mapping: Mapping,
        title: TitleContext,
        today: dt.date,
        lookups: Lookups | None,
        met: PeopleMet,
    ) -> None:
        """Prepare the columns.

        Args:
            sheet: The sheet.
            mapping: Which column holds which field.
            title: What the title says.
            today: Civil date.
            lookups: Known grids and workers, or None to leave both unchecked.
            met: People met so far in the file, shared by its sheets.
        """
        self.sheet = sheet
        self.mapping = mapping
        self._title = title
        self._lookups = lookups
        self._met = met
        self._context = CellContext(
            today, mapping.kind, title.year, title.month, title.community, sheet.date1904
        )
        self._places = [(column_index(letters), name) for letters, name in mapping.columns.items()]
        self._header_keys = frozenset(
            heading_key(part) for text in mapping.headers.values() for part in (text, *text.split("/")) if part
        )
        self._ignored = frozenset(column_index(a) for a, text in mapping.headers.items() if is_ignored_heading(text))
        self._sections: list[tuple[int, str]] = []
        self._named = tuple(i for i, name in self._places if name in ("name", "id_no"))

    def check(self, progress: Progress, done: int, total: int) -> SheetPreview:
        """Return the checked sheet.

        Args:
            progress: Told every 200 rows.
            done: Rows of earlier sheets.
            total: Rows of all sheets.
        """
        data, left_out = self._split()
        message = _("Checking “{sheet}”").format(sheet=self.sheet.name)
        progress.advance(done, total, message)
        columns = self._columns(data, progress, (done, total, message))
        one_by_one = RowChecker(self.sheet.name, self.mapping, self._title, self._context, self._lookups, self._met)
        one_by_one.columns = columns
        one_by_one.sections = self._sections
        one_by_one.sex_codes = self._infer_sex(columns)
        plain = PlainRows(one_by_one, len(data))
        rows: list[CheckedRow] = []
        for place, row in enumerate(data):
            if place % _STEP == 0:
                progress.advance(done + place, total, message)
            found = plain.take(place, row)
            if found is not None:
                rows.append(found)
            else:
                rows += one_by_one.check(place, row)
        return self._preview(tuple(rows), tuple(left_out))

    def _preview(self, checked: tuple[CheckedRow, ...], out: tuple[SkippedRow, ...]) -> SheetPreview:
        first = checked[0].row if checked else 0
        return SheetPreview(
            self.sheet.name,
            self.sheet.hidden,
            self.mapping.kind,
            self.mapping,
            first,
            self._title,
            checked,
            out,
            tuple(self._notes()),
            summarise(checked, out),
        )

    def _notes(self) -> list[Issue]:
        """Return what is to be said of the sheet as a whole."""
        notes: list[Issue] = []
        if missing := missing_columns(self.mapping):
            notes.append(missing)
        if self.sheet.hidden:
            message = _("Sheet “{sheet}” is hidden in the file. Please see whether it belongs here.")
            notes.append(Issue("", "sheet_hidden", Severity.WARNING, message.format(sheet=self.sheet.name)))
        hidden = [name for i, name in self._places if i in self.sheet.hidden_columns]
        if hidden:
            message = _("These columns are hidden in the file and were read too: {fields}.")
            titles = "、".join(dict.fromkeys(field_title(name) for name in hidden))
            notes.append(Issue("", "columns_hidden", Severity.INFO, message.format(fields=titles)))
        if self.sheet.hidden_rows:
            message = _("{count} rows are hidden in the file and were read too.").format(count=self.sheet.hidden_rows)
            notes.append(Issue("", "rows_hidden", Severity.INFO, message))
        if self._lookups is not None and not self._lookups.knows_grids and "grid" in self.mapping.columns.values():
            message = _("No grid is known here yet, so the grids were not checked. Bring in the grids first.")
            notes.append(Issue("grid", "grids_unchecked", Severity.WARNING, message))
        return notes

    def _split(self) -> tuple[list[SheetRow], list[SkippedRow]]:
        """Return the rows of data, and the rows that are none."""
        data: list[SheetRow] = []
        left_out: list[SkippedRow] = []
        header_end = self.mapping.header_rows[-1] if self.mapping.header_rows else 0
        id_at = next((i for i, name in self._places if name == "id_no"), -1)
        previous = header_end
        for row in self.sheet.rows:
            number, cells = row
            if number <= header_end:
                if number not in self.mapping.header_rows:
                    left_out.append(skipped(number, "title"))
                continue
            if number != previous + 1 and len(left_out) < _BLANKS_LISTED:
                gap = range(previous + 1, min(number, previous + _BLANKS_LISTED))
                left_out.extend(skipped(blank, "blank") for blank in gap)
            previous = number
            if not data and number == header_end + 1 and is_instruction_row(row, self._named):
                left_out.append(skipped(number, "instructions"))
                continue
            cell = cells[id_at] if 0 <= id_at < len(cells) else ""
            if type(cell) is str and len(cell) == 18 and cell[:17].isdigit():
                data.append(row)
                continue
            reason = skip_reason(row, self._header_keys, self._named, self._ignored)
            if reason:
                left_out.append(skipped(number, reason))
                if reason == "section" and (grid := section_grid(row)):
                    self._sections.append((number, grid))
            else:
                data.append(row)
        return data, left_out

    def _columns(self, data: list[SheetRow], progress: Progress, told: tuple[int, int, str]) -> CheckedColumns:
        """Return the checked columns, merged blocks and ditto marks resolved."""
        every = [row.cells for row in data]
        shortest = min(map(len, every), default=0)
        columns = CheckedColumns()
        for i, name in self._places:
            progress.advance(*told)
            cells: Sequence[Cell]
            if i < shortest:
                cells = list(map(itemgetter(i), every))
            else:
                cells = [row[i] if i < len(row) else "" for row in every]
            cells, extra = self._resolved(cells, i, name, data)
            if name.startswith(MONTH):
                columns.months.append((name, cells))
                continue
            checked = check_column(cells, name, self._context)
            if extra:
                merged = dict(checked.issues)
                for place, issue in extra.items():
                    merged[place] = (*merged.get(place, ()), issue)
                    if issue.severity is Severity.ERROR:
                        checked.values[place] = None
                checked = CheckedColumn(checked.values, merged)
            if name.startswith(TICK):
                columns.ticks.append(checked)
            else:
                columns.fields[name] = checked
                columns.raws[name] = cells
        complete_addresses(columns, len(data))
        return columns

    def _resolved(
        self, cells: Sequence[Cell], index: int, name: str, data: list[SheetRow]
    ) -> tuple[Sequence[Cell], dict[int, Issue]]:
        """Return a column with merged blocks filled downwards and ditto marks replaced by what they mean."""
        blocks = [m for m in self.sheet.merged if m.bottom > m.top and m.left == m.right == index]
        shared = _SHARED | (_PERSONS_OWN_IN_VISITS if self.mapping.kind == "visits" else frozenset())
        filled: list[Cell] | None = None
        if blocks and name in shared:
            by_number = {row.number: row.cells for row in self.sheet.rows}
            place_of = {row.number: place for place, row in enumerate(data)}
            filled = list(cells)
            for block in blocks:
                top = by_number.get(block.top, ())
                value = top[index] if index < len(top) else ""
                for number in range(block.top + 1, block.bottom + 1):
                    place = place_of.get(number)
                    if place is not None and filled[place] == "":
                        filled[place] = value
        if name in _NEVER_SAME or SAME_AS_ABOVE.isdisjoint(cells):
            return (cells if filled is None else filled), {}
        return _without_dittos(filled if filled is not None else list(cells), name)

    def _infer_sex(self, columns: CheckedColumns) -> dict[str, str]:
        sexes = columns.fields.get("sex")
        if sexes is None or not any(value in ("0", "1", "2", "9") for value in set(sexes.values)):
            return {}
        numbers = columns.fields.get("id_no")
        ids = numbers.values if numbers else [None] * len(sexes.values)
        pairs = {
            (code, ("M" if int(number[16]) % 2 else "F") if number else "")
            for code, number in zip(sexes.values, ids, strict=True)
            if code in ("0", "1", "2", "9")
        }
        return infer_sex_codes(pairs)


def _without_dittos(cells: list[Cell], name: str) -> tuple[Sequence[Cell], dict[int, Issue]]:
    found: dict[int, Issue] = {}
    field = name if not name.startswith((TICK, MONTH)) else ""
    for place, cell in enumerate(cells):
        if type(cell) is not str or cell not in SAME_AS_ABOVE:
            continue
        above = cells[place - 1] if place else ""
        values = {"field": field_title(name), "text": str(above)}
        if name == "register_address":  # "above" can be the row before or this row's own address
            message = _("{field}: “same as above” can mean two things; it was left out. Please write it out.")
            found[place] = Issue(field, "as_above_unclear", Severity.WARNING, message.format(**values))
            cells[place] = ""
            continue
        if not place or above == "" or not field:
            message = _("{field}: “same as above” cannot stand here. Please write it out.").format(**values)
            found[place] = Issue(field or "category", "as_above_unclear", Severity.ERROR, message)
            cells[place] = ""
        else:
            message = _("{field}: “same as above” was read as “{text}”. Please check it.").format(**values)
            found[place] = Issue(field, "as_above", Severity.WARNING, message)
            cells[place] = above
    return cells, found
