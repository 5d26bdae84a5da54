"""Values commands take, and sentences for those that cannot be read."""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from gridapp import clock, paths
from gridapp.cli.output import Waiting, say_error
from gridapp.db.database import Database, Session
from gridapp.db.queries.places import list_communities
from gridapp.db.queries.references import get_grid, get_worker
from gridapp.db.queries.values import Scope
from gridapp.domain.period import Month, Quarter
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import N_, _
from gridapp.services import clock_check
from gridapp.services.signing_in import open_for

USAGE = 2
DATABASE_VARIABLE = "GRIDAPP_DB"
USER_VARIABLE = "GRIDAPP_USER"
PASSWORD_VARIABLE = "GRIDAPP_PASSWORD"

_SENTENCES = (
    (r"the following arguments are required: (?P<what>.*)", N_("{what} is missing.")),
    (r"unrecognized arguments: (?P<what>.*)", N_("“{what}” is not understood here.")),
    (
        r"argument (?P<name>\S+): invalid choice: (?P<what>.*?) \(choose from (?P<choices>.*)\)",
        N_("{name}: {what} is none of {choices}."),
    ),
    (r"argument (?P<name>.*?): expected (?:one|at least one|1) argument", N_("{name} needs a value.")),
    (r"argument (?P<name>.*?): not allowed with argument (?P<what>.*)", N_("{name} and {what} exclude each other.")),
    (r"one of the arguments (?P<what>.*) is required", N_("One of {what} is needed.")),
    (r"argument (?P<name>.*?): (?P<what>.*)", N_("{name}: {what}")),
)


# Each of the hundred parsers would look in the file system for argparse's own words in the system's language; what it
# says in English is put into the user's below.
setattr(argparse, "_", str)  # noqa: B010 - no public name of it


class Parser(argparse.ArgumentParser):
    """A parser that speaks the user's language and answers wrong usage with one sentence."""

    def __init__(self, **options: Any) -> None:
        wants_help = options.pop("add_help", True)
        super().__init__(add_help=False, **options)
        if wants_help:
            self.add_argument("-h", "--help", action="help", help=_("show this explanation and stop"))

    def format_help(self) -> str:
        """Return the explanation, with argparse's own headings in the user's language."""
        text = super().format_help()
        headings = {
            "usage: ": _("Usage: "),
            "positional arguments:": _("What to give:"),
            "options:": _("Options:"),
        }
        for english, heading in headings.items():
            text = text.replace(english, heading, 1)
        return text

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave with status 2."""
        for pattern, sentence in _SENTENCES:
            found = re.fullmatch(pattern, message, re.DOTALL)
            if found:
                message = _(sentence).format(**found.groupdict())
                break
        say_error(_("{problem} See “{program} --help”.").format(problem=message, program=self.prog))
        sys.exit(USAGE)


def day(text: str) -> dt.date:
    """Read a civil date.

    Raises:
        argparse.ArgumentTypeError: It is not one.
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(_("“{text}” is not a date. Write it like 2026-03-05.").format(text=text))


def day_or_none(text: str) -> list[dt.date | None]:
    """Read a civil date, or "none" for no day, as a list of one.

    Raises:
        argparse.ArgumentTypeError: It is neither.
    """
    return [None if text == "none" else day(text)]


def month(text: str) -> Month:
    """Read a month.

    Raises:
        argparse.ArgumentTypeError: It is not one.
    """
    try:
        return Month.parse(text)
    except ValidationError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def quarter(text: str) -> Quarter:
    """Read a quarter.

    Raises:
        argparse.ArgumentTypeError: It is not one.
    """
    try:
        return Quarter.parse(text)
    except ValidationError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def crs(text: str) -> str:
    """Read the name of a coordinate system.

    Raises:
        argparse.ArgumentTypeError: It is not known.
    """
    from gridapp.geo.crs import check_crs  # heavy: imported when first used

    try:
        return check_crs(text)
    except ValidationError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def today(text: str) -> dt.date:
    """Read the day to pin the clock to, and pin it."""
    chosen = day(text)
    clock.set_today(chosen)
    return chosen


