"""Open a database and hand out sessions; nobody else makes or commits one.

``Session`` is named here for those who put queries together without knowing SQL.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db import engine as engines
from gridapp.db import locks, marks, turns
from gridapp.db.audit import chain
from gridapp.db.base import table_of
from gridapp.db.faults import is_servers_trouble, translate, uncertain
from gridapp.db.records import OperationRecord, SealedPersonRecord
from gridapp.db.unit_of_work import UnitOfWork
from gridapp.domain.access import OWNER, Principal
from gridapp.errors import GridAppError

__all__ = ["Database", "Session"]

Result = TypeVar("Result")


class Database:
    """An open database.

    Attributes:
        location: The path or URL it was opened by, without a password.
        engine: For migrations and backups inside this package only.
        principal: Who works with it; decides what is read and what may be done.
        notice: What its user must know about it after opening, "" for nothing.
        waiting: Asked, with a sentence about who is at work, when a step has waited for ten seconds to begin: whether
            to wait on; told "" when it waits no longer. Without it the step is given up.
    """

    def __init__(self, engine: Engine, location: str) -> None:
        self.engine = engine
        self.principal: Principal = OWNER
        self._has_written = False
        self.notice = ""
        self.waiting: Callable[[str], bool] | None = None
        self.location = location
        self._reading_apart: Engine | None = None
        self._limited_for: tuple[Principal, bool] = (OWNER, False)
        self._writing = engine.execution_options(gridapp_writing=True)
        self._choose_reading(engine)

    def _choose_reading(self, engine: Engine) -> None:
        self._reading = engine
        if engine.dialect.name == "postgresql":
            # A read of several statements sees one moment. A write sees what others have stored before each of its
            # statements: it waits for their locks and then checks and changes what is there now.
            self._reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._writing = self.engine.execution_options(isolation_level="READ COMMITTED")

    def sign_in(self, principal: Principal) -> None:
        """Let somebody work: from now on only what they may see is read, and everything is done in their name."""
        self.principal = principal
        self.limit_reads()

    def limit_reads(self) -> None:
        """Let reads go through the views of whoever works with it; again after the first record was sealed."""
        with translate(), self.engine.connect() as connection:
            has_sealed = connection.execute(select(SealedPersonRecord.resident_id).limit(1)).first() is not None
        if self._reading_apart is not None:
            if self._limited_for == (self.principal, has_sealed):
                return  # as they are: thousands are sealed, twenty at a time
            self._reading_apart.dispose()
        self._limited_for = (self.principal, has_sealed)
        self._reading_apart = engines.make_limited(self.engine, self.location, self.principal, has_sealed)
        self._choose_reading(self._reading_apart or self.engine)
        self.release_idle()  # of the engine that reads no more

    def release_idle(self) -> None:
        """Give back what idle connections to a file hold: up to 16 MB of pages and 7 of prepared statements each."""
        for engine in (self.engine, self._reading_apart):
            if engine is not None and not self.is_on_server:
                engines.release_idle(engine)

    @property
    def is_on_server(self) -> bool:
        """Whether it is a server's database rather than a file."""
        return self.engine.dialect.name != "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a short read of one moment's state.

        Raises:
            StorageError: The file or server failed.
        """
        with translate(), Session(self._reading, expire_on_commit=False, autoflush=False) as session:
            yield session
            if self.is_on_server:
                session.commit()  # taken back instead, it would cost every plan the server has kept for this connection

    @contextmanager
    def read_whole(self, action: str = "") -> Iterator[Session]:
        """Open a read past the views: for proofs and copies, which show nobody, and for whoever may see what is sealed.

        Args:
            action: What is done with it, by the name ``Principal.may`` knows; "" for what shows nobody.

        Raises:
            StorageError: The file or server failed.
            NotAllowedError: The account may not do this.
        """
        if action:
            self.principal.demand(action)
        whole = self.engine
        if self.is_on_server:
            whole = whole.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with translate(), Session(whole, expire_on_commit=False, autoflush=False) as session:
            yield session

    def fetch(self, query: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Return ``query(session, *args)`` from a short read."""
        with self.read() as session:
            return query(session, *args, **kwargs)

    @contextmanager
    def write(self, action: str, actor: str, undoable: bool = True, alone: bool = False) -> Iterator[UnitOfWork]:
        """Open the unit of work of one action: all of it is stored, or nothing.

        Args:
            action: Name for the audit entry, e.g. "visit.record".
            actor: Who acts; whoever is signed in acts in their own name.
            undoable: Whether undo may take the action back.
            alone: Nobody else writes meanwhile, as large imports need it; a file has one writer anyway.

        Raises:
            StorageError: The file or server failed; nothing was written.
            ClashError: Others saved at the same moment; ``repeated_on_clash`` does a service again.
            ConflictError: Someone else changed a row meanwhile; nothing was written.
            NotAllowedError: The account may not do this, or not to these people; nothing was written.
        """
        self.principal.demand(action)
        with translate():
            number = None
            try:
                with Session(self._writing, expire_on_commit=False) as session:
                    actor = self.principal.name or actor
                    self._pass_the_door(session, alone, turns.Turn(action, actor, clock.now()))
                    unit = UnitOfWork(session, action, actor, undoable, self.principal)
                    yield unit
                    unit.finish()
                    number = unit.operation.id
                    session.commit()
            except DBAPIError as error:
                if locks.waited_too_long(error) and (holder := turns.holder(self.engine)):
                    raise turns.busy(holder) from error
                # Lost while it stored the step, a server may have stored it all the same.
                if number is None or not is_servers_trouble(error) or not self._has_arrived(number, unit):
                    raise
        unit.forget()
        self._has_written = True

    def _pass_the_door(self, session: Session, alone: bool, turn: turns.Turn) -> None:
        """Wait for whoever is alone, longer than the server does if the user wants to."""
        for tried in itertools.count():
            try:
                locks.pass_the_door(session, alone, turns.name_of(turn))
            except DBAPIError as error:
                session.rollback()
                holder = turns.holder(self.engine) if locks.waited_too_long(error) else None
                if holder is None or self.waiting is None or not self.waiting(str(holder)):
                    raise
            else:
                if tried and self.waiting is not None:
                    self.waiting("")
                return

    def _has_arrived(self, number: int, unit: UnitOfWork) -> bool:
        """Tell whether a step is stored whose end nobody saw.

        Raises:
            StorageError: The server cannot be asked.
        """
        stored = table_of(OperationRecord)
        ours = select(stored.c.id).where(stored.c.id == number, stored.c.at == unit.now, stored.c.actor == unit.actor)
        try:
            with Session(self._writing) as session, session.begin():
                locks.pass_the_door(session, alone=True)  # the server ends what it had begun before anybody is alone
                return session.execute(ours).first() is not None
        except DBAPIError as error:
            raise uncertain() from error

    @contextmanager
    def write_unrecorded(self) -> Iterator[Session]:
        """Open a transaction for what is no fact: drafts, remembered column headings.

        Raises:
            StorageError: The file or server failed; nothing was written.
        """
        with translate(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Sign what was written since it was opened, and release the file or the server's connections."""
        if self._has_written:
            self._has_written = False
            with contextlib.suppress(GridAppError), self.write_unrecorded() as session:
                chain.try_to_sign(session.connection())
        if self._reading_apart is not None:
            self._reading_apart.dispose()
        file = None if self.is_on_server else Path(self.location)
        if file is not None:
            marks.about_to_close(file)
        self.engine.dispose()
        if file is not None:
            marks.closed(file)
