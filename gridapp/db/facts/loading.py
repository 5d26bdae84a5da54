"""Write a facts document into a database, checked row by row."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import func, select, update

from gridapp.db import numbering
from gridapp.db.base import table_of
from gridapp.db.facts.checks import (
    given_id,
    keys_of,
    object_at,
    refuse_known,
    refuse_overlaps,
    refuse_shared_id_numbers,
    refuse_unknown_keys,
    rows_of,
)
from gridapp.db.facts.form import ASSIGNMENTS, PAPERS, SECTIONS, SHEETS, VISITS, Section
from gridapp.db.facts.intake import Intake
from gridapp.db.facts.papers import load_papers
from gridapp.db.facts.quick import load_rows, load_visits
from gridapp.db.facts.source import FactsSource
from gridapp.db.facts.values import brief
from gridapp.db.queries.references import shown, site_code
from gridapp.db.unit_of_work import UnitOfWork, image
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

_BY_NAME = {section.name: section for section in (*SECTIONS, VISITS, *PAPERS)}


class FactsLoader(Intake):
    """Turns the lists of a document into rows, each after those that it names."""

    def __init__(
        self, unit: UnitOfWork, today: dt.date, progress: Progress = NullProgress(), is_small: bool = False
    ) -> None:
        super().__init__(unit, today, progress, is_small)
        self._waiting: list[str] = []

    def load(self, source: FactsSource, take_settings: Callable[[Any], None]) -> None:
        """Write every list of the source; few rows are in memory at a time, and the ids others may name.

        A list that names rows of another waits until that one is there.

        Args:
            source: Read once from end to end when its lists come in the order of an export.
            take_settings: Given the settings.

        Raises:
            ValidationError: A value is missing, wrong, or names a row that is
                not there; the text says which list, which row and what to do.
            LedgerFormatError: The source turns out to be no facts file.
            OperationCancelled: The user asked to stop.
        """
        self.source = source
        loaded: set[str] = set()
        for name in source.names():
            if name == "settings":
                take_settings(source.value(name))
            elif name == "handed_out":
                source.value(name)  # whose copy it is; says nothing about people
            elif name in _BY_NAME and _needs(name) <= loaded:
                self._load(_BY_NAME[name])
                loaded.add(name)
            elif name in _BY_NAME:
                self._waiting.append(name)
            else:
                refuse_unknown_keys({name: None}, (), _("The document"))
        for name in [name for name in _BY_NAME if name in self._waiting]:
            self._load(_BY_NAME[name])
        self._progress.advance(source.total, source.total)

    def _load(self, section: Section) -> None:
        self.tell(section.name, 0)
        for name in _needs(section.name) - set(self.known) - {VISITS.name}:  # of visits there are too many to know
            self.known_rows(_BY_NAME[name])
        rows = self.source.rows(section.name)
        if section in PAPERS:
            load_papers(self, section, rows)
        elif section.natural or section.nested:
            self._load_section(section, list(rows))
        elif section is VISITS:
            load_visits(self, rows)
        else:
            self._load_many(section, rows)

    def _load_many(self, section: Section, rows: Iterator[Any]) -> None:
        if section.name in _REFERRED:
            self.known_rows(section)
        first = self.next_number(section.record)
        count = load_rows(self, section, rows, first)
        if not count:
            return
        self.note(section.name, section.record.__tablename__, [(first, first + count - 1)])
        if section.name == "persons":
            refuse_shared_id_numbers(self.session, first, self.is_small)
        elif section.name == "residencies":
            refuse_overlaps(self.session, first)
            self.known.pop("households", None)  # nothing else names them

    def _load_section(self, section: Section, rows: Sequence[Any]) -> None:
        known = self.known_rows(section)
        numbers = numbering.reserve(self.session, section.record, len(rows))
        values: list[dict[str, Any]] = []
        inner: dict[str, list[tuple[int, str, dict[str, Any]]]] = {key: [] for key, _section in section.nested}
        for place, row in enumerate(rows):
            where = f"{section.name}[{place}]"
            item = object_at(row, where)
            name = str(item.get(section.natural) or "") if section.natural else given_id(item, where) or ""
            where = f"{where} {brief(name)}".rstrip()
            refuse_unknown_keys(item, keys_of(section), where)
            if section.natural and name in known:
                self._keep_existing(section, item, known[name], where)
                continue
            value = self.values(section, item, where) | self.identity(item, where) | self.stamps(item, where)
            value["id"] = numbers[len(values)]
            shown_id = name if section.natural else shown(value["ref"], value["uid"])
            refuse_known(shown_id, known, where, section.natural or "id")
            known[shown_id] = value["id"]
            values.append(value)
            self._collect_nested(section, item, value["id"], where, inner)
        self.insert(section, values)
        for key, nested in section.nested:
            self._load_nested(nested, "worker_id" if section.name == "workers" else "grid_id", inner[key])

    def _collect_nested(
        self,
        section: Section,
        item: dict[str, Any],
        number: int,
        where: str,
        inner: dict[str, list[tuple[int, str, dict[str, Any]]]],
    ) -> None:
        for key, _nested in section.nested:
            found = [
                (number, f"{where}.{key}[{place}]", object_at(row, f"{where}.{key}[{place}]"))
                for place, row in enumerate(rows_of(item, key, where))
            ]
            inner[key].extend(found)
        if section.name == "workers" and item.get("grid") is not None:
            more = object_at(item.get("assignment") or {}, f"{where}.assignment")
            refuse_unknown_keys(more, keys_of(ASSIGNMENTS), f"{where}.assignment")
            first = {field.key: item[field.key] for field in ASSIGNMENTS.fields if item.get(field.key) is not None}
            inner["assignments"].append((number, where, first | more))

    def _load_nested(self, section: Section, owner: str, found: list[tuple[int, str, dict[str, Any]]]) -> None:
        numbers, known = numbering.reserve(self.session, section.record, len(found)), self.known_rows(section)
        values = []
        for place, (owner_id, where, item) in enumerate(found):
            refuse_unknown_keys(item, keys_of(section), where)
            value = self.values(section, item, where) | self.identity(item, where) | self.stamps(item, where)
            refuse_known(
                shown(value["ref"], value["uid"]), known, f"{where} {brief(value['ref'] or '')}".rstrip(), "id"
            )
            known[shown(value["ref"], value["uid"])] = numbers[place]
            values.append(value | {"id": numbers[place], owner: owner_id})
        self.insert(section, values)

    def _keep_existing(self, section: Section, item: dict[str, Any], number: int, where: str) -> None:
        """Let a document restate a place that is there; a category takes the document's words and stamps."""
        if section.name != "categories":
            return
        values = {field.column: self.value(field, item.get(field.key), where) for field in section.fields}
        table, kept = table_of(section.record), self.session.get_one(section.record, number)
        before = image(kept)
        # Past the ORM: restating is not a change of its own, and must not count as a new version.
        self.session.execute(update(table).where(table.c.id == number).values(**values, **self.stamps(item, where)))
        self.session.refresh(kept)
        if (after := image(kept)) != before:
            self.unit.keep_update(table.name, number, before, after)

    def next_number(self, record: Any) -> int:
        """Return the number the next row of a table takes."""
        return int(self.session.scalar(select(func.coalesce(func.max(record.id), 0))) or 0) + 1


def _needs(name: str) -> set[str]:
    """Return the lists whose rows a list may name."""
    if name == SHEETS.name:
        return {"persons", "workers", VISITS.name}
    section = _BY_NAME[name]
    sections = (section, *(inner for _key, inner in section.nested))
    return {field.refers for one in sections for field in one.fields if field.refers}


_REFERRED = {name for section in _BY_NAME for name in _needs(section)}


def new_site_code() -> str:
    """Return a code for a database that will log visits, 80 random bits."""
    return site_code(secrets.randbits(80))
