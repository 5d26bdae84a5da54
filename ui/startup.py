"""What happens to a database around its window, off the UI thread, free of Qt.

The heavy parts (SQLAlchemy, the demonstration data) are imported when first
used, so that the window and the first page are painted before they are needed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import gc
import importlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gridapp import clock, paths
from gridapp.errors import GridAppError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.settings import DEFAULTS, Settings

if TYPE_CHECKING:
    from concurrent.futures import Future

    from gridapp.db.database import Database
    from gridapp.db.first_page import FirstPage
    from gridapp.db.queries.values import Scope
    from gridapp.domain.changes import Changes

logger = logging.getLogger(__name__)

LEAVING_S = 60
"""How long a backup on closing may take at most, out of sight."""
REMEMBERED_DAYS = 4
"""Today and the days up to which the first page is worked out ahead: a weekend lies between."""


@dataclasses.dataclass(frozen=True)
class WipeOrder:
    """What somebody decided to destroy, and the name they typed."""

    typed: str
    with_backups: bool
    with_files: bool


@dataclasses.dataclass(frozen=True)
class Opened:
    """A database that is ready to be shown.

    Attributes:
        database: It is open.
        settings: The values in force.
        place: Whose data it is, for the corner of the window.
        has_file: It is a file, which can be backed up from here.
        backed_up: When the newest backup beside the file was made, if any.
        recovery: The recovery key that was just made, to be shown once.
    """

    database: Database
    settings: Settings = DEFAULTS
    place: str = ""
    has_file: bool = False
    backed_up: dt.datetime | None = None
    recovery: str = ""

    @property
    def actor(self) -> str:
        """Return who works with it: the account signed in with, else the computer's user."""
        return self.database.principal.name or actor_name()


def default_file() -> Path:
    """Return where a new user's own data lies."""
    return paths.data_dir() / "gridapp.db"


def demo_file() -> Path:
    """Return where the demonstration data lies, apart from the user's own."""
    return paths.data_dir() / "demo.db"


def actor_name() -> str:
    """Return who works here: the sign-in name of the computer, until GridApp has accounts."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # no such user, or no user at all in a container
        return "gridapp"


def read_first_page(location: str, language: str, scope: Scope) -> FirstPage | None:
    """Return what a database remembers of its first page, if that is surely right today."""
    from gridapp.db import first_page

    return first_page.read(Path(location), clock.today(), first_page.question(language, scope))


def remember_first_page(database: Database, language: str, scope: Scope) -> None:
    """Let a database remember its first page for today and the next days; what cannot be kept is not missed."""
    from gridapp.services import first_page  # heavy: imported when first used

    today = clock.today()
    days = [today + dt.timedelta(days=ahead) for ahead in range(REMEMBERED_DAYS)]
    try:
        first_page.remember_first_page(database, language, scope, days)
    except GridAppError as error:
        logger.info("The first page could not be remembered: %s", type(error).__name__)


def open_behind(door: Future[Database], location: str, encrypt: bool) -> Opened:
    """Open a database for a window that shows its first page already; whoever waits at the door goes on.

    Raises:
        StorageError: It cannot be opened; the text says why.
    """
    try:
        opened = open_project(location, encrypt)
    except BaseException as error:
        door.set_exception(error)
        raise
    door.set_result(opened.database)
    return opened


def open_project(location: str, encrypt: bool, first_module: str = "") -> Opened:
    """Open or create a database.

    Args:
        location: Path or URL.
        encrypt: Whether a new file is encrypted.
        first_module: The first page's module, imported here because nobody waits here.

    Raises:
        SignInError: It has accounts.
        StorageError: It cannot be opened; the text says why.
    """
    from gridapp.services import signing_in  # heavy: imported when first used

    return _opened(signing_in.open_for(location, None, str, encrypt=encrypt), first_module)


def sign_in(location: str, name: str, password: str, first_module: str = "") -> Opened:
    """Open a database in the name of an account; without a name the password is the recovery key.

    Raises:
        SignInError: Name and password do not belong together, or the attempt came too soon.
        StorageError: It cannot be opened; the text says why.
    """
    from gridapp.services import signing_in  # heavy: imported when first used

    return _opened(signing_in.open_as(location, name or signing_in.RECOVERED, password), first_module)


def forget_keys() -> None:
    """Let nobody open what was open without signing in again."""
    from gridapp.services import signing_in  # heavy: imported when first used

    signing_in.forget()


def begin_accounts(
    database: Database, name: str, password: str, first_module: str = "", progress: Progress = NullProgress()
) -> Opened:
    """Make the first account of an open database; it is given back open in that account's name.

    Raises:
        ValidationError: The name or the password is not acceptable.
        StorageError: The file could not be given its key; it opens as before.
    """
    from gridapp.services import accounts  # heavy: imported when first used

    opened, recovery = accounts.begin_accounts(database, name, password, actor_name(), progress)
    return dataclasses.replace(_opened(opened, first_module), recovery=recovery)


def rekey(database: Database, first_module: str = "", progress: Progress = NullProgress()) -> Opened:
    """Give an open file a new key; it is given back open.

    Raises:
        StorageError: It could not be done; the old key still opens it.
    """
    from gridapp.services import accounts  # heavy: imported when first used

    return _opened(accounts.rekey(database, database.principal.name, progress), first_module)


def wipe(database: Database, order: WipeOrder) -> list[str]:
    """Destroy the keys of an open file and close it; returns what was done and what cannot be, in sentences.

    Raises:
        StorageError: A key could not be destroyed; the text names it.
    """
    from gridapp.services import wiping  # heavy: imported when first used

    try:
        plan = wiping.plan_wipe(database, order.with_backups, order.with_files)
        return wiping.wipe(database, plan, order.typed)
    finally:
        database.close()


def _opened(database: Database, first_module: str) -> Opened:
    from gridapp.services import backups, clock_check  # heavy: imported when first used

    if first_module:
        importlib.import_module(first_module)
    clock_check.follow(database)
    newest = backups.status_of(database).newest
    has_file = "://" not in database.location
    return Opened(database, read_settings(database), read_place(database), has_file, newest)


def read_settings(database: Database) -> Settings:
    """Return the settings in force."""
    from gridapp.db.queries.journal import load_settings  # heavy: imported when first used

    return database.fetch(load_settings)


def read_place(database: Database) -> str:
    """Return the community's name, or how many communities there are; "" without any."""
    from gridapp.db.queries.places import list_communities  # heavy: imported when first used

    return name_place([row.name for row in database.fetch(list_communities)])


