"""Rows in which nothing was found and nothing contradicts: most rows of most registers.

A row is plain when ``RowChecker`` would add no issue to it, a missing category apart. Whether
that is so is told by a few comparisons over whole columns; in doubt a row is not plain.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from gridapp.domain.civil_date import completed_years, eight_digits_date
from gridapp.ledgers.checked import CheckedRow
from gridapp.ledgers.issues import Issue, Severity
from gridapp.ledgers.people_met import Met
from gridapp.ledgers.row_check import RowChecker, missing_issue
from gridapp.ledgers.sheets import SheetRow
from gridapp.ledgers.values.categories import BY_AGE
from gridapp.ledgers.values.words import word_lists

_ELDER_FROM, _OLDEST = 60, 120
_MALE = frozenset("13579")
_new = tuple.__new__  # half the time of calling a named tuple


class PlainRows:
    """The plain rows of one sheet of a register; visit ledgers have none."""

    def __init__(self, checker: RowChecker, count: int) -> None:
        """Find the plain rows.

        Args:
            checker: Looks at the rows that are not plain, with the sheet's columns.
            count: Rows of data.
        """
        self._checker = checker
        self._sheet = checker.sheet
        self._met = checker.met.numbers[checker.kind]
        self._met_before = list(checker.met.numbers.values())
        self._values: list[tuple[Any, ...]] = []
        self._names: tuple[str, ...] = ()
        self._numbers: list[Any] = []
        self._people: list[Any] = []
        self._plain = bytearray(count)
        self._remarks: list[tuple[Issue, ...]] = [()] * count
        columns = checker.columns.fields
        if checker.kind != "visits" and "id_no" in columns and "name" in columns and not checker.is_by_title:
            self._prepare(count)

    def take(self, place: int, row: SheetRow) -> CheckedRow | None:
        """Return a plain row, or None when it has to be looked at."""
        if not self._plain[place]:
            return None
        number = self._numbers[place]
        for met in self._met_before:
            if number in met:
                return None
        self._met[number] = _new(Met, (self._sheet, row[0], self._people[place]))
        return _new(CheckedRow, (row[0], self._names, self._values[place], self._remarks[place], row[1], 0))

    def _prepare(self, count: int) -> None:
        columns = {name: column.values for name, column in self._checker.columns.fields.items()}
        plain = bytearray(b"\1") * count
        every = [*self._checker.columns.fields.values(), *self._checker.columns.ticks]
        for column in every:
            for place in column.issues:
                plain[place] = 0
        for column in self._checker.columns.ticks:
            _exclude(plain, [value is not None for value in column.values])
        for name in ("died_date", "cert_no"):
            if name in columns:
                _exclude(plain, [value is not None for value in columns[name]])
        births, sexes = self._by_number(columns, plain)
        values = dict.fromkeys(self._checker.own_fields, [None] * count) | columns
        values |= {"birth_date": births, "sex": sexes}
        self._check_words(values, plain)
        self._look_up(values, plain)
        if "start_date" in columns:
            pairs = zip(columns["start_date"], births, strict=True)
            _exclude(plain, [start is not None and born is not None and start < born for start, born in pairs])
        self._plain, self._names, self._values = plain, tuple(values), list(zip(*values.values(), strict=True))
        self._numbers, self._people = columns["id_no"], columns["name"]

    def _by_number(self, columns: dict[str, list[Any]], plain: bytearray) -> tuple[list[Any], list[Any]]:
        """Return birth and sex by ID number; rows without one, or that say otherwise, are not plain."""
        numbers, count = columns["id_no"], len(plain)
        nothing = [None] * count
        births: list[Any] = list(nothing)
        sexes: list[Any] = list(nothing)
        today, is_elders = self._checker.context.today, self._checker.kind == "elders"
        ages: dict[dt.date | None, int] = {}
        told = zip(
            numbers, columns["name"], columns.get("birth_date", nothing), columns.get("sex", nothing),
            columns.get("age", nothing), strict=True,
        )  # fmt: skip
        for place, (number, name, birth, sex, age) in enumerate(told):
            if number is None or name is None:
                plain[place] = 0
                continue
            born = births[place] = eight_digits_date(number[6:14])
            by_number = sexes[place] = "M" if number[16] in _MALE else "F"
            years = ages.get(born)
            if years is None:
                years = ages[born] = completed_years(born, today) if born else -1
            if (
                (birth is not None and birth != born)
                or (sex is not None and sex != by_number)
                or (age is not None and age != years)
                or not (_ELDER_FROM if is_elders else 0) <= years <= _OLDEST
            ):
                plain[place] = 0
        return births, sexes

    def _check_words(self, values: dict[str, list[Any]], plain: bytearray) -> None:
        categories = values.get("category")
        if categories is not None:
            open_ones = {codes for codes in set(categories) if codes and any(c.startswith(BY_AGE) for c in codes)}
            _exclude(plain, [codes in open_ones for codes in categories] if open_ones else [])
            if self._checker.kind == "elders":  # the one remark that a plain row can bear
                missing = (missing_issue("category", Severity.WARNING),)
                self._remarks = [missing if codes is None else () for codes in categories]
        notes = values.get("note")
        if notes is not None:
            words = (*word_lists()["died"], *word_lists()["moved_away"])
            telling = {note for note in set(notes) if note and any(word in note for word in words)}
            _exclude(plain, [note in telling for note in notes] if telling else [])

    def _look_up(self, values: dict[str, list[Any]], plain: bytearray) -> None:
        lookups, grids, workers = self._checker.lookups, values.get("grid"), values.get("worker")
        if grids is not None:
            _exclude(plain, [grid is None for grid in grids])
            if lookups is not None and lookups.knows_grids:
                found = {grid: self._checker.grids(grid) for grid in set(grids) if grid is not None}
                codes = {grid: one[0] if len(one) == 1 else None for grid, one in found.items()}
                values["grid"] = grids = [codes.get(grid) for grid in grids]
                _exclude(plain, [grid is None for grid in grids])
        if workers is not None and lookups is not None and lookups.knows_workers:
            pairs = list(zip(workers, grids if grids is not None else [None] * len(plain), strict=True))
            ids: dict[tuple[Any, Any], str | None] = {}
            for worker, grid in set(pairs):
                one = lookups.find_workers(worker, grid or "") if worker else ()
                ids[worker, grid] = one[0] if len(one) == 1 else None
            values["worker_id"] = [ids[pair] for pair in pairs]
            _exclude(plain, [ids[pair] is None and pair[0] is not None for pair in pairs])


def _exclude(plain: bytearray, wrong: list[bool]) -> None:
    for place, is_wrong in enumerate(wrong):
        if is_wrong:
            plain[place] = 0
