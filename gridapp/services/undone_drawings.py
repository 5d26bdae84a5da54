"""Keep a drawing of grids whose saving is undone: what was drawn becomes a draft again, to go on from or to drop."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp import clock, formats
from gridapp.db.queries import grid_history
from gridapp.db.queries.places import list_grids
from gridapp.db.records import DraftRecord, GridRecord, GridSuccessionRecord, OperationChangeRecord, OperationRecord
from gridapp.i18n import _
from gridapp.services.boundary_drafts import draft_body

EDITED = "boundary.edit"


@dataclass(frozen=True)
class Held:
    """What a drawing made of a community, before it is taken back.

    Attributes:
        community: Code.
        effective: First day.
        outlines: WKB by code of every grid that existed that day; None for one without an outline.
        lineage: Predecessor, successor and how, by codes.
    """

    community: str
    effective: dt.date
    outlines: dict[str, bytes | None]
    lineage: tuple[tuple[str, str, str], ...]


def held_by(
    session: Session, operation: OperationRecord, changes: Sequence[OperationChangeRecord]
) -> Held | None:
    """Return what an operation drew, None when it drew nothing; ask before it is taken back."""
    if operation.action != EDITED:
        return None
    community, effective = operation.detail["community"], dt.date.fromisoformat(operation.detail["effective"])
    passed = [change.after for change in changes
              if change.table_name == GridSuccessionRecord.__tablename__ and change.before is None]  # fmt: skip
    numbers = {row[name] for row in passed if row is not None for name in ("predecessor_id", "successor_id")}
    named = session.execute(select(GridRecord.id, GridRecord.code).where(GridRecord.id.in_(numbers)))
    codes: dict[int, str] = dict(named.all())
    lineage = tuple(
        (codes[row["predecessor_id"]], codes[row["successor_id"]], row["kind"])
        for row in reversed(passed)  # changes come last first
        if row is not None
    )
    return Held(community, effective, _outlines(session, community, effective), lineage)


def keep_undone(session: Session, held: Held, actor: str) -> str:
    """Keep as a draft what was drawn, now that it is taken back; return its key.

    A grid the drawing had made is no grid any more: in the draft it is a new one, and gets a code when it is saved.
    """
    from gridapp.geo.editing.session import Drawing  # heavy: imported when first used

    now = _outlines(session, held.community, held.effective)

    def id_of(code: str) -> str:
        return code if code in now else f"undone-{code[-3:]}"

    changed = [code for code in sorted({*now, *held.outlines}) if now.get(code) != held.outlines.get(code)]
    drawing = Drawing(
        {id_of(code): now.get(code) for code in changed},
        {id_of(code): held.outlines.get(code) for code in changed},
        tuple((id_of(old), id_of(new), how) for old, new, how in held.lineage),
    )
    at = clock.now()
    key = f"{grid_history.DRAFT_PREFIX}{held.community}/{at:%Y%m%d%H%M%S%f}"
    reason = _("Taken back on {day}, after it had been saved").format(day=formats.date(clock.today()))
    body = draft_body(held.community, drawing, held.effective, reason, actor)
    session.add(DraftRecord(key=key, body=body, saved_at=at))
    return key


def _outlines(session: Session, community: str, day: dt.date) -> dict[str, bytes | None]:
    return {row.code: row.boundary for row in list_grids(session, day, community)}
