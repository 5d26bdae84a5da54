"""An invented community to try the program on, and its removal in one step."""

from __future__ import annotations

from sqlalchemy import delete, select

from gridapp import clock
from gridapp.db import search
from gridapp.db.audit import guards
from gridapp.db.base import Base
from gridapp.db.database import Database
from gridapp.db.figures import rebuilding
from gridapp.db.queries.journal import DEMO_REMOVED, load_settings
from gridapp.db.records import CategoryRecord, ResidentRecord, SiteRecord
from gridapp.demo import DEFAULT_SEED, invent
from gridapp.domain.changes import EVERYTHING, Changes
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services.facts import import_facts

_STAYING = ("alembic_version", *guards.TABLES, SiteRecord.__tablename__, CategoryRecord.__tablename__)


def create_demo(
    database: Database,
    size: str = "community",
    seed: int = DEFAULT_SEED,
    actor: str = "demo",
    progress: Progress = NullProgress(),
) -> Changes:
    """Fill an empty database with invented people, marked as such.

    Args:
        database: Holds no people yet.
        size: "community" (12 grids, 9,000 people) or "street" (60 grids, 60,000 people).
        seed: The same seed and day give the same facts.
        actor: Who asks.
        progress: Told as the people are made and stored.

    Raises:
        ValidationError: The database holds people, or the size is unknown.
        OperationCancelled: Nothing was written.
    """
    with database.read() as session:
        if session.scalar(select(ResidentRecord.id).limit(1)) is not None:
            raise ValidationError(_("This database holds people already. Make the demonstration in a new one."))
    document = invent(size, seed, clock.today(), progress)
    return import_facts(database, document, actor, progress)


def remove_demo(database: Database, actor: str) -> Changes:
    """Empty a demonstration database; the mark goes with the people, and nothing done before can be undone.

    Raises:
        ValidationError: The database is not marked as a demonstration.
    """
    with database.write(DEMO_REMOVED, actor, undoable=False, alone=True) as unit:
        if not load_settings(unit.session).demo:
            raise ValidationError(_("This database does not hold demonstration data; nothing was removed."))
        rebuilding.hold(unit.session)
        search.forget(unit.session)
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in _STAYING and not table.info.get("derived"):
                unit.session.execute(delete(table))
        rebuilding.rebuild(unit.session, clock.today())
        return unit.changes(EVERYTHING, _("Removed the demonstration data."))
