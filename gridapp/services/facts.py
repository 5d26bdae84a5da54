"""Take everything out as a facts file, and put such a file in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gridapp import clock, settings
from gridapp.db import search
from gridapp.db.database import Database
from gridapp.db.facts_loading import FactsLoader
from gridapp.db.figures import rebuilding
from gridapp.db.queries.facts import read_facts
from gridapp.db.records import SettingRecord
from gridapp.domain.changes import EVERYTHING, Changes
from gridapp.errors import ValidationError
from gridapp.exchange import facts_file
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress


def export_facts(database: Database, path: Path, progress: Progress = NullProgress()) -> int:
    """Write the whole database to a facts file.

    Returns:
        How many objects were written.

    Raises:
        StorageError: The database or the file failed; no half file is left.
        OperationCancelled: The user asked to stop.
    """
    database.principal.demand("facts.export")
    document = database.fetch(read_facts, progress)
    facts_file.write(document, path)
    return sum(len(rows) for rows in document.values() if isinstance(rows, list))


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
    with database.write("facts.import", actor, alone=True) as unit:
        rebuilding.hold(unit.session)
        stored = document.get("settings") or {}
        if not isinstance(stored, dict):
            raise ValidationError(_("“{name}” must be an object.").format(name="settings"), "settings")
        for key, value in stored.items():
            checked = settings.check(key, value)
            record = unit.session.get(SettingRecord, key)
            if record is None:
                unit.session.add(SettingRecord(key=key, value=checked))
            else:
                record.value = checked
        loader = FactsLoader(unit, clock.today(), progress)
        loader.load(document)
        search.refresh(unit.session, search.bulk_residents(unit.session, unit.touched_rows()), progress)
        rebuilding.rebuild(unit.session, clock.today(), progress)
        unit.detail = {"loaded": loader.loaded}
        people, visits = loader.loaded.get("persons", 0), loader.loaded.get("visits", 0)
        message = _("Imported {people} people and {visits} visits.").format(people=people, visits=visits)
        return unit.changes(EVERYTHING, message, loader.loaded)


def import_facts_file(database: Database, path: Path, actor: str, progress: Progress = NullProgress()) -> Changes:
    """Add everything in a facts file; all of it, or nothing.

    Raises:
        LedgerFormatError: It is not a facts file.
        ValidationError: Some value in it is wrong.
        OperationCancelled: Nothing was written.
    """
    return import_facts(database, facts_file.read(path), actor, progress)
