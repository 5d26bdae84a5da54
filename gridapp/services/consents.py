"""Record, withdraw and list what people consent to.

Source: PIPL articles 13 to 15 (consent and its withdrawal), 29 and 31; reference/domain.md section 6.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from gridapp import clock, formats
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.references import get_resident, held, matches, text_of
from gridapp.db.records import ConsentRecord, ResidentRecord
from gridapp.db.records.people import CONSENT_MEANS
from gridapp.domain.changes import Changes, Kind
from gridapp.domain.conflict import Theirs, Values, refuse_if_changed
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _

LONGEST_SCOPE, LONGEST_PAPER = 40, 80


@dataclass(frozen=True)
class NewConsent:
    """What somebody said.

    Attributes:
        scope: What it is about, e.g. "visit"; one of ``domain.consent.SCOPES`` or a word of one's own.
        given: Agreed, or refused.
        start: First day it holds.
        end: Day after the last; None until it is withdrawn.
        means: "spoken", "written", "guardian", or "" when it is not known.
        paper: Where the signed paper is kept, e.g. its number.
        wish: What else was said.
    """

    scope: str
    given: bool
    start: dt.date
    end: dt.date | None = None
    means: str = ""
    paper: str = ""
    wish: str = ""


@repeated_on_clash
def record_consent(database: Database, person: str, consent: NewConsent, actor: str) -> Changes:
    """Note what somebody consented to or refused; what they said before about the same ends there.

    Returns:
        Changes whose result is the consent's key.

    Raises:
        NotFoundError: Unknown person, or the record is sealed.
        ValidationError: A value cannot be, or they said something about the same on a later day.
    """
    _check(consent)
    with database.write("consent.add", actor) as unit:
        record = get_resident(unit.session, person, to_change=True)
        same = select(ConsentRecord).where(
            ConsentRecord.resident_id == record.id, ConsentRecord.scope == consent.scope.strip(),
            ConsentRecord.end.is_(None) | (ConsentRecord.end > consent.start),
        )  # fmt: skip
        for before in unit.session.scalars(same):
            if before.start >= consent.start:
                raise ValidationError(
                    _("They said something about this on {day} already. Withdraw that first.").format(day=before.start),
                    "start",
                )
            before.end = consent.start
        made = ConsentRecord(
            resident_id=record.id, scope=consent.scope.strip(), given=consent.given, start=consent.start,
            end=consent.end, means=consent.means or None, paper=consent.paper.strip() or None,
            wish=consent.wish.strip() or None,
        )  # fmt: skip
        unit.session.add(made)
        unit.session.flush()
        return unit.changes({Kind.RESIDENT}, _("Noted the consent of {name}.").format(name=record.name), text_of(made))


@repeated_on_clash
def withdraw_consent(
    database: Database, consent: str, day: dt.date, actor: str, seen: Values | None = None
) -> Changes:
    """Let a consent end on a day; that day itself is no longer covered.

    Args:
        database: Where.
        consent: Key or reference.
        day: Day after the last.
        actor: Who says so.
        seen: ``end`` as the user saw it; None asks nothing.

    Raises:
        NotFoundError: Unknown consent.
        ConflictError: Somebody else gave it another end meanwhile; the sentence says which.
        ValidationError: It has ended, or the day is not after its start.
    """
    with database.write("consent.withdraw", actor) as unit:
        record = unit.session.scalar(held(select(ConsentRecord).where(matches(ConsentRecord, consent))))
        if record is None:
            raise NotFoundError(_("There is no consent “{id}”.").format(id=consent))
        end = formats.date(record.end) if record.end is not None else "—"
        said = _("Somebody else changed this consent meanwhile: it now ends on {day}. Nothing was changed.")
        refuse_if_changed(seen, Theirs({"end": record.end}), said.format(day=end))
        if record.end is not None and record.end <= day:
            raise ValidationError(_("It ended on {day} already.").format(day=record.end), "end")
        if day <= record.start:
            raise ValidationError(_("The end must lie after the start {day}.").format(day=record.start), "end")
        record.end = day
        name = unit.session.scalar(select(ResidentRecord.name).where(ResidentRecord.id == record.resident_id)) or ""
        return unit.changes({Kind.RESIDENT}, _("Withdrew the consent of {name}.").format(name=name), consent)


def _check(consent: NewConsent) -> None:
    scope = consent.scope.strip()
    if not scope or len(scope) > LONGEST_SCOPE:
        raise ValidationError(_("Say what the consent is about, in 40 characters at most."), "scope")
    if consent.start > clock.today():
        raise ValidationError(_("The day {day} lies in the future.").format(day=consent.start), "start")
    if consent.end is not None and consent.end <= consent.start:
        raise ValidationError(_("The end must lie after the start {day}.").format(day=consent.start), "end")
    if consent.means and consent.means not in CONSENT_MEANS:
        raise ValidationError(_("“{value}” is not a way to consent.").format(value=consent.means), "means")
    if len(consent.paper.strip()) > LONGEST_PAPER:
        raise ValidationError(_("Where the paper is kept needs 80 characters at most."), "paper")