def default_actor() -> str:
    """Return the name under which commands act: the operating system's user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "gridapp"


def default_location() -> str:
    """Return the database used when none is named."""
    return os.environ.get(DATABASE_VARIABLE) or str(paths.data_dir() / "gridapp.db")


def ask_password() -> str:
    """Return the password of who signs in: from the environment, or asked for on a terminal; never an argument."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given is not None:
        return given
    return getpass.getpass(_("Password: ")) if sys.stdin.isatty() else ""


def purpose(command: argparse.ArgumentParser) -> None:
    """Let a command by which something leaves be told what for."""
    text = _("what it is for; goes on the list of what left, and with accounts it must be said")
    command.add_argument("--purpose", default="", help=text)


def was(command: argparse.ArgumentParser, what: str, kind: Callable[[str], Any] = str) -> None:
    """Let a command that overwrites be told what it is to overwrite: it is refused when that is no longer there."""
    text = _("what you saw there; when somebody changed it meanwhile, nothing is done")
    command.add_argument("--was", metavar=what, type=kind, help=text)


@contextmanager
def opened(
    arguments: Any, create: bool = False, keep: bool = True, leave: Callable[[Session], bool] | None = None
) -> Iterator[Database]:
    """Open the database a command names, for as long as it runs.

    A file that the command made is taken away again when the command is
    refused: refused data leaves nothing behind.

    Args:
        arguments: Of the command.
        create: Make the file when it is not there.
        keep: Leave a file that was made; a command that only looks does not.
        leave: Asked of a file that was made by a command that stopped: whether it can be continued.

    Raises:
        NotFoundError: It is not there and the command does not make one.
        SignInError: It has accounts, and the name or the password is not right.
        StorageError: It cannot be opened.
    """
    location = arguments.db or default_location()
    was_there = "://" in location or Path(location).exists()
    database = open_for(
        location, arguments.user or None, ask_password, encrypt=not arguments.no_encrypt, create=create
    )
    database.waiting = Waiting()
    done = False
    if database.notice:
        say_error(database.notice)
    try:
        if arguments.today is None:  # else it was asked for
            clock_check.follow(database)
            if warning := clock_check.warning():
                say_error(warning)
        yield database
        done = True
    finally:
        clock.reach(None)
        kept = (done and keep) or (not was_there and leave is not None and database.fetch(leave))
        database.close()
        if not was_there and not kept:
            for suffix in ("", "-wal", "-shm", "-open"):
                Path(location + suffix).unlink(missing_ok=True)


def scope_of(arguments: Any, database: Database) -> Scope:
    """Return the part of the area a command is limited to.

    Raises:
        NotFoundError: There is no such grid, community or worker.
    """
    scope = Scope(
        getattr(arguments, "grid", None), getattr(arguments, "community", None), getattr(arguments, "worker", None)
    )
    if scope.grid is not None:
        database.fetch(get_grid, scope.grid)
    if scope.worker is not None:
        database.fetch(get_worker, scope.worker)
    if scope.community is not None:
        if scope.community not in {row.code for row in database.fetch(list_communities)}:
            raise NotFoundError(_("There is no community “{code}”.").format(code=scope.community))
    return scope


def as_of(arguments: Any) -> dt.date:
    """Return the day the facts are seen from."""
    return getattr(arguments, "as_of", None) or clock.today()


def output_path(text: str) -> Path:
    """Return a path to write to.

    Raises:
        argparse.ArgumentTypeError: Its folder does not exist.
    """
    path = Path(text)
    if not path.resolve().parent.is_dir():
        raise argparse.ArgumentTypeError(_("the folder {folder} does not exist.").format(folder=path.parent))
    return path
