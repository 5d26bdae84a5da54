"""An invented city of a million people, made community by community and continued after an interruption."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from sqlalchemy import delete, event, func, select
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db import bulk, search
from gridapp.db.base import Base
from gridapp.db.database import Database
from gridapp.db.figures import rebuilding, triggers
from gridapp.db.queries.references import site_code
from gridapp.db.records import (
    CategoryRecord,
    CommunityRecord,
    DraftRecord,
    ResidentRecord,
    SettingRecord,
    SiteRecord,
)
from gridapp.demo import city_people, city_places, city_visits
from gridapp.demo.city_plan import COMMUNITIES, VISITS, CityPlan, Stamper
from gridapp.domain.changes import EVERYTHING, Changes
from gridapp.domain.keys import SITE_BITS
from gridapp.errors import ValidationError
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress

DRAFT = "demo.city"
"""Draft in which a city that is being made keeps how far it is."""
LEAST_VISITS, MOST_VISITS = 100_000, 50_000_000

_AT_ONCE = 24  # communities in a transaction
_COLUMNS = {**city_places.COLUMNS, **city_people.COLUMNS, "visit": city_visits.COLUMNS}
_RECORDS: dict[str, type[Base]] = {
    mapper.class_.__tablename__: mapper.class_
    for mapper in Base.registry.mappers
    if mapper.class_.__tablename__ in _COLUMNS
}


def create_city(
    database: Database, seed: int, actor: str, progress: Progress = NullProgress(), visits: int | None = None
) -> Changes:
    """Fill an empty database with an invented city, or go on where an earlier call stopped.

    1,316 communities, 15,000 grids, 1,000,000 residents, 627,000 of them 60 or
    older, 100,000 on the monthly roster, 48 months of visits. The same seed,
    day and number of visits give the same rows.

    Args:
        database: Empty, or holding a city that was interrupted.
        seed: Any number.
        actor: Who asks.
        progress: Told per community.
        visits: How many, 10,000,000 unless told otherwise.

    Raises:
        ValidationError: The database holds something else, or the number of visits is out of bounds.
        OperationCancelled: The user asked to stop; the next call goes on from there.
    """
    wanted = VISITS if visits is None else visits
    if not LEAST_VISITS <= wanted <= MOST_VISITS:
        raise ValidationError(
            _("A city has {least} to {most} visits.").format(least=LEAST_VISITS, most=MOST_VISITS), "visits"
        )
    plan, made = _begin(database, seed, wanted)
    categories = database.fetch(_category_numbers)
    with _temporary_files(database):
        while made < COMMUNITIES:
            progress.advance(made, COMMUNITIES, _("Inventing the city: {count} communities").format(count=made))
            coming = range(made, min(made + _AT_ONCE, COMMUNITIES))
            with database.write_unrecorded() as session, bulk.roomy(session.connection()):
                _write(session, plan, coming, categories, progress)
                _keep(session, plan, coming.stop)
            made = coming.stop
        progress.advance(COMMUNITIES, COMMUNITIES, _("Building indexes"))
        with database.write_unrecorded() as session, bulk.roomy(session.connection()):
            bulk.create_indexes(session.connection(), _RECORDS.values())
            search.refresh(session)
        return _finish(database, plan, actor, progress)


def is_unfinished(session: Session) -> bool:
    """Return whether a database holds a city that was interrupted."""
    return session.get(DraftRecord, DRAFT) is not None


def _begin(database: Database, seed: int, visits: int) -> tuple[CityPlan, int]:
    with database.write_unrecorded() as session:
        draft = session.get(DraftRecord, DRAFT)
        if draft is not None:
            body = draft.body
            plan = CityPlan(body["seed"], dt.date.fromisoformat(body["today"]), body["visits"])
            if (plan.seed, plan.visits) != (seed, visits):
                raise ValidationError(
                    _("This database holds a half made city of another kind (seed {seed}, {visits} visits).").format(
                        seed=plan.seed, visits=plan.visits
                    )
                )
            _prepare(session)
            return plan, body["communities"]
        for record in (ResidentRecord, CommunityRecord):
            if session.scalar(select(record.id).limit(1)) is not None:
                raise ValidationError(_("This database holds people already. Make the demonstration in a new one."))
        plan = CityPlan(seed, clock.today(), visits)
        site = Random(f"{seed}/city/site").getrandbits(SITE_BITS)
        session.add(SiteRecord(id=city_visits.SITE, code=site_code(site), next_seq=1))
        session.add(SettingRecord(key="demo", value=True, created_at=clock.now(), created_by="demo"))
        _prepare(session)
        _keep(session, plan, 0)
    return plan, 0


def _prepare(session: Session) -> None:
    """Take down what would slow every row, also after a program in between put it back."""
    session.flush()
    rebuilding.hold(session)
    triggers.drop(session.connection())
    bulk.drop_indexes(session.connection(), _RECORDS.values())


def _keep(session: Session, plan: CityPlan, made: int) -> None:
    body = {"seed": plan.seed, "today": plan.today.isoformat(), "visits": plan.visits, "communities": made}
    session.merge(DraftRecord(key=DRAFT, body=body, saved_at=clock.now()))


def _write(
    session: Session, plan: CityPlan, communities: range, categories: dict[str, int], progress: Progress
) -> None:
    connection = session.connection()
    writers = {name: bulk.BulkWriter(connection, _RECORDS[name], columns) for name, columns in _COLUMNS.items()}
    for number in communities:
        progress.advance(number, COMMUNITIES, _("Inventing the city: {count} communities").format(count=number))
        stamper = Stamper(plan, number)
        place = city_places.build_place(plan, number, stamper)
        people = city_people.Registrar(plan, place, stamper, categories).settle()
        for rows in (place.rows, people.rows):
            for name, found in rows.items():
                writers[name].write(found)
        writers["visit"].write(city_visits.visit_rows(plan, place, people.elders))


def _finish(database: Database, plan: CityPlan, actor: str, progress: Progress) -> Changes:
    with database.write("demo.create", actor, undoable=False) as unit, bulk.roomy(unit.session.connection()):
        rebuilding.rebuild(unit.session, clock.today(), progress)
        unit.session.execute(delete(DraftRecord).where(DraftRecord.key == DRAFT))
        people = unit.session.scalar(select(func.count()).select_from(ResidentRecord)) or 0
        unit.detail = {"seed": plan.seed, "persons": people, "visits": plan.visits}
        message = _("Invented a city of {people} people and {visits} visits.")
        return unit.changes(EVERYTHING, message.format(people=people, visits=plan.visits))


def _category_numbers(session: Session) -> dict[str, int]:
    return dict(session.execute(select(CategoryRecord.code, CategoryRecord.id)).all())


@contextmanager
def _temporary_files(database: Database) -> Iterator[None]:
    """Let sorting of millions of rows spill to files: nobody in them exists, so they need no secrecy."""

    def spill(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA temp_store = FILE")

    if database.engine.dialect.name != "sqlite":
        yield
        return
    event.listen(database.engine, "checkout", spill)
    try:
        yield
    finally:
        event.remove(database.engine, "checkout", spill)
        # Connections that spilled are not used for real people again.
        database.engine.dispose()