def name_place(names: Sequence[str]) -> str:
    """Return the community's name, or how many communities there are; "" without any."""
    if len(names) == 1:
        return names[0]
    return _("{count} communities").format(count=len(names)) if names else ""


def open_demo(location: str, encrypt: bool, first_module: str = "", progress: Progress = NullProgress()) -> Opened:
    """Open the demonstration data, making it first when it is not there.

    Raises:
        StorageError: The file cannot be written.
        OperationCancelled: The user asked to stop; no file is left.
    """
    from gridapp import demo  # heavy: imported when first used
    from gridapp.services.facts import import_facts
    from gridapp.services.projects import open_database

    if not Path(location).exists():
        document = demo.invent("community", demo.DEFAULT_SEED, clock.today(), progress)
        made = open_database(location, encrypt=encrypt)
        try:
            import_facts(made, document, actor_name(), progress)
        except BaseException:
            made.close()
            remove_file(location)
            raise
        made.close()
    return open_project(location, encrypt, first_module)


def empty_demo(database: Database, actor: str) -> Changes:
    """Take the invented people out of a database that is the user's own."""
    from gridapp.services.demo import remove_demo  # heavy: imported when first used

    return remove_demo(database, actor)


def restore_project(location: str, backup: str, account: str = "", progress: Progress = NullProgress()) -> None:
    """Put a backup in the place of a file that nobody has open.

    Raises:
        StorageError: It could not be done; the file in use is as it was.
    """
    from gridapp.services import restoring  # heavy: imported when first used

    restoring.restore(location, Path(backup), account or actor_name(), progress, account)


def newest_backup(location: str) -> Path | None:
    """Return the newest backup of a file that cannot be opened, or None."""
    from gridapp.services import backups  # heavy: imported when first used

    rows = [row for row in backups.list_backups(location) if row.reason != backups.REPLACED]
    return rows[0].path if rows else None


def leave(database: Database, is_backed_up: bool) -> None:
    """Close a database; make a backup first if something changed, as long as that does not take long.

    Nobody sees it any more, so what fails is left to the next time. What day it had reached is forgotten.
    """
    from gridapp.services import backups  # heavy: imported when first used
    from ui.backup_keeper import Patience

    try:
        if is_backed_up:
            backups.back_up_if_changed(database, "exit", Patience(LEAVING_S))
    except GridAppError as error:
        logger.info("no backup on closing: %s", type(error).__name__)
    finally:
        database.close()
        clock.reach(None)


def begin_day(database: Database) -> None:
    """Let the figures kept stand at today, so that the first to save after midnight need not wait."""
    from gridapp.services import clock_check  # heavy: imported when first used
    from gridapp.services.projects import keep_figures_current

    keep_figures_current(database)
    clock_check.follow(database)


def warning_of_clock() -> str:
    """Return what to say while the computer's day lies before the data's; "" while it does not."""
    if not clock.is_behind():
        return ""
    from gridapp.services.clock_check import warning  # heavy: imported when first used

    return warning()


def take_computers_day(database: Database, actor: str, progress: Progress = NullProgress()) -> Changes:
    """Count all figures for the computer's day, because an earlier clock had been ahead."""
    from gridapp.services import clock_check  # heavy: imported when first used

    return clock_check.take_computers_day(database, actor, progress)


def remove_file(location: str) -> None:
    """Delete a demonstration database with its side files."""
    for suffix in ("", "-wal", "-shm", "-open"):
        Path(location + suffix).unlink(missing_ok=True)


def prewarm(modules: Sequence[str]) -> None:
    """Import what later pages need, off the UI thread; the collector, which runs there, need not look through it."""
    for name in modules:
        is_new = name not in sys.modules
        importlib.import_module(name)  # waits while another thread is at it
        if is_new:
            gc.freeze()
