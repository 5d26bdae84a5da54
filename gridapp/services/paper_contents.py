"""What a template is filled with: people and figures of a period, from the queries the screens use.

In a closed month the figures and lists are those that were sealed; facts
entered later show in the difference list and nowhere else.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from gridapp import clock, formats
from gridapp.db.audit.witness import head
from gridapp.db.queries.closings import ClosingRow, closed_person, find_closing
from gridapp.db.queries.journal import load_settings
from gridapp.db.queries.lists import due_among, list_roster
from gridapp.db.queries.overview import area_name
from gridapp.db.queries.paper_people import (
    ServiceRow,
    count_people_on_roster,
    list_service_objects,
    worker_phones,
)
from gridapp.db.queries.people import list_categories
from gridapp.db.queries.places import list_grids
from gridapp.db.queries.rates import visit_rates
from gridapp.db.queries.roster import RosterRule
from gridapp.db.queries.rule import data_up_to, read_rule
from gridapp.db.queries.values import By, PersonRow, RosterRow, Scope, VisitRow
from gridapp.db.queries.visits import VisitFilter, count_visits, visits_of_many
from gridapp.domain.closing import ClosedPerson, rate_of
from gridapp.domain.hardship import absence_title
from gridapp.domain.indicator import VisitRate
from gridapp.domain.period import Month, Quarter
from gridapp.domain.span import Span, span_of
from gridapp.i18n import _
from gridapp.progress import NullProgress, Progress
from gridapp.services.paper_people import (
    MONTHLY,
    is_named,
    modes_text,
    person_words,
    refuse_too_many,
    scope_names,
    summed,
    telling_visit,
    visit_words,
    worker_numbers,
)
from gridapp.settings import Settings

if TYPE_CHECKING:
    from gridapp.reports.document import Contents, FigureLine, People
    from gridapp.reports.paper_template import PaperTemplate
    from gridapp.reports.people import PersonLine

CHILD_CATEGORIES = ("scattered_orphan", "unsupported_child")


@dataclass(frozen=True)
class _Standing:
    """A person of the month: where they stand, and who they are where that is still known."""

    closed: ClosedPerson
    row: RosterRow | None


@dataclass(frozen=True)
class Filled:
    """Contents, and the local numbers behind the rows of the block that carries codes.

    Attributes:
        contents: For the paper.
        numbers: Resident and responsible worker of each coded row, None where unknown.
        span: The period.
        title: Heading of the paper.
        residents: Local numbers of everyone on it.
    """

    contents: Contents
    numbers: tuple[tuple[int | None, int | None], ...]
    span: Span
    title: str
    residents: frozenset[int]


class _Filling:
    """Gathers the contents of one paper; asks only for what the template shows."""

    def __init__(  # noqa: PLR0913  a paper is a template, a time and a place
        self, session: Session, template: PaperTemplate, month: Month, as_of: dt.date, scope: Scope, progress: Progress
    ) -> None:
        self.progress = progress
        self.session, self.template, self.as_of, self.scope = session, template, as_of, scope
        self.settings: Settings = load_settings(session)
        self.rule = RosterRule.monthly(self.settings)
        self.span = span_of(template.period, month)
        self.begun = [one for one in self.span.months if one.first <= as_of] or [self.span.months[0]]
        self.month = self.begun[-1]
        self.day = min(self.month.last, as_of)
        self.names = {row.code: row.name for row in list_categories(session)}
        self.phones = worker_phones(session)
        self._grids: set[str] | None = None
        if scope.community is not None:
            self._grids = {row.code for row in list_grids(session, self.day, scope.community)}
        self.closing = self._closing(self.month)
        self.fields = {field for block in template.blocks for field in block.fields}
        self.sources = {block.source for block in template.blocks}

    def _closing(self, month: Month) -> ClosingRow | None:
        if self.scope.worker is not None:
            return None
        found = find_closing(self.session, month, self.scope)
        # An account that may not see the sealed names prints what it sees, as provisional.
        return found if found is not None and found.content else None

    @functools.cached_property
    def standings(self) -> list[_Standing]:
        """Everyone on or beside the month's roster; asked for only by papers that name people."""
        wanted = functools.partial(is_named, MONTHLY if self.closing is not None else self.sources)
        rows = list_roster(
            self.session, self.month, self.as_of, self.rule, self.scope, progress=self.progress, is_wanted=wanted
        )
        if self.closing is None:
            return [_Standing(closed_person(row), row) for row in rows]
        known = {row.person.id: row for row in rows}
        return [
            _Standing(person, known.get(person.id))
            for person in self.closing.people
            if self._is_inside(person)
        ]

    def _is_inside(self, person: ClosedPerson) -> bool:
        if self.scope.grid is not None and person.grid != self.scope.grid:
            return False
        return self._grids is None or person.grid in self._grids

    # People

    def people(self) -> tuple[dict[str, People], dict[str, list[int | None]]]:
        """Return the people of every source that is shown, and their local numbers."""
        from gridapp.reports.document import People

        refuse_too_many(self.sources, self.total(self.month))
        found: dict[str, People] = {}
        numbers: dict[str, list[int | None]] = {}
        if self.sources & MONTHLY:
            found, numbers = self._monthly()
        if "service_objects" in self.sources:
            served = list_service_objects(self.session, self.day, self.rule, self.scope)
            found["service_objects"] = People.of(self._service_lines(served))
            numbers["service_objects"] = [row.person.number for row in served]
        return found, numbers

    def _monthly(self) -> tuple[dict[str, People], dict[str, list[int | None]]]:
        """Return the people of the month's sources, and their local numbers."""
        from gridapp.reports.document import People

        wanted = {
            "roster": [one for one in self.standings if one.closed.status != "excluded"],
            "missed": [one for one in self.standings if one.closed.status == "counted" and not one.closed.visited],
            "visited": [one for one in self.standings if one.closed.status == "counted" and one.closed.visited],
            "new": [one for one in self.standings if one.closed.status == "new"],
            "excluded": [one for one in self.standings if one.closed.status == "excluded"],
        }
        due = self._due()
        if "call_tree" in self.sources:
            wanted["call_tree"] = sorted(wanted["roster"], key=lambda one: self._risk(one, due))
        visits = self._visits()
        found: dict[str, People] = {}
        rows: dict[str, list[RosterRow | None]] = {}
        for source in self.sources & wanted.keys():
            lines = [self._line(one, visits, due) for one in wanted[source]]
            found[source] = People.of(lines)
            rows[source] = [one.row for one in wanted[source]]
        return found, {key: [row.person.number if row else None for row in held] for key, held in rows.items()}

    def _due(self) -> dict[str, dt.date]:
        if "due" not in self.fields and "call_tree" not in self.sources:
            return {}
        rows = [one.row for one in self.standings if one.row is not None]
        return {item.roster.person.id: item.due for item in due_among(self.session, rows, self.day, self.settings)}

    def _risk(self, one: _Standing, due: dict[str, dt.date]) -> tuple[str, str, dt.date, int, str]:
        person = one.row.person if one.row else None
        return (
            one.closed.worker_name, person.tier.value if person else "C", due.get(one.closed.id, self.day),
            -(person.age or 0) if person else 0, one.closed.name,
        )  # fmt: skip

    def _visits(self) -> dict[int, list[VisitRow]]:
        asked = {"findings", "needs", "referral", "visitor"}
        if not any(field in asked or field.startswith("visit") or field.endswith("boxes") for field in self.fields):
            return {}
        numbers = [one.row.person.number for one in self.standings if one.row is not None]
        return visits_of_many(self.session, numbers, self.span.months[0].first, self.as_of, self.progress)

    def _line(self, one: _Standing, visits: dict[int, list[VisitRow]], due: dict[str, dt.date]) -> PersonLine:
        from gridapp.reports.people import PersonLine

        closed, row = one.closed, one.row
        person = row.person if row else None
        last = self.span.months[-1].last
        made = [visit for visit in visits.get(person.number, ()) if visit.day <= last] if person else []
        return PersonLine(
            person_ref=closed.id,
            name=closed.name,
            categories=self._words(closed.categories),
            grid=closed.grid_name,
            worker=closed.worker_name,
            worker_phone=self.phones.get(row.worker, "") if row else "",
            joined=dt.date.fromisoformat(closed.joined),
            due=due.get(closed.id),
            last_visit=dt.date.fromisoformat(closed.last_visit) if closed.last_visit else None,
            note=self._note(closed, person),
            visits=len(made),
            visit=visit_words(telling_visit(made)),
            **person_words(person),
        )

    def _note(self, closed: ClosedPerson, person: PersonRow | None) -> str:
        if closed.status == "excluded":
            return absence_title(closed.reason)
        notes = []
        if closed.status == "new":
            notes.append(_("Joined {day}").format(day=closed.joined))
        if person is not None and person.absence:
            notes.append(absence_title(person.absence))
        if closed.attempts and not closed.visited:
            notes.append(_("{count} attempts").format(count=closed.attempts))
        return "、".join(notes)

    def _words(self, codes: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.names.get(code, code) for code in codes)

    def _service_lines(self, served: Sequence[ServiceRow]) -> list[PersonLine]:
        from gridapp.reports.people import PersonLine

        return [
            PersonLine(
                person_ref=row.person.id, name=row.person.name, categories=self._words(row.categories),
                level=row.level, grid=row.person.grid_name, last_visit=row.last_valid, **person_words(row.person),
            )
            for row in served
        ]  # fmt: skip

    # Figures

    def total(self, month: Month) -> VisitRate:
        """Return a month's figure: the sealed one where it is closed."""
        closing = self._closing(month)
        if closing is not None:
            people = [one for one in closing.people if self._is_inside(one)]
            return rate_of(people)
        return visit_rates(self.session, [month], self.as_of, "total", self.rule, self.scope)[0].rate

    def figures(self) -> dict[str, list[FigureLine]]:
        """Return the figures of every source that is shown."""
        found: dict[str, list[FigureLine]] = {}
        if "by_grid" in self.sources:
            found["by_grid"] = self._by("grid")
        if "by_category" in self.sources:
            found["by_category"] = self._by("category")
        if "by_month" in self.sources:
            found["by_month"] = [
                figure_line(formats.month(one.year, one.month), self.total(one), self.state(one)) for one in self.begun
            ]
        if "children" in self.sources:
            found["children"] = self._children()
        return found

    def _by(self, by: By) -> list[FigureLine]:
        if self.closing is None:
            rows = visit_rates(self.session, [self.month], self.as_of, by, self.rule, self.scope)
            return [figure_line(row.name or row.key, row.rate) for row in rows]
        people = [one.closed for one in self.standings]
        if by == "grid":
            grids = sorted({(one.grid, one.grid_name) for one in people})
            return [figure_line(name, rate_of(one for one in people if one.grid == code)) for code, name in grids]
        counting = set(self.closing.content["rule"]["categories"])
        pairs = [(code, name) for code, name in self.names.items() if code in counting]
        lines = [figure_line(name, rate_of(one for one in people if code in one.categories)) for code, name in pairs]
        return [line for line in lines if line.roster or line.new or line.excluded]

    def _children(self) -> list[FigureLine]:
        lines = []
        for category in CHILD_CATEGORIES:
            rule = RosterRule.of_children(category, self.settings)
            quarter = Quarter.of(self.month.first)
            rate = visit_rates(self.session, [quarter], self.as_of, "total", rule, self.scope)[0].rate
            if rate.roster or rate.new:
                lines.append(figure_line(self.names.get(category, category), rate))
        return lines

    def state(self, month: Month) -> str:
        """Return whether a month's figure is closed, in words."""
        closing = self._closing(month)
        return closing.state if closing else _("provisional, not closed yet")

    def words(self, actor: str, now: dt.datetime, total: VisitRate, people: int) -> dict[str, str]:
        """Return the text of every placeholder."""
        scope_name, worker = scope_names(self.session, self.scope, self.day)
        area = area_name(self.session, self.scope, self.settings.community_name)
        closed = sum(self._closing(one) is not None for one in self.span.months)
        state = self.state(self.month)
        if len(self.span.months) > 1:
            state = _("{closed} of {all} months closed").format(closed=closed, all=len(self.span.months))
        whole, label = VisitRate(total.visited, total.roster, total.onsite), self.span.label
        visits = modes_text(total) if len(self.span.months) == 1 else self._visits_text()
        return {
            "area": area, "scope": "" if scope_name == area else scope_name, "period": label, "month": label,
            "quarter": label, "half": label, "year": label, "worker": worker or _("not assigned"), "user": actor,
            "time": formats.instant(now), "people": formats.count(people), "roster": formats.count(total.roster),
            "visited": formats.count(total.visited), "missed": formats.count(total.missed), "shown": whole.shown,
            "onsite": whole.shown_onsite, "visits": visits, "attempts": formats.count(total.attempts),
            "target": f"{self.settings.target_percent}%", "state": state, "new": formats.count(total.new),
            "categories": "、".join(read_rule(self.session, self.settings).category_names),
        }  # fmt: skip

    def _visits_text(self) -> str:
        inside = VisitFilter(self.span.months[0].first, min(self.span.months[-1].last, self.as_of), self.scope)
        met = VisitFilter(inside.first, inside.last, self.scope, "met")
        return _("{count} visits logged, {met} of them met the person").format(
            count=formats.count(count_visits(self.session, inside)), met=formats.count(count_visits(self.session, met))
        )

    def rule_text(self) -> str:
        """Return the rule behind the figures: the sealed one in a closed month."""
        return self.closing.rule_text if self.closing else read_rule(self.session, self.settings).text


