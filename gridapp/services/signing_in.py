"""Sign in: open a database in the name of an account, seeing what that account may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db import connecting, keyring
from gridapp.db import engine as engines
from gridapp.db.database import Database
from gridapp.db.faults import translate_driver
from gridapp.db.queries.journal import load_settings
from gridapp.db.records import AccountAreaRecord, AccountRecord, AssignmentRecord, CommunityRecord, GridRecord
from gridapp.domain.access import Principal, Role
from gridapp.domain.retention import years_before
from gridapp.errors import ForeignDatabaseError, SignInError, StorageError
from gridapp.i18n import _
from gridapp.services import passwords, projects

RECOVERED = "recovery"
"""Name under which the recovery key acts."""


def needs_account(location: str | Path) -> bool:
    """Return whether a file is opened by an account rather than by this computer's key file."""
    text = str(location)
    return not engines.is_on_server(text) and keyring.exists(Path(text))


def forget() -> None:
    """Forget the keys of files that were opened, as when the screen locks."""
    keyring.release()


def open_for(location: str | Path, account: str | None, password: Callable[[], str], **how: Any) -> Database:
    """Open a database, in the name of an account where there are accounts.

    Args:
        location: Path of a file, or a server's address.
        account: Name; None when nobody signs in.
        password: Asked for the password when it is needed.
        how: As for ``projects.open_database``.

    Raises:
        SignInError: There are accounts and nobody signs in, or name and password do not belong together.
        StorageError: It cannot be opened.
    """
    if account is not None:
        return open_as(location, account, password())
    database = projects.open_database(location, **how)
    if database.fetch(has_accounts):
        database.close()
        raise SignInError(_("This database has accounts. Sign in with a name and a password."))
    return database


def has_accounts(session: Session) -> bool:
    """Return whether somebody must sign in."""
    return session.scalar(select(AccountRecord.id).limit(1)) is not None


def open_as(location: str | Path, account: str, password: str) -> Database:
    """Open a database in the name of an account.

    Args:
        location: Path of a file, or a server's address.
        account: Name, or ``RECOVERED`` with the printed recovery key as password.
        password: The account's.

    Raises:
        SignInError: Name and password do not belong together, or the attempt came too soon.
        NotFoundError: There is no such file.
        StorageError: It cannot be opened.
    """
    text = str(location)
    ring = None if engines.is_on_server(text) else Path(text)
    if ring is None or not keyring.exists(ring):
        database = projects.open_database(text, create=False)
        return _signed_in(database, account, password)
    if account == RECOVERED:
        keys = keyring.unlock(ring, keyring.RECOVERY, keyring.read_recovery(password), clock.now())
    else:
        keys = keyring.unlock(ring, account, password, clock.now())
    key = fitting_key(ring, keys)
    keyring.hold(ring, key)
    database = projects.open_database(text, create=False, key=key)
    if account == RECOVERED:
        database.sign_in(Principal(RECOVERED, Role.ADMINISTRATOR))
        return database
    return _signed_in(database, account, None)


def fitting_key(path: Path, keys: Sequence[str]) -> str:
    """Return which of several keys opens a file.

    Raises:
        StorageError: None does.
    """
    for key in keys:
        try:
            with translate_driver():
                connection = connecting.connect_beside(path, key, reads_only=True)
                try:
                    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                finally:
                    connection.close()
        except ForeignDatabaseError:
            continue
        return key
    raise StorageError(_("The key ring does not belong to this file. Put back the one it was kept with."))


def _signed_in(database: Database, name: str, password: str | None) -> Database:
    """Let an account of an open database work; with a password, prove it first."""
    try:
        with database.write_unrecorded() as session:
            record = session.scalar(select(AccountRecord).where(AccountRecord.name == name))
            wrong = _check(record, password)
            principal = None if record is None or wrong is not None else _principal_of(session, record)
        if principal is None:
            raise wrong or SignInError(_("Name and password do not belong together."))
        database.sign_in(principal)
    except BaseException:
        database.close()
        raise
    return database


def _check(record: AccountRecord | None, password: str | None) -> SignInError | None:
    """Return why an account may not in, and count a failed attempt."""
    refusal = SignInError(_("Name and password do not belong together."))
    if record is None:
        passwords.fits(passwords.digest("measure"), password or "")
        return refusal
    if password is not None:
        try:
            keyring.demand_patience(
                record.failures, record.failed_at.isoformat() if record.failed_at else "", clock.now()
            )
        except SignInError as error:
            return error
        if not passwords.fits(record.secret, password):
            record.failures, record.failed_at = record.failures + 1, clock.now()
            return refusal
        if record.failures:
            record.failures, record.failed_at = 0, None
    return None if record.active else SignInError(_("This account was closed. Ask an administrator."))


def _principal_of(session: Session, record: AccountRecord) -> Principal:
    role = Role(record.role)
    codes = select(CommunityRecord.code).join(AccountAreaRecord).where(AccountAreaRecord.account_id == record.id)
    grids: tuple[str, ...] = ()
    if role is Role.WORKER:
        today = clock.today()
        own = select(GridRecord.code).join(AssignmentRecord).where(
            AssignmentRecord.worker_id == record.worker_id,
            AssignmentRecord.start <= today,
            (AssignmentRecord.end.is_(None)) | (AssignmentRecord.end > today),
        )  # fmt: skip
        grids = tuple(sorted(set(session.scalars(own))))
    born = years_before(clock.today(), load_settings(session).child_age) + dt.timedelta(days=1)
    return Principal(record.name, role, tuple(sorted(session.scalars(codes))), grids, record.sees_children, born)
