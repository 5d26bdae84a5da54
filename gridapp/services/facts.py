"""Take everything out as a facts file, and put such a file in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridapp import clock, settings
from gridapp.db import bulk, search
from gridapp.db.database import Database
from gridapp.db.facts.loading import FactsLoader
from gridapp.db.facts.source import DocumentSource, FactsSource
from gridapp.db.figures import rebuilding, triggers
from gridapp.db.queries.facts import stream_facts
from gridapp.db.queries.people import holds_more_than
from gridapp.db.records import PaperTemplateRecord, ResidentRecord, SettingRecord, VisitRecord
from gridapp.domain.changes import EVERYTHING, Changes
from gridapp.domain.handout import Handed, Stamp
from gridapp.errors import ValidationError
from gridapp.exchange import facts_file, facts_stream
from gridapp.i18n import _
from gridapp.memory import collector_paused
from gridapp.progress import NullProgress, Progress
from gridapp.services import backups

MOST_SHARE = 5
"""When a file brings more than one row in so many people or visits that are there, figures are counted anew."""
FEW_ROWS = 2_000
"""A file of no more looks up what it names."""


def export_facts(database: Database, path: Path, progress: Progress = NullProgress()) -> int:
    """Write the whole database to a facts file.

    Returns:
        How many objects were written.

    Raises:
        StorageError: The database or the file failed; no half file is left.
        OperationCancelled: The user asked to stop.
    """
    return write_facts(database, path, None, progress).rows


def write_facts(
    database: Database, path: Path, stamp: Stamp | None = None, progress: Progress = NullProgress()
) -> Handed:
    """Write the whole database to a facts file that says whose copy it is, if a purpose was said.

    Raises:
        StorageError: The database or the file failed; no half file is left.
        OperationCancelled: The user asked to stop.
    """
    database.principal.demand("facts.export")
    carried = stamp if stamp is not None and stamp.purpose else None
    with database.read() as session:
        people = session.scalar(select(func.count()).select_from(ResidentRecord)) or 0
        return Handed(facts_file.write(stream_facts(session, progress, carried), path), people)


def import_facts(
    database: Database, document: dict[str, Any], actor: str, progress: Progress = NullProgress()
) -> Changes:
    """Add everything in a facts document; all of it, or nothing.

    Places and categories that are there already are kept; any other id that is
    there already refuses the document.

    Raises:
        ValidationError: Some value is wrong; the text names list, row and field.
        OperationCancelled: Nothing was written.
    """
    return _import(database, DocumentSource(document), actor, progress)


def import_facts_file(database: Database, path: Path, actor: str, progress: Progress = NullProgress()) -> Changes:
    """Add everything in a facts file; all of it, or nothing.

    A large file is read as it goes, so that it may be larger than memory.

    Raises:
        LedgerFormatError: It is not a facts file.
        ValidationError: Some value in it is wrong.
        OperationCancelled: Nothing was written.
    """
    if facts_stream.is_large(path):
        check_facts_file(path)
        backups.back_up_if_changed(database, "before-import", progress)
        with facts_stream.FactsFile(path) as source:
            return _import(database, source, actor, progress)
    document = facts_file.read(path)
    backups.back_up_if_changed(database, "before-import", progress)
    return import_facts(database, document, actor, progress)


def check_facts_file(path: Path) -> None:
    """Refuse a file that is no facts file, before anything is made for it; a large one by its beginning only.

    Raises:
        LedgerFormatError: It is none.
    """
    if facts_stream.is_large(path):
        with facts_stream.FactsFile(path) as source:
            next(source.names())
    else:
        facts_file.read(path)


def _import(database: Database, source: FactsSource, actor: str, progress: Progress) -> Changes:
    with (
        collector_paused(),
        database.write("facts.import", actor, alone=True) as unit,
        bulk.roomy(unit.session.connection()),
    ):
        anew = _is_most(unit.session, source)
        if anew:
            rebuilding.hold(unit.session)
            triggers.drop(unit.session.connection())
        was_empty = unit.session.scalar(select(ResidentRecord.id).limit(1)) is None
        loader = FactsLoader(unit, clock.today(), progress, not anew and source.likely_rows <= FEW_ROWS)
        loader.load(source, lambda stored: _take_settings(unit.session, stored))
        loaded = loader.loaded
        _check_templates(unit.session, loaded.get("templates", 0))
        del loader  # the ids of a city's people fill hundreds of megabytes
        unit.session.flush()
        added = None if was_empty else search.bulk_residents(unit.session, unit.touched_rows())
        search.refresh(unit.session, added, progress)
        if anew:
            rebuilding.rebuild(unit.session, clock.today(), progress)
        unit.detail = {"loaded": loaded}
        people, visits = loaded.get("persons", 0), loaded.get("visits", 0)
        message = _("Imported {people} people and {visits} visits.").format(people=people, visits=visits)
        return unit.changes(EVERYTHING, message, loaded)


def _check_templates(session: Session, count: int) -> None:
    """Refuse a template no paper can be made from, before it reaches a list.

    Raises:
        ValidationError: The text says which one, and what is wrong with it.
    """
    from gridapp.reports import paper_template  # heavy: only few files hold templates

    for definition in session.scalars(select(PaperTemplateRecord.definition)) if count else ():
        try:
            paper_template.parse(definition)
        except ValidationError as error:
            name = str(definition.get("name", ""))[:60]
            raise ValidationError(
                _("The template “{name}” cannot be used: {problem}").format(name=name, problem=error), "templates"
            ) from error


def _is_most(session: Session, source: FactsSource) -> bool:
    """Tell whether so much comes that all figures are sooner counted anew than kept by every row."""
    many = source.likely_rows * MOST_SHARE
    return not any(holds_more_than(session, one.id, many) for one in (ResidentRecord, VisitRecord))


def _take_settings(session: Session, stored: Any) -> None:
    if stored is not None and not isinstance(stored, dict):
        raise ValidationError(_("“{name}” must be an object.").format(name="settings"), "settings")
    for key, value in (stored or {}).items():
        checked = settings.check(key, value)
        record = session.get(SettingRecord, key)
        if record is None:
            session.add(SettingRecord(key=key, value=checked))
        else:
            record.value = checked
