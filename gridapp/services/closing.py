"""Close a month (封账): seal its figure and the people behind it, and have a second person countersign.

Source: indicators.md section 5. A closing may be undone while nobody has
countersigned it. From then on it stays for good: what is entered later shows
in the difference list.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from gridapp import clock, formats
from gridapp.db.clashes import repeated_on_clash
from gridapp.db.database import Database
from gridapp.db.queries.closings import people_of_month, rule_as_stored
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.overview import area_name
from gridapp.db.queries.places import list_communities
from gridapp.db.queries.references import held
from gridapp.db.queries.rule import data_up_to, read_rule
from gridapp.db.queries.values import Scope
from gridapp.db.records import ClosedMonthRecord
from gridapp.domain.changes import Changes, Kind
from gridapp.domain.closing import SCHEMA, as_stored, earliest_closing, rate_of, seal
from gridapp.domain.period import Month
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _


@repeated_on_clash
def close_month(database: Database, month: Month, actor: str, community: str = "") -> Changes:
    """Seal a month's figure with the list of people behind it.

    Args:
        database: Where.
        month: A month that is over.
        actor: Who closes it.
        community: Code of a community; "" closes the whole area.

    Raises:
        NotFoundError: Unknown community.
        ValidationError: The month is not over, or is closed already; nothing was written.
    """
    today = clock.today()
    if today < earliest_closing(month.last):
        raise ValidationError(
            _("{month} is not over yet. It can be closed from {day}.").format(
                month=formats.month(month.year, month.month), day=formats.date(earliest_closing(month.last))
            ),
            "month",
        )
    with database.write("month.close", actor) as unit:
        session = unit.session
        if community and community not in {row.code for row in list_communities(session)}:
            raise NotFoundError(_("There is no community “{code}”.").format(code=community))
        if session.scalar(_closings(month, community)) is not None:
            raise ValidationError(
                _("{month} is closed already.").format(month=formats.month(month.year, month.month)), "month"
            )
        people = people_of_month(session, month, today, community)
        rate, rule, settings = rate_of(people), read_rule(session), load_settings(session)
        scope = Scope(community=community or None)
        content = {
            "schema": SCHEMA, "month": str(month), "community": community, "visited": rate.visited,
            "roster": rate.roster, "area": area_name(session, scope, settings.community_name),
            "data_up_to": formats.date(data_up_to(session, today)), "closed_by": actor,
            "closed_at": unit.now.isoformat(), "rule": rule_as_stored(rule), "people": as_stored(people),
        }  # fmt: skip
        sealed, digest = seal(content)
        session.add(
            ClosedMonthRecord(
                month=str(month), community=community, visited=rate.visited, roster=rate.roster, content=sealed,
                hash=digest,
            )
        )  # fmt: skip
        unit.detail = {"month": str(month), "community": community, "hash": digest}
        message = _("Closed {month}: {visited} of {roster}, {shown}. Someone else must countersign.").format(
            month=formats.month(month.year, month.month), visited=rate.visited, roster=rate.roster, shown=rate.shown
        )
        return unit.changes({Kind.CLOSING}, message, digest)


@repeated_on_clash
def countersign_month(database: Database, month: Month, actor: str, community: str = "") -> Changes:
    """Countersign a closing as a second person; from now on it stays for good.

    Raises:
        NotFoundError: The month is not closed.
        ValidationError: The same person closed it, it was countersigned before, or what is stored was tampered with.
    """
    with database.write("month.countersign", actor, undoable=False) as unit:
        record = unit.session.scalar(held(_closings(month, community)))
        name = formats.month(month.year, month.month)
        if record is None:
            raise NotFoundError(_("{month} is not closed.").format(month=name))
        if record.countersigned_by is not None:
            raise ValidationError(
                _("{month} was countersigned before, by {name}.").format(month=name, name=record.countersigned_by)
            )
        if record.created_by == unit.actor:
            raise ValidationError(_("Who closed a month cannot countersign it. Ask a colleague."), "countersigned_by")
        record.countersigned_by, record.countersigned_at = unit.actor, unit.now
        unit.detail = {"month": str(month), "community": community, "hash": record.hash}
        unit.changes({Kind.CLOSING})
        # No operation to take back: a countersigned month stays.
        return Changes(frozenset({Kind.CLOSING}), None, _("Countersigned {month}.").format(month=name), record.hash)


def _closings(month: Month, community: str) -> Select[Any]:
    return select(ClosedMonthRecord).where(
        ClosedMonthRecord.month == str(month), ClosedMonthRecord.community == community
    )
