"""Say who lets others wait on a server, and with what, in words of those who wait.

Each step shows its name in the server's list of who is at work
(``application_name``), which every account may read, as long as it lasts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import quote, unquote

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from gridapp.db import locks
from gridapp.domain.action import action_title
from gridapp.errors import DatabaseBusyError
from gridapp.formats import instant
from gridapp.i18n import _

_PROGRAM = "GridApp"
_LONGEST = 63
"""What a server keeps of such a name; it keeps ASCII only. [bytes]"""
# Whoever holds a lock that others wait for, the one who is alone before those who are together.
_HOLDERS = text(
    "SELECT a.usename, a.application_name FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.classid = :space AND l.granted AND l.pid <> pg_backend_pid() "
    "AND a.datname = current_database() AND a.application_name LIKE :steps "
    "ORDER BY l.mode = 'ExclusiveLock' DESC, l.objid LIMIT 1"
)


@dataclass(frozen=True)
class Turn:
    """A step that is under way.

    Attributes:
        action: As the audit log names it.
        actor: Who acts.
        since: When it began; UTC.
    """

    action: str
    actor: str
    since: dt.datetime

    def __str__(self) -> str:
        """Say it, and what follows from it."""
        sentence = _("{who} has been at work since {time}: “{what}”. Nobody else can save until that is done.")
        return sentence.format(who=self.actor, time=instant(self.since)[-len("hh:mm"):], what=action_title(self.action))


def name_of(turn: Turn) -> str:
    """Return what the server shows of a step; long names of people are cut."""
    begun = f"{_PROGRAM} {turn.action} {int(turn.since.timestamp()):x} "
    actor = turn.actor
    while actor and len(begun) + len(quote(actor, "")) > _LONGEST:
        actor = actor[:-1]
    return begun + quote(actor, "")


def turn_of(name: str, user: str) -> Turn | None:
    """Read what the server shows; None when it is no step's.

    Args:
        name: As it is shown.
        user: Of the server, who is named when the step names nobody.
    """
    program, _space, rest = name.partition(" ")
    parts = rest.split(" ")
    if program != _PROGRAM or len(parts) != 3:
        return None
    try:
        since = dt.datetime.fromtimestamp(int(parts[1], 16), dt.UTC)
    except (ValueError, OverflowError):
        return None
    return Turn(parts[0], unquote(parts[2]) or user, since)


def holder(engine: Engine) -> Turn | None:
    """Return who else is at work so that others have to wait, None when nobody is or the server does not say."""
    try:
        with engine.connect() as connection:
            found = connection.execute(_HOLDERS, {"space": locks.SPACE, "steps": f"{_PROGRAM} % % %"}).first()
    except SQLAlchemyError:
        return None
    return turn_of(found.application_name, found.usename) if found is not None else None


def busy(turn: Turn) -> DatabaseBusyError:
    """Return what to say to somebody whose own step was given up meanwhile."""
    said = DatabaseBusyError(f"{turn} " + _("Nothing of yours was written; try again later."))
    said.on_server = True
    return said
