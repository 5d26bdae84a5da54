"""Look at one row in full: what its cells, taken together, say of a person and of visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gridapp.i18n import _
from gridapp.ledgers.checked import CheckedRow
from gridapp.ledgers.columns import CheckedColumn
from gridapp.ledgers.fields import canonical_field, field_title, month_of
from gridapp.ledgers.headings import Mapping
from gridapp.ledgers.issues import Cell, CellContext, Issue, Severity
from gridapp.ledgers.lookups import Lookups
from gridapp.ledgers.people import check_person, check_visit
from gridapp.ledgers.people_met import Met, PeopleMet
from gridapp.ledgers.rows import TitleContext
from gridapp.ledgers.sheets import SheetRow
from gridapp.ledgers.values.numbers import other_document
from gridapp.ledgers.values.text import clean_text, text_of
from gridapp.ledgers.values.visits import FoundVisit, check_month, meaning_of_numbers, read_visits

Fields = dict[str, Any]


@dataclass
class CheckedColumns:
    """The columns of a sheet.

    Attributes:
        fields: Canonical field -> its checked column.
        raws: Canonical field -> its cells.
        ticks: Tick columns; a value is a category code.
        months: (field of a month column, its cells).
    """

    fields: dict[str, CheckedColumn] = field(default_factory=dict)
    raws: dict[str, Sequence[Cell]] = field(default_factory=dict)
    ticks: list[CheckedColumn] = field(default_factory=list)
    months: list[tuple[str, Sequence[Cell]]] = field(default_factory=list)


class RowChecker:
    """Checks rows of one sheet one by one.

    Attributes:
        columns: The sheet's columns, set before the first row.
        sections: (row, grid) of titles between the rows that name a grid for those below.
        sex_codes: What bare codes of the sex mean here.
        own_fields: Canonical fields that some column holds.
    """

    def __init__(
        self,
        sheet: str,
        mapping: Mapping,
        title: TitleContext,
        context: CellContext,
        lookups: Lookups | None,
        met: PeopleMet,
    ) -> None:
        self.sheet = sheet
        self.kind = mapping.kind
        self.title = title
        self.context = context
        self.lookups = lookups
        self.met = met
        self.columns = CheckedColumns()
        self.sections: list[tuple[int, str]] = []
        self.sex_codes: dict[str, str] = {}
        self.own_fields = list(dict.fromkeys(canonical_field(name) for name in mapping.columns.values()))
        self._grids: dict[str, tuple[str, ...]] = {}
        self._numbers: str | None = None

    @property
    def is_by_title(self) -> bool:
        """Tell whether titles, of the sheet or of its parts, say which grid a row belongs to."""
        return bool(self.title.grid or self.sections) and "grid" not in self.own_fields

    def check(self, place: int, row: SheetRow) -> list[CheckedRow]:
        """Return what a row becomes: one checked row, or one for each of its visits.

        Args:
            place: Place of the row in the columns.
            row: The row.
        """
        fields: Fields = dict.fromkeys(self.own_fields)
        issues: list[Issue] = []
        told: set[str] = set()
        visits: tuple[FoundVisit, ...] | None = None
        for name, column in self.columns.fields.items():
            value, found = column.values[place], column.issues.get(place, ())
            if name == "visit_date" and found and value is None:
                visits = read_visits(self.columns.raws[name][place], self.context)
                if visits is not None:
                    found = tuple(issue for issue in found if issue.severity is not Severity.ERROR)
            issues.extend(found)
            fields[name] = value
            if value is not None or found:
                told.add(name)
        self._keep_words(place, fields)
        ticks: list[str] = []
        for column in self.columns.ticks:
            issues.extend(column.issues.get(place, ()))
            if column.values[place] is not None:
                ticks.append(str(column.values[place]))
        self._join_ticks(fields, ticks, issues)
        check_person(fields, issues, self.context, self.sex_codes)
        self._look_up(row.number, fields, issues)
        if self.columns.months:
            visits = self._visits_of_months(place)
        if self.kind == "visits" and visits is not None:
            return self._each_visit(row, fields, issues, visits, told)
        return [self._finished(row, fields, issues, told)]

    def _keep_words(self, place: int, fields: Fields) -> None:
        """Keep what a cell said that its field does not hold: another document's number, a sentence as result."""
        for name, column in self.columns.fields.items():
            found = column.issues.get(place, ())
            if name == "id_no" and found and column.values[place] is None:
                if document := other_document(self.columns.raws[name][place]):
                    fields["other_document"] = document
            if name == "visit_result" and any(issue.code == "result_read" for issue in found):
                said = clean_text(text_of(self.columns.raws[name][place]))
                if len(said) > 1:
                    fields["note"] = "；".join(part for part in (said, fields.get("note")) if part)

    def _finished(self, row: SheetRow, fields: Fields, issues: list[Issue], told: set[str]) -> CheckedRow:
        if self.kind == "visits":
            check_visit(fields, issues, frozenset(told))
        self._require(fields, issues, told)
        self._find_twice(row.number, fields, issues)
        return CheckedRow.of(row.number, fields, tuple(issues), row.cells)

    def _each_visit(
        self, row: SheetRow, fields: Fields, issues: list[Issue], visits: tuple[FoundVisit, ...], told: set[str]
    ) -> list[CheckedRow]:
        """Return one checked row for every visit that a row tells of; a row that tells of none stays one row."""
        if not visits:
            message = _("No visit is written in this row.")
            fields["visit_date"] = None
            none = Issue("visit_date", "no_visit", Severity.INFO, message)
            own = list(issues)
            self._require(fields, own, told | {"visit_date"})
            return [CheckedRow.of(row.number, fields, (*own, none), row.cells)]
        rows = []
        for visit in visits:
            one, own, heard = dict(fields), [*issues, *visit.issues], told | {"visit_date"}
            one["visit_date"] = visit.day
            for name, value in (("visit_mode", visit.mode), ("visit_result", visit.result)):
                if value:
                    one[name] = value
                    heard = heard | {name}
            if visit.note:
                one["note"] = "；".join(part for part in (fields.get("note"), visit.note) if part)
            rows.append(self._finished(row, one, own, heard))
        return rows

    def _visits_of_months(self, place: int) -> tuple[FoundVisit, ...]:
        if self._numbers is None:
            every = [cell for _name, cells in self.columns.months for cell in cells if cell != ""]
            self._numbers = meaning_of_numbers(every)
        visits: list[FoundVisit] = []
        for name, cells in self.columns.months:
            if cells[place] != "":
                year, month = month_of(name)
                year = year or self.title.year
                visits += check_month(cells[place], year, month, self.context, self._numbers)
        return tuple(visits)

    def _join_ticks(self, fields: Fields, ticks: list[str], issues: list[Issue]) -> None:
        if ticks and not any(i.field == "category" and i.severity is Severity.ERROR for i in issues):
            fields["category"] = tuple(dict.fromkeys((*(fields.get("category") or ()), *ticks)))

    def _look_up(self, number: int, fields: Fields, issues: list[Issue]) -> None:
        written = fields.get("grid")
        if written is None and self.is_by_title:
            written = next((grid for above, grid in reversed(self.sections) if above < number), self.title.grid)
        if written and written != fields.get("grid"):
            fields["grid"] = written
            message = _("The grid was taken from the title: {grid}.").format(grid=written)
            issues.append(Issue("grid", "grid_from_title", Severity.INFO, message))
        if self.lookups is None:
            return
        if written is not None and self.lookups.knows_grids:
            fields["grid"] = self._find_grid(written, issues)
        if fields.get("worker") and self.lookups.knows_workers:
            self._find_worker(fields, issues)

    def grids(self, written: str) -> tuple[str, ...]:
        """Return the codes of the grids a text can mean; each text is looked up once."""
        found = self._grids.get(written)
        if found is None:
            assert self.lookups is not None
            found = self._grids[written] = self.lookups.find_grids(written, self.title.community)
        return found

    def _find_grid(self, written: str, issues: list[Issue]) -> str | None:
        found = self.grids(written)
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

    def _find_worker(self, fields: Fields, issues: list[Issue]) -> None:
        assert self.lookups is not None
        name = fields["worker"]
        found = self.lookups.find_workers(name, fields.get("grid") or "")
        if len(found) == 1:
            fields["worker_id"] = found[0]
            return
        # A visit needs to know who made it; in a register the grid tells who is responsible.
        severity = Severity.ERROR if self.kind == "visits" else Severity.WARNING
        if found:
            message = _("Several workers are called “{name}”. Please add the grid.")
            issues.append(Issue("worker", "worker_ambiguous", severity, message.format(name=name)))
        else:
            message = _("There is no worker “{name}”. Please check the name, or add the worker first.")
            if self.kind != "visits":
                message = _("“{name}” is not known as a worker yet and will be added to this grid.")
            issues.append(Issue("worker", "worker_unknown", severity, message.format(name=name)))

    def _require(self, fields: Fields, issues: list[Issue], told: set[str]) -> None:
        wanted: dict[str, Severity] = {}
        if self.kind != "visits":
            wanted = {"name": Severity.ERROR, "id_no": Severity.WARNING, "grid": Severity.WARNING}
        elif not fields.get("id_no"):
            wanted = {"name": Severity.ERROR}
        if self.kind == "visits":
            wanted["visit_date"] = Severity.ERROR
        if self.kind == "elders":
            wanted["category"] = Severity.WARNING
        for name, severity in wanted.items():
            if fields.get(name) or name in told or name not in self.own_fields:
                continue
            if name == "id_no" and fields.get("other_document"):
                continue
            issues.append(missing_issue(name, severity))

    def _find_twice(self, number: int, fields: Fields, issues: list[Issue]) -> None:
        """Note a person, or a visit of the same person and day, that an earlier row already holds."""
        number_of_person = fields.get("id_no")
        who = number_of_person or (fields.get("name"), fields.get("birth_date") or fields.get("address"))
        if isinstance(who, tuple) and None in who:
            return
        here = Met(self.sheet, number, fields.get("name") or "")
        if number_of_person:
            before = self.met.first_with_number(number_of_person)
            first = self.met.numbers[self.kind].setdefault(number_of_person, here)
            if before is not None and _is_of_another(before, here, issues):
                return
        else:
            first = self.met.others.setdefault(("person", self.kind, who), here)
        if self.kind == "visits":
            if fields.get("visit_date") is None:
                return
            key = ("visit", who, fields["visit_date"], fields.get("visit_mode"), fields.get("visit_result"))
            first = self.met.others.setdefault(key, here)
        if first is here:
            return
        values = {"sheet": first.sheet, "row": first.row}
        if self.kind == "visits":
            message = _("The same visit already stands in row {row} of sheet “{sheet}”.").format(**values)
        else:
            message = _("The same person already stands in row {row} of sheet “{sheet}”.").format(**values)
        code = "duplicate_visit" if self.kind == "visits" else "duplicate_person"
        issues.append(Issue("id_no" if number_of_person else "name", code, Severity.WARNING, message))


def missing_issue(name: str, severity: Severity) -> Issue:
    """Return that a field which a row should hold is empty."""
    return Issue(name, f"{name}_missing", severity, _missing_text(name))


def _missing_text(name: str) -> str:
    if name == "id_no":
        return _("There is no ID number; the person can only be known by name and date of birth.")
    if name == "grid":
        return _("There is no grid; the person counts for no grid until one is given.")
    if name == "category":
        return _("There is no category; the person is kept as a resident only.")
    return _("{field} is missing. Please add it.").format(field=field_title(name))


def _is_of_another(first: Met, here: Met, issues: list[Issue]) -> bool:
    """Note an ID number that an earlier row gives to somebody of another name."""
    if not here.name or not first.name or first.name == here.name:
        return False
    message = _("Row {row} of sheet “{sheet}” gives this ID number to another person. Please check both.")
    message = message.format(row=first.row, sheet=first.sheet)
    issues.append(Issue("id_no", "id_of_another", Severity.ERROR, message))
    return True
