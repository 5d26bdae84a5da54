"""Scenes for tests of screens: facts imported once, and afterwards copied page by page.

Importing a scene of six people takes as long as the test that needs it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlcipher3

from gridapp.db.database import Database
from gridapp.services.facts import import_facts

_made: dict[str, Path] = {}


def put(database: Database, document: dict[str, Any], actor: str = "tester") -> None:
    """Fill an empty, unencrypted SQLite database with a facts document."""
    key = json.dumps([document, actor], sort_keys=True)
    if key in _made:
        _copy(_made[key], database)
        return
    import_facts(database, document, actor)
    kept = Path(tempfile.mkdtemp(prefix="scene-", dir=Path.home())) / "scene.db"  # the tests' own home
    target = sqlcipher3.connect(kept)
    with _pages_of(database) as source:
        source.backup(target)
    target.close()
    _made[key] = kept


@contextmanager
def _pages_of(database: Database) -> Iterator[Any]:
    with database.engine.connect() as connection:
        yield connection.connection.driver_connection


def _copy(kept: Path, database: Database) -> None:
    source = sqlcipher3.connect(kept)
    with _pages_of(database) as target:
        source.backup(target)
    source.close()
