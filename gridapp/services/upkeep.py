"""Settings, categories and drafts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, select

from gridapp import clock, settings
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.references import held
from gridapp.db.records import CategoryRecord, DraftRecord, HeaderMappingRecord, SettingRecord
from gridapp.domain.changes import EVERYTHING, Changes, Kind
from gridapp.domain.conflict import Theirs, Values, refuse_if_changed
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _


@repeated_on_clash
def change_setting(database: Database, key: str, value: Any, actor: str, seen: Values | None = None) -> Changes:
    """Store a setting; figures follow at once.

    Args:
        database: Where.
        key: Name of the setting.
        value: Its next value.
        actor: Who says so.
        seen: The value shown when it was changed, by ``key``; None asks nothing.

    Returns:
        Changes whose result is what was stored before, with who stored it (``Theirs``).

    Raises:
        ValidationError: Unknown setting, or the value is outside its limits.
        ConflictError: Somebody else stored another value meanwhile; it carries that value.
    """
    checked = settings.check(key, value)
    with database.write("setting.change", actor) as unit:
        record = unit.session.scalar(held(select(SettingRecord).where(SettingRecord.key == key)))
        now = _stored(key, record)
        if now.values[key] != checked:
            refuse_if_changed(seen, now)
        if record is None:
            unit.session.add(SettingRecord(key=key, value=checked))
        else:
            record.value = checked
        unit.detail = {"key": key}
        return unit.changes({Kind.SETTING, Kind.VISIT}, _("Saved the setting."), now)


def _stored(key: str, record: SettingRecord | None) -> Theirs:
    if record is None:
        default = settings.declared()[key].default
        value = {key: list(default) if isinstance(default, tuple) else default}
        return Theirs(value, seen=value)
    value = {key: record.value}
    return Theirs(value, record.changed_by or record.created_by, record.changed_at or record.created_at, value)


@repeated_on_clash
def choose_counting(
    database: Database, codes: Collection[str], actor: str, seen: Collection[str] | None = None
) -> Changes:
    """Choose which hardship categories count for the monthly visit rate.

    Args:
        database: Where.
        codes: Those that count.
        actor: Who says so.
        seen: Those that counted when the choice was made: only what differs from them is changed, and what others
            chose meanwhile stays. None sets all.

    Raises:
        NotFoundError: Unknown category.
        ValidationError: With what others chose meanwhile none would be left.
    """
    with database.write("category.counting", actor) as unit:
        found = unit.session.scalars(held(select(CategoryRecord))).all()
        unknown = set(codes) - {row.code for row in found}
        if unknown:
            raise NotFoundError(_("There is no category “{code}”.").format(code=sorted(unknown)[0]))
        for row in found:
            counts = row.code in codes
            if row.counts != counts and (seen is None or counts != (row.code in seen)):
                row.counts = counts
        if seen is not None and not any(row.counts for row in found):
            raise ValidationError(_("At least one must stay."))
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
