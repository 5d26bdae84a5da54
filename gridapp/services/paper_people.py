"""How people, visits, the period and the part of the area are said on papers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridapp import formats
from gridapp.db.queries.places import list_grids, list_workers
from gridapp.db.queries.references import get_grid, shown
from gridapp.db.queries.values import PersonRow, Scope, VisitRow
from gridapp.db.records import WorkerRecord
from gridapp.domain.indicator import VisitRate
from gridapp.domain.visit import findings_lines, mode_title, outcome_title
from gridapp.errors import NotFoundError, ValidationError
from gridapp.i18n import _

MONTHLY = frozenset({"roster", "missed", "visited", "new", "excluded", "call_tree"})
"""Sources of a paper's people that come from the month's roster."""
MOST_NAMED = 20_000
"""People on one paper: hundreds of pages already. The list of a city is exported instead."""


def refuse_too_many(sources: Collection[str], total: VisitRate) -> None:
    """Refuse a paper that nobody could leaf through, before its people are read.

    Args:
        sources: What its blocks show.
        total: The figure of its last month.

    Raises:
        ValidationError: It would name more than ``MOST_NAMED`` people.
    """
    counts = {"missed": total.missed, "visited": total.visited, "new": total.new,
              "excluded": sum(total.excluded.values())}  # fmt: skip
    everyone = total.roster + total.new
    named = max((counts.get(one, everyone) for one in sources if one in MONTHLY or one == "service_objects"), default=0)
    if named > MOST_NAMED:
        sentence = _("This paper would name {count} people; one paper names at most {most}. Choose a community, a grid "
                     "or a worker, or export the list.")  # fmt: skip
        raise ValidationError(sentence.format(count=formats.count(named), most=formats.count(MOST_NAMED)), "scope")


def is_named(sources: Collection[str], status: str, is_visited: bool) -> bool:
    """Return whether people of a status, visited or not, can stand on a paper that shows these sources."""
    if "roster" in sources or "call_tree" in sources:
        return True
    return (status if status != "counted" else "visited" if is_visited else "missed") in sources


def person_words(person: PersonRow | None) -> dict[str, Any]:
    """Return what a line says about a person, by attribute of ``PersonLine``; nothing for one who is gone."""
    if person is None:
        return {}
    return {
        "sex": {"F": _("Female"), "M": _("Male")}.get(person.sex, ""),
        "age": person.age,
        "birth": person.birth,
        "id_number": person.id_number or "",
        "phone": person.phone or "",
        "address": person.address,
        "tier": person.tier.value,
        "contact": person.contact,
    }


def telling_visit(visits: Sequence[VisitRow]) -> VisitRow | None:
    """Return the visit that speaks for a period: the last that met the person, else the last."""
    chosen = [visit for visit in visits if visit.outcome == "met"] or visits
    return chosen[-1] if chosen else None


def visit_words(visit: VisitRow | None) -> dict[str, str] | None:
    """Return what a line says about a visit, by field, with the codes that tick boxes."""
    if visit is None:
        return None
    return {
        "visit_day": " ".join(filter(None, (formats.date(visit.day), visit.time))),
        "visit_mode": mode_title(visit.mode),
        "visit_outcome": outcome_title(visit.outcome),
        "visit_note": visit.note,
        "findings": "\n".join(findings_lines(visit.findings)),
        "needs": visit.needs,
        "referral": visit.referral,
        "visitor": visit.worker_name,
        "mode": visit.mode,
        "outcome": visit.outcome,
        **{f"finding:{key}": str(value) for key, value in visit.findings.items()},
    }


def modes_text(rate: VisitRate) -> str:
    """Write how many people were met in which way."""
    return "、".join(f"{mode_title(mode)} {count}" for mode, count in rate.by_mode.items() if count)


def summed(rates: Iterable[VisitRate]) -> VisitRate:
    """Return N, D and attempts of several months together, each person once a month."""
    rows = list(rates)
    return VisitRate(
        visited=sum(row.visited for row in rows),
        roster=sum(row.roster for row in rows),
        onsite=sum(row.onsite for row in rows),
        attempts=sum(row.attempts for row in rows),
        new=sum(row.new for row in rows),
    )


def scope_names(session: Session, scope: Scope, day: dt.date) -> tuple[str, str]:
    """Return what a paper is of, "" for everything, and its worker's name.

    Raises:
        NotFoundError: Unknown grid or worker.
    """
    if scope.grid is not None:
        grid = get_grid(session, scope.grid)
        found = [row.worker_name for row in list_grids(session, day) if row.code == scope.grid]
        return grid.name, found[0] if found else ""
    if scope.worker is not None:
        names = [row.name for row in list_workers(session, day) if row.id == scope.worker]
        if not names:
            raise NotFoundError(_("There is no worker “{id}”.").format(id=scope.worker))
        return names[0], names[0]
    return "", ""


def worker_numbers(session: Session) -> dict[str, int]:
    """Return workers' local numbers by their shown id."""
    rows = session.execute(select(WorkerRecord.id, WorkerRecord.ref, WorkerRecord.uid))
    return {shown(ref, uid): number for number, ref, uid in rows}
