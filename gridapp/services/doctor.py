"""Look a database over, repair what can be made again from the rest, and say what cannot."""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from gridapp import clock
from gridapp.db import backup, search
from gridapp.db import engine as engines
from gridapp.db import salvage as salvaging
from gridapp.db.audit import guards, verifying
from gridapp.db.connecting import HEAD
from gridapp.db.database import Database
from gridapp.db.facts.loading import new_site_code
from gridapp.db.faults import translate, translate_driver
from gridapp.db.figures import rebuilding
from gridapp.db.salvage import Salvaged
from gridapp.errors import StorageError, ValidationError
from gridapp.i18n import N_, _
from gridapp.progress import NullProgress, Progress
from gridapp.services import audit, backups
from gridapp.services.figures import rebuild_figures, verify_figures
from gridapp.services.projects import open_database
from gridapp.services.search import rebuild_search, verify_search

OLD_BACKUP = dt.timedelta(days=7)
SHOWN = 3
TITLES = {
    "opens": N_("The file opens"),
    "pages": N_("Pages"),
    "references": N_("References"),
    "guards": N_("Protection of the audit log"),
    "audit": N_("Audit log"),
    "figures": N_("Figures"),
    "search": N_("Search index"),
    "backups": N_("Backups"),
}


@dataclass(frozen=True)
class Finding:
    """Outcome of one check.

    Attributes:
        check: Key of ``TITLES``.
        is_well: Nothing is wrong.
        sentence: What was found.
        is_advice: It is no fault of the data, but worth doing something about.
    """

    check: str
    is_well: bool
    sentence: str
    is_advice: bool = False

    @property
    def title(self) -> str:
        """What was checked, in words."""
        return _(TITLES[self.check])


