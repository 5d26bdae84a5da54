"""Commands ``rate``, ``due`` and ``cadence``."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from gridapp.cli.arguments import as_of, opened, scope_of
from gridapp.cli.output import print_json, print_rows, say
from gridapp.db.queries.cadence import cadence_compliance
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.lists import list_due, list_roster
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.rule import read_children_rule, read_rule
from gridapp.db.queries.values import Scope
from gridapp.domain.indicator import VisitRate, shown_rate
from gridapp.domain.period import Month, Period
from gridapp.domain.visit import mode_title
from gridapp.i18n import _


def run_rate(arguments: Any) -> None:
    """Count the visit rate, with the people missed, new and excluded."""
    with opened(arguments) as database:
        scope = scope_of(arguments, database)
        answer = database.fetch(_rate, arguments, scope)
    if arguments.format == "json":
        print_json(answer)
        return
    headings = [_("Key"), _("Name"), _("Visited"), _("On the roster"), _("On site"), _("Visit rate")]
    rows = [[row[key] for key in ("key", "name", "visited", "roster", "onsite", "shown")] for row in answer["rows"]]
    if arguments.by != "total" and arguments.format == "table":
        total = answer["total"]
        rows.append(["", _("Total"), total["visited"], total["roster"], total["onsite"], total["shown"]])
    print_rows(arguments.format, headings, rows)
    if arguments.format == "table":
        total = answer["total"]
        modes = "、".join(f"{mode_title(mode)} {count}" for mode, count in total["by_mode"].items() if count)
        sentence = _(
            "As of {day}. Met by: {modes}. Attempts {attempts}, missed {missed}, new {new}, excluded {excluded}."
        )
        counts = {name: len(answer[name]) for name in ("missed", "new", "excluded")}
        say(sentence.format(day=answer["as_of"], modes=modes or "—", attempts=total["attempts"], **counts))
        say(answer["rule"]["text"])


def _rate(session: Session, arguments: Any, scope: Scope) -> dict[str, Any]:
    settings, day = load_settings(session), as_of(arguments)
    period: Period = arguments.month or arguments.quarter
    quarterly = arguments.month is None
    rule = RosterRule.of_children(arguments.children, settings) if quarterly else RosterRule.monthly(settings)
    found = visit_rates(session, [period], day, arguments.by, rule, scope)
    total = visit_rates(session, [period], day, "total", rule, scope)[0].rate
    roster = list_roster(session, period, day, rule, scope)
    counted = read_children_rule(session, arguments.children, settings) if quarterly else read_rule(session, settings)
    return {
        "quarter" if quarterly else "month": str(period),
        "as_of": day.isoformat(),
        "by": arguments.by,
        "rows": [{"key": row.key, "name": row.name, **_figures(row.rate)} for row in found if row.rate.roster],
        "total": _figures(total)
        | {"shown_onsite": total.shown_onsite, "by_mode": total.by_mode, "attempts": total.attempts},
        "missed": sorted(row.person.id for row in roster if row.missed),
        "new": sorted(row.person.id for row in roster if row.status == "new"),
        "excluded": sorted(
            ({"person": row.person.id, "reason": row.reason} for row in roster if row.status == "excluded"),
            key=lambda entry: entry["person"],
        ),
        "rule": {
            "categories": list(counted.categories),
            "modes": list(counted.modes),
            "join_day": counted.join_day,
            "target": counted.target,
            "text": counted.children_text if quarterly else counted.text,
        },
    }


def _figures(rate: VisitRate) -> dict[str, Any]:
    return {"visited": rate.visited, "roster": rate.roster, "onsite": rate.onsite, "shown": rate.shown}


def run_due(arguments: Any) -> None:
    """List whose visit is due, the longest overdue first."""
    with opened(arguments) as database:
        settings = database.fetch(load_settings)
        rows = database.fetch(list_due, as_of(arguments), settings, scope_of(arguments, database))
    if arguments.format == "json":
        print_json(
            [
                {"person": row.roster.person.id, "name": row.roster.person.name, "grid": row.roster.person.grid_code,
                 "worker": row.roster.worker, "tier": row.roster.person.tier.value, "due": row.due.isoformat(),
                 "overdue_days": row.overdue_days,
                 "last_valid": row.roster.last_valid.isoformat() if row.roster.last_valid else None}
                for row in rows
            ]
        )  # fmt: skip
        return
    headings = ["ID", _("Name"), _("Grid"), _("Tier"), _("Last visit"), _("Due on"), _("Overdue days")]
    print_rows(
        arguments.format,
        headings,
        [
            [row.roster.person.id, row.roster.person.name, row.roster.person.grid_name, row.roster.person.tier.value,
             row.roster.last_valid or "", row.due, row.overdue_days or ""]
            for row in rows
        ],
    )  # fmt: skip


def run_cadence(arguments: Any) -> None:
    """Count how many of the visits due in a month were made, by tier."""
    with opened(arguments) as database:
        chosen: Month = arguments.month
        settings = database.fetch(load_settings)
        rows = database.fetch(cadence_compliance, chosen.first, chosen.last, settings, scope_of(arguments, database))
    due, done = sum(row.due for row in rows), sum(row.done for row in rows)
    if arguments.format == "json":
        print_json(
            {
                "month": str(chosen),
                "rows": [
                    {"tier": row.tier, "due": row.due, "done": row.done, "shown": shown_rate(row.done, row.due)}
                    for row in rows
                ],
                "total": {"due": due, "done": done, "shown": shown_rate(done, due)},
            }
        )
        return
    lines = [[row.tier, row.due, row.done, shown_rate(row.done, row.due)] for row in rows]
    print_rows(
        arguments.format,
        [_("Tier"), _("Due"), _("Done"), _("Compliance")],
        [*lines, [_("Total"), due, done, shown_rate(done, due)]],
    )
