"""Empty databases for the tests, on either engine, made from a template: migrating costs more than most tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gridapp.db.database import Database
from gridapp.services.projects import open_database
from tests.postgres_server import Server


class Databases:
    """A maker of databases on one engine."""

    engine = ""

    def new(self) -> str:
        """Return the location of a new database with nobody in it."""
        raise NotImplementedError

    def blank(self) -> str:
        """Return the location of a database that nobody has opened yet: no tables, or no file."""
        raise NotImplementedError

    def drop(self, location: str) -> None:
        """Forget a database."""
        raise NotImplementedError

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """Open a new database for a while."""
        location = self.new()
        database = open_database(location, encrypt=False)
        try:
            yield database
        finally:
            database.close()
            self.drop(location)


class Files(Databases):
    """Unencrypted SQLite files."""

    engine = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0
        self._template = ""

    def new(self) -> str:
        if not self._template:
            self._template = self.blank()
            open_database(self._template, encrypt=False).close()
        location = self.blank()
        shutil.copyfile(self._template, location)
        return location

    def blank(self) -> str:
        self.made += 1
        return str(self.folder / f"database{self.made}.db")

    def drop(self, location: str) -> None:
        for suffix in ("", "-wal", "-shm", "-open"):
            Path(location + suffix).unlink(missing_ok=True)


class OnServer(Databases):
    """Databases of a private PostgreSQL server."""

    engine = "postgresql"

    def __init__(self, server: Server) -> None:
        self.server = server
        self._template = ""

    def new(self) -> str:
        if not self._template:
            self._template = self.server.new_database()
            open_database(self.server.address(self._template)).close()
        return self.server.address(self.server.new_database(self._template))

    def blank(self) -> str:
        return self.server.address(self.server.new_database())

    def drop(self, location: str) -> None:
        self.server.drop_database(location.rpartition("/")[2])
