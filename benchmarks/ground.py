"""The invented places that everything is measured on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridapp import clock

TODAY = dt.date(2026, 9, 30)
SEED = 1


@dataclass(frozen=True)
class Ground:
    """A folder with both databases, encrypted by a key of its own.

    Attributes:
        folder: Everything written goes below it.
    """

    folder: Path

    @property
    def community(self) -> Path:
        """12 grids, 9,000 people, 18 months."""
        return self.folder / "community.db"

    @property
    def street(self) -> Path:
        """60 grids, 60,000 people, 36 months."""
        return self.folder / "street.db"

    def facts(self, size: str) -> dict[str, Any]:
        """Return the facts document of a place."""
        document: dict[str, Any] = json.loads((self.folder / f"{size}.json").read_text("utf-8"))
        return document


def make_ground(folder: Path) -> Ground:
    """Pin the clock, and make the databases unless the folder has them from an earlier run."""
    from gridapp.demo import invent
    from gridapp.services.facts import import_facts
    from gridapp.services.projects import open_database

    # Places made under another schema are of no use.
    schema = Path(__file__).resolve().parents[1] / "gridapp/db/migrations/versions"
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(schema.glob("*.py")))).hexdigest()
    folder = folder / digest[:12]
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["GRIDAPP_KEY_FILE"] = str(folder / "database.key")
    clock.set_today(TODAY)
    for size in ("community", "street"):
        path = folder / f"{size}.db"
        if path.exists():
            continue
        document = invent(size, SEED, TODAY)
        (folder / f"{size}.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")
        half = path.with_suffix(".half")
        half.unlink(missing_ok=True)
        database = open_database(half)
        import_facts(database, document, "benchmark")
        database.close()
        half.rename(path)
    return Ground(folder)
