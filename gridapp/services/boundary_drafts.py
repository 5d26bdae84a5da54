"""Drawings of grids kept for later with the reason why they wait; nothing of them holds yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gridapp import clock
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries import grid_history
from gridapp.db.queries.grid_history import get_boundary_draft
from gridapp.db.records import DraftRecord
from gridapp.domain.changes import Changes, Kind
from gridapp.errors import ValidationError
from gridapp.i18n import _

if TYPE_CHECKING:
    from gridapp.geo.editing.session import Drawing


@repeated_on_clash
def keep_draft(  # noqa: PLR0913  a drawing, where, from when, why and by whom
    database: Database, community: str, drawing: Drawing, effective: dt.date, reason: str, actor: str, draft: str = "",
    seen: Mapping[str, Any] | None = None,
) -> str:
    """Keep a drawing for later with the reason why it waits; nothing of it holds yet.

    Args:
        database: Where.
        community: Code.
        drawing: What was drawn.
        effective: First day it is meant for.
        reason: Why it waits.
        actor: Who keeps it.
        draft: Key of the draft it was; that one is replaced. "" for a new one.
        seen: What that draft held when it was opened; when somebody changed or dropped it since, theirs stays and this
            becomes a draft of its own. None replaces whatever is there.

    Returns:
        The key of the draft.

    Raises:
        NotFoundError: There is no such community.
        ValidationError: The reason is missing.
    """
    if not reason.strip():
        raise ValidationError(_("Say why it waits, so that others understand the draft."), "reason")
    with database.write_unrecorded() as session:
        grid_history.get_ground(session, community, effective)
        now = clock.now()
        if not is_as_seen(session.get(DraftRecord, draft), seen):
            draft = ""
        key = draft or f"{grid_history.DRAFT_PREFIX}{community}/{now:%Y%m%d%H%M%S%f}"
        body = draft_body(community, drawing, effective, reason.strip(), actor)
        session.merge(DraftRecord(key=key, body=body, saved_at=now))
        return key


def draft_body(community: str, drawing: Drawing, effective: dt.date, reason: str, actor: str) -> dict[str, Any]:
    """Return what a draft holds, as ``read_draft`` takes it."""
    return {
        "community": community, "effective": effective.isoformat(), "reason": reason, "author": actor,
        "before": _as_text(drawing.before), "after": _as_text(drawing.after),
        "lineage": [list(step) for step in drawing.lineage],
    }  # fmt: skip


def is_as_seen(record: DraftRecord | None, seen: Mapping[str, Any] | None) -> bool:
    """Whether a draft holds what it held when it was opened; yes when nobody says what that was."""
    return seen is None or (record is not None and dict(record.body) == dict(seen))


@repeated_on_clash
def discard_draft(database: Database, key: str, reason: str, actor: str) -> Changes:
    """Drop a draft for good; the audit log keeps who did it and why.

    Raises:
        NotFoundError: There is none under this key.
        ValidationError: The reason is missing.
    """
    if not reason.strip():
        raise ValidationError(_("Say why the draft is not wanted any more."), "reason")
    with database.write("boundary.discard", actor, undoable=False) as unit:
        body = get_boundary_draft(unit.session, key)
        unit.session.delete(unit.session.get_one(DraftRecord, key))
        unit.detail = {
            "community": body["community"], "kept_because": body["reason"], "kept_by": body["author"],
            "reason": reason.strip(),
        }  # fmt: skip
        return unit.changes({Kind.PLACE}, _("The draft was dropped."))


def read_draft(body: Mapping[str, Any]) -> Drawing:
    """Return the drawing of a draft, as ``get_boundary_draft`` gives it."""
    from gridapp.geo.editing.session import Drawing

    return Drawing(
        _from_text(body["before"]),
        _from_text(body["after"]),
        tuple((old, new, how) for old, new, how in body["lineage"]),
    )


def _as_text(outlines: Mapping[str, bytes | None]) -> dict[str, str | None]:
    return {id: None if outline is None else outline.hex() for id, outline in outlines.items()}


def _from_text(outlines: Mapping[str, str | None]) -> dict[str, bytes | None]:
    return {id: None if outline is None else bytes.fromhex(outline) for id, outline in outlines.items()}
