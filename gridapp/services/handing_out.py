"""The one door by which anything leaves: it asks what for, stamps it, and lists it.

Nothing leaves that is not listed: a file is written beside its place, listed, and
put in its place by the same step, so that a refusal leaves no file and a fault no
gap in the list. With accounts a purpose must be said; a database without them
belongs to whoever opens it, who is not asked but still finds everything listed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gridapp import clock
from gridapp.db.audit.witness import head
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.references import get_resident
from gridapp.db.records import HandoutRecord
from gridapp.db.unit_of_work import UnitOfWork
from gridapp.domain.changes import Changes
from gridapp.domain.handout import LONGEST, SHORTEST, Handed, Handout, Stamp, Writer
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.reports.output import check_replaceable, unwritable
from gridapp.services import half_made


def asks_purpose(database: Database) -> bool:
    """Return whether whoever works here must say what a handout is for."""
    return database.principal.role is not None


def stamp_of(database: Database, handout: Handout, actor: str) -> Stamp:
    """Return the stamp a handout carries.

    Raises:
        ValidationError: It has no purpose, and one must be said.
        NotAllowedError: The account may not take such a thing out.
    """
    database.principal.demand(f"handout.{handout.kind}")
    purpose = " ".join(handout.purpose.split())[:LONGEST]
    if len(purpose) < SHORTEST and asks_purpose(database):
        raise ValidationError(_("Say what this is for; it goes on the list of what left."), "purpose")
    return stamp_now(database, actor, purpose)


def stamp_now(database: Database, actor: str, purpose: str = "") -> Stamp:
    """Return who works here, the time, and where the audit log ends."""
    with database.read() as session:
        return Stamp(database.principal.name or actor, clock.now(), purpose, head(session.connection()))


@repeated_on_clash
def list_handout(database: Database, handout: Handout, place: str, actor: str) -> Changes:
    """List what leaves by another way than a file: to a printer, or to the clipboard.

    Call it before it leaves.

    Args:
        database: Where it comes from.
        handout: What leaves, with the number of people.
        place: Name of the printer, or ``CLIPBOARD`` translated.
        actor: Who takes it out.

    Returns:
        Changes whose result is the Stamp.

    Raises:
        ValidationError: No purpose was said.
        NotAllowedError: The account may not take this out.
    """
    stamp = stamp_of(database, handout, actor)
    with database.write(f"handout.{handout.kind}", actor, undoable=False) as unit:
        put_on_list(unit, handout, stamp, handout.people or 0, place)
        return unit.changes((), "", stamp)


def hand_out_file(
    database: Database, handout: Handout, path: Path, actor: str, write: Writer, progress: Progress = NullProgress()
) -> int:
    """Write a file that leaves, and list it; returns the writer's count of rows.

    Args:
        database: Where it comes from.
        handout: What leaves.
        path: Replaced when it exists, and only once all is written and listed.
        actor: Who takes it out.
        write: Called with a path of the same name, the stamp, and the progress.
        progress: Handed on to the writer.

    Raises:
        ValidationError: No purpose was said.
        NotAllowedError: The account may not take this out, or not of this person.
        NotFoundError: The person it is about is not there.
        StorageError: The file cannot be written.
        OperationCancelled: The user asked to stop; nothing left.
    """
    stamp = stamp_of(database, handout, actor)
    with _beside(path) as made:
        found = write(made, stamp, progress)
        handed = found if isinstance(found, Handed) else Handed(found, found)
        people = handed.people if handout.people is None else handout.people
        _place(database, handout, stamp, people, made, path)
    return handed.rows


@repeated_on_clash
def _place(database: Database, handout: Handout, stamp: Stamp, people: int, made: Path, path: Path) -> None:
    with database.write(handout.action or f"handout.{handout.kind}", stamp.by, undoable=False) as unit:
        if handout.person:
            unit.keep_look([get_resident(unit.session, handout.person).id])
        # The name of a file about one person often tells who it is.
        put_on_list(unit, handout, stamp, people, path.suffix[1:].upper() if handout.person else path.name)
        unit.changes(())  # everything that can be refused, before the file is in its place
        try:
            for part in list(made.parent.iterdir()):  # a Shapefile is several; a clash may come after they were moved
                os.replace(part, path.parent / part.name)
        except OSError as error:
            raise unwritable(path, error) from error


def put_on_list(unit: UnitOfWork, handout: Handout, stamp: Stamp, people: int, place: str) -> None:
    """List what leaves within a unit of work that does more."""
    unit.session.add(
        HandoutRecord(
            at=stamp.at, actor=stamp.by, kind=handout.kind.value, title=handout.title[:LONGEST], people=people,
            purpose=stamp.purpose, place=place[:LONGEST],
        )
    )  # fmt: skip
    unit.detail = {"purpose": stamp.purpose, "people": people}


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a path of the same name in a folder of its own beside the target, on the same disk.

    A place that cannot take a file is refused before anything is written: a sheet's number is spent by writing it.
    """
    half_made.sweep()
    with ExitStack() as made:
        try:
            check_replaceable(path)
            folder = made.enter_context(half_made.folder_beside(path))
        except OSError as error:
            raise unwritable(path, error) from error
        yield folder / path.name