def fill(
    session: Session, template: PaperTemplate, month: Month, as_of: dt.date, scope: Scope, actor: str,
    progress: Progress = NullProgress(),
) -> Filled:  # fmt: skip
    """Return what a template is filled with.

    Args:
        session: Where to read.
        template: What is shown.
        month: A month of the period.
        as_of: The day the facts are seen from.
        scope: Which part of the area.
        actor: Who prints.
        progress: Told as people are looked up; may cancel.

    Raises:
        NotFoundError: Unknown grid or worker.
        ValidationError: It would name more than ``MOST_NAMED`` people.
        OperationCancelled: The user asked to stop.
    """
    from gridapp.reports.document import Contents

    filling = _Filling(session, template, month, as_of, scope, progress)
    now = clock.now()
    people, numbers = filling.people()
    anchor = filling.total(filling.month)
    total = anchor if len(filling.begun) == 1 else summed(filling.total(one) for one in filling.begun)
    if people:
        shown_people = max(held.count for held in people.values())
    elif len(filling.begun) > 1:  # a person on six rosters is one person
        shown_people = count_people_on_roster(session, filling.begun, as_of, filling.rule, scope)
    else:
        shown_people = total.roster + total.new
    contents = Contents(
        words=filling.words(actor, now, total, shown_people),
        people=people,
        figures=filling.figures(),
        total=figure_line(_("Total"), anchor),
        target=filling.settings.target_percent / 100,
        printed_by=actor,
        printed_at=now,
        data_up_to=data_up_to(session, as_of),
        rule_text=filling.rule_text(),
        log_mark=head(session.connection()),
    )
    coded: tuple[tuple[int | None, int | None], ...] = ()
    if template.is_numbered:
        source = next(block.source for block in template.blocks if "code" in block.fields)
        workers = worker_numbers(session)
        keepers = {one.row.person.number: workers.get(one.row.worker) for one in filling.standings if one.row}
        held = numbers.get(source, [])
        coded = tuple((number, keepers.get(number) if number is not None else None) for number in held)
    everyone = frozenset(number for held in numbers.values() for number in held if number is not None)
    return Filled(contents, coded, filling.span, _(template.title).format_map(contents.words), everyone)


def figure_line(name: str, rate: VisitRate, state: str = "") -> FigureLine:
    """Return a figure as papers show it."""
    from gridapp.reports.document import FigureLine

    return FigureLine(
        name, rate.visited, rate.roster, rate.shown, rate.share, rate.shown_onsite, rate.attempts, rate.new,
        sum(rate.excluded.values()), state,
    )  # fmt: skip
