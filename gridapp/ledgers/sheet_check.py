"""Check one sheet row by row; the working part of ``preview.check_workbook``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from gridapp.i18n import _
from gridapp.ledgers.cells import CellChecker
from gridapp.ledgers.checked import CheckedRow, SheetPreview, missing_columns, summarise
from gridapp.ledgers.fields import TICK, column_index, field_title
from gridapp.ledgers.headings import Mapping, heading_key, is_ignored_heading
from gridapp.ledgers.issues import Cell, CellContext, Issue, Severity
from gridapp.ledgers.lookups import Lookups
from gridapp.ledgers.people import check_person, check_visit, infer_sex_codes
from gridapp.ledgers.rows import SkippedRow, TitleContext, is_instruction_row, skip_reason, skipped
from gridapp.ledgers.sheets import Sheet, SheetRow
from gridapp.ledgers.values.numbers import other_document
from gridapp.progress import Progress

_STEP = 200
_BLANKS_LISTED = 1000
# What a household shares when its cells are merged down; a person's own fields never are.
_SHARED = frozenset(
    ("address", "building", "unit", "room", "register_address", "household_no", "grid", "worker")
    + ("visit_date", "visit_mode")
)
_PERSONS_OWN_IN_VISITS = frozenset(("name", "id_no", "sex", "birth_date", "phone", "category", "age"))


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
        seen: dict[tuple[object, ...], tuple[str, int, str]],
    ) -> None:
        """Prepare the columns.

        Args:
            sheet: The sheet.
            mapping: Which column holds which field.
            title: What the title says.
            today: Civil date.
            lookups: Known grids and workers, or None to leave both unchecked.
            seen: People met so far in the file, shared by its sheets.
        """
        self.sheet = sheet
        self.mapping = mapping
        self._title = title
        self._lookups = lookups
        self._seen = seen
        self._context = CellContext(today, mapping.kind, title.year, title.month, title.community)
        self._columns = [
            (column_index(letters), name, CellChecker(name, self._context)) for letters, name in mapping.columns.items()
        ]
        names = ("category" if name.startswith(TICK) else name for name in mapping.columns.values())
        self._own_fields = list(dict.fromkeys(names))
        self._header_keys = frozenset(
            heading_key(part) for text in mapping.headers.values() for part in (text, *text.split("/")) if part
        )
        self._ignored = frozenset(column_index(a) for a, text in mapping.headers.items() if is_ignored_heading(text))
        self._named = tuple(i for i, name, _check in self._columns if name in ("name", "id_no"))
        self._sex_codes: dict[str, str] = {}
        self._grids: dict[str, tuple[str, ...]] = {}

    def check(self, progress: Progress, done: int, total: int) -> SheetPreview:
        """Return the checked sheet.

        Args:
            progress: Told every 200 rows.
            done: Rows of earlier sheets.
            total: Rows of all sheets.
        """
        data, left_out = self._split()
        merged = self._merged_values()
        self._sex_codes = self._infer_sex(data)
        message = _("Checking “{sheet}”").format(sheet=self.sheet.name)
        rows = []
        for count, row in enumerate(data):
            if count % _STEP == 0:
                progress.advance(done + count, total, message)
            rows.append(self._check_row(row, merged.get(row.number)))
        checked, out = tuple(rows), tuple(left_out)
        first = checked[0].row if checked else 0
        missing = missing_columns(self.mapping)
        return SheetPreview(
            self.sheet.name,
            self.sheet.hidden,
            self.mapping.kind,
            self.mapping,
            first,
            self._title,
            checked,
            out,
            (missing,) if missing else (),
            summarise(checked, out),
        )

    def _split(self) -> tuple[list[SheetRow], list[SkippedRow]]:
        """Return the rows of data, and the rows that are none."""
        data: list[SheetRow] = []
        left_out: list[SkippedRow] = []
        header_end = self.mapping.header_rows[-1] if self.mapping.header_rows else 0
        previous = header_end
        for row in self.sheet.rows:
            if row.number <= header_end:
                if row.number not in self.mapping.header_rows:
                    left_out.append(skipped(row.number, "title"))
                continue
            if len(left_out) < _BLANKS_LISTED:
                gap = range(previous + 1, min(row.number, previous + _BLANKS_LISTED))
                left_out.extend(skipped(number, "blank") for number in gap)
            previous = row.number
            reason = skip_reason(row, self._header_keys, self._named, self._ignored)
            if not reason and not data and row.number == header_end + 1 and is_instruction_row(row, self._named):
                reason = "instructions"
            if reason:
                left_out.append(skipped(row.number, reason))
            else:
                data.append(row)
        return data, left_out

    def _merged_values(self) -> dict[int, dict[int, Cell]]:
        """Return row -> column -> the value a merged block gives to its lower rows."""
        shared = _SHARED | (_PERSONS_OWN_IN_VISITS if self.mapping.kind == "visits" else frozenset())
        wanted = {i for i, name, _check in self._columns if name in shared}
        blocks = [m for m in self.sheet.merged if m.bottom > m.top and m.left in wanted and m.left == m.right]
        if not blocks:
            return {}
        by_number = {row.number: row.cells for row in self.sheet.rows}
        given: dict[int, dict[int, Cell]] = {}
        for block in blocks:
            cells = by_number.get(block.top, ())
            if block.left < len(cells) and cells[block.left] != "":
                for number in range(block.top + 1, block.bottom + 1):
                    given.setdefault(number, {})[block.left] = cells[block.left]
        return given

    def _infer_sex(self, data: list[SheetRow]) -> dict[str, str]:
        columns = {name: (i, check) for i, name, check in self._columns if name in ("sex", "id_no")}
        if "sex" not in columns:
            return {}
        sex_at, sex_check = columns["sex"]
        id_at, id_check = columns.get("id_no", (-1, None))
        pairs: set[tuple[str, str]] = set()
        for row in data:
            code = sex_check(row.cells[sex_at]).value if sex_at < len(row.cells) else None
            if isinstance(code, str) and code.isdigit():
                number = id_check(row.cells[id_at]).value if id_check and id_at < len(row.cells) else None
                pairs.add((code, ("M" if int(number[16]) % 2 else "F") if isinstance(number, str) else ""))
        return infer_sex_codes(pairs)

    def _check_row(self, row: SheetRow, given: dict[int, Cell] | None) -> CheckedRow:
        fields: dict[str, Any] = dict.fromkeys(self._own_fields)
        issues: list[Issue] = []
        ticks: list[str] = []
        told: set[str] = set()
        cells, width = row.cells, len(row.cells)
        for i, name, check in self._columns:
            raw = cells[i] if i < width else ""
            if raw == "" and given:
                raw = given.get(i, "")
            if raw == "":
                continue
            value, found = check(raw)
            if found:
                issues.extend(found)
            if name.startswith(TICK):
                if value is not None:
                    ticks.append(str(value))
                continue
            fields[name] = value
            if value is not None or found:
                told.add(name)
            if name == "id_no" and found and value is None and (document := other_document(raw)):
                fields["other_document"] = document
        self._join_ticks(fields, ticks, issues)
        check_person(fields, issues, self._context, self._sex_codes)
        self._look_up(fields, issues)
        if self.mapping.kind == "visits":
            check_visit(fields, issues, frozenset(told))
        self._require(fields, issues, told)
        self._find_twice(row.number, fields, issues)
        return CheckedRow(row.number, fields, tuple(issues), row.cells)

    def _join_ticks(self, fields: dict[str, Any], ticks: list[str], issues: list[Issue]) -> None:
        if ticks and not any(i.field == "category" and i.severity is Severity.ERROR for i in issues):
            fields["category"] = tuple(dict.fromkeys((*(fields.get("category") or ()), *ticks)))

    def _look_up(self, fields: dict[str, Any], issues: list[Issue]) -> None:
        written = fields.get("grid")
        if written is None and self._title.grid and "grid" not in self._own_fields:
            written = self._title.grid
            fields["grid"] = written
            message = _("The grid was taken from the title: {grid}.").format(grid=written)
            issues.append(Issue("grid", "grid_from_title", Severity.INFO, message))
        if self._lookups is None:
            return
        if written is not None:
            fields["grid"] = self._find_grid(written, issues)
        if fields.get("worker"):
            self._find_worker(fields, issues)

    def _find_grid(self, written: str, issues: list[Issue]) -> str | None:
        assert self._lookups is not None
        found = self._grids.get(written)
        if found is None:
            found = self._grids[written] = self._lookups.find_grids(written, self._title.community)
        if len(found) == 1:
            return found[0]
        if found:
            message = _("Several grids are called “{grid}”. Please write the community or the 15-digit code.")
            code = "grid_ambiguous"
        else:
            message = _("There is no grid “{grid}”. Please check the name, or add the grid first.")
            code = "grid_unknown"
        issues.append(Issue("grid", code, Severity.ERROR, message.format(grid=written)))
        return None

    def _find_worker(self, fields: dict[str, Any], issues: list[Issue]) -> None:
        assert self._lookups is not None
        name = fields["worker"]
        found = self._lookups.find_workers(name, fields.get("grid") or "")
        if len(found) == 1:
            fields["worker_id"] = found[0]
            return
        # A visit needs to know who made it; in a register the grid tells who is responsible.
        severity = Severity.ERROR if self.mapping.kind == "visits" else Severity.WARNING
        if found:
            message = _("Several workers are called “{name}”. Please add the grid.")
            issues.append(Issue("worker", "worker_ambiguous", severity, message.format(name=name)))
        else:
            message = _("There is no worker “{name}”. Please check the name, or add the worker first.")
            if self.mapping.kind != "visits":
                message = _("“{name}” is not known as a worker yet and will be added to this grid.")
            issues.append(Issue("worker", "worker_unknown", severity, message.format(name=name)))

    def _require(self, fields: dict[str, Any], issues: list[Issue], told: set[str]) -> None:
        wanted: dict[str, Severity] = {}
        if self.mapping.kind != "visits":
            wanted = {"name": Severity.ERROR, "id_no": Severity.WARNING, "grid": Severity.WARNING}
        elif not fields.get("id_no"):
            wanted = {"name": Severity.ERROR}
        if self.mapping.kind == "visits":
            wanted["visit_date"] = Severity.ERROR
        if self.mapping.kind == "elders":
            wanted["category"] = Severity.WARNING
        for name, severity in wanted.items():
            if fields.get(name) or name in told or name not in self._own_fields:
                continue
            if name == "id_no" and fields.get("other_document"):
                continue
            issues.append(Issue(name, f"{name}_missing", severity, self._missing_text(name)))

    def _missing_text(self, name: str) -> str:
        if name == "id_no":
            return _("There is no ID number; the person can only be known by name and date of birth.")
        if name == "grid":
            return _("There is no grid; the person counts for no grid until one is given.")
        if name == "category":
            return _("There is no category; the person is kept as a resident only.")
        return _("{field} is missing. Please add it.").format(field=field_title(name))

    def _find_twice(self, number: int, fields: dict[str, Any], issues: list[Issue]) -> None:
        """Note a person, or a visit of the same person and day, that an earlier row already holds."""
        who = fields.get("id_no") or (fields.get("name"), fields.get("birth_date") or fields.get("address"))
        if isinstance(who, tuple) and None in who:
            return
        is_visit = self.mapping.kind == "visits"
        key: tuple[object, ...] = ("person", self.mapping.kind, who)
        if is_visit:
            key = ("visit", who, fields.get("visit_date"), fields.get("visit_mode"), fields.get("visit_result"))
        here = (self.sheet.name, number, fields.get("name") or "")
        if fields.get("id_no") and self._is_of_another(who, here, issues):
            return
        first = self._seen.setdefault(key, here)
        if first == here or (is_visit and fields.get("visit_date") is None):
            return
        values = {"sheet": first[0], "row": first[1]}
        if is_visit:
            message = _("The same visit already stands in row {row} of sheet “{sheet}”.").format(**values)
        else:
            message = _("The same person already stands in row {row} of sheet “{sheet}”.").format(**values)
        code = "duplicate_visit" if is_visit else "duplicate_person"
        issues.append(Issue("id_no" if fields.get("id_no") else "name", code, Severity.WARNING, message))

    def _is_of_another(self, number: object, here: tuple[str, int, str], issues: list[Issue]) -> bool:
        """Note an ID number that an earlier row gives to somebody of another name."""
        first = self._seen.setdefault(("id", number), here)
        if not here[2] or not first[2] or first[2] == here[2]:
            return False
        message = _("Row {row} of sheet “{sheet}” gives this ID number to another person. Please check both.")
        message = message.format(row=first[1], sheet=first[0])
        issues.append(Issue("id_no", "id_of_another", Severity.ERROR, message))
        return True
