"""An invented city of a million people, made community by community and continued after an interruption."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from gridapp import clock
from gridapp.db import bulk, compacting, search
from gridapp.db.base import Base
from gridapp.db.database import Database
from gridapp.db.figures import rebuilding
from gridapp.db.records import (
    CategoryRecord,
    CommunityRecord,
    DraftRecord,
    ResidentRecord,
    SettingRecord,
    SiteRecord,
)
from gridapp.db.records.visits import is_own, pack
from gridapp.db.unit_of_work import number_of_actor
from gridapp.demo import city_people, city_places, city_visits
from gridapp.demo.city_plan import AUTHOR, COMMUNITIES, VISITS, CityPlan, Stamper
from gridapp.domain.changes import EVERYTHING, Changes
from gridapp.errors import DiskFullError, OperationCancelled, ValidationError
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
    database: Database,
    seed: int,
    actor: str,
    progress: Progress = NullProgress(),
    visits: int | None = None,
    communities: int = COMMUNITIES,
) -> Changes:
    """Fill an empty database with an invented city, or go on where an earlier call stopped.

    1,316 communities, 15,000 grids, 1,000,000 residents, 627,000 of them 60 or
    older, 100,000 on the monthly roster; the visits of the latest months, 48 of
    them for 20 million. The same seed, day and number of visits give the same rows.

    Args:
        database: Empty, or holding a city that was interrupted.
        seed: Any number.
        actor: Who asks.
        progress: Told per community.
        visits: How many in the whole city, 10,000,000 unless told otherwise.
        communities: Only so many of the city's communities, each as it would be in the whole.

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
    with bulk.temporary_files(database.engine):
        while made < communities:
            coming = range(made, min(made + _AT_ONCE, communities))
            with database.write_unrecorded() as session, bulk.roomy(session.connection()):
                _write(session, plan, coming, communities, categories, progress)
                _keep(session, plan, coming.stop)
            made = coming.stop
        changes = _finish(database, plan, actor, progress)
    if not database.is_on_server:
        # What the indexes and figures were built in stays as gaps; a city with them is a city too.
        with contextlib.suppress(DiskFullError, OperationCancelled):
            compacting.demand_room(Path(database.location))
            compacting.compact(database.engine, Path(database.location), progress)
    return changes


def is_unfinished(session: Session) -> bool:
    """Return whether a database holds a city that was interrupted."""
    return session.get(DraftRecord, DRAFT) is not None


def _begin(database: Database, seed: int, visits: int) -> tuple[CityPlan, int]:
    day = bulk.day_form(database.is_on_server)
    with database.write_unrecorded() as session:
        draft = session.get(DraftRecord, DRAFT)
        if draft is not None:
            body = draft.body
            today = dt.date.fromisoformat(body["today"])
            plan = CityPlan(body["seed"], today, body["visits"], body["first_visit"], day)
            if (plan.seed, plan.visits) != (seed, visits):
                raise ValidationError(
                    _("This database holds a half made city of another kind (seed {seed}, {visits} visits).").format(
                        seed=plan.seed, visits=plan.visits
                    )
                )
            return plan, body["communities"]
        for record in (ResidentRecord, CommunityRecord):
            if session.scalar(select(record.id).limit(1)) is not None:
                raise ValidationError(_("This database holds people already. Make the demonstration in a new one."))
        own = session.scalars(select(SiteRecord).where(is_own(SiteRecord.id))).one()
        plan = CityPlan(seed, clock.today(), visits, pack(own.id, own.next_seq), day)
        own.next_seq += visits
        session.add(SettingRecord(key="demo", value=True, created_at=clock.now(), created_by=AUTHOR))
        session.flush()
        # Until the city is complete nothing derived is kept, and opening the file does not begin with it.
        rebuilding.hold(session)
        indexes = bulk.take_down(session.connection(), _RECORDS.values())
        body = {
            "seed": seed, "today": plan.today.isoformat(), "visits": visits, "first_visit": plan.first_visit,
            "indexes": indexes, "communities": 0,
        }  # fmt: skip
        session.add(DraftRecord(key=DRAFT, body=body, saved_at=clock.now()))
    return plan, 0


def _keep(session: Session, plan: CityPlan, made: int) -> None:
    draft = session.get_one(DraftRecord, DRAFT)
    draft.body, draft.saved_at = {**draft.body, "communities": made}, clock.now()


def _write(
    session: Session,
    plan: CityPlan,
    coming: range,
    total: int,
    categories: dict[str, int],
    progress: Progress,
) -> None:
    connection = session.connection()
    author = number_of_actor(session, AUTHOR)
    writers = {name: bulk.BulkWriter(connection, _RECORDS[name], columns) for name, columns in _COLUMNS.items()}
    for number in coming:
        progress.advance(number, total, _("Inventing the city: {count} communities").format(count=number))
        stamper = Stamper(plan, number)
        place = city_places.build_place(plan, number, stamper)
        people = city_people.Registrar(plan, place, stamper, categories).settle()
        for rows in (place.rows, people.rows):
            for name, found in rows.items():
                writers[name].write(found)
        writers["visit"].write(city_visits.visit_rows(plan, place, people.elders, author))


def _finish(database: Database, plan: CityPlan, actor: str, progress: Progress) -> Changes:
    with database.write("demo.create", actor, undoable=False, alone=True) as unit:
        session, connection = unit.session, unit.session.connection()
        with bulk.roomy(connection):
            progress.advance(0, 1, _("Building indexes"))
            bulk.put_back(connection, session.get_one(DraftRecord, DRAFT).body["indexes"])
            bulk.catch_up(session, _RECORDS.values())
            search.refresh(session, None, progress)
            rebuilding.rebuild(session, clock.today(), progress)
        session.execute(delete(DraftRecord).where(DraftRecord.key == DRAFT))
        people = session.scalar(select(func.count()).select_from(ResidentRecord)) or 0
        unit.detail = {"seed": plan.seed, "persons": people, "visits": plan.visits}
        message = _("Invented a city of {people} people and {visits} visits.")
        return unit.changes(EVERYTHING, message.format(people=people, visits=plan.visits))


def _category_numbers(session: Session) -> dict[str, int]:
    return dict(session.execute(select(CategoryRecord.code, CategoryRecord.id)).all())
