"""A private PostgreSQL server for the tests: made, used and thrown away; the system's own is never touched.

The server sorts text by a Chinese collation on purpose: whatever relies on the
order of bytes without saying so shows itself.
"""

from __future__ import annotations

import contextlib
import functools
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg

ADMINISTRATOR = "tests_administrator"
PATIENCE_S = 300
"""For a start or stop; a crashed server puts its files in order first, on a machine that may be busy. [s]"""
_PORTS_TRIED = 5
_SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "max_connections": "80",
    "shared_buffers": "64MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "log_min_messages": "warning",
    "deadlock_timeout": "200ms",
}


@functools.cache
def find_programs() -> Path | None:
    """Return the folder of ``initdb`` and ``pg_ctl``, or None where PostgreSQL is not installed."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0


def why_not() -> str:
    """Return why no server can be started here, or ""."""
    if not sys.platform.startswith("linux"):
        return "the tests start PostgreSQL on Linux only"
    if find_programs() is None:
        return "no PostgreSQL server is installed here (Debian: apt-get install postgresql)"
    return ""


class Server:
    """A running server with its own folder, port and password.

    Attributes:
        password: Of the administrator; random.
        port: On 127.0.0.1; the same after a restart.
    """

    def __init__(self, durable: bool = False) -> None:
        programs = find_programs()
        assert programs is not None
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="gridapp-postgres-"))
        self.password = "tests-" + secrets.token_hex(8)
        self.port = 0
        self.made = 0
        self._account: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            account = next(pwd.getpwnam(name) for name in ("postgres", "nobody") if _exists(name))
            self._account = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        try:
            self._initialise(durable)
            self.start()
        except BaseException:
            self.remove()
            raise

    def _initialise(self, durable: bool) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password, "utf-8")
        secret.chmod(0o644)  # read by the server's own user in its own folder, removed at once
        common = ["--auth=scram-sha-256", f"--username={ADMINISTRATOR}", f"--pwfile={secret}", "--encoding=UTF8",
                  "--no-sync", "--locale=C.UTF-8", str(self.folder / "data")]
        try:
            self._run("initdb", "--locale-provider=icu", "--icu-locale=zh", *common)
        except subprocess.CalledProcessError:  # built without ICU
            shutil.rmtree(self.folder / "data", ignore_errors=True)
            self._run("initdb", *common)
        secret.unlink()
        settings = _SETTINGS | {"unix_socket_directories": f"'{self.folder}'"}
        if durable:
            settings |= {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
        with (self.folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([str(self.programs / program), *arguments], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.folder, **self._account)

    def start(self) -> None:
        """Start, and wait until it answers; where it was before, if it was."""
        for tried in range(1, _PORTS_TRIED + 1):
            port = self.port or _port()
            try:
                self._control("start", "-l", str(self.folder / "server.log"), "-o", f"-p {port}")
            except subprocess.CalledProcessError as error:
                said = (self.folder / "server.log").read_text("utf-8", "replace")[-2000:]
                # Somebody else may take a port between the look at it and the start, which takes a while.
                if self.port or tried == _PORTS_TRIED or "could not bind" not in said:
                    raise RuntimeError(f"PostgreSQL did not start: {said}") from error
                (self.folder / "server.log").unlink()
            else:
                self.port = port
                return

    def stop(self, mode: str = "immediate") -> None:
        """Stop: "fast" ends connections, "immediate" is a crash."""
        self._control("stop", "-m", mode)

    def _control(self, what: str, *arguments: str) -> None:
        self._run("pg_ctl", what, "--wait", f"--timeout={PATIENCE_S}", "--silent", "-D", str(self.folder / "data"),
                  *arguments)

    def remove(self) -> None:
        """Stop and forget everything."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, name: str, user: str = ADMINISTRATOR, password: str | None = None) -> str:
        """Return the URL of a database."""
        secret = self.password if password is None else password
        return f"postgresql+psycopg://{user}:{secret}@127.0.0.1:{self.port}/{name}"

    def execute(self, statement: str, name: str = "postgres", parameters: Any = None) -> list[Any]:
        """Carry out one statement as the administrator and return its rows."""
        with psycopg.connect(self.address(name).replace("+psycopg", ""), autocommit=True) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def new_database(self, template: str = "template0") -> str:
        """Make a database and return its name."""
        self.made += 1
        name = f"t{self.made}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _port() -> int:
    """Return a port that is free now and that the system gives to nobody who asks for any."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
