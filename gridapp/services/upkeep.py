"""Settings, categories and drafts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select

from gridapp import clock, settings
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.records import CategoryRecord, DraftRecord, HeaderMappingRecord, SettingRecord
from gridapp.domain.changes import EVERYTHING, Changes, Kind
from gridapp.errors import NotFoundError
from gridapp.i18n import _


@repeated_on_clash
def change_setting(database: Database, key: str, value: Any, actor: str) -> Changes:
    """Store a setting; figures follow at once.

    Raises:
        ValidationError: Unknown setting, or the value is outside its limits.
    """
    checked = settings.check(key, value)
    with database.write("setting.change", actor) as unit:
        record = unit.session.get(SettingRecord, key)
        if record is None:
            unit.session.add(SettingRecord(key=key, value=checked))
        else:
            record.value = checked
        unit.detail = {"key": key}
        return unit.changes({Kind.SETTING, Kind.VISIT}, _("Saved the setting."))


@repeated_on_clash
def choose_counting(database: Database, codes: Collection[str], actor: str) -> Changes:
    """Choose which hardship categories count for the monthly visit rate.

    Raises:
        NotFoundError: Unknown category.
    """
    with database.write("category.counting", actor) as unit:
        found = unit.session.scalars(select(CategoryRecord)).all()
        unknown = set(codes) - {row.code for row in found}
        if unknown:
            raise NotFoundError(_("There is no category “{code}”.").format(code=sorted(unknown)[0]))
        for row in found:
            counts = row.code in codes
            if row.counts != counts:
                row.counts = counts
        return unit.changes(EVERYTHING, _("Saved which categories count."))


@repeated_on_clash
def save_draft(database: Database, key: str, body: dict[str, Any]) -> None:
    """Keep something half typed; it survives a crash."""
    with database.write_unrecorded() as session:
        session.merge(DraftRecord(key=key, body=body, saved_at=clock.now()))


@repeated_on_clash
def drop_draft(database: Database, key: str) -> None:
    """Forget a draft."""
    with database.write_unrecorded() as session:
        session.execute(delete(DraftRecord).where(DraftRecord.key == key))


@repeated_on_clash
def remember_mapping(database: Database, signature: str, kind: str, columns: dict[str, str]) -> None:
    """Remember what a header's columns mean, for the next file that looks the same."""
    with database.write_unrecorded() as session:
        session.merge(HeaderMappingRecord(signature=signature, kind=kind, columns=columns))