@dataclass(frozen=True)
class Diagnosis:
    """Outcome of all checks.

    Attributes:
        findings: In the order they were made.
        repaired: What was repaired, in sentences.
    """

    findings: tuple[Finding, ...]
    repaired: tuple[str, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is wrong with the data."""
        return all(finding.is_well or finding.is_advice for finding in self.findings)


def examine(database: Database, progress: Progress = NullProgress()) -> Diagnosis:
    """Check everything that can be checked; nothing is changed.

    Raises:
        OperationCancelled: The user asked to stop.
        StorageError: The server failed. What is wrong with a file is a finding, not an error.
    """
    findings: list[Finding] = []
    checks = (_pages, _references, _guards, _audit, _figures, _search, _backups)
    for place, check in enumerate(checks):
        progress.advance(place, len(checks), _(TITLES[check.__name__[1:]]))
        try:
            finding = check(database)
        except StorageError as error:
            finding = Finding(check.__name__[1:], False, str(error))
        if finding is not None:
            findings.append(finding)
    progress.advance(1, 1)
    return Diagnosis(tuple(findings))


def examine_file(location: str | Path, progress: Progress = NullProgress()) -> Diagnosis:
    """Check a database that may not even open; see ``examine``."""
    try:
        database = open_database(location, create=False)
    except StorageError as error:
        return Diagnosis((Finding("opens", False, str(error)),))
    try:
        return examine(database, progress)
    finally:
        database.close()


def repair(database: Database, actor: str, progress: Progress = NullProgress()) -> Diagnosis:
    """Repair what is made from the rest: figures, search index, indexes, the audit log's protection.

    A file gets a backup first. What cannot be repaired stays a finding.

    Raises:
        StorageError: The backup or a repair failed; what was repaired until then stays.
        OperationCancelled: The user asked to stop.
    """
    wrong = {finding.check for finding in examine(database, progress).findings if not finding.is_well}
    done: list[str] = []
    if wrong & {"guards", "figures", "search"} or "pages" in wrong:
        with contextlib.suppress(StorageError):  # a damaged file cannot be copied whole
            backups.back_up_if_changed(database, "manual", progress)
    if "pages" in wrong and not database.is_on_server and _reindex(database):
        done.append(_("The indexes were made again."))
    if "guards" in wrong:
        with database.write_unrecorded() as session:
            guards.create(session.connection())
        done.append(_("The protection of the audit log was put back."))
    if "figures" in wrong:
        rebuild_figures(database, actor, progress)
        done.append(_("All figures were counted again."))
    if "search" in wrong:
        rebuild_search(database, actor)
        done.append(_("The search index was made again."))
    return Diagnosis(examine(database, progress).findings, tuple(done))


def salvage(location: str | Path, target: Path, progress: Progress = NullProgress()) -> list[Salvaged]:
    """Make a new file from what can be read of a damaged one, which stays as it is.

    Returns:
        What came out of each table, and what is lost.

    Raises:
        ValidationError: The target is there already.
        StorageError: Nothing can be read, it was made by another version, or the new file cannot be written.
    """
    path = Path(location)
    if target.exists():
        raise ValidationError(_("The file {path} is there already; choose a new name.").format(path=target))
    engine = engines.make_engine(str(path), encrypt=True)
    wreck = salvaging.Wreck(engine, path)
    made = None
    try:
        revision = wreck.ask("SELECT version_num FROM alembic_version")
        if revision is None or [tuple(row) for row in revision] != [(HEAD,)]:
            raise StorageError(_("Nothing can be read out of this file any more. Restore the last backup."))
        made = open_database(target, encrypt=engines.is_encrypted(engine))
        outcome = _fill(made, wreck, progress)
        made.close()
    except BaseException:
        if made is not None:
            made.close()
            for suffix in ("", "-wal", "-shm", "-open"):
                target.with_name(target.name + suffix).unlink(missing_ok=True)
        raise
    finally:
        wreck.close()
        engine.dispose()
    return outcome


def _fill(made: Database, wreck: salvaging.Wreck, progress: Progress) -> list[Salvaged]:
    with translate(), made.engine.execution_options(gridapp_writing=True).connect() as written, written.begin():
        outcome = salvaging.salvage(wreck, written, progress)
        salvaging.keep_own_site(written, new_site_code())
    with made.write_unrecorded() as session:
        search.refresh(session)
        rebuilding.rebuild(session, clock.today(), progress)
    return outcome


def _reindex(database: Database) -> bool:
    try:
        with database.write_unrecorded() as session:
            session.connection().exec_driver_sql("REINDEX")
    except StorageError:
        return False
    return True


def _pages(database: Database) -> Finding | None:
    if database.is_on_server:
        return None
    path = Path(database.location)
    with translate_driver():
        writes = not engines.is_read_only(path)
        with contextlib.closing(engines.connect_beside(database.engine, path, reads_only=not writes)) as bare:
            if writes:
                bare.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # SQLCipher's check looks at the file alone
            found = backup.faults_of(bare, quick=False)
    if found:
        sentence = _("{count} faults, the first: {first}. Restore a backup, or salvage what can be read.")
        return Finding("pages", False, sentence.format(count=len(found), first=found[0]) + " " + backups.offer(path))
    return Finding("pages", True, _("Every page is as it was written."))


def _references(database: Database) -> Finding | None:
    if database.is_on_server:
        return None  # a server lets none break
    with database.read() as session:
        broken = session.connection().exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        names = ", ".join(sorted({row[0] for row in broken}))
        sentence = _("{count} rows refer to what is not there, in {tables}.").format(count=len(broken), tables=names)
        return Finding("references", False, sentence)
    return Finding("references", True, _("Whatever is referred to is there."))


def _guards(database: Database) -> Finding:
    with database.read() as session:
        in_place = guards.are_right(session.connection())
    return Finding("guards", in_place, _("It is in place.") if in_place else _("It was taken away."))


def _audit(database: Database) -> Finding:
    with database.read_whole() as session:
        report = verifying.verify(session.connection())
    if report.fault is not None:
        return Finding("audit", False, audit.fault_sentence(report.fault))
    return Finding("audit", True, _("{entries} entries are as they were written.").format(entries=report.entries))


def _figures(database: Database) -> Finding:
    wrong = verify_figures(database)
    if wrong:
        return Finding("figures", False, _("{count} figures differ from the facts.").format(count=len(wrong)))
    return Finding("figures", True, _("Every figure kept agrees with the facts."))


def _search(database: Database) -> Finding:
    if not database.is_on_server and engines.is_read_only(Path(database.location)):
        return Finding("search", True, _("It cannot be checked in a file that must not be written to."))
    wrong = verify_search(database)
    if wrong < 0:
        return Finding("search", False, _("The index itself is damaged."))
    if wrong:
        return Finding("search", False, _("{count} people are not found as they should be.").format(count=wrong))
    return Finding("search", True, _("Everybody is found."))


def _backups(database: Database) -> Finding | None:
    if database.is_on_server:
        return None
    status = backups.status_of(database)
    if status.newest is None:
        return Finding("backups", False, _("There is no backup yet."), is_advice=True)
    newest = backups.list_backups(database.location)[0]
    try:
        backup.check(database.engine, newest.path, thorough=True)
    except StorageError as error:
        return Finding("backups", False, str(error), is_advice=True)
    if clock.now() - status.newest > OLD_BACKUP:
        return Finding("backups", False, _("The newest backup is more than a week old."), is_advice=True)
    return Finding("backups", True, _("{count} backups; the newest opens.").format(count=status.count))
