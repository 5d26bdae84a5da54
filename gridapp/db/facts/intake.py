"""What is shared while a facts document comes in: what its rows may name, and how an object becomes values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from gridapp.db import bulk
from gridapp.db.base import table_of
from gridapp.db.facts.checks import check_choice, given_id
from gridapp.db.facts.form import STAMPS, Field, Section
from gridapp.db.facts.known import ask_each, read_all
from gridapp.db.facts.source import FactsSource
from gridapp.db.facts.values import Unacceptable, brief
from gridapp.db.unit_of_work import UnitOfWork
from gridapp.domain.keys import new_key, parse_uuid
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.progress import Progress

CHUNK = 5000


class Intake:
    """One document on its way into a database.

    Attributes:
        unit: The unit of work that all of it belongs to.
        today: The day against which dates are judged.
        loaded: Rows written, by section.
        known: Row numbers by shown id, by section: what other lists may name.
        day: How this engine takes a day in bulk.
        source: Where the lists come from.
        is_small: There is so much less in it than here that what it names is looked up, not read beforehand.
    """

    source: FactsSource

    def __init__(self, unit: UnitOfWork, today: dt.date, progress: Progress, is_small: bool = False) -> None:
        self.unit = unit
        self.session: Session = unit.session
        self.today = today
        self.is_small = is_small
        self.loaded: dict[str, int] = {}
        self.known: dict[str, dict[str, int]] = {}
        self.day = bulk.day_form(bulk.is_server(self.session.connection()))
        self._progress = progress

    def tell(self, name: str, count: int) -> None:
        """Report how many rows of a list were read.

        Raises:
            OperationCancelled: The user asked to stop.
        """
        source = self.source
        done = min(source.done, source.total - 1)
        self._progress.advance(max(done, 0), source.total, _("{list}: {count}").format(list=name, count=count))

    def note(self, name: str, table: str, runs: Sequence[tuple[int, int]]) -> None:
        """Keep what was written to a table, as runs of row numbers, for the audit entry and undo."""
        if runs:
            self.loaded[name] = sum(last - first + 1 for first, last in runs)
        for first, last in runs:
            self.unit.keep_bulk(table, first, last)

    def insert(self, section: Section, values: list[dict[str, Any]]) -> None:
        """Write rows and note them for the audit entry and undo."""
        for start in range(0, len(values), CHUNK):
            self.session.execute(insert(table_of(section.record)), values[start : start + CHUNK])
        if values:
            self.loaded[section.name] = len(values)
            self.unit.keep_bulk_rows(section.record.__tablename__, [value["id"] for value in values])

    def known_rows(self, section: Section) -> dict[str, int]:
        """Keep the row numbers of what is there already, by shown id."""
        known = (ask_each if self.is_small else read_all)(self.session, section)
        self.known[section.name] = known
        return known

    def values(self, section: Section, item: dict[str, Any], where: str) -> dict[str, Any]:
        """Return the values of an object by column.

        Raises:
            ValidationError: One of them is missing or wrong.
        """
        values: dict[str, Any] = {}
        for field in section.fields:
            given = item.get(field.key)
            if given is None and field.key == "community" and section.name == "grids":
                given = str(item.get("code"))[:12]
            values[field.column] = self.value(field, given, where)
        start, end = values.get("start", values.get("valid_from")), values.get("end", values.get("valid_to"))
        if start is not None and end is not None and end <= start:
            raise ValidationError(
                _("{where}: the interval ends on {end}, which is not after its start {start}.").format(
                    where=where, start=start, end=end
                ),
                "end",
            )
        if section.name == "grid_choices":
            check_choice(values, where)
        return values

    def value(self, field: Field, given: Any, where: str) -> Any:
        """Return what is stored for a value of a document: its default where none is given, a row number for a name.

        Raises:
            ValidationError: It is missing, wrong, or names a row that is not there.
        """
        if given is None:
            if field.required:
                raise ValidationError(
                    _("{where}: “{field}” is missing.").format(where=where, field=field.key), field.key
                )
            return field.default
        try:
            value = field.parse(given)
        except (Unacceptable, ValidationError) as error:
            raise ValidationError(
                _("{where}: “{field}”: {problem}.").format(
                    where=where, field=field.key, problem=str(error).rstrip(".。")
                ),
                field.key,
            ) from error
        if not field.refers:
            return value
        found = self.known[field.refers].get(value)
        if found is None:
            raise ValidationError(
                _("{where}: “{field}” names “{value}”, which is not there.").format(
                    where=where, field=field.key, value=brief(value)
                ),
                field.key,
            )
        return found

    def identity(self, item: dict[str, Any], where: str) -> dict[str, Any]:
        """Return key and reference of an object.

        Raises:
            ValidationError: Its id cannot be one.
        """
        given = given_id(item, where)
        key = parse_uuid(given) if given is not None else None
        if key is not None:
            return {"uid": key, "ref": None}
        return {"uid": new_key(self.unit.now), "ref": given}

    def stamps(self, item: dict[str, Any], where: str) -> dict[str, Any]:
        """Return who made and changed an object, and when.

        Raises:
            ValidationError: One of the stamps is wrong.
        """
        given = {field.key: self.value(field, item.get(field.key), where) for field in STAMPS}
        return {
            "created_at": given["created"] or self.unit.now,
            "created_by": given["created_by"] or self.unit.actor,
            "changed_at": given["changed"],
            "changed_by": given["changed_by"],
            "version": max(1, given["version"]),
        }
