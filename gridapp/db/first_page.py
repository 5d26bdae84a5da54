"""The first page as the database remembers it: read before SQLAlchemy is loaded.

The rows of Today were worked out by the same queries as ever and put into the
table ``first_page``, one row per day, with the number of the last operation
they take in (``services.first_page`` does that). Whatever changes a figure is
an operation, so a row whose number is still the last one, for the day and the
question asked, is what the queries would answer now. In any doubt there is no
answer: the database is then opened as usual and says itself what is wrong with
it, and a page shown from here is read anew as soon as it is open. A database
with accounts remembers nothing: who may see whom is known after signing in.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from gridapp.db import connecting, keyfile, marks
from gridapp.db.queries.values import (
    CommunityRow,
    DueCounts,
    DueList,
    DuePage,
    DueRow,
    FormChoices,
    GridRow,
    PersonRow,
    RosterRow,
    Scope,
    WorkerRow,
)
from gridapp.domain.cadence import Tier
from gridapp.domain.indicator import VisitRate
from gridapp.errors import GridAppError
from gridapp.settings import Settings, from_stored

Row = TypeVar("Row")

_SCHEMA = "SELECT version_num FROM alembic_version"
_REMEMBERED = (
    "SELECT body FROM first_page WHERE day = ? AND question = ? "
    "AND operation = (SELECT coalesce(max(id), 0) FROM operation) AND NOT EXISTS (SELECT 1 FROM account)"
)


@dataclass(frozen=True)
class FirstPage:
    """What the window shows first.

    Attributes:
        settings: The values in force.
        due: The due list of the scope asked for, or its first page where it is long.
        rate: The running month's figure in that scope.
        choices: What form and filters offer; its grids come without outlines, its communities say whose data it is.
    """

    settings: Settings
    due: DueList
    rate: VisitRate
    choices: FormChoices


_FORM = [
    list(kind.__annotations__)
    for kind in (
        FirstPage, Settings, DueRow, RosterRow, PersonRow, VisitRate, FormChoices, WorkerRow, GridRow, CommunityRow,
        DueList, DuePage, DueCounts,
    )
]
"""The fields in the order they are written; a body of another form is none of ours."""


def question(language: str, scope: Scope) -> str:
    """Return the text under which a page is remembered: its words and its people depend on these."""
    return json.dumps([language, scope.grid, scope.community, scope.worker])


def written(page: FirstPage) -> bytes:
    """Return a page as the bytes that are stored."""
    text = json.dumps([_FORM, _plain(page)], ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 1)


def understood(body: bytes) -> FirstPage:
    """Return a page from what was stored.

    Raises:
        ValueError: It was stored in another form.
    """
    form, page = json.loads(zlib.decompress(body))
    if form != _FORM:
        raise ValueError("The page was stored by a program of another version.")
    settings, (due, counts, kind, is_whole), rate, choices = page
    rows, after = due
    workers, grids, categories, phrases, communities, has_more = choices
    return FirstPage(
        from_stored(dict(zip(_FORM[1], settings, strict=True))),
        DueList(
            DuePage(
                tuple(DueRow(_roster_row(row[0]), _day(row[1]), *row[2:]) for row in rows),
                (_day(after[0]), after[1]) if after else None,
            ),
            DueCounts(*counts),
            kind,
            is_whole,
        ),
        VisitRate(*rate),
        FormChoices(
            tuple(_made(WorkerRow, row, _WORKER) for row in workers),
            tuple(GridRow(*row) for row in grids),
            categories,
            tuple(phrases),
            tuple(CommunityRow(*row) for row in communities),
            has_more,
        ),
    )


def read(path: Path, day: dt.date, asked: str) -> FirstPage | None:
    """Return the page remembered for a day, or None when there is none that is surely right.

    Nothing is written and no key is made; the file's own opening comes after.

    Args:
        path: A database file.
        day: Today.
        asked: From ``question``.
    """
    # The last to close a file takes its WAL away, by which a loss is noticed: the opening must look for it first.
    if not path.is_file() or marks.is_there(path):
        return None
    try:
        driver = connecting.driver()
        if connecting.looks_encrypted(path) and keyfile.is_in_keyring():
            return None  # the keyring may ask its user first; the file's own opening waits for that elsewhere
        key = keyfile.load_key(create=False) if connecting.looks_encrypted(path) else None
    except GridAppError:
        return None
    try:
        connection = connecting.connect(path, key, connecting.is_read_only(path))
        try:
            if not connecting.is_ours(connection) or connection.execute(_SCHEMA).fetchall() != [(connecting.HEAD,)]:
                return None
            found = connection.execute(_REMEMBERED, (day.isoformat(), asked)).fetchone()
        finally:
            connection.close()
        return understood(found[0]) if found else None
    except (driver.Error, OSError, ValueError, TypeError, zlib.error):
        return None


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return [_plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _day(text: str | None) -> Any:
    return None if text is None else dt.date.fromisoformat(text)


def _roster_row(values: list[Any]) -> RosterRow:
    values[0] = _made(PersonRow, values[0], _PERSON)
    return _made(RosterRow, values, _ROSTER)


def _made(kind: Callable[..., Row], values: list[Any], read_back: Sequence[tuple[int, Callable[[Any], Any]]]) -> Row:
    for place, reader in read_back:
        values[place] = reader(values[place])
    return kind(*values)


def _places(form: list[str], **readers: Callable[[Any], Any]) -> list[tuple[int, Callable[[Any], Any]]]:
    return [(form.index(name), reader) for name, reader in readers.items()]


_ROSTER = _places(_FORM[3], joined=_day, modes=tuple, last_valid=_day)
_WORKER = _places(_FORM[7], grids=tuple)
_PERSON = _places(_FORM[4], birth=_day, died=_day, categories=tuple, tier=Tier)
