"""Accounts: who may open a database, as what, and how the file's key is kept from everybody else.

The first account, an administrator's, ends the time in which the file is
opened by the key file of one computer: the file gets a key of its own, which
from then on lies only in the key ring, wrapped for each account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp.db import engine as engines
from gridapp.db import keyring, rekeying
from gridapp.db.database import Database
from gridapp.db.queries.references import get_worker
from gridapp.db.records import AccountAreaRecord, AccountRecord, CommunityRecord
from gridapp.db.unit_of_work import UnitOfWork
from gridapp.domain.access import Principal, Role
from gridapp.domain.changes import Changes, Kind
from gridapp.errors import NotFoundError, SignInError, ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services import passwords, projects
from gridapp.services.signing_in import RECOVERED, has_accounts


@dataclass(frozen=True)
class NewAccount:
    """What an account is to be.

    Attributes:
        name: To sign in with, e.g. "wang.li".
        role: What it is for.
        communities: Codes of the communities it works in; none for the whole area.
        worker: Id of the worker whose grids it sees; needed for that role.
        sees_children: Whether records of orphans and children without support are shown.
    """

    name: str
    role: Role
    communities: tuple[str, ...] = ()
    worker: str | None = None
    sees_children: bool = False


def begin_accounts(
    database: Database, name: str, password: str, actor: str, progress: Progress = NullProgress()
) -> tuple[Database, str]:
    """Make the first account, an administrator's; from then on everybody must sign in.

    An encrypted file gets a key of its own, which this computer's key file no
    longer opens.

    Returns:
        The database, open again in the new account's name, and the recovery
        key to print and lock away; "" where there is nothing to recover.

    Raises:
        ValidationError: There are accounts already, or name or password are not acceptable.
        StorageError: The file could not be given its key; the account is there and opens it with the key it had.
    """
    passwords.check(password)
    if database.principal.role is not None or database.fetch(has_accounts):
        raise ValidationError(_("There are accounts already. Sign in as an administrator to add another."))
    with database.write("account.add", actor, undoable=False) as unit:
        _add(unit, NewAccount(name, Role.ADMINISTRATOR, sees_children=True), password)
        unit.changes({Kind.SETTING})
    principal = Principal(name, Role.ADMINISTRATOR)
    old = None if database.is_on_server else engines.key_of(database.engine)
    if old is None:
        database.sign_in(principal)
        return database, ""
    path = Path(database.location)
    keyring.set_slot(path, name, password, [old])
    recovery = keyring.make_recovery(path, [old])
    return _with_new_key(database, path, principal, progress), recovery


def add_account(database: Database, new: NewAccount, password: str, actor: str) -> Changes:
    """Add an account.

    Raises:
        ValidationError: The name is taken or empty, the password too short, or the role lacks its area;
            or there is no account yet, and ``begin_accounts`` makes the first.
        NotFoundError: Unknown community or worker.
        NotAllowedError: Only an administrator may.
    """
    passwords.check(password)
    if database.principal.role is None:
        raise ValidationError(_("The first account must be an administrator’s."), "role")
    with database.write("account.add", actor, undoable=False) as unit:
        _add(unit, new, password)
        _set_slot(database, new.name, password)
        return unit.changes({Kind.SETTING}, _("Added the account {name}.").format(name=new.name))


def change_password(database: Database, name: str, old: str | None, new: str, actor: str) -> Changes:
    """Give an account another password; the database itself is not touched.

    Args:
        database: Where the account is.
        name: Whose.
        old: The present password; an administrator needs none for others.
        new: The next one.
        actor: Who says so.

    Raises:
        SignInError: The old password is wrong.
        ValidationError: The new one is too short.
        NotAllowedError: Somebody else's, and the actor is no administrator.
    """
    passwords.check(new)
    principal = database.principal
    if name != principal.name:
        principal.demand("account.password")
    with database.write("password.change", actor, undoable=False) as unit:
        record = _get(unit.session, name)
        if name == principal.name and not passwords.fits(record.secret, old or ""):
            raise SignInError(_("The present password is wrong."))
        record.secret = passwords.digest(new)
        record.failures, record.failed_at = 0, None
        unit.detail = {"account": name}
        _set_slot(database, name, new)
        return unit.changes({Kind.SETTING}, _("Changed the password."))


def name_for_children(database: Database, name: str, sees_children: bool, actor: str) -> Changes:
    """Let an account see records of children from its next sign-in on, or no longer.

    Raises:
        NotFoundError: There is no such account.
        NotAllowedError: Only an administrator may.
    """
    with database.write("account.children", actor, undoable=False) as unit:
        record = _get(unit.session, name)
        record.sees_children = sees_children
        unit.detail = {"account": name, "sees_children": sees_children}
        said = _("{name} sees records of children from the next sign-in on.") if sees_children else _(
            "{name} sees no records of children from the next sign-in on."
        )
        return unit.changes({Kind.SETTING}, said.format(name=name))


def remove_account(database: Database, name: str, actor: str) -> Changes:
    """Shut an account out; what it did stays in the audit log under its name.

    Whoever had the file and its key may still have copies: ``rekey`` afterwards.

    Raises:
        ValidationError: It is the last administrator's.
        NotFoundError: There is no such account.
    """
    with database.write("account.remove", actor, undoable=False) as unit:
        record = _get(unit.session, name)
        others = select(AccountRecord.id).where(AccountRecord.role == Role.ADMINISTRATOR.value)
        others = others.where(AccountRecord.active, AccountRecord.id != record.id).limit(1)
        if unit.session.scalar(others) is None:
            raise ValidationError(_("This is the last administrator. Make another one first."), "name")
        record.active = False
        unit.detail = {"account": name}
        path = _ring_path(database)
        if path is not None:
            keyring.drop_slot(path, name)
        return unit.changes({Kind.SETTING}, _("{name} can no longer sign in.").format(name=name))


def renew_recovery(database: Database, actor: str) -> Changes:
    """Make a new recovery key; ``Changes.result`` is it. The one before no longer opens the file.

    Raises:
        ValidationError: The database is not a file that accounts open.
        NotAllowedError: Only an administrator may.
    """
    path = _ring_path(database)
    if path is None:
        raise ValidationError(_("Only an encrypted file with accounts has a recovery key."))
    with database.write("account.recovery", actor, undoable=False) as unit:
        key = engines.key_of(database.engine)
        assert key is not None
        return unit.changes({Kind.SETTING}, _("Made a new recovery key."), keyring.make_recovery(path, [key]))


def rekey(database: Database, actor: str, progress: Progress = NullProgress()) -> Database:
    """Give the file a new key, sealed to every account that still has a slot; returns the database, open again.

    Raises:
        ValidationError: The database is not a file that accounts open.
        NotAllowedError: Only an administrator may.
        StorageError: It could not be done; the old key still opens the file.
    """
    path, principal = _ring_path(database), database.principal
    if path is None:
        raise ValidationError(_("Only an encrypted file with accounts can be given a new key."))
    with database.write("account.rekey", actor, undoable=False) as unit:
        unit.changes({Kind.SETTING})
    return _with_new_key(database, path, principal, progress)


def _add(unit: UnitOfWork, new: NewAccount, password: str) -> None:
    _check_name(unit.session, new.name)
    if new.role is Role.WORKER and not new.worker:
        raise ValidationError(_("Say which worker’s grids the account sees."), "worker")
    worker = get_worker(unit.session, new.worker).id if new.worker else None
    record = AccountRecord(
        name=new.name, role=new.role.value, worker_id=worker, sees_children=new.sees_children, active=True,
        secret=passwords.digest(password), failures=0, created_at=unit.now, created_by=unit.actor,
    )  # fmt: skip
    unit.session.add(record)
    unit.session.flush()
    _set_areas(unit, record, new.communities)
    unit.detail = {"account": new.name, "role": new.role.value, "communities": list(new.communities)}


def _set_slot(database: Database, name: str, password: str) -> None:
    path, key = _ring_path(database), None if database.is_on_server else engines.key_of(database.engine)
    if path is not None and key is not None:
        keyring.set_slot(path, name, password, [key])


def _with_new_key(database: Database, path: Path, principal: Principal, progress: Progress) -> Database:
    """Put a copy under a new key in the file's place; returns it open, in the account's name."""
    old, new = engines.key_of(database.engine), keyring.new_key()
    assert old is not None
    part = rekeying.copy_with_key(path, old, new, progress)
    keyring.offer(path, [old, new])
    database.close()
    rekeying.put_in_place(part, path)
    keyring.offer(path, [new])
    keyring.hold(path, new)
    opened = projects.open_database(path, create=False, key=new)
    opened.sign_in(principal)
    return opened


def _ring_path(database: Database) -> Path | None:
    if database.is_on_server or not keyring.exists(Path(database.location)):
        return None
    return Path(database.location)


def _set_areas(unit: UnitOfWork, record: AccountRecord, codes: Sequence[str]) -> None:
    for code in codes:
        community = unit.session.scalar(select(CommunityRecord.id).where(CommunityRecord.code == code))
        if community is None:
            raise NotFoundError(_("There is no community “{code}”.").format(code=code))
        unit.session.add(AccountAreaRecord(account_id=record.id, community_id=community))


def _check_name(session: Session, name: str) -> None:
    if not name or name != name.strip() or not name.isprintable() or len(name) > 80 or name in (RECOVERED, "gridapp"):
        raise ValidationError(_("“{name}” cannot be the name of an account.").format(name=name), "name")
    if session.scalar(select(AccountRecord.id).where(AccountRecord.name == name)) is not None:
        raise ValidationError(_("There is already an account {name}.").format(name=name), "name")


def _get(session: Session, name: str) -> AccountRecord:
    found = session.scalar(select(AccountRecord).where(AccountRecord.name == name, AccountRecord.active))
    if found is None:
        raise NotFoundError(_("There is no account {name}.").format(name=name))
    return found
